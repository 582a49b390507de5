//! What bytes are: mail in one of its forms, or something else that people hand in by mistake. Decided by the first
//! bytes, as tables, and by the ending of a file's name where there is one.
//!
//! The one place that decides it, for files that are imported and for mail that is posted. Does not read mail: what
//! looks like one may still be damaged.

use std::io::{BufRead, Seek};

use crate::mbox::split_mbox;

/// Bytes looked at: the first fields of a mail, the signature of anything else.
pub const HEAD_BYTES: usize = 4 * 1024;
/// A byte-order mark, which text editors put before a file.
pub const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// Fields of which a mail without a telling name has two near its top, in lower case.
const MAIL_FIELDS: [&str; 14] = [
    "from",
    "date",
    "subject",
    "to",
    "received",
    "message-id",
    "return-path",
    "delivered-to",
    "mime-version",
    "content-type",
    "reply-to",
    "cc",
    "in-reply-to",
    "dkim-signature",
];

/// A form of mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One mail.
    Mail,
    /// One mail of Apple Mail, between its length and its flags.
    Emlx,
    /// Many, each after a `From ` line.
    Mbox,
}

/// Why something is not taken as mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotMailForm {
    /// What it is, and what to do with it: the end of a sentence that begins with its name.
    pub why: &'static str,
    /// It may hold mail, which has to be converted first. Else nothing is missing without it.
    pub holds_mail: bool,
}

/// A form that is known and cannot be read: its first bytes, the endings of its name (none: any), and what to do.
struct Foreign {
    start: &'static [u8],
    endings: &'static [&'static str],
    advice: &'static str,
}

const ARCHIVE: &str = "it is an archive: unpack it, and import the folder";

const FOREIGN: &[Foreign] = &[
    Foreign {
        start: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        endings: &["msg", "oft", "eml"],
        advice: "it is a message of Outlook (.msg): export it as .eml, for example by dragging it into Thunderbird",
    },
    Foreign {
        start: b"!BDN",
        endings: &[],
        advice: "it is a data file of Outlook (.pst, .ost): export its folders as .eml or mbox, with Thunderbird's \
                 import or with readpst, or connect the mailbox itself",
    },
    Foreign {
        start: b"\xcf\xad\x12\xfe",
        endings: &[],
        advice: "it is a folder of Outlook Express (.dbx): export its mails as .eml",
    },
    // Without a name every archive of this kind is a plain one, so it comes before Outlook's.
    Foreign { start: b"PK\x03\x04", endings: &["zip"], advice: ARCHIVE },
    Foreign {
        start: b"PK\x03\x04",
        endings: &["olm"],
        advice: "it is an export of Outlook for Mac (.olm): import it into Thunderbird or Apple Mail, and export mbox there",
    },
    Foreign { start: b"\x1f\x8b", endings: &[], advice: ARCHIVE },
    Foreign { start: b"BZh", endings: &["bz2", "tbz", "tbz2"], advice: ARCHIVE },
    Foreign { start: b"\xfd7zXZ\0", endings: &[], advice: ARCHIVE },
    Foreign { start: b"7z\xbc\xaf\x27\x1c", endings: &[], advice: ARCHIVE },
    Foreign { start: b"Rar!", endings: &[], advice: ARCHIVE },
    Foreign { start: b"", endings: &["tar"], advice: ARCHIVE },
    Foreign {
        start: b"*mbx*",
        endings: &[],
        advice: "it is a mailbox in the mbx form: convert it to mbox, for example with mailutil",
    },
];

/// What is no mail, by its first bytes (in lower case, behind white space).
const OTHER: &[(&[u8], &str)] = &[
    (b"%pdf", "it is a PDF file, not a mail"),
    (b"<!doctype html", "it is an HTML page, not a mail"),
    (b"<html", "it is an HTML page, not a mail"),
    (b"<?xml", "it is an XML file, not a mail"),
    (b"{", "it is JSON, not a mail"),
    (b"[", "it is JSON, not a mail"),
    (b"\x89png", "it is an image, not a mail"),
    (b"\xff\xd8\xff", "it is an image, not a mail"),
    (b"gif8", "it is an image, not a mail"),
];

const EMPTY: &str = "it is empty";
const SEVERAL: &str = "it is an mbox file with several mails: import it with `crewbox import mail`";

