//! Forms with files that cost as much as they can, of a member and of a stranger.
//!
//! Owns the forms. Budgets are those of every request ([`super::cost`]).

use crewbox_testkit::figures::{figure, is_soak};
use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use tempfile::TempDir;

use super::cost::{AGAIN, HEALTH, Highest, report, shown};
use super::meter::{Cost, Meter};
use crate::drive::{Server, path};
use crate::http::{self, Answer};

/// Bytes that a reply's form, and one with a table, may have.
const REPLY: usize = 26_000_000 + 4 * 1024 * 1024;
const TABLE: usize = 12 * 1024 * 1024;
/// What surrounds the longest part.
const AROUND: usize = 4_000;
/// Forms of an ordinary run.
const FEW: usize = 6;
/// Forms sent at once that `/healthz` is measured beside.
const AT_ONCE: usize = 4;

/// A form, made of about so many bytes after the fields of its page.
type Bomb = (&'static str, fn(usize) -> String);

const FORMS: &[Bomb] = &[
    ("one file", |most| file("a.bin", &"x".repeat(most.min(25_900_000)))),
    ("ten files", |most| file("a.bin", &"x".repeat(most.min(25_000_000) / 10)).repeat(10)),
    ("a table", |most| {
        let rows = "someone@x.example,Someone,\"Line, Ltd\"\r\n";
        file("a.csv", &format!("email,name,company\r\n{}", rows.repeat(most / rows.len() - 1)))
    }),
    ("a table of one line", |most| file("a.csv", &"a,".repeat(most / 2))),
    ("a table of one long row", |most| {
        file("a.csv", &format!("email,name\na@x.example,{}", "a,".repeat(most / 2 - 50)))
    }),
    ("a table of one cell", |most| {
        file("a.csv", &format!("email,name\n{}", "a@x.example;".repeat(most / 12 - 10)))
    }),
    ("a table of open quotes", |most| {
        file("a.csv", &format!("email,name\n{}", "\"a@x.example,b\n".repeat(most / 16 - 10)))
    }),
    ("a table of one field", |most| file("a.csv", &format!("email,name\r\n\"{}", "x".repeat(most)))),
    ("a long text", |most| field("reply", &"x".repeat(most))),
    ("a text of four million tags", |_| field("reply", &"<b>".repeat(1_300_000))),
    ("many texts", |most| field("reply", "").repeat(most / field("reply", "").len())),
    ("many files", |most| file("a", "x").repeat(most / file("a", "x").len())),
    ("many files that were not chosen", |most| file("", "").repeat(most / file("", "").len())),
    ("a file that seems to end", |most| file("a.bin", &"\r\n--".repeat(most / 4))),
    ("lines without a file", |most| "\r\n".repeat(most / 2)),
    ("a head without an end", |most| format!("--b\r\nX: {}", "y".repeat(most))),
    ("a head of many lines", |most| format!("--b\r\n{}", "X: y\r\n".repeat(most / 6))),
    ("a long name of a file", |most| file(&"n".repeat(most), "x")),
];

fn file(name: &str, text: &str) -> String {
    format!(
        "--b\r\nContent-Disposition: form-data; name=\"upload\"; filename=\"{name}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n{text}\r\n"
    )
}

fn field(name: &str, text: &str) -> String {
    format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
}

/// A demo's data, its owner's session and a conversation.
struct Desk {
    temp: TempDir,
    cookie: String,
    conversation: u64,
}

impl Desk {
    fn new() -> Self {
        let temp = TempDir::new().unwrap();
        let data = temp.path().join("data");
        let demo = ["demo", "--listen", "127.0.0.1:0", "--conversations", "60", "--members", "4", "--json"];
        let server = Server::start(&[&demo[..], &["--data", path(&data)]].concat());
        let json: Value = serde_json::from_str(&server.first_line).unwrap();
        let owner = &json["members"][0];
        let list = server.call("POST", "/master-inbox/inbox-replies", text(&owner["api_key"]), &Value::Null);
        let conversation = text(&list.json()["messages"][0]["campaign_lead_map_id"]).parse().unwrap();
        let form = format!("email={}&password={}", text(&owner["email"]), text(&owner["password"]));
        let headers = [("Content-Type", "application/x-www-form-urlencoded")];
        let signed = http::send_with(&server.url, "POST", "/sign-in", &headers, form.as_bytes()).unwrap();
        let cookie = signed.head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        assert_eq!(server.stop(), Some(0));
        Self { temp, cookie, conversation }
    }

    fn serve(&self) -> Server {
        Server::start(&["serve", "--listen", "127.0.0.1:0", "--data", path(&self.temp.path().join("data"))])
    }

    /// The fields that a page's forms carry, as the member's pages have them now.
    fn fields(&self, server: &Server) -> String {
        let path = format!("/inbox/inbox/{}", self.conversation);
        let page = http::send_with(&server.url, "GET", &path, &[("Cookie", &self.cookie)], b"").unwrap();
        let page = String::from_utf8(page.body).unwrap();
        let hidden = |name: &str| {
            let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
            field(name, rest.split('"').next().unwrap())
        };
        [hidden("token"), hidden("stats_id"), field("as", "reply"), field("reply", "Here it is")].concat()
    }

    /// Sends a form; none where the connection broke, since a form may be refused before all of it is sent.
    fn send(&self, server: &Server, path: &str, is_member: bool, form: &str) -> Option<Answer> {
        let cookie = if is_member { &self.cookie } else { "" };
        let headers = [("Cookie", cookie), ("Content-Type", "multipart/form-data; boundary=b")];
        http::send_with(&server.url, "POST", path, &headers, form.as_bytes()).ok()
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[test]
fn a_reply_carries_as_much_as_a_mail_can() {
    let desk = Desk::new();
    let server = desk.serve();
    let reply = format!("/inbox/inbox/{}/reply", desk.conversation);
    for (bytes, status) in [(26_000_000, 303), (27_000_000, 422), (REPLY + 1_000_000, 413)] {
        let form = [desk.fields(&server), file("a.bin", &"x".repeat(bytes)), "--b--\r\n".to_owned()].concat();
        let answer = desk.send(&server, &reply, true, &form).expect("the form is read to its end");
        assert_eq!(answer.status, status, "{bytes}: {}", String::from_utf8_lossy(&answer.body));
    }
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn no_form_with_files_costs_more_than_its_budget() {
    let seed = figure("CREWBOX_SEED", 1);
    println!("CREWBOX_SEED={seed}");
    let desk = Desk::new();
    let reply = (format!("/inbox/inbox/{}/reply", desk.conversation), REPLY);
    let table = ("/settings/leads/upload".to_owned(), TABLE);
    let mut all: Vec<(&Bomb, &(String, usize), bool)> = Vec::new();
    for bomb in FORMS {
        for page in [&reply, &table] {
            all.extend([(bomb, page, false), (bomb, page, true)]);
        }
    }
    if let Ok(part) = std::env::var("CREWBOX_CALLS_WITH") {
        println!("CREWBOX_CALLS_WITH={part}");
        all.retain(|((what, _), ..)| what.contains(&part));
    }
    if !is_soak() {
        all.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        all.truncate(FEW);
    }
    let (mut highest, count) = (Highest::default(), all.len());
    for ((what, bomb), (page, most), is_member) in all {
        let server = desk.serve();
        let form = [desk.fields(&server), bomb(most - AROUND), "--b--\r\n".to_owned()].concat();
        let who = if is_member { "member" } else { "stranger" };
        let name = format!("{page}: {what} of a {who} ({} bytes)", form.len());
        let mut status = None;
        let alone = Meter::new(&server).cost(|| {
            status = desk.send(&server, page, is_member, &form).map(|answer| answer.status);
        });
        // Who sends too much is told so, and not cut off.
        assert!(status.is_some_and(|status| status < 500), "{name}: {status:?}");
        let together = || {
            std::thread::scope(|scope| {
                for _ in 0..AT_ONCE {
                    scope.spawn(|| desk.send(&server, page, is_member, &form));
                }
            });
        };
        let mut health = Meter::new(&server).cost_to_others(together).health;
        for _ in 0..AGAIN {
            if health > HEALTH {
                health = health.min(Meter::new(&server).cost_to_others(together).health);
            }
        }
        highest.hold(&name, Cost { health, ..alone }, 1);
        println!("{name}: {status:?}, {}", shown(Cost { health, ..alone }));
        assert_eq!(server.stop(), Some(0), "{name}");
    }
    report(&format!("{count} forms with files"), &highest);
    highest.is_within();
}
