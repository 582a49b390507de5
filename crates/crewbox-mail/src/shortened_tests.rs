//! Large mails read by a part of their bytes, beside the same mails read by all of them.

use std::io;

use crewbox_core::message::{MAX_STORED_TEXT, Mail, may_be_cut};
use crewbox_core::time::Timestamp;

use crate::mime::shortened::{SHORTENED_FROM, Shortened, Source};
use crate::read::{read_from, read_unshortened};
use crate::{DirectionHint, ReadContext, read};

const TOP: &str =
    "From: Lea <lea@x.example>\r\nTo: us@own.example\r\nMessage-ID: <1@x.example>\r\nSubject: long\r\n";
const MIXED: &str =
    "Content-Type: multipart/mixed; boundary=b\r\n\r\npreamble\r\n--b\r\n\r\nHello\r\nthere\r\n";

fn context() -> ReadContext {
    ReadContext {
        own: std::sync::Arc::default(),
        received_at: Some(Timestamp(1_700_000_000_000)),
        fallback_at: None,
        now: Timestamp(1_700_000_000_000),
        direction: DirectionHint::None,
    }
}

/// So much of a line, repeated, that a mail with it is large, however its lines end.
fn long(line: &str) -> String {
    line.repeat(SHORTENED_FROM * 3 / 2 / line.len())
}

/// A part that is a file.
fn file(media: &str, transfer: &str, body: &str) -> String {
    format!(
        "--b\r\nContent-Type: {media}; name=\"a\"\r\nContent-Disposition: attachment; filename=\"r\u{e9}sum\u{e9}\"\r\n\
         Content-Transfer-Encoding: {transfer}\r\n\r\n{body}"
    )
}

/// Whether the mail is read without all of it in memory; what is read.
fn both(raw: &[u8]) -> (bool, Mail, Mail) {
    let is_short = Shortened::of(&raw).unwrap().is_some_and(|short| short.bytes.len() < raw.len());
    (is_short, read(raw, &context()).unwrap(), read_unshortened(raw, &context()).unwrap())
}

#[test]
fn files_of_a_shortened_mail_are_those_of_the_whole_one() {
    let base64 = long("QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=\r\n");
    let lines = long("one line\r\nand another\r\n\r\n");
    let quoted = long("caf=C3=A9 goes on =\r\nand on=20\r\n");
    let small = file("text/csv", "7bit", "a;b\r\n");
    for file in [
        file("application/pdf", "base64", &base64),
        file("application/octet-stream", "8bit", &lines),
        file("application/octet-stream", "quoted-printable", &quoted),
        file("message/rfc822", "7bit", &format!("Subject: inner\r\n\r\n{lines}")),
    ] {
        let mail = format!("{TOP}{MIXED}{small}{file}\r\n{small}\r\n--b\r\n\r\nBye\r\n--b--\r\n");
        for raw in [mail.clone(), mail.replace("\r\n", "\n")] {
            let (is_short, short, whole) = both(raw.as_bytes());
            assert!(is_short);
            assert_eq!(short, whole);
            assert_eq!((short.attachments.len(), short.text.as_str()), (3, "Hello\nthere\n\nBye"));
        }
    }
}

#[test]
fn a_long_text_is_stored_up_to_its_limit_and_read_no_further() {
    let lines = long("Gr\u{fc}\u{df}e, > quoted -- and so on\r\n");
    for raw in [
        format!("{TOP}Content-Type: text/plain; charset=utf-8\r\n\r\n{lines}"),
        format!("{TOP}{MIXED}--b\r\nContent-Type: text/plain\r\n\r\n{lines}\r\n--b--\r\n"),
        format!("{TOP}\r\n{}", "\u{e9}".repeat(SHORTENED_FROM)),
    ] {
        let (is_short, short, whole) = both(raw.as_bytes());
        assert!(is_short && may_be_cut(short.text.len()));
        let Mail { digest, .. } = short;
        assert_eq!(short, Mail { digest, ..whole });
        let other = read(format!("{raw}!").as_bytes(), &context()).unwrap();
        assert_ne!(other.digest, digest, "what is not stored counts, too");
    }
}

#[test]
fn headers_over_the_limit_do_not_hide_the_text() {
    for header in [long("X-Header: y\r\n"), format!("X-Long: {}\r\n", long("word "))] {
        let (is_short, short, whole) = both(format!("{TOP}{header}\r\nHello\r\n").as_bytes());
        assert!(is_short);
        assert_eq!(short, whole);
        assert_eq!(short.text, "Hello\n");
    }
}

#[test]
fn a_mail_over_a_limit_is_shown_as_it_came() {
    let parts = long("--b\r\nContent-Disposition: attachment; filename=a\r\n\r\nx\r\n");
    for mail in [
        format!("{TOP}Content-Type: multipart/mixed; boundary=b\r\n\r\n{parts}--b--\r\n"),
        format!("{TOP}{}x", long("Content-Type: message/rfc822\r\n\r\n")),
    ] {
        let (is_short, short, whole) = both(mail.as_bytes());
        assert!(is_short && short.text.len() == MAX_STORED_TEXT && short.notice.is_some());
        let Mail { digest, files_digest, .. } = short;
        assert_eq!(short, Mail { digest, files_digest, ..whole });
    }
}

#[test]
fn what_needs_all_bytes_is_read_as_a_whole() {
    let uuencode = format!("begin 644 a.bin\r\n{}`\r\nend\r\n", long("#0V%T\r\n"));
    for mail in [
        format!(
            "{TOP}{MIXED}{}\r\n--b--\r\n",
            file("application/ms-tnef", "8bit", &long("no such form\r\n"))
        ),
        format!("{TOP}\r\nHello\r\n{uuencode}"),
        format!("{TOP}\r\n{}", long("Hello\r")).replace("\r\n", "\r"),
        // Of the second text too little is kept.
        format!(
            "{TOP}{MIXED}{}--b\r\n\r\n{}",
            file("text/csv", "7bit", &long("a;b\r\n")),
            "word \r\n".repeat(9_000)
        ),
    ] {
        let (_, short, whole) = both(mail.as_bytes());
        assert_eq!(short, whole);
    }
}

/// A file that cannot be read behind its start.
struct Failing(Vec<u8>);

impl Source for Failing {
    fn size(&self) -> usize {
        self.0.len()
    }

    fn read_at(&self, at: usize, into: &mut [u8]) -> io::Result<()> {
        if at > SHORTENED_FROM / 2 {
            Err(io::ErrorKind::Other.into())
        } else {
            self.0.as_slice().read_at(at, into)
        }
    }
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_and_no_mail() {
    let mail = format!("{TOP}\r\n{}", long("line\r\n"));
    let read = read_from(&Failing(mail.into_bytes()), &|| [0; 32], &context());
    assert!(read.is_err());
}
