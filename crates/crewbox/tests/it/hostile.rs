//! Mail as it should not be, through a real server: each is seen or in quarantine within seconds, and none stops
//! another.

use std::time::{Duration, Instant};

use crewbox_testkit::letter::Letter;
use serde_json::Value;

use crate::bed::{ANN, Bed, LEA};
use crate::drive::Server;

/// A mail, by what is wrong with it.
fn mails() -> Vec<(&'static str, Vec<u8>)> {
    let letter = |subject: &str| Letter::new(LEA, ANN, subject);
    let raw = |head: &str, body: &[u8]| {
        [format!("From: {LEA}\r\nTo: {ANN}\r\n{head}\r\n").as_bytes(), body].concat()
    };
    let nested: String =
        (0..3_000).map(|n| format!("Content-Type: message/rfc822\r\nSubject: {n}\r\n\r\n")).collect();
    let mut no_id = letter("no Message-ID");
    no_id.message_id = None;
    let repeated = |body: &str| {
        let mut one = letter("a repeated Message-ID").saying(body);
        one.message_id = Some("again@lead.example".into());
        one.raw()
    };
    let dated = |subject: &str, date: &str| {
        let raw = String::from_utf8(letter(subject).raw()).unwrap();
        raw.replace("Mon, 02 Jun 2025 10:00:00 +0000", date).into_bytes()
    };
    vec![
        ("malformed MIME", raw("Subject: a\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b\r\n", b"--b\r\nContent-Type: text/\r\n\r\nhalf")),
        ("lying charsets", raw("Subject: b\r\nContent-Type: text/plain; charset=utf-8\r\n", b"caf\xe9 \xff\xfe na\xefve\r\n")),
        ("unknown charsets", raw("Subject: =?klingon?B?4pyT?=\r\nContent-Type: text/plain; charset=klingon\r\n", b"text\r\n")),
        ("raw 8-bit headers", raw("", b"").into_iter().take(0).chain(b"From: Caf\xe9 <lea@lead.example>\r\nTo: ann@crew.example\r\nSubject: \xe9\xe8\xfc raw\r\n\r\nbody\r\n".iter().copied()).collect()),
        ("NUL in headers", raw("Subject: nul\0in\0side\r\nX-Nul: \0\0\0\r\n", b"and \0 in the body\r\n")),
        ("no Message-ID", no_id.raw()),
        ("a repeated Message-ID", repeated("first\r\n")),
        ("a repeated Message-ID with other content", repeated("second, and another\r\n")),
        ("an impossible date", dated("impossible", "Thu, 99 Foo 2025 99:99:99 +9999")),
        ("a date in the year 9999", dated("far", "Fri, 31 Dec 9999 23:59:59 +0000")),
        ("a date in 1900", dated("long ago", "Mon, 01 Jan 1900 00:00:00 +0000")),
        ("a mail loop", letter("loop").with("Received: from a by b; Mon, 2 Jun 2025 10:00:00 +0000\r\nX-Loop: ann@crew.example\r\n".repeat(120).trim_end()).raw()),
        ("no body at all", raw("Subject: head only\r\n", b"")),
        ("no header at all", b"\r\njust text\r\n".to_vec()),
        ("nested without end", [format!("From: {LEA}\r\nTo: {ANN}\r\nSubject: nested\r\nMIME-Version: 1.0\r\n").as_bytes(), nested.as_bytes()].concat()),
        ("HTML without end", raw("Subject: deep\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n", "<div>".repeat(50_000).as_bytes())),
        ("one line without end", raw("Subject: long\r\n", &b"x".repeat(2 * 1024 * 1024))),
        ("a header without end", raw(&format!("Subject: {}\r\n", "y".repeat(700_000)), b"body\r\n")),
        ("winmail.dat", raw("Subject: tnef\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n", b"--b\r\nContent-Type: text/plain\r\n\r\nsee attached\r\n--b\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\nContent-Disposition: attachment; filename=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\neJ8+IgAA\r\n--b--\r\n")),
        ("a calendar reply", raw("Subject: Accepted: Call\r\nMIME-Version: 1.0\r\nContent-Type: text/calendar; method=REPLY\r\n", b"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nEND:VCALENDAR\r\n")),
        ("control characters", raw("Subject: \x07\x1b[31mred\x1b[0m\r\n", b"\x01\x02\x03\x7f\r\n")),
        ("forged headers in a name", raw("Subject: =?utf-8?Q?a=0D=0ABcc:_all@x.example?=\r\n", b"body\r\n")),
    ]
}

fn quarantined(bed: &Bed, server: &Server) -> Vec<Value> {
    let response = server.call("GET", "/quarantine", &bed.house.key, &Value::Null).json();
    response["items"].as_array().unwrap().clone()
}

