//! Hostile mail servers: each alone costs no more than a large mail, and delays no other mailbox.
//!
//! The long run tries every kind; an ordinary run tries a few, which `CREWBOX_SEED` chooses, and an unoptimised server
//! may use more of a processor. `CREWBOX_HOSTILE_SECONDS` is how long each is watched.

use std::time::{Duration, Instant};

use crewbox_testkit::figures::{figure, is_soak};
use crewbox_testkit::letter::Letter;
use crewbox_testkit::scripted::{Script, ScriptedImap};
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use crate::drive::{House, Server, path, run_with_input};

/// How much more memory, in MiB, a server may use at its highest than before.
const MOST_GROWTH: u64 = 64;
/// The share of one processor, in percent.
const MOST_SHARE: f64 = 5.0;
/// The same where programs are not optimised and other tests run at the same time.
const MOST_SHARE_UNOPTIMISED: f64 = 25.0;
/// Kinds that an ordinary run tries.
const SAMPLE: usize = 6;
/// Another mailbox's mail is there within this.
const MOST_DELAY: Duration = Duration::from_secs(5);
/// A server has nothing to do if it uses less than this in [`QUIET_TIME`], in milliseconds.
const QUIET: u64 = 10;
const QUIET_TIME: Duration = Duration::from_millis(300);

/// Who writes to the honest mailbox, and to the hostile one.
const HONEST: &str = "honest@lead.example";
const HOSTILE: &str = "hostile@lead.example";

/// A server by what it does.
struct Kind {
    name: &'static str,
    security: &'static str,
    script: Script,
}

fn kinds(rng: &mut ChaCha8Rng) -> Vec<Kind> {
    let mut garbage = || (0..64 * 1024).map(|_| rng.random::<u8>()).collect::<Vec<u8>>();
    let (garbage, in_fetch) = (garbage(), [b"* 1 FETCH (UID 1 BODY[] {5}\r\n".to_vec(), garbage()].concat());
    let search = |count: usize| format!("* SEARCH{}\r\n", " 4000000000".repeat(count));
    let nested = format!("* 1 FETCH (BODYSTRUCTURE {}\r\n", "(".repeat(20_000));
    let flood = |command, bytes: &str| Script { flood: Some((command, bytes.into())), ..with_mails(3) };
    let before = |command, bytes: &str| Script { before: Some((command, bytes.into())), ..with_mails(3) };
    let sizes = |told: u64, sent: u64, mails| Script {
        told_size: Some(told),
        body_size: Some(sent),
        ..with_mails(mails)
    };
    let usual = with_mails(3);
    let idle_flood = flood("IDLE", "* 9 EXISTS\r\n* 1 EXPUNGE\r\n");
    let asking =
        Script { capabilities: "LOGINDISABLED AUTH=PLAIN".into(), ..flood("AUTHENTICATE", "+ \r\n") };
    let scripts: Vec<(&'static str, Script)> = vec![
        ("announces 1 KB and sends 962 MB", sizes(1_024, 962_000_000, 3)),
        ("announces 1 KB and sends 4 GiB", sizes(1_024, u64::from(u32::MAX), 3)),
        ("sends twenty times what it announces", sizes(1_500_000, 30_000_000, 3)),
        ("sends for each mail what it announces for all", sizes(80_000, 8_000_000, 100)),
        ("sends more than the literal announces", Script { promise_less: u32::MAX, ..usual.clone() }),
        ("closes in the middle of each mail", Script { promise_more: u32::MAX, ..usual.clone() }),
        ("greets without end", flood("", "* OK wait\r\n")),
        ("sends a greeting line without end", flood("", "* OK wait")),
        ("greets with random bytes", Script { flood: Some(("", garbage)), ..usual.clone() }),
        ("says BYE at once", before("", "* BYE go away\r\n")),
        ("closes the connection at once", Script { closes: Some(""), ..usual.clone() }),
        ("sends one byte a second", Script { byte_every: Some(Duration::from_secs(1)), ..usual.clone() }),
        ("lists capabilities without end", flood("CAPABILITY", "* CAPABILITY A B C D E F G H\r\n")),
        ("sends a line of capabilities without end", flood("CAPABILITY", " A")),
        ("refuses every login", Script { token: Some("none".into()), ..usual.clone() }),
        ("answers the login without end", flood("LOGIN", "* OK wait\r\n")),
        ("asks for the password without end", asking),
        ("lists folders without end", flood("LIST", "* LIST () \"/\" \"a\"\r\n")),
        ("sends attributes without end", flood("LIST", " (\\A")),
        ("sends literals without end", flood("LIST", "{1}\r\na ")),
        ("opens a folder without end", flood("EXAMINE", "* 5 EXISTS\r\n")),
        ("never finishes opening a folder", Script { silent: Some("EXAMINE"), ..usual.clone() }),
        ("changes UIDVALIDITY each time", Script { changes_uidvalidity: true, ..with_mails(100) }),
        ("claims four billion mails", Script { claims: Some(u32::MAX), ..usual.clone() }),
        ("numbers its mails up to the highest UID", sparse()),
        ("finds mails without end", flood("UID SEARCH", &search(50_000))),
        ("finds a million mails in one line", before("UID SEARCH", &search(1_000_000))),
        (
            "finds mails that it does not have",
            Script { finds: Some(500_000), claims: Some(500_000), ..usual.clone() },
        ),
        ("counts mails that it does not have", without_mails(500_000)),
        ("answers with the highest UID first", Script { backwards: true, ..with_mails(200) }),
        ("sends each mail a thousand times", Script { repeats: 1_000, ..with_mails(20) }),
        ("sends news of mails without end", flood("UID FETCH", "* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n")),
        ("sends mails nobody asked for", flood("UID FETCH", "* 1 FETCH (UID 7 BODY[] {5}\r\nabcde)\r\n")),
        ("nests a structure without end", flood("UID FETCH", &nested)),
        ("sends what nobody can parse", flood("UID FETCH", "* 1 FETCH (((((\r\n")),
        ("sends random bytes after a mail", Script { flood: Some(("UID FETCH", in_fetch)), ..usual.clone() }),
        (
            "reports news without end in IDLE",
            Script { before: Some(("IDLE", b"+ idling\r\n".to_vec())), ..idle_flood },
        ),
        (
            "counts otherwise all the time in IDLE",
            Script { says_in_idle: Some("* 3 EXISTS\r\n* 9 EXISTS\r\n".into()), ..usual.clone() },
        ),
    ];
    let plain = scripts.into_iter().map(|(name, script)| Kind { name, security: "none", script });
    let record = b"\x16\x03\x03\x3f\xff\x02\x00\x3f\xfb".to_vec();
    let secured = [
        ("stops during TLS", "ssl", Script { silent: Some(""), ..usual.clone() }),
        ("sends TLS records without end", "ssl", Script { flood: Some(("", record)), ..usual.clone() }),
        ("answers STARTTLS without end", "tls", flood("STARTTLS", "* OK wait\r\n")),
    ];
    plain.chain(secured.map(|(name, security, script)| Kind { name, security, script })).collect()
}

