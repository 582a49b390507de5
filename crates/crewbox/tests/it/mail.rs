//! Mail out of files: every form, broken ones, twice, and after a power cut.

use std::process::Stdio;

use serde_json::{Value, json};

use crate::drive::{House, command, path};
use crate::http;

const MAILBOX: &str = "sales@acme.example";

fn mail(number: usize, from: &str) -> String {
    format!(
        "From: {from}\r\nTo: {MAILBOX}\r\nSubject: About it {number}\r\nMessage-ID: <{number}@x.example>\r\nDate: Tue, 3 Feb 2026 10:{:02}:00 +0000\r\n\r\nHello, number {number}.\r\n",
        number % 60
    )
}

fn mbox(count: usize) -> String {
    (0..count)
        .map(|n| {
            format!(
                "From x Tue Feb  3 10:00:00 2026\n{}\n",
                mail(n, &format!("lead{}@x.example", n % 40)).replace("\r\n", "\n")
            )
        })
        .collect()
}

fn import(house: &House, file: &str) -> Value {
    house.run(&["import", "mail", "--mailbox", MAILBOX, file]).json()
}

fn leads(house: &House) {
    let csv: String = std::iter::once("email\n".to_owned())
        .chain((0..40).map(|n| format!("lead{n}@x.example\n")))
        .collect();
    let file = house.file("leads.csv", csv);
    assert_eq!(house.run(&["import", "leads", "--campaign", "Spring", &file]).json()["added"], 40);
}

#[test]
fn every_form_comes_in_and_twice_is_once() {
    let house = House::new();
    leads(&house);
    house.file("in/one.eml", mail(1, "lead1@x.example"));
    house.file("in/two.eml", mail(2, "stranger@elsewhere.example"));
    house.file("in/box", mbox(1) + &mbox(0));
    house.file("in/maildir/cur/a:2,S", mail(4, "lead4@x.example"));
    house
        .file("in/maildir/new/b", mail(5, MAILBOX).replace(&format!("To: {MAILBOX}"), "To: lead5@x.example"));
    house.file("in/empty.eml", "  \n");
    house.file("in/notes.txt", "not mail");
    let dir = house.temp.path().join("in");
    let said = house.run(&["import", "mail", "--mailbox", MAILBOX, path(&dir)]);
    assert_eq!(said.json(), json!({"messages": 5, "duplicates": 0, "untracked": 1, "quarantined": 1}));
    for words in ["is new: it is saved without servers", "empty.eml", "quarantine", "1 files are no mail"] {
        assert!(said.err.contains(words), "no `{words}` in {}", said.err);
    }
    let again = import(&house, path(&dir));
    assert_eq!(again, json!({"messages": 0, "duplicates": 6, "untracked": 0, "quarantined": 0}));

    let server = house.serve();
    let inbox = server.call("POST", "/master-inbox/inbox-replies", &house.key, &json!({})).json();
    assert_eq!(inbox["total_count"], 3);
    assert!(
        inbox["messages"].as_array().unwrap().iter().all(|row| row["is_read"] == true),
        "history counts as read"
    );
    let sent = server.call("POST", "/master-inbox/sent", &house.key, &json!({})).json();
    assert_eq!(sent["total_count"], 1);
    house.is_sound();
}

#[test]
fn a_path_that_is_not_there_is_wrong_input() {
    let house = House::new();
    house.run(&["import", "mail", "--mailbox", MAILBOX, "/nowhere"]).fails(2, "/nowhere");
}

#[test]
fn reindex_finds_nothing_to_change_in_what_was_just_read() {
    let house = House::new();
    leads(&house);
    let file = house.file("box", mbox(50));
    import(&house, &file);
    let shown = house.run(&["reindex"]).json();
    assert_eq!((shown["messages"].as_u64(), shown["changed"].as_u64()), (Some(50), Some(0)));
    assert_eq!(house.run(&["reindex", "--apply"]).json()["applied"], true);
    house.is_sound();
}

#[test]
fn an_import_that_was_cut_off_goes_on_where_it_was() {
    const MAILS: usize = 4_000;
    let house = House::new();
    leads(&house);
    let file = house.file("box", mbox(MAILS));
    let server = house.serve();
    let data = house.data();
    let mut child = command(&["import", "mail", "--data", path(&data), "--mailbox", MAILBOX, &file])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Cut it off as soon as the running server shows its first mails.
    let arrived =
        || server.call("POST", "/master-inbox/inbox-replies", &house.key, &json!({"limit": 1})).json();
    while arrived()["total_count"] == 0 && child.try_wait().unwrap().is_none() {}
    let _ = child.kill();
    child.wait().unwrap();

    let rest = import(&house, &file);
    let sum = |name: &str| rest[name].as_u64().unwrap();
    assert_eq!(sum("messages") + sum("duplicates"), MAILS as u64, "{rest}");
    assert!(sum("duplicates") > 0, "nothing was kept of the first run: {rest}");
    assert_eq!(import(&house, &file)["duplicates"], MAILS);
    assert_eq!(arrived()["total_count"], 40);
    assert_eq!(server.stop(), Some(0));
    house.is_sound();
}

/// A mail that another one equals in all but its file, or in all but how the file travelled.
fn with_file(encoding: &str, file: &str) -> String {
    format!(
        "From: lead1@x.example\r\nTo: {MAILBOX}\r\nSubject: Rates\r\nMessage-ID: <rates@x.example>\r\nDate: Tue, 3 Feb 2026 10:00:00 +0000\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nsee file\r\n--b\r\nContent-Type: application/pdf; name=rates.pdf\r\n\
         Content-Transfer-Encoding: {encoding}\r\n\r\n{file}\r\n--b--\r\n"
    )
}

#[test]
fn mails_that_differ_in_an_attachment_are_two_messages_on_every_way_in() {
    let house = House::new();
    leads(&house);
    house.file("in/one.eml", with_file("base64", "MTA="));
    house.file("in/another.eml", with_file("base64", "MjA="));
    house.file("in/again.eml", with_file("7bit", "10"));
    let dir = house.temp.path().join("in");
    let said = house.run(&["import", "mail", "--mailbox", MAILBOX, path(&dir)]).json();
    assert_eq!((&said["messages"], &said["duplicates"]), (&json!(2), &json!(1)), "{said}");

    let server = house.serve();
    let mailbox = server.call("GET", "/email-accounts/", &house.key, &Value::Null).json()[0]["id"].clone();
    let post = |raw: String| {
        let path = format!("/api/v1/email-accounts/{mailbox}/messages");
        let answer =
            http::send(&server.url, "POST", &path, &house.key, "message/rfc822", raw.as_bytes()).unwrap();
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        answer.json()["duplicate"].clone()
    };
    assert_eq!(post(with_file("quoted-printable", "=31=30")), true, "the first, on another way");
    assert_eq!(post(with_file("base64", "MzA=")), false, "a third");
    assert_eq!(post(with_file("base64", "MzA=")), true);
    assert_eq!(server.stop(), Some(0));
    house.is_sound();
    assert_eq!(house.run(&["reindex"]).json()["changed"], 0);
}