/// What a file is that is not in a Maildir. `head` is its first [`HEAD_BYTES`], `ending` that of its name in lower case.
/// One that was `named` by its path is mail if its first line is a field.
///
/// # Errors
/// Why it is not taken.
pub fn of_file(head: &[u8], ending: &str, named: bool) -> Result<Form, NotMailForm> {
    if let Some(foreign) = FOREIGN.iter().find(|foreign| {
        head.starts_with(foreign.start) && (foreign.endings.is_empty() || foreign.endings.contains(&ending))
    }) {
        return Err(NotMailForm { why: foreign.advice, holds_mail: true });
    }
    let text = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head);
    let fields_needed = if named { 1 } else { 2 };
    match ending {
        _ if text.starts_with(b"From ") => Ok(Form::Mbox),
        "emlx" if starts_with_count(text) => Ok(Form::Emlx),
        "eml" => Ok(Form::Mail),
        "mht" | "mhtml" => Err(other("it is a saved web page")),
        _ if text.trim_ascii().is_empty() => Err(other(EMPTY)),
        _ if mail_fields(text) >= fields_needed => Ok(Form::Mail),
        "msf" => Err(other("it is an index of Thunderbird; the mail is in the file beside it")),
        _ => Err(other(known_other(text))),
    }
}

/// Whether bytes that somebody posts as one mail look like one. A damaged mail does: one field of a mail anywhere in its
/// header is enough, since what is refused here is not stored. `start` is its start, with all of its header that is looked
/// at; `all` reads all of it.
///
/// # Errors
/// What it looks like instead.
pub fn of_post<R: BufRead + Seek>(start: &[u8], all: impl FnOnce() -> R) -> Result<(), NotMailForm> {
    let raw = start;
    let foreign = FOREIGN.iter().find(|foreign| !foreign.start.is_empty() && raw.starts_with(foreign.start));
    if let Some(foreign) = foreign {
        return Err(NotMailForm { why: foreign.advice, holds_mail: true });
    }
    let text = raw.strip_prefix(BYTE_ORDER_MARK).unwrap_or(raw);
    if text.trim_ascii().is_empty() {
        return Err(other(EMPTY));
    }
    // A mail server's pipe may put such a line before one mail.
    if text.starts_with(b"From ") && split_mbox(all()).take(2).count() > 1 {
        return Err(NotMailForm { why: SEVERAL, holds_mail: true });
    }
    if has_mail_field(text) { Ok(()) } else { Err(other(known_other(text))) }
}

const fn other(why: &'static str) -> NotMailForm {
    NotMailForm { why, holds_mail: false }
}

fn known_other(text: &[u8]) -> &'static str {
    let text = text.trim_ascii_start();
    let known = OTHER
        .iter()
        .find(|(start, _)| text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start)));
    known.map_or("it is not a mail", |(_, what)| what)
}

/// Whether the first line is a number: the bytes of the mail that follows.
fn starts_with_count(text: &[u8]) -> bool {
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii();
    !line.is_empty() && line.iter().all(u8::is_ascii_digit)
}

/// How many fields of a mail's header stand at the start of a text, if it starts with a field at all.
fn mail_fields(text: &[u8]) -> usize {
    let mut count = 0;
    for line in text.trim_ascii_start().split(|byte| matches!(byte, b'\n' | b'\r')) {
        if line.first().is_some_and(|byte| matches!(byte, b' ' | b'\t')) || line.starts_with(b">From ") {
            continue;
        }
        let Some(name) = field_name(line) else {
            // Of CRLF the second half makes an empty line; a real one ends the header, and a text ends it too.
            if line.is_empty() {
                continue;
            }
            break;
        };
        count += usize::from(is_mail_field(name));
    }
    count
}

/// Whether a line before the first empty one is a field of a mail, whatever is between.
fn has_mail_field(text: &[u8]) -> bool {
    let header = text.trim_ascii_start();
    let mut lines = header.split(|byte| *byte == b'\n').flat_map(|line| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        line.split(|byte| *byte == b'\r')
    });
    lines.by_ref().take_while(|line| !line.is_empty()).any(|line| field_name(line).is_some_and(is_mail_field))
}

/// The name of the field that a line starts.
fn field_name(line: &[u8]) -> Option<&[u8]> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    Some(line[..colon].trim_ascii_end()).filter(|name| name.iter().all(|byte| (33..127).contains(byte)))
}