fn with_mails(count: usize) -> Script {
    let mut script = Script::usual();
    for number in 0..count {
        script.deliver("INBOX", &letter(HOSTILE, number));
    }
    script
}

fn letter(from: &str, number: usize) -> Vec<u8> {
    Letter::new(from, "ann@crew.example", &format!("Letter {number}")).raw()
}

/// Three mails, and every other UID unused.
fn sparse() -> Script {
    let mut script = with_mails(1);
    for next in [2_000_000_000, u32::MAX - 1] {
        script.folders[0].next = next;
        script.deliver("INBOX", &letter(HOSTILE, next as usize));
    }
    Script { claims: Some(u32::MAX), ..script }
}

/// A server that counts and finds so many mails, and gives none.
fn without_mails(count: u32) -> Script {
    let mut script = Script { finds: Some(count), claims: Some(count), ..Script::usual() };
    for folder in &mut script.folders {
        folder.next = count + 1;
    }
    script
}

/// What a server cost.
struct Cost {
    name: &'static str,
    /// Of one processor, in percent.
    share: f64,
    /// More memory at the highest, in MiB.
    growth: u64,
    /// Until another mailbox's mail was there.
    delay: Duration,
}

#[test]
fn a_hostile_mail_server_costs_no_more_than_a_large_mail() {
    let (seed, seconds) = (figure("CREWBOX_SEED", 1), figure("CREWBOX_HOSTILE_SECONDS", 5));
    let (mut rng, window) = (ChaCha8Rng::seed_from_u64(seed), Duration::from_secs(seconds));
    println!("CREWBOX_SEED={seed} CREWBOX_HOSTILE_SECONDS={seconds}");
    let mut kinds = kinds(&mut rng);
    let all = kinds.len();
    let costs: Vec<Cost> = if is_soak() {
        kinds.into_iter().map(|kind| watch(kind, window)).collect()
    } else {
        kinds.shuffle(&mut rng);
        kinds.truncate(SAMPLE);
        std::thread::scope(|scope| {
            let watched: Vec<_> =
                kinds.into_iter().map(|kind| scope.spawn(move || watch(kind, window))).collect();
            watched.into_iter().map(|one| one.join().unwrap()).collect()
        })
    };
    let most_share = costs.iter().max_by(|one, other| one.share.total_cmp(&other.share)).unwrap();
    let most_growth = costs.iter().max_by_key(|cost| cost.growth).unwrap();
    let most_delay = costs.iter().map(|cost| cost.delay).max().unwrap();
    println!(
        "soak: hostile mail servers: {} of {all} kinds, each alone for {window:?}: at most {:.1} % of a processor ({}) and \
         {} MiB more memory ({}); other mail after at most {most_delay:.1?}",
        costs.len(),
        most_share.share,
        most_share.name,
        most_growth.growth,
        most_growth.name
    );
    let limit = if is_soak() { MOST_SHARE } else { MOST_SHARE_UNOPTIMISED };
    let over: Vec<&str> = costs
        .iter()
        .filter(|cost| cost.share > limit || cost.growth > MOST_GROWTH || cost.delay > MOST_DELAY)
        .map(|cost| cost.name)
        .collect();
    assert!(over.is_empty(), "over {limit} % of a processor, {MOST_GROWTH} MiB or {MOST_DELAY:?}: {over:?}");
}

