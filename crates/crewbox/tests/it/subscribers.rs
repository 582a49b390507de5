//! Many readers of event streams: what they cost in memory, what they cost everybody else, and that all of them get the
//! news.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crewbox_testkit::figures::{figure, is_soak};
use serde_json::{Value, json};

use crate::drive::{Inbox, Server};

/// Memory that a subscriber who waits may take: 5,000 of them take 200 MB.
const MOST_BYTES: u64 = 40_000;
/// What a server may take in addition for other reasons, such as its first answers.
const SLACK_BYTES: u64 = 16_000_000;
/// The subscribers beside which the rate of list calls is measured, and the part of the rate that must be left.
const BESIDE: usize = 1_000;
const LEAST_RATE: f64 = 0.9;
/// Turns in which a server with subscribers and one without are called: a machine is faster in one second than in another.
const TURNS: u32 = 10;

/// A subscriber, with what it has read and not looked at.
struct Subscriber {
    stream: TcpStream,
    text: String,
}

impl Subscriber {
    fn new(server: &Server, key: &str, number: usize) -> Self {
        // Some follow the same, and some do not.
        let read = number.is_multiple_of(2);
        let subscriptions = json!([
            {"name": "list", "view": "views", "filters": {"isSnoozed": false, "isRead": read}},
            {"name": "important", "view": "important"},
            {"name": "counts", "counts": ["assigned-me", "inbox-replies", "unread-replies"]},
        ]);
        let query: String = subscriptions.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect();
        let mut stream = TcpStream::connect(server.url.strip_prefix("http://").unwrap()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let path = format!("/api/v1/events?subscriptions={query}");
        let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\nX-API-Key: {key}\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut subscriber = Self { stream, text: String::new() };
        subscriber.wait_for("event: update");
        subscriber
    }

    /// Reads until this has come, and drops it with what was before it.
    fn wait_for(&mut self, text: &str) {
        let mut buffer = [0; 4_096];
        loop {
            if let Some(place) = self.text.find(text) {
                self.text.drain(..place + text.len());
                return;
            }
            let count = self.stream.read(&mut buffer).unwrap();
            assert!(count > 0, "the stream ended before `{text}` came: {}", self.text);
            self.text.push_str(&String::from_utf8_lossy(&buffer[..count]));
        }
    }
}

fn resident_bytes(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1_024
}

/// List calls a second, over one connection, while a few changes a second are made.
fn list_rate(server: &Server, inbox: &Inbox, lasts: Duration) -> f64 {
    let ends = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let changes = scope.spawn(|| {
            for number in 0.. {
                if ends.load(Ordering::Relaxed) {
                    return;
                }
                mark_important(server, inbox, number % 2 == 0);
                std::thread::park_timeout(Duration::from_millis(200));
            }
        });
        let host = server.url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(host).unwrap();
        stream.set_nodelay(true).unwrap();
        let key = &inbox.house.key;
        let path = "/api/v1/master-inbox/views";
        let call =
            format!("POST {path} HTTP/1.1\r\nHost: x\r\nX-API-Key: {key}\r\nContent-Length: 0\r\n\r\n");
        let mut buffer = vec![0; 1 << 20];
        let (began, mut calls) = (Instant::now(), 0);
        while began.elapsed() < lasts {
            stream.write_all(call.as_bytes()).unwrap();
            let mut read = 0;
            while !buffer[..read].ends_with(b"\"limit\":20}") {
                read += stream.read(&mut buffer[read..]).unwrap();
            }
            calls += 1;
        }
        let rate = f64::from(calls) / began.elapsed().as_secs_f64();
        ends.store(true, Ordering::Relaxed);
        changes.thread().unpark();
        rate
    })
}

fn mark_important(server: &Server, inbox: &Inbox, on: bool) {
    // The first lead's, the only one with a mail.
    let id = inbox.conversations.iter().min();
    let body = json!({"email_lead_map_id": id, "important": on});
    let answer = server.call("POST", "/master-inbox/update-important", &inbox.house.key, &body);
    assert_eq!(answer.status, 200, "{:?}", answer.json());
}

#[test]
fn thousands_of_subscribers_cost_little_and_all_get_the_news() {
    let count = figure("CREWBOX_SUBSCRIBERS", 200) as usize;
    let lasts = Duration::from_millis(figure("CREWBOX_RATE_MILLIS", 300));
    let (inbox, quiet) = (Inbox::new(30), Inbox::new(30));
    let (server, without) = (inbox.house.serve(), quiet.house.serve());
    list_rate(&server, &inbox, lasts / TURNS);
    let before = resident_bytes(&server);
    let mut all: Vec<Subscriber> = Vec::new();
    while all.len() < count.min(BESIDE) {
        all.push(Subscriber::new(&server, &inbox.house.key, all.len()));
    }
    let (mut alone, mut beside) = (0.0, 0.0);
    for _ in 0..TURNS {
        alone += list_rate(&without, &quiet, lasts / TURNS) / f64::from(TURNS);
        beside += list_rate(&server, &inbox, lasts / TURNS) / f64::from(TURNS);
    }
    assert_eq!(without.stop(), Some(0));
    while all.len() < count {
        all.push(Subscriber::new(&server, &inbox.house.key, all.len()));
    }
    let taken = resident_bytes(&server).saturating_sub(before);
    println!(
        "soak: {count} subscribers take {:.1} MB; {alone:.0} list calls a second alone, {beside:.0} beside {} of them",
        taken as f64 / 1e6,
        count.min(BESIDE)
    );
    assert!(taken <= MOST_BYTES * count as u64 + SLACK_BYTES, "{count} subscribers take {taken} bytes");
    assert!(!is_soak() || beside >= alone * LEAST_RATE, "{alone} list calls a second alone, {beside} beside");

    mark_important(&server, &inbox, false);
    mark_important(&server, &inbox, true);
    let last: Value = server.call("GET", "/changes?since=0&limit=1", &inbox.house.key, &Value::Null).json();
    let head = last["head"].as_u64().unwrap();
    let since = Instant::now();
    for subscriber in &mut all {
        subscriber.wait_for(&format!("id: {head}\n"));
    }
    println!("soak: {count} subscribers have a change after {} ms", since.elapsed().as_millis());
    let since = Instant::now();
    assert_eq!(server.stop(), Some(0));
    assert!(since.elapsed() < Duration::from_secs(10), "streams kept the server from ending");
}