fn is_mail_field(name: &[u8]) -> bool {
    MAIL_FIELDS.iter().any(|field| name.eq_ignore_ascii_case(field.as_bytes()))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn mail_is_known_by_its_first_bytes() {
        for (head, ending, form) in [
            (&b"From x Mon Feb  3 10:00:00 2025\n"[..], "", Form::Mbox),
            (b"\xef\xbb\xbfFrom x Mon Feb  3 10:00:00 2025\r", "mbox", Form::Mbox),
            (b"Subject: 1\n\n", "eml", Form::Mail),
            (b"", "eml", Form::Mail),
            (b"Received: by x\r\n\tfor y\r\nFrom: a@x\r\n\r\nhello", "", Form::Mail),
            (b"Return-Path: <a@x>\nX-A: b\nDate: today\n", "1", Form::Mail),
            (b"\n\nFrom: a@x\rTo: b@x\r\rhello", "txt", Form::Mail),
            (b"123   \nSubject: 1\n\n", "emlx", Form::Emlx),
        ] {
            assert_eq!(of_file(head, ending, false), Ok(form), "{head:?} {ending}");
        }
        assert_eq!(of_file(b"Subject: only one\n\n", "", true), Ok(Form::Mail));
    }

    #[test]
    fn what_is_no_mail_is_distinguished_from_what_must_be_converted() {
        for (head, ending, holds_mail) in [
            (&b"Dear Ann\n\nTo: you\nFrom: me\n"[..], "txt", false),
            (b"Subject: only one\n\n", "", false),
            (b"", "", false),
            (b"\n \n", "", false),
            (b"// <!-- <mdb:mork:z -->", "msf", false),
            (b"From: <Saved by a browser>\nSubject: a page\nDate: today\n\n", "mht", false),
            (b"PK\x03\x04", "docx", false),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "doc", false),
            (b"\x89PNG\r\n", "png", false),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "msg", true),
            (b"!BDN", "pst", true),
            (b"PK\x03\x04", "zip", true),
            (b"\x1f\x8b\x08", "gz", true),
            (b"PK\x03\x04", "olm", true),
        ] {
            let found = of_file(head, ending, false);
            assert_eq!(found.map_err(|not| not.holds_mail), Err(holds_mail), "{head:?} {ending}: {found:?}");
        }
    }

    #[test]
    fn what_is_posted_and_is_no_mail_is_named() {
        let two = "From a Mon Feb  3 10:00:00 2025\nFrom: a@x.test\nSubject: 1\n\nHi\n\n\
                   From b Mon Feb  3 10:00:00 2025\nFrom: b@x.test\nSubject: 2\n\nHo\n";
        for (raw, words) in [
            (&b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0"[..], ".msg"),
            (b"PK\x03\x04\x14\0", "an archive"),
            (b"%PDF-1.7\n", "PDF"),
            (b"\n<!DOCTYPE HTML>\n<p>From: me</p>", "HTML page"),
            (b"<HTML><body>Hi</body>", "HTML page"),
            (b"{\"from\": \"a@x.test\",\n\"subject\": \"1\"}", "JSON"),
            (b"[1]", "JSON"),
            (b"Hello Ann,\n\nSubject: to change\nFrom: me", "not a mail"),
            (b"https://x.test/a: b\n", "not a mail"),
            (b"\xef\xbb\xbf \r\n", "empty"),
            (two.as_bytes(), "several mails"),
        ] {
            let not = of_post(raw, || Cursor::new(raw)).expect_err("no mail");
            assert!(not.why.contains(words), "{}", not.why);
        }
    }

    #[test]
    fn a_damaged_mail_is_still_one() {
        for raw in [
            &b"From: a@x.test\n"[..],
            b"\xef\xbb\xbfsubject : 1\r\n\r\nHi",
            b"\r\n\r\nTo: b@x.test\r\rHi",
            b"a line that is none\nReceived: by x\n\nHi",
            b"\0\0\xff\nX-A: b\nContent-Type: text/html\n\n<html>",
            b"From a Mon Feb  3 10:00:00 2025\nFrom: a@x.test\nSubject: 1\n\nHi\n",
            b">From a Mon Feb  3 10:00:00 2025\nMessage-ID: <1@x.test>\n\n{}",
        ] {
            assert_eq!(of_post(raw, || Cursor::new(raw)), Ok(()), "{raw:?}");
        }
    }
}