/// Watches a server of its own while it has a mailbox on this hostile server.
fn watch(Kind { name, security, script }: Kind, window: Duration) -> Cost {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let honest = runtime.block_on(ScriptedImap::start(Script::usual()));
    honest.script().deliver("INBOX", &letter(HONEST, 1));
    let hostile = runtime.block_on(ScriptedImap::start(script));
    let house = House::new();
    add_mailbox(&house, "ann@crew.example", honest.port, "none");
    let data = house.data();
    let server =
        Server::start(&["serve", "--data", path(&data), "--listen", "127.0.0.1:0", "--allow-private-hosts"]);
    // What reading a mail needs once is not the hostile server's cost.
    until("the first mail", || honest_mails(&server, &house) == 1);
    settle(&server);
    std::fs::write(format!("/proc/{}/clear_refs", server.pid()), "5").unwrap();
    let (busy, resident) = (processor_time(&server), memory(&server, "VmRSS:"));
    add_mailbox(&house, "hostile@crew.example", hostile.port, security);
    until(name, || hostile.script().seen.contains_key(""));
    let since = Instant::now();
    std::thread::park_timeout(window / 2);
    honest.script().deliver("INBOX", &letter(HONEST, 2));
    let delivered = Instant::now();
    let mut delay = None;
    while since.elapsed() < window || (delay.is_none() && delivered.elapsed() < MOST_DELAY * 2) {
        if delay.is_none() && honest_mails(&server, &house) == 2 {
            delay = Some(delivered.elapsed());
        }
        std::thread::park_timeout(Duration::from_millis(100));
    }
    let (used, elapsed) = (processor_time(&server) - busy, since.elapsed());
    let growth = memory(&server, "VmHWM:").saturating_sub(resident);
    let Script { seen, sent, .. } = hostile.script().clone();
    let connections = seen[""];
    let share = used as f64 / elapsed.as_millis() as f64 * 100.0;
    println!(
        "{name}: {share:.1} % of a processor, {growth} MiB more, {connections} connections, {} MB, other mail after \
         {delay:.1?}",
        sent / 1_000_000
    );
    assert_eq!(server.stop(), Some(0), "{name}");
    Cost { name, share, growth, delay: delay.unwrap_or(Duration::MAX) }
}

fn add_mailbox(house: &House, address: &str, port: u16, security: &str) {
    let (data, port) = (house.data(), port.to_string());
    let words = [
        "mailbox",
        "add",
        "--data",
        path(&data),
        "--email",
        address,
        "--name",
        "Ann Lee",
        "--imap-host",
        "localhost",
        "--imap-port",
        &port,
        "--imap-security",
        security,
        "--smtp-host",
        "localhost",
        "--smtp-port",
        "1",
        "--smtp-security",
        "none",
        "--password-stdin",
    ];
    assert_eq!(run_with_input(&words, "secret\n").code, Some(0));
}

/// How many mails of the honest server are stored.
fn honest_mails(server: &Server, house: &House) -> u64 {
    let path = format!("/master-inbox/untracked-replies?from_email={HONEST}");
    server.call("GET", &path, &house.key, &Value::Null).json()["total_count"].as_u64().unwrap()
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let since = Instant::now();
    while !is_so() {
        assert!(since.elapsed() < Duration::from_secs(20), "{what} does not come");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

/// Waits until the server has nothing to do.
fn settle(server: &Server) {
    let mut before = processor_time(server);
    until("rest", || {
        std::thread::park_timeout(QUIET_TIME);
        let now = processor_time(server);
        now - std::mem::replace(&mut before, now) <= QUIET
    });
}

/// The processor time of the process so far, in milliseconds.
fn processor_time(server: &Server) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", server.pid())).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    (fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()) * 10
}

/// A line of the process's status, in MiB.
fn memory(server: &Server, line: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let found = status.lines().find_map(|one| one.strip_prefix(line)).unwrap();
    found.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}
