//! Clocks: the system's clock jumps under a working server, as with a dead battery, a wrong time server or a leap second.
//! Nothing is lost, the change log stays in order, nothing happens over and over, and a signed link ends.
//!
//! The clock is libfaketime's, which reads its difference from the true time from a file at each call. `CREWBOX_CLOCK_ROUNDS` is how many
//! times each jump is made, in an order that `CREWBOX_SEED` chooses.

mod due;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crewbox_testkit::figures::figure;
use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::workload::{Outcome, Workload};
use crate::drive::{Server, command, path};
use crate::http;

/// Where Debian and others install it.
const LIBRARIES: &[&str] = &[
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib64/faketime/libfaketimeMT.so.1",
];

/// Where the clock jumps to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Jump {
    /// So many seconds from the true time.
    By(i64),
    /// A time, in seconds since 1970.
    To(i64),
}

impl Jump {
    /// How many seconds the clock is from the true time.
    fn seconds(self) -> i64 {
        match self {
            Self::By(seconds) => seconds,
            Self::To(at) => at - true_time(),
        }
    }
}

/// The true time, in seconds since 1970.
fn true_time() -> i64 {
    date(&["+%s"]).parse().unwrap()
}

/// The clock of a server, which is set while the server runs.
pub(super) struct FakeClock {
    library: &'static str,
    file: PathBuf,
}

impl FakeClock {
    /// One that shows the true time; none where the library is not installed.
    fn new(dir: &Path) -> Option<Self> {
        let library = LIBRARIES.iter().find(|library| Path::new(library).exists());
        let Some(library) = library else {
            println!("not run: libfaketime is not installed");
            return None;
        };
        let clock = Self { library, file: dir.join("clock") };
        clock.set(Jump::By(0));
        Some(clock)
    }

    fn set(&self, jump: Jump) {
        // In one step, because the server may read it at any moment.
        let next = self.file.with_extension("next");
        fs::write(&next, format!("{:+}\n", jump.seconds())).unwrap();
        fs::rename(next, &self.file).unwrap();
    }