#[test]
fn any_hostile_mail_is_seen_or_in_quarantine_within_five_seconds() {
    let bed = Bed::new();
    let server = bed.serve();
    bed.live(&server);
    let conversation = bed.conversation(&server);
    let (mut slowest, mut which) = (Duration::ZERO, "");
    let all = mails();
    for (number, (name, raw)) in all.iter().enumerate() {
        bed.mail.dovecot.deliver(ANN, "INBOX", raw);
        let (_, took) = bed.until(name, Duration::from_secs(5), || {
            let path = "/master-inbox/untracked-replies?limit=100";
            let untracked = server.call("GET", path, &bed.house.key, &Value::Null).json();
            let seen = bed.item(&server, conversation)["message_history"].as_array().map_or(0, Vec::len);
            let loose = untracked["untracked_replies"].as_array().unwrap().len();
            let aside = quarantined(&bed, &server).len();
            if seen + loose + aside == number + 1 {
                Ok(())
            } else {
                Err(format!("{seen} + {loose} + {aside} of {}", number + 1))
            }
        });
        if took > slowest {
            (slowest, which) = (took, name);
        }
    }
    println!(
        "soak: hostile mails, {} kinds: all seen or in quarantine, slowest {slowest:.0?} ({which})",
        all.len()
    );
    bed.until("ledger without gaps", Duration::from_secs(20), || match bed.ledger() {
        [server, held, 0, aside] if server == held + aside => Ok(()),
        other => Err(format!("{other:?}")),
    });
    assert_eq!(server.stop(), Some(0));
    bed.house.is_sound();
}

/// What becomes of such mails in a conversation, once all are there: its history, oldest first.
fn shown(bed: &Bed, server: &Server, raws: &[&[u8]]) -> Vec<Value> {
    bed.live(server);
    let conversation = bed.conversation(server);
    for raw in raws {
        bed.mail.dovecot.deliver(ANN, "INBOX", raw);
    }
    let look = || {
        let item = bed.item(server, conversation);
        let history = item["message_history"].as_array().cloned().unwrap_or_default();
        if history.len() == raws.len() { Ok(history) } else { Err(item.to_string()) }
    };
    bed.until("the mails", Duration::from_secs(5), look).0
}

fn named(name: &str) -> Vec<u8> {
    mails().into_iter().find(|(kind, _)| *kind == name).unwrap().1
}

/// The one mail of this name, as it is shown.
fn alone(name: &str) -> Value {
    let bed = Bed::new();
    let server = bed.serve();
    shown(&bed, &server, &[&named(name)]).swap_remove(0)
}

#[test]
fn malformed_mime_is_shown_as_far_as_it_goes() {
    assert!(alone("malformed MIME")["body"].as_str().unwrap().contains("half"));
}

#[test]
fn lying_charsets_cost_at_most_the_letters_they_lie_about() {
    let body = alone("lying charsets")["body"].as_str().unwrap().to_owned();
    assert!(body.starts_with("caf") && body.contains("na") && body.trim_end().ends_with("ve"), "{body}");
}

#[test]
fn raw_8_bit_and_nul_headers_are_read() {
    let bed = Bed::new();
    let server = bed.serve();
    let raws = [named("raw 8-bit headers"), named("NUL in headers")];
    let history = shown(&bed, &server, &[&raws[0], &raws[1]]);
    let subject = |words: &str| history.iter().find(|one| one["subject"].as_str().unwrap().contains(words));
    assert_eq!(subject("raw").unwrap()["from"], LEA);
    let nul = subject("nul").expect("the subject survives its NULs");
    assert!(
        nul["subject"].as_str().unwrap().contains("side") && !nul.to_string().contains("\\u0000"),
        "{nul}"
    );
}

#[test]
fn no_message_id_is_no_hindrance_and_no_reason_to_double() {
    let bed = Bed::new();
    let server = bed.serve();
    let raw = named("no Message-ID");
    let history = shown(&bed, &server, &[&raw]);
    assert!(history[0]["message_id"].as_str().is_some_and(|id| !id.is_empty()), "{history:?}");
    // The same once more, and another after it: two messages in three places.
    bed.mail.dovecot.deliver(ANN, "INBOX", &raw);
    bed.mail.dovecot.deliver(ANN, "INBOX", &Letter::new(LEA, ANN, "Later").raw());
    bed.until("ledger without gaps", Duration::from_secs(20), || match bed.ledger() {
        [3, 3, 0, 0] => Ok(()),
        other => Err(format!("{other:?}")),
    });
    let item = bed.item(&server, bed.conversation(&server));
    assert_eq!(item["message_history"].as_array().unwrap().len(), 2, "{item}");
}

