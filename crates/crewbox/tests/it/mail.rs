//! Mail out of files: every form, broken ones, twice, and after a power cut.

use std::process::Stdio;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
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

/// What an import prints, with these counts and otherwise zero.
fn sums(counts: &[(&str, u64)]) -> Value {
    let mut sums = json!({});
    for name in SUMS {
        sums[name] = 0.into();
    }
    for (name, count) in counts {
        sums[*name] = (*count).into();
    }
    sums
}

const SUMS: [&str; 6] = ["messages", "duplicates", "untracked", "quarantined", "passed_over", "refused"];

/// Files that came to something; untracked mails are among the messages.
fn accounted(sums: &Value) -> u64 {
    SUMS.iter().filter(|name| **name != "untracked").map(|name| sums[*name].as_u64().unwrap()).sum()
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
    let output = house.run(&["import", "mail", "--mailbox", MAILBOX, path(&dir)]);
    assert_eq!(
        output.json(),
        sums(&[("messages", 5), ("untracked", 1), ("quarantined", 1), ("passed_over", 1)])
    );
    for words in [
        "is new: it is saved without servers",
        "empty.eml",
        "quarantine",
        "notes.txt: it is not a mail; passed over",
    ] {
        assert!(output.err.contains(words), "no `{words}` in {}", output.err);
    }
    let again = import(&house, path(&dir));
    assert_eq!(again, sums(&[("duplicates", 6), ("passed_over", 1)]));

    let server = house.serve();
    let log = server.call("GET", "/changes?limit=1000", &house.key, &json!({})).json();
    let causes = |kind: &str| -> Vec<&Value> {
        let of_kind = log["changes"].as_array().unwrap().iter().filter(|change| change["kind"] == kind);
        of_kind.map(|change| &change["cause"]["kind"]).collect()
    };
    assert_eq!(causes("conversation_created"), vec!["import"; 40]);
    assert_eq!(causes("message_received"), vec!["import"; 3]);
    assert_eq!(causes("account_created"), ["system"]);
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
    let empty = house.temp.path().join("empty");
    std::fs::create_dir_all(empty.join("cur")).unwrap();
    house.run(&["import", "mail", "--mailbox", MAILBOX, path(&empty)]).fails(2, "there is no file in");
    assert!(house.run(&["mailbox", "list"]).out.is_empty(), "no mailbox was made");
}