    /// What a server that reads it has in its environment.
    fn environment(&self) -> [(&'static str, &str); 5] {
        [
            ("LD_PRELOAD", self.library),
            ("FAKETIME_TIMESTAMP_FILE", path(&self.file)),
            ("FAKETIME_NO_CACHE", "1"),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
            ("NO_FAKE_STAT", "1"),
        ]
    }
}

const YEAR: i64 = 365 * 24 * 3600;

const JUMPS: &[Jump] = &[
    Jump::By(0),
    // A leap second comes twice.
    Jump::By(-1),
    Jump::By(-30),
    Jump::By(3600),
    Jump::By(-YEAR),
    Jump::By(10 * YEAR),
    Jump::To(0),
    // Before and after a leap second.
    Jump::To(1_483_228_799),
    // The ends of 31 and 32 bits.
    Jump::To((1 << 31) - 1),
    Jump::To((1 << 32) - 1),
];

/// A link made by a clock that is wrong by less than this is open.
const SMALL: i64 = 60;

/// Writes after each jump: mails and categories.
const WRITES: u64 = 4;
/// How long the server is watched after each jump.
const WATCHED: Duration = Duration::from_millis(300);
/// Processor time within that, in hundredths of a second: a timer that fires without end takes all 30.
const MOST_TICKS: u64 = 15;
/// Changes that one write makes at most, and one snooze that ends.
const MOST_CHANGES: u64 = 4;

#[test]
fn a_jump_of_the_clock_loses_nothing_and_repeats_nothing() {
    let (rounds, seed) = (figure("CREWBOX_CLOCK_ROUNDS", 1), figure("CREWBOX_SEED", 1));
    println!("CREWBOX_SEED={seed} CREWBOX_CLOCK_ROUNDS={rounds}");
    let temp = TempDir::new().unwrap();
    let Some(clock) = FakeClock::new(temp.path()) else { return };
    let (log, set) = (temp.path().join("log"), |jump| clock.set(jump));
    let workload = Workload::new();
    let mut command = command(&["serve", "--listen", "127.0.0.1:0", "--data"]);
    command.arg(workload.data()).envs(clock.environment());
    command.stdin(Stdio::null()).stderr(fs::File::create(&log).unwrap());
    let server = Server::of(&mut command).unwrap();
    let (key, conversation) = (&workload.inbox().house.key, workload.inbox().conversations[0]);
    let get = |path: &str| server.call("GET", path, key, &Value::Null);
    let head = || get("/changes?since=0&limit=1").json()["head"].as_u64().unwrap();

    let message = deliver_with_file(&server.url, key, &workload.inbox().mailbox);
    let mut order = JUMPS.repeat(usize::try_from(rounds).unwrap());
    order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    let (mut writes, mut links) = (Vec::new(), Vec::new());
    let mut turn = 0;
    for jump in &order {
        // A jump by years ends it.
        let body = json!({"email_lead_map_id": conversation, "until": date(&["-d", "2 hours", "+%FT%TZ"])});
        set(Jump::By(0));
        assert_eq!(server.call("PATCH", "/master-inbox/update-snooze", key, &body).status, 200);
        let before = head();
        set(*jump);
        for _ in 0..WRITES {
            match workload.write(&server.url, turn) {
                Outcome::Acknowledged(write) => writes.push(write),
                other => panic!("{jump:?}: write {turn}: {other:?}"),
            }
            turn += 1;
        }
        let shown = get(&format!("/messages/{message}")).json().to_string();
        let link = shown[shown.find("/api/v1/messages/").unwrap()..].split('"').next().unwrap().to_owned();
        assert_eq!(
            http::send(&server.url, "GET", &link, "", "text/plain", b"").unwrap().status,
            200,
            "{jump:?}"
        );
        links.push((jump, link));
        let used = ticks(server.pid());
        std::thread::park_timeout(WATCHED);
        let used = ticks(server.pid()) - used;
        assert!(used <= MOST_TICKS, "{jump:?}: {used} hundredths of a second of processor in {WATCHED:?}");
        let changes = head() - before;
        assert!(changes <= (WRITES + 1) * MOST_CHANGES, "{jump:?}: {changes} changes of {WRITES} writes");
    }
    set(Jump::By(0));
    for (jump, link) in &links {
        let status = http::send(&server.url, "GET", link, "", "text/plain", b"").unwrap().status;
        assert_eq!(
            status == 200,
            matches!(jump, Jump::By(by) if by.abs() < SMALL),
            "a link made at {jump:?} is answered {status}"
        );
    }
    let mut last = 0;
    loop {
        let page = get(&format!("/changes?since={last}&limit=500")).json();
        let changes = page["changes"].as_array().unwrap();
        for change in changes {
            last += 1;
            assert_eq!(change["seq"], last, "the change log is in order");
        }
        if page["more"] != true {
            break;
        }
    }
    assert_eq!(server.stop(), Some(0));
    let logged = fs::read_to_string(&log).unwrap();
    assert!(!logged.contains("panicked") && logged.lines().count() < 200, "{logged}");
    workload.check(&workload.data(), &writes, &[], "after the jumps");
    println!(
        "soak: clocks: {} jumps from seed {seed}; of {} acknowledged writes 0 lost, {last} changes in order, links made at \
         another time closed",
        order.len(),
        writes.len()
    );
}

/// Delivers a mail with an attachment; its id.
fn deliver_with_file(url: &str, key: &str, mailbox: &Value) -> Value {
    let raw = "From: lead0@x.example\r\nTo: sales@acme.example\r\nSubject: file\r\nMessage-ID: <file@x.example>\r\n\
               Date: Fri, 31 Dec 9999 23:59:59 +0000\r\nMIME-Version: 1.0\r\n\
               Content-Type: text/plain; name=a.txt\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\nfile\r\n";
    let path = format!("/api/v1/email-accounts/{mailbox}/messages");
    let response = http::send(url, "POST", &path, key, "message/rfc822", raw.as_bytes()).unwrap();
    assert_eq!(response.status, 200, "{}", String::from_utf8_lossy(&response.body));
    let id = response.json()["message_id"].clone();
    // A date that is yet to come is no later than its arrival.
    let shown = http::call(url, "GET", &format!("/api/v1/messages/{id}"), key, &Value::Null).json();
    assert!(!shown.to_string().contains("9999-12-31"), "{shown}");
    id
}

/// What `date` says in UTC.
fn date(words: &[&str]) -> String {
    let printed = Command::new("date").arg("-u").args(words).output().unwrap();
    String::from_utf8(printed.stdout).unwrap().trim().to_owned()
}

/// The processor time of a process, in hundredths of a second (proc(5), fields 14 and 15).
fn ticks(process: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    fields.split_whitespace().skip(11).take(2).map(|field| field.parse::<u64>().unwrap()).sum()
}
