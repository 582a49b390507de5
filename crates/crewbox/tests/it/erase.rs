//! The server dies while it erases a person: after the next start the person is there as before and can be erased, or is
//! erased in every file.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::drive::{Inbox, Server, path};
use crate::http;

/// In every text of the person's.
const CANARY: &str = "zinnober";
const PERSON: &str = "lead0@x.example";
/// What a start does on its own takes a second at the most.
const PATIENCE: Duration = Duration::from_secs(30);

/// Two leads. The first has a small mail, a large one that is a file, and a note with the word.
fn inbox() -> Inbox {
    let inbox = Inbox::new(2);
    let server = serve(&inbox, &[]);
    let post = format!("/api/v1/email-accounts/{}/messages", inbox.mailbox);
    for (id, text) in [("small", CANARY.to_owned()), ("large", format!("{CANARY} ").repeat(20_000))] {
        let mail = format!(
            "From: {PERSON}\r\nTo: sales@acme.example\r\nMessage-ID: <{id}@x.example>\r\nSubject: {id}\r\n\r\n{text}"
        );
        let posted =
            http::send(&server.url, "POST", &post, &inbox.house.key, "message/rfc822", mail.as_bytes())
                .unwrap();
        assert_eq!(posted.status, 200, "{}", String::from_utf8_lossy(&posted.body));
    }
    let conversation = person(&server, &inbox)["lead_campaign_data"][0]["campaign_lead_map_id"].clone();
    let note = json!({"email_lead_map_id": conversation, "note_message": CANARY});
    let noted = server.call("POST", "/master-inbox/create-note", &inbox.house.key, &note);
    assert_eq!(noted.status, 200, "{}", noted.json());
    assert_eq!(server.stop(), Some(0));
    assert!(!holds(&inbox.house.data()).is_empty());
    assert!(!files(&blobs(&inbox)).is_empty(), "the large mail is a file");
    inbox
}

fn serve(inbox: &Inbox, environment: &[(&str, &str)]) -> Server {
    let data = inbox.house.data();
    Server::start_with(&["serve", "--data", path(&data), "--listen", "127.0.0.1:0"], environment)
}

fn blobs(inbox: &Inbox) -> std::path::PathBuf {
    inbox.house.data().join("blobs")
}

/// The files below a directory.
fn files(directory: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

/// The files that have the word.
fn holds(directory: &Path) -> Vec<std::path::PathBuf> {
    let has = |file: &std::path::PathBuf| {
        let bytes = std::fs::read(file).unwrap();
        bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes())
    };
    files(directory).into_iter().filter(has).collect()
}

fn person(server: &Server, inbox: &Inbox) -> Value {
    server.call("GET", &format!("/leads/?email={PERSON}"), &inbox.house.key, &Value::Null).json()
}

/// Erases a lead; what the server answers, if it lives so long.
fn erase(server: &Server, inbox: &Inbox, lead: &Value) -> std::io::Result<http::Answer> {
    let lead = lead["id"].as_str().map_or_else(|| lead["id"].to_string(), str::to_owned);
    let path = format!("/api/v1/leads/{lead}?erase=true");
    http::send(&server.url, "DELETE", &path, &inbox.house.key, "application/json", b"")
}

/// The person is there as before, or gone; either way gone from every file once erased. Whether they were there.
fn judge(inbox: &Inbox, what: &str) -> bool {
    let server = serve(inbox, &[]);
    let lead = person(&server, inbox);
    let was_there = lead != json!({});
    if was_there {
        let id = &lead["lead_campaign_data"][0]["campaign_lead_map_id"];
        let item = server
            .call("GET", &format!("/master-inbox/{}", id.as_str().unwrap()), &inbox.house.key, &Value::Null)
            .json();
        let parts =
            (item["message_history"].as_array().unwrap().len(), item["notes"].as_array().unwrap().len());
        assert_eq!(parts, (3, 1), "{what}: nothing is erased by half");
        let erased = erase(&server, inbox, &lead).unwrap().json();
        assert_eq!(erased["data"]["report"]["messages"], 3, "{what}: {erased}");
    }
    // The log is followed in order: once the index has this, it has what came before.
    let other = server.call("GET", "/leads/?email=lead1@x.example", &inbox.house.key, &Value::Null).json();
    let last = erase(&server, inbox, &other).unwrap().json();
    assert_eq!(last["data"]["report"]["search_index_done"], true, "{what}: {last}");
    let since = Instant::now();
    while !files(&blobs(inbox)).is_empty() {
        assert!(since.elapsed() < PATIENCE, "{what}: {:?}", files(&blobs(inbox)));
        std::thread::park_timeout(Duration::from_millis(5));
    }
    assert_eq!(server.stop(), Some(0));
    assert_eq!(holds(&inbox.house.data()), Vec::<std::path::PathBuf>::new(), "{what}");
    inbox.house.is_sound();
    was_there
}

#[test]
#[cfg(feature = "crash-points")]
fn crash_while_a_person_is_erased_leaves_all_or_nothing() {
    for (point, is_there) in crewbox_app::lead::ERASE_CRASH_POINTS.iter().zip([true, false, false]) {
        let inbox = inbox();
        let server = serve(&inbox, &[("CREWBOX_CRASH", &format!("{point}:1"))]);
        let lead = person(&server, &inbox);
        assert!(erase(&server, &inbox, &lead).is_err(), "{point} never came by");
        server.ended();
        assert_eq!(judge(&inbox, point), is_there, "{point}");
    }
}

#[test]
fn a_person_is_erased_or_untouched_after_a_sigkill() {
    // How many other calls the server answers before it is killed.
    for calls in [0, 1, 3] {
        let inbox = inbox();
        let server = serve(&inbox, &[]);
        let lead = person(&server, &inbox);
        std::thread::scope(|scope| {
            let erased = scope.spawn(|| erase(&server, &inbox, &lead));
            for _ in 0..calls {
                person(&server, &inbox);
            }
            let pid = rustix::process::Pid::from_raw(server.pid().cast_signed()).unwrap();
            rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
            let _ = erased.join().unwrap();
        });
        server.ended();
        judge(&inbox, &format!("SIGKILL after {calls} calls"));
    }
}