#[test]
fn a_repeated_message_id_with_other_content_is_another_message() {
    let bed = Bed::new();
    let server = bed.serve();
    let raws = [named("a repeated Message-ID"), named("a repeated Message-ID with other content")];
    let history = shown(&bed, &server, &[&raws[0], &raws[1]]);
    let bodies: Vec<&str> = history.iter().map(|one| one["body"].as_str().unwrap()).collect();
    assert!(bodies.iter().any(|body| body.contains("first")), "{bodies:?}");
    assert!(bodies.iter().any(|body| body.contains("second")), "{bodies:?}");
}

#[test]
fn impossible_dates_become_the_time_of_arrival() {
    let bed = Bed::new();
    let server = bed.serve();
    let raws = [named("an impossible date"), named("a date in the year 9999")];
    let history = shown(&bed, &server, &[&raws[0], &raws[1]]);
    let now = crewbox_testkit::clock::servers_time();
    for one in &history {
        let at: &str = one["received_at"].as_str().unwrap();
        let year: i64 = at[..4].parse().unwrap();
        let this_year = 1970 + now.millis() / 31_556_952_000;
        assert!((this_year - 1..=this_year + 1).contains(&year), "{at}");
    }
}

#[test]
fn mail_loops_are_shown_and_nothing_is_sent_into_them() {
    let bed = Bed::new();
    let server = bed.serve();
    assert_eq!(shown(&bed, &server, &[&named("a mail loop")])[0]["subject"], "loop");
    assert_eq!(server.stop(), Some(0));
    assert!(bed.mail.dovecot.mails(LEA, "INBOX").is_empty());
    assert!(bed.mail.dovecot.mails(ANN, "Sent").is_empty());
}

#[test]
fn calendar_replies_leave_status_and_read_state_as_they_were() {
    let bed = Bed::new();
    let server = bed.serve();
    shown(&bed, &server, &[&named("a calendar reply")]);
    let item = bed.item(&server, bed.conversation(&server));
    assert_eq!(
        (&item["is_read"], &item["email_status"]),
        (&Value::Bool(true), &Value::from("Not Replied")),
        "{item}"
    );
}

#[test]
fn winmail_dat_can_be_fetched_as_it_came() {
    let bed = Bed::new();
    let server = bed.serve();
    let history = shown(&bed, &server, &[&named("winmail.dat")]);
    let attachment = &history[0]["attachments"][0];
    assert_eq!(attachment["file_name"], "winmail.dat", "{history:?}");
    let url = attachment["file_url"].as_str().unwrap();
    let path = url.strip_prefix(&server.url).unwrap_or(url);
    let file = crate::http::send(&server.url, "GET", path, "", "text/plain", b"").unwrap();
    assert_eq!((file.status, &file.body[..4]), (200, &b"\x78\x9f\x3e\x22"[..]));
    assert!(file.head.to_lowercase().contains("content-disposition: attachment"), "{}", file.head);
}

/// The process's resident memory, in MiB.
fn resident(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

#[test]
fn a_mail_of_51_mb_is_taken_within_ten_seconds_and_bounded_memory() {
    let bed = Bed::new();
    let server = bed.serve();
    bed.live(&server);
    let conversation = bed.conversation(&server);
    let before = resident(&server);
    let line = "VGhpcyBpcyBhIGxvbmcgYXR0YWNobWVudCwgYW5kIGl0IGdvZXMgb24gYW5kIG9uIGFuZCBvbi4u\r\n";
    let mut raw = format!(
        "From: {LEA}\r\nTo: {ANN}\r\nSubject: large\r\nMessage-ID: <large@lead.example>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nsee attached\r\n--b\r\n\
         Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=big.bin\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n"
    )
    .into_bytes();
    raw.extend_from_slice(line.repeat(51 * 1024 * 1024 / line.len()).as_bytes());
    raw.extend_from_slice(b"--b--\r\n");
    bed.mail.dovecot.deliver(ANN, "INBOX", &raw);
    let since = Instant::now();
    bed.until("the large mail, seen or in quarantine", Duration::from_secs(20), || {
        let seen = bed.item(&server, conversation)["message_history"].as_array().map_or(0, Vec::len);
        let aside = quarantined(&bed, &server).len();
        if seen + aside == 1 { Ok(()) } else { Err(format!("{seen} + {aside}")) }
    });
    let (took, grown) = (since.elapsed(), resident(&server) - before);
    println!(
        "soak: a mail of {} MB: taken in {took:.1?}, memory grew by at most {grown} MiB",
        raw.len() / 1_000_000
    );
    assert!(took <= Duration::from_secs(10), "{took:?}");
    assert!(grown <= 3 * 51, "held more than three times: {grown} MiB");
    bed.until("ledger without gaps", Duration::from_secs(20), || match bed.ledger() {
        [1, held, 0, aside] if held + aside == 1 => Ok(()),
        other => Err(format!("{other:?}")),
    });
    assert_eq!(server.stop(), Some(0));
    bed.house.is_sound();
}
