//! Mail bombs through the API: mails that cost a careless reader much more than their size. Each is stored, kept raw in
//! quarantine or refused, costs little time, and the server answers others meanwhile.
//!
//! The hand-made bombs of `crewbox-mail` meet the parser alone; these pass the whole server. `CREWBOX_BOMBS` is how many
//! are posted, `CREWBOX_SEED` chooses them.

use std::fs;
use std::time::{Duration, Instant};

use crewbox_testkit::figures::{figure, is_soak};
use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use crate::drive::Inbox;
use crate::http;

/// A mail: its name, what its head and its body begin with, and a part that is repeated so many times.
type Bomb = (&'static str, &'static str, &'static str, usize);

const BOMBS: &[Bomb] = &[
    ("nested messages", "", "Content-Type: message/rfc822\r\n\r\n", 34_000),
    ("nested digests", "", "Content-Type: multipart/digest; boundary=a\r\n\r\n--a\r\n\r\n", 20_000),
    ("parts", "Content-Type: multipart/mixed; boundary=x\r\n\r\n", "--x\r\n\r\na\r\n", 60_000),
    (
        "parts that are files",
        "Content-Type: multipart/mixed; boundary=x\r\n\r\n",
        "--x\r\nContent-Type: text/csv; name=a.csv\r\n\r\na\r\n",
        30_000,
    ),
    ("parts without end", "Content-Type: multipart/mixed; boundary=x\r\n\r\n", "--x\r\n", 200_000),
    ("headers", "", "X-Header: a\r\n", 100_000),
    ("a folded header", "Subject: a", "\r\n b", 700_000),
    ("recipients", "Cc: ", "a@b.example, ", 100_000),
    ("comments in addresses", "Cc: ", "(", 500_000),
    ("groups", "Cc: ", "a:b@c.example;", 100_000),
    ("references", "References: ", "<a@b> ", 100_000),
    ("encoded words", "Subject: ", "=?utf-8?q?a?= ", 60_000),
    ("open encoded words", "Subject: ", "=?utf-8?q?a ", 200_000),
    ("parameters", "Content-Type: text/plain", "; a*0=b", 100_000),
    (
        "base64",
        "Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=a\r\n\r\n",
        "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=\r\n",
        300_000,
    ),
    ("base64 of nothing", "Content-Transfer-Encoding: base64\r\n\r\n", "=\r\n", 1_000_000),
    ("quoted-printable", "Content-Transfer-Encoding: quoted-printable\r\n\r\n", "=C3=BC=\r\n", 300_000),
    ("utf-7", "Content-Type: text/plain; charset=utf-7\r\n\r\n", "+A-", 700_000),
    ("escapes", "Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n", "\x1b$B\x1b(B", 300_000),
    ("nested HTML", "Content-Type: text/html\r\n\r\n", "<div>", 100_000),
    ("nested tables", "Content-Type: text/html\r\n\r\n", "<table><tr><td>", 30_000),
    ("nested quotes in HTML", "Content-Type: text/html\r\n\r\n", "<blockquote>x", 60_000),
    ("formats in HTML", "Content-Type: text/html\r\n\r\n", "<p><b><i><u><font>x", 30_000),
    ("open attributes", "Content-Type: text/html\r\n\r\n", "<a href=\"", 100_000),
    ("entities", "Content-Type: text/html\r\n\r\n", "&lt;&amp;&#x41;", 100_000),
    ("links", "Content-Type: text/html\r\n\r\n", "<a href=http://a.example/>a</a>", 50_000),
    ("styles", "Content-Type: text/html\r\n\r\n", "<style>a{b:c}</style>", 50_000),
    ("quoted lines", "\r\n", "> > > > > > > > a\r\n", 60_000),
    ("quote headers", "\r\n", "On Mon, 2 Jun 2025 Ann <a@b.example> wrote:\r\n", 30_000),
    ("signatures", "\r\n", "-- \r\na\r\n", 100_000),
    ("events", "Content-Type: text/calendar\r\n\r\n", "BEGIN:VEVENT\r\n", 200_000),
    ("files in the text", "\r\n", "begin 644 a\r\n#0V%T\r\n`\r\nend\r\n", 60_000),
    ("dates", "Date: ", "1 jan-", 60_000),
    ("received lines", "", "Received: ; 1-1-1-\r\n", 60_000),
    ("one line", "\r\n", "x", 4_000_000),
    ("comments in HTML", "Content-Type: text/html\r\n\r\n", "<!--a-->", 100_000),
    ("one word after another", "\r\n", "word ", 800_000),
];

/// Where in a mail a bomb is.
type Placing = (&'static str, fn(&str) -> String);

const PLACINGS: &[Placing] = &[
    ("the mail itself", str::to_owned),
    ("the mail itself with bare line feeds", |bomb| bomb.replace("\r\n", "\n")),
    ("a part", |bomb| within("multipart/mixed", bomb)),
    ("an alternative", |bomb| {
        within("multipart/alternative", &format!("Content-Type: text/plain\r\n\r\nx\r\n--outer\r\n{bomb}"))
    }),
    ("an attached mail", |bomb| {
        within("multipart/mixed", &format!("Content-Type: message/rfc822\r\n\r\nSubject: x\r\n{bomb}"))
    }),
];

/// The head and body of a mail of one part or more.
fn within(media: &str, parts: &str) -> String {
    format!("Content-Type: {media}; boundary=outer\r\n\r\n--outer\r\n{parts}\r\n--outer--\r\n")
}

/// A mail's share of a processor in the long run, which has the machine to itself and the release profile.
const LONGEST: Duration = Duration::from_millis(1_000);

#[test]
fn a_mail_bomb_is_stored_or_refused_and_costs_little() {
    let (count, seed) = (figure("CREWBOX_BOMBS", 8), figure("CREWBOX_SEED", 1));
    println!("CREWBOX_SEED={seed} CREWBOX_BOMBS={count}");
    let Inbox { house, mailbox, .. } = Inbox::new(1);
    let server = house.serve();
    let placed = |bomb: &Bomb| PLACINGS.iter().map(|placing| (*bomb, *placing)).collect::<Vec<_>>();
    let mut order: Vec<(Bomb, Placing)> = BOMBS.iter().flat_map(placed).collect();
    let all = order.len();
    order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    order.truncate(usize::try_from(count).unwrap());
    let (mut stored, mut slowest, mut which) = (0, Duration::ZERO, String::new());
    for (number, ((kind, begins, part, times), (place, placing))) in order.iter().enumerate() {
        let name = format!("{kind} as {place}");
        let head = format!(
            "From: lead0@x.example\r\nTo: sales@acme.example\r\nMessage-ID: <bomb{number}@x.example>\r\n"
        );
        let bomb = [*begins, part.repeat(*times).as_str(), "\r\n\r\nx\r\n"].concat();
        let raw = head + &placing(&bomb);
        let path = format!("/api/v1/email-accounts/{mailbox}/messages");
        let since = Instant::now();
        let response =
            http::send(&server.url, "POST", &path, &house.key, "message/rfc822", raw.as_bytes()).unwrap();
        let took = since.elapsed();
        let expected = [200, 413, 422].contains(&response.status);
        assert!(expected, "{name}: {} {}", response.status, String::from_utf8_lossy(&response.body));
        assert!(!is_soak() || took <= LONGEST, "{name}: {took:?}");
        stored += u32::from(response.status == 200);
        if took > slowest {
            (slowest, which) = (took, name.clone());
        }
        let list = "/master-inbox/views?fetch_message_history=true";
        let list = server.call("POST", list, &house.key, &serde_json::json!({}));
        assert_eq!(list.status, 200, "the list after {name}");
        let untracked =
            server.call("GET", "/master-inbox/untracked-replies?fetchBody=true", &house.key, &Value::Null);
        assert_eq!(untracked.status, 200, "{name}");
    }
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap().trim().to_owned();
    assert_eq!(server.stop(), Some(0));
    house.is_sound();
    println!(
        "soak: mail bombs through the API: {} of {all} from seed {seed}, {stored} stored, slowest {slowest:.0?} ({which}), \
         {peak} at most",
        order.len()
    );
}
