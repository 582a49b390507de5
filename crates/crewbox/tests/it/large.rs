//! Long mails in lists and conversations: what a page of them costs in memory, and what it costs everybody else.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crewbox_testkit::figures::{figure, is_soak};
use serde_json::{Value, json};

use crate::drive::{House, Server};
use crate::http::{self, Answer};

const MAILBOX: &str = "sales@acme.example";
/// The longest that `/healthz` may take while others make the largest calls: what a supervisor or a load balancer asks for
/// must not look like a failure, and 50 ms is less than any of them waits.
const MOST_HEALTH: Duration = Duration::from_millis(50);
/// What a list or a history shows of one text.
const SHOWN: usize = 256 * 1024;
const MIB: u64 = 1024 * 1024;

/// A plain mail with a text of about so many bytes.
fn mail(number: usize, from: &str, bytes: usize) -> String {
    let line = format!("Line of a long mail, number {number}, that nobody reads to its end.\r\n");
    let text = line.repeat(bytes.div_ceil(line.len()));
    format!(
        "From: {from}\r\nTo: {MAILBOX}\r\nSubject: Long {number}\r\nMessage-ID: <long-{number}@x.example>\r\nDate: Tue, 3 Feb 2026 10:{number:02}:00 +0000\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}"
    )
}

/// A house with these leads, and from each in turn one of `count` mails.
fn house(leads: usize, count: usize, bytes: usize) -> House {
    let house = House::new();
    let addresses: String = (0..leads).map(|lead| format!("lead{lead}@x.example\n")).collect();
    let file = house.file("leads.csv", format!("email\n{addresses}"));
    house.run(&["import", "leads", "--campaign", "Spring", &file]).json();
    for number in 0..count {
        let from = format!("lead{}@x.example", number % leads);
        house.file(&format!("in/{number}.eml"), mail(number, &from, bytes));
    }
    let dir = house.temp.path().join("in");
    let path = crate::drive::path(&dir);
    assert_eq!(house.run(&["import", "mail", "--mailbox", MAILBOX, path]).json()["messages"], count);
    house
}

/// Resident memory by this line of the process's status, in bytes.
fn memory(server: &Server, line: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let found = status.lines().find_map(|one| one.strip_prefix(line)).unwrap();
    found.trim_start_matches(':').trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

/// Waits until the search index has everything: what indexing takes is not the calls' cost.
fn until_indexed(server: &Server) {
    let deadline = Instant::now() + Duration::from_secs(120);
    loop {
        let figures = http::send(&server.url, "GET", "/metrics", "", "text/plain", b"").unwrap();
        let figures = String::from_utf8(figures.body).unwrap();
        let behind = figures.lines().find_map(|line| line.strip_prefix("crewbox_search_behind_messages "));
        if behind.unwrap_or_else(|| panic!("{figures}")).trim() == "0" {
            return;
        }
        assert!(Instant::now() < deadline, "indexing takes too long");
    }
}

/// What calls made at once did.
struct Cost {
    answers: Vec<Answer>,
    /// The longest that `/healthz` took meanwhile.
    health: Duration,
    /// Memory at its highest, over what it was before, in bytes.
    memory: u64,
}

/// Makes so many calls of this at once.
fn at_once(server: &Server, count: usize, method: &str, path: &str, key: &str) -> Cost {
    let path = format!("/api/v1{path}");
    let ask = || http::send(&server.url, "GET", "/healthz", "", "text/plain", b"").unwrap();
    ask();
    until_indexed(server);
    let (before, files) = (memory(server, "VmRSS"), memory(server, "RssFile"));
    // Forgets the highest memory so far.
    fs::write(format!("/proc/{}/clear_refs", server.pid()), "5").unwrap();
    let done = AtomicBool::new(false);
    let (answers, health) = std::thread::scope(|scope| {
        let health = scope.spawn(|| {
            let mut longest = Duration::ZERO;
            while !done.load(Ordering::Relaxed) {
                let since = Instant::now();
                assert_eq!(ask().status, 200);
                longest = longest.max(since.elapsed());
            }
            longest
        });
        let call = || http::send(&server.url, method, &path, key, "application/json", b"").unwrap();
        let calls: Vec<_> = (0..count).map(|_| scope.spawn(call)).collect();
        let answers: Vec<Answer> = calls.into_iter().map(|call| call.join().unwrap()).collect();
        done.store(true, Ordering::Relaxed);
        (answers, health.join().unwrap())
    });
    // Pages of mapped files, such as those of the program, are the system's cache.
    let files = memory(server, "RssFile").saturating_sub(files);
    Cost { answers, health, memory: memory(server, "VmHWM").saturating_sub(before + files) }
}

impl Cost {
    /// Holds it to these figures where the machine has nothing else to do, else to half as much memory again.
    fn is_within(&self, what: &str, most_memory: u64) {
        let mib = self.memory.div_ceil(MIB);
        let figures = format!("{what}: /healthz at most {:?}, memory + {mib} MiB", self.health);
        println!("{}{figures}", if is_soak() { "soak: " } else { "" });
        let most_memory = if is_soak() { most_memory } else { most_memory / 2 * 3 };
        assert!(self.memory <= most_memory, "{figures}");
        assert!(!is_soak() || self.health <= MOST_HEALTH, "{figures}");
    }
}

fn all_json(answers: &[Answer]) -> Vec<Value> {
    answers
        .iter()
        .map(|answer| {
            assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
            answer.json()
        })
        .collect()
}

#[test]
fn a_page_of_long_mails_costs_what_it_shows() {
    let bytes = figure("CREWBOX_LONG_TEXT", MIB) as usize;
    let house = house(20, 20, bytes);
    let server = house.serve();
    let cost = at_once(&server, 4, "POST", "/master-inbox/inbox-replies", &house.key);
    let what = format!("four cold pages of 20 conversations, last mails of {bytes} bytes of text");
    cost.is_within(&what, 40 * MIB);
    for page in all_json(&cost.answers) {
        let rows = page["messages"].as_array().unwrap();
        assert_eq!(rows.len(), 20);
        for row in rows {
            assert_eq!(row["body_truncated"], true);
            assert!(row["last_message"]["body"].as_str().unwrap().len() <= SHOWN);
        }
    }
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_conversation_of_long_mails_costs_what_it_shows() {
    let bytes = (figure("CREWBOX_LONG_TEXT", MIB) * 12 / 5) as usize;
    let house = house(1, 15, bytes);
    let server = house.serve();
    let page = server.call("POST", "/master-inbox/views", &house.key, &json!({})).json();
    let id = page["messages"][0]["campaign_lead_map_id"].as_str().unwrap().to_owned();
    let cost = at_once(&server, 3, "GET", &format!("/master-inbox/{id}"), &house.key);
    let what = format!("a conversation of 15 mails of {bytes} bytes of text, three calls at once");
    cost.is_within(&what, 150 * MIB);
    for item in all_json(&cost.answers) {
        let history = item["message_history"].as_array().unwrap();
        assert_eq!(history.len(), 15);
        assert!(history.iter().all(|entry| entry["body_truncated"] == true));
    }
    // One message is whole.
    let message = format!("/messages/{}", page["messages"][0]["id"].as_str().unwrap());
    let whole = server.call("GET", &message, &house.key, &Value::Null).json();
    // Line ends are one byte in the text and two in the mail.
    assert!(whole["body"].as_str().unwrap().len() >= bytes / 10 * 9);
    assert!(whole.get("body_truncated").is_none());
    assert_eq!(server.stop(), Some(0));
}