#[test]
fn reindex_finds_nothing_to_change_in_what_was_just_read() {
    let house = House::new();
    leads(&house);
    let file = house.file("box", mbox(50));
    import(&house, &file);
    let shown = house.run(&["reindex"]).json();
    assert_eq!((shown["messages"].as_u64(), shown["changed"].as_u64()), (Some(50), Some(0)), "{shown}");
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
    let output = house.run(&["import", "mail", "--mailbox", MAILBOX, path(&dir)]).json();
    assert_eq!((&output["messages"], &output["duplicates"]), (&json!(2), &json!(1)), "{output}");

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

#[test]
fn what_is_posted_and_is_no_mail_is_refused_and_a_damaged_mail_is_kept() {
    let house = House::new();
    leads(&house);
    house.run(&["import", "mail", "--mailbox", MAILBOX, &house.file("one.eml", mail(1, "lead1@x.example"))]);
    let server = house.serve();
    let mailbox = server.call("GET", "/email-accounts/", &house.key, &Value::Null).json()[0]["id"].clone();
    let path = format!("/api/v1/email-accounts/{mailbox}/messages");
    let post =
        |raw: &[u8]| http::send(&server.url, "POST", &path, &house.key, "message/rfc822", raw).unwrap();
    for (raw, words) in [
        (&b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0"[..], "(.msg)"),
        (b"%PDF-1.7\n", "PDF"),
        (b"Dear Ann,\n\nno mail at all\n", "not a mail"),
        (b"<!doctype html><p>Hi", "HTML"),
        (b"{\"subject\":\"Hi\"}", "JSON"),
        (mbox(3).as_bytes(), "mbox"),
    ] {
        let answer = post(raw);
        assert_eq!(answer.status, 422, "{words}: {}", answer.json());
        let (error, field) = (answer.json()["error"].clone(), answer.json()["field"].clone());
        assert_eq!(field, "body");
        assert!(error.as_str().unwrap().contains(words), "{error}");
    }
    for raw in
        [&b"garbage\nSubject: damaged\n\nHi"[..], b"From x Mon Feb  3 10:00:00 2025\nFrom: a@x.example\n\nHi"]
    {
        let answer = post(raw);
        assert_eq!(answer.status, 200, "{}", answer.json());
    }
    assert_eq!(server.stop(), Some(0));
    house.is_sound();
    assert_eq!(house.run(&["reindex"]).json()["messages"], 3, "nothing of what was refused is stored");
}

#[test]
fn drafts_deleted_mails_and_files_of_other_programs_are_named_and_left() {
    let house = House::new();
    leads(&house);
    let separator = "From - Tue Feb 03 10:00:00 2026\n";
    let lines = |number: usize| mail(number, "lead1@x.example").replace("\r\n", "\n");
    house.file(
        "in/Inbox",
        format!(
            "{separator}X-Mozilla-Status: 0001\n{}\n{separator}X-Mozilla-Status: 0009\n{}\n",
            lines(1),
            lines(2)
        ),
    );
    house.file(
        "in/takeout.mbox",
        format!(
            "{separator}X-Gmail-Labels: Inbox,Opened\n{}\n{separator}X-Gmail-Labels: Drafts\n{}\n",
            lines(3),
            lines(4)
        ),
    );
    house.file("in/maildir/cur/a:2,DS", mail(5, MAILBOX));
    house.file("in/draft.eml", format!("X-Unsent: 1\r\n{}", mail(6, MAILBOX)));
    house.file("in/Messages/7.emlx", {
        let raw = lines(7);
        format!("{}\n{raw}<plist><dict><key>flags</key><integer>1</integer></dict></plist>", raw.len())
    });
    house.file("in/mark.eml", format!("\u{feff}{}", mail(8, "lead1@x.example")));
    house.file("in/old-mac.eml", lines(9).replace('\n', "\r"));
    house.file("in/no-ending", mail(10, "lead1@x.example"));
    house.file("in/one.msg", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1");
    house.file("in/all.pst", b"!BDN");
    house.file("in/Inbox.msf", "// index");
    house.file("in/Trash", "");
    let output = house.run(&["import", "mail", "--mailbox", MAILBOX, path(&house.temp.path().join("in"))]);
    let counts = output.json();
    assert_eq!(counts, sums(&[("messages", 6), ("passed_over", 6), ("refused", 2)]), "{}", output.err);
    assert_eq!(accounted(&counts), 14);
    for words in [
        "Inbox at byte",
        "it is deleted, and still in the file; passed over",
        "takeout.mbox at byte",
        "a:2,DS: it is a draft, and was never sent; passed over",
        "draft.eml: it is a draft",
        "one.msg: it is a message of Outlook (.msg): export it as .eml",
        "all.pst: it is a data file of Outlook",
        "Trash: it is empty; passed over",
    ] {
        assert!(output.err.contains(words), "no `{words}` in {}", output.err);
    }
    let told =
        output.err.lines().filter(|line| line.ends_with("; passed over") || line.ends_with("; refused"));
    assert_eq!(told.count(), 8, "{}", output.err);

    let server = house.serve();
    let inbox = server.call("POST", "/master-inbox/inbox-replies", &house.key, &json!({})).json();
    assert_eq!(inbox["total_count"], 1);
    house.is_sound();
}

#[test]
fn mail_labelled_as_sent_is_ours_and_a_time_comes_from_the_separator() {
    let house = House::new();
    leads(&house);
    let sent =
        mail(1, "ana.alias@elsewhere.example").replace(&format!("To: {MAILBOX}"), "To: lead1@x.example");
    let timeless = mail(2, "lead2@x.example").replace("Date: Tue, 3 Feb 2026 10:02:00 +0000\r\n", "");
    let file = house.file(
        "takeout.mbox",
        format!(
            "From 1@xxx Tue Feb 03 10:00:00 +0000 2026\nX-Gmail-Labels: =?UTF-8?Q?Gesendet,Ge=C3=B6ffnet?=\n{sent}\n\
             From 2@xxx Thu Feb 05 10:00:00 +0100 2026\nX-Gmail-Labels: Posteingang\n{timeless}\n"
        ),
    );
    assert_eq!(import(&house, &file)["messages"], 2);
    let server = house.serve();
    let list =
        |name: &str| server.call("POST", &format!("/master-inbox/{name}"), &house.key, &json!({})).json();
    assert_eq!(list("sent")["total_count"], 1);
    let inbox = list("inbox-replies");
    assert_eq!(inbox["total_count"], 1, "{inbox}");
    assert_eq!(inbox["messages"][0]["lead"]["email"], "lead2@x.example");
    assert!(inbox.to_string().contains("2026-02-05T09:00:00"), "{inbox}");
}

#[test]
fn what_a_file_marks_as_unread_is_open_if_it_is_recent() {
    let house = House::new();
    leads(&house);
    let dated = |number: usize, days: i64, status: &str| {
        let at =
            jiff::Timestamp::from_millisecond(crewbox_testkit::clock::servers_time().0 - days * 86_400_000)
                .unwrap();
        let date = at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string();
        let mail = mail(number, &format!("lead{number}@x.example")).replace("\r\n", "\n");
        let head = mail.find("Date: ").unwrap();
        let end = head + mail[head..].find('\n').unwrap();
        let mail = format!("{}Date: {date}{}", &mail[..head], &mail[end..]);
        format!("From x Tue Feb 03 10:00:00 2026\nStatus: {status}\n{mail}\n")
    };
    let file = house.file("box", dated(1, 2, "O") + &dated(2, 2, "RO") + &dated(3, 200, "O"));
    assert_eq!(import(&house, &file)["messages"], 3);
    let server = house.serve();
    let inbox = server.call("POST", "/master-inbox/inbox-replies", &house.key, &json!({})).json();
    let unread: Vec<&str> = inbox["messages"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["is_read"] == false)
        .map(|row| row["lead"]["email"].as_str().unwrap())
        .collect();
    assert_eq!(unread, ["lead1@x.example"]);
}

/// Whatever lies in a folder, every file comes to something, and so does every mail of an mbox.
#[test]
fn the_sum_is_the_number_of_files() {
    const FILES: usize = 120;
    let seed = 11;
    println!("seed {seed}");
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let house = House::new();
    let mut count = 0;
    for number in 0..FILES {
        let raw = mail(random.random_range(0..90), "lead1@x.example");
        let separator = "From x Tue Feb 03 10:00:00 2026\n";
        let (name, bytes, mails) = match random.random_range(0..12) {
            0 => ("a.eml", raw, 1),
            1 => ("box", (separator.to_owned() + &raw + "\n").repeat(3), 3),
            2 => ("box", raw.replace("Hello", "Hello\n\nFrom me Tue Feb 03 10:00:00 2026\nto you"), 1),
            3 => ("cur/1:2,S", raw, 1),
            4 => ("cur/1:2,T", raw, 1),
            5 => ("empty", String::new(), 1),
            6 => ("notes.txt", "Dear diary".to_owned(), 1),
            7 => ("old.zip", "PK\u{3}\u{4}".to_owned(), 1),
            8 => ("box", separator.to_owned(), 1),
            9 => ("box", format!("{separator}X-Status: D\n{raw}\n{separator}{raw}"), 2),
            10 => ("tmp/1", raw, 1),
            _ => ("a.eml", "X-Unsent: 1\n".to_owned() + &raw, 1),
        };
        house.file(&format!("in/{number}/{name}"), bytes);
        count += mails;
    }
    let output = house.run(&["import", "mail", "--mailbox", MAILBOX, path(&house.temp.path().join("in"))]);
    let counts = output.json();
    assert_eq!(accounted(&counts), count, "seed {seed}: {counts}\n{}", output.err);
    let told =
        output.err.lines().filter(|line| line.ends_with("; passed over") || line.ends_with("; refused"));
    let left = counts["passed_over"].as_u64().unwrap() + counts["refused"].as_u64().unwrap();
    assert_eq!(told.count() as u64, left, "seed {seed}: {}", output.err);
}
