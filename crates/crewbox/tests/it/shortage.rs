//! A lack of file descriptors while mail is processed: the mail is neither lost nor put into quarantine, a client is asked
//! to try again, and a mailbox is read later.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crewbox_testkit::letter::Letter;
use crewbox_testkit::scripted::{Script, ScriptedImap};
use serde_json::{Value, json};

use crate::drive::{House, Server, clean, finish, path, run_with_input};
use crate::http;

const WAIT: Duration = Duration::from_secs(60);
/// Descriptors that stay the same for so long are those that the server keeps.
const STEADY: Duration = Duration::from_millis(200);
/// File descriptors with which an import may or may not work, and with which it certainly does.
const FEW_FILES: std::ops::Range<u64> = 5..45;
const ENOUGH_FILES: u64 = 200;

/// A mail so large that it gets a file of its own.
fn large(number: usize) -> Vec<u8> {
    let body = format!("This is a long line of letter {number}.\r\n").repeat(3_000);
    Letter::new("lea@lead.example", "ann@crew.example", &format!("Letter {number}")).saying(&body).raw()
}

/// Leaves a process room for so many more files; returns what takes the limit back.
fn leave_files(server: &Server, free: u64) -> impl FnOnce() {
    let pid = server.pid().to_string();
    let limit = |soft: &str| {
        let set = Command::new("prlimit").args(["--pid", &pid, &format!("--nofile={soft}:")]).status();
        assert!(set.unwrap().success(), "the limit cannot be set");
    };
    let limits = std::fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
    let before = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap();
    let before = before.split_whitespace().next().unwrap().to_owned();
    // A connection that has just ended may still hold its descriptor.
    let mut files = files_of(&pid);
    until("rest of the descriptors", || {
        std::thread::park_timeout(STEADY);
        let before = std::mem::replace(&mut files, files_of(&pid));
        before == files
    });
    let mut unused = (0..).filter(|number| !files.contains(number));
    let first_forbidden = unused.nth(usize::try_from(free).unwrap()).unwrap();
    limit(&first_forbidden.to_string());
    let pid = pid.clone();
    move || {
        let set = Command::new("prlimit").args(["--pid", &pid, &format!("--nofile={before}:")]).status();
        assert!(set.unwrap().success(), "the limit cannot be taken back");
    }
}

/// The numbers of a process's open files.
fn files_of(pid: &str) -> BTreeSet<u64> {
    let files = std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap();
    files.map(|file| file.unwrap().file_name().to_str().unwrap().parse().unwrap()).collect()
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let since = Instant::now();
    while !is_so() {
        assert!(since.elapsed() < WAIT, "{what} does not come");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

fn total(server: &Server, house: &House, path: &str) -> u64 {
    server.call("GET", path, &house.key, &Value::Null).json()["total_count"].as_u64().unwrap()
}

#[test]
fn mail_that_meets_a_lack_of_files_is_stored_later_and_never_quarantined() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let imap = runtime.block_on(ScriptedImap::start(Script::usual()));
    let (house, port) = (House::new(), imap.port.to_string());
    let data = house.data();
    let words = [
        "mailbox",
        "add",
        "--data",
        path(&data),
        "--email",
        "ann@crew.example",
        "--name",
        "Ann Lee",
        "--imap-host",
        "localhost",
        "--imap-port",
        &port,
        "--imap-security",
        "none",
        "--smtp-host",
        "localhost",
        "--smtp-port",
        "1",
        "--smtp-security",
        "none",
        "--password-stdin",
    ];
    let mailbox = run_with_input(&words, "secret\n").json()["mailbox_id"].as_u64().unwrap();
    let server =
        Server::start(&["serve", "--data", path(&data), "--listen", "127.0.0.1:0", "--allow-private-hosts"]);
    imap.script().deliver("INBOX", &large(1));
    let stored = || total(&server, &house, "/master-inbox/untracked-replies");
    until("the first mail", || stored() == 1);

    // Over IMAP: no file can be made for the mail.
    let restore = leave_files(&server, 0);
    let fetches = || imap.script().seen["UID FETCH"];
    let before = fetches();
    imap.script().deliver("INBOX", &large(2));
    // Twice its size is asked for, and twice the mail.
    until("a second try", || fetches() >= before + 4);
    restore();
    until("the mail after the lack of files", || stored() == 2);

    // Over HTTP: the connection takes the last one.
    let post = || {
        let path = format!("/api/v1/email-accounts/{mailbox}/messages");
        http::send(&server.url, "POST", &path, &house.key, "message/rfc822", &large(3)).unwrap()
    };
    let restore = leave_files(&server, 1);
    let refused = post();
    restore();
    assert_eq!(refused.status, 503, "{}", String::from_utf8_lossy(&refused.body));
    let stored_now = post();
    assert_eq!(stored_now.status, 200, "{}", String::from_utf8_lossy(&stored_now.body));
    assert_eq!(stored_now.json()["duplicate"], json!(false));
    assert_eq!((stored(), total(&server, &house, "/quarantine")), (3, 0));
    assert_eq!(server.stop(), Some(0));
    house.is_sound();
}

#[test]
fn an_import_that_meets_a_lack_of_files_stops_and_goes_on_when_it_is_run_again() {
    let house = House::new();
    let mails: Vec<u8> = (0..5)
        .flat_map(|number| {
            [b"From lea@lead.example Mon Jun  2 10:00:00 2025\n".to_vec(), large(number), b"\n".to_vec()]
                .concat()
        })
        .collect();
    let (mbox, data) = (house.file("letters.mbox", mails), house.data());
    let import = |files: u64| {
        let mut command = clean(Command::new("prlimit"));
        command
            .arg(format!("--nofile={files}:{files}"))
            .arg(env!("CARGO_BIN_EXE_crewbox"))
            .stdin(Stdio::null());
        command.args(["import", "mail", "--mailbox", "ann@crew.example", &mbox, "--data", path(&data)]);
        finish(command)
    };
    let (mut stopped, mut worked) = (0, 0);
    for files in FEW_FILES.chain([ENOUGH_FILES]) {
        let output = import(files);
        if output.code != Some(0) {
            stopped += 1;
            continue;
        }
        worked += 1;
        let sum = output.json();
        assert_eq!(sum["quarantined"], json!(0), "{files}: {output:?}");
    }
    println!("{stopped} imports stopped for a lack of files, {worked} worked");
    assert!(stopped > 0 && worked > 0, "{stopped} stopped, {worked} worked");
    let again = import(ENOUGH_FILES).json();
    assert_eq!((&again["duplicates"], &again["quarantined"]), (&json!(5), &json!(0)), "{again}");
    house.is_sound();
}
