//! What a file is: mail in one of its forms, or why it is none. Decided by its name and its first bytes, as tables.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use super::file::{Fate, Kind};

/// Bytes looked at: the first fields of a mail, the signature of anything else.
const HEAD_BYTES: u64 = 4 * 1024;
/// A byte-order mark, which text editors put before a file.
pub(super) const MARK: &[u8] = b"\xef\xbb\xbf";
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

/// What a file turned out to be.
pub(super) type Found = Result<Kind, (Fate, &'static str)>;

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
    Foreign {
        start: b"PK\x03\x04",
        endings: &["olm"],
        advice: "it is an export of Outlook for Mac (.olm): import it into Thunderbird or Apple Mail, and export mbox there",
    },
    Foreign { start: b"PK\x03\x04", endings: &["zip"], advice: ARCHIVE },
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

/// Looks at a file that is not in a Maildir. One that was `named` by its path is mail if its first line is a field.
///
/// # Errors
/// The system's, when it cannot be read.
pub(super) fn look(path: &Path, named: bool) -> io::Result<Found> {
    let mut head = Vec::new();
    File::open(path)?.take(HEAD_BYTES).read_to_end(&mut head)?;
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
    Ok(judge(&head, &ending, named))
}

fn judge(head: &[u8], ending: &str, named: bool) -> Found {
    let foreign = FOREIGN.iter().find(|foreign| {
        head.starts_with(foreign.start) && (foreign.endings.is_empty() || foreign.endings.contains(&ending))
    });
    if let Some(foreign) = foreign {
        return Err((Fate::Refused, foreign.advice));
    }
    let text = head.strip_prefix(MARK).unwrap_or(head);
    let fields_needed = if named { 1 } else { 2 };
    match ending {
        _ if text.starts_with(b"From ") => Ok(Kind::Mbox),
        "emlx" if starts_with_count(text) => Ok(Kind::Emlx),
        "eml" => Ok(Kind::Mail),
        "mht" | "mhtml" => Err((Fate::PassedOver, "it is a saved web page")),
        _ if text.trim_ascii().is_empty() => Err((Fate::PassedOver, "it is empty")),
        _ if mail_fields(text) >= fields_needed => Ok(Kind::Mail),
        "msf" => Err((Fate::PassedOver, "it is an index of Thunderbird; the mail is in the file beside it")),
        _ => Err((Fate::PassedOver, "it is not a mail")),
    }
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
        let name = line.iter().position(|byte| *byte == b':').map(|colon| line[..colon].trim_ascii_end());
        let Some(name) = name.filter(|name| name.iter().all(|byte| (33..127).contains(byte))) else {
            // Of CRLF the second half makes an empty line; a real one ends the header, and a text ends it too.
            if line.is_empty() {
                continue;
            }
            break;
        };
        count += usize::from(MAIL_FIELDS.iter().any(|field| name.eq_ignore_ascii_case(field.as_bytes())));
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_is_known_by_its_first_bytes() {
        for (head, ending, kind) in [
            (&b"From x Mon Feb  3 10:00:00 2025\n"[..], "", Kind::Mbox),
            (b"\xef\xbb\xbfFrom x Mon Feb  3 10:00:00 2025\r", "mbox", Kind::Mbox),
            (b"Subject: 1\n\n", "eml", Kind::Mail),
            (b"", "eml", Kind::Mail),
            (b"Received: by x\r\n\tfor y\r\nFrom: a@x\r\n\r\nhello", "", Kind::Mail),
            (b"Return-Path: <a@x>\nX-A: b\nDate: today\n", "1", Kind::Mail),
            (b"\n\nFrom: a@x\rTo: b@x\r\rhello", "txt", Kind::Mail),
            (b"123   \nSubject: 1\n\n", "emlx", Kind::Emlx),
        ] {
            assert_eq!(judge(head, ending, false), Ok(kind), "{head:?} {ending}");
        }
        assert_eq!(judge(b"Subject: only one\n\n", "", true), Ok(Kind::Mail));
    }

    #[test]
    fn what_is_no_mail_is_told_apart_from_what_must_be_converted() {
        for (head, ending, fate) in [
            (&b"Dear Ann\n\nTo: you\nFrom: me\n"[..], "txt", Fate::PassedOver),
            (b"Subject: only one\n\n", "", Fate::PassedOver),
            (b"", "", Fate::PassedOver),
            (b"\n \n", "", Fate::PassedOver),
            (b"// <!-- <mdb:mork:z -->", "msf", Fate::PassedOver),
            (b"From: <Saved by a browser>\nSubject: a page\nDate: today\n\n", "mht", Fate::PassedOver),
            (b"PK\x03\x04", "docx", Fate::PassedOver),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "doc", Fate::PassedOver),
            (b"\x89PNG\r\n", "png", Fate::PassedOver),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "msg", Fate::Refused),
            (b"!BDN", "pst", Fate::Refused),
            (b"PK\x03\x04", "zip", Fate::Refused),
            (b"\x1f\x8b\x08", "gz", Fate::Refused),
            (b"PK\x03\x04", "olm", Fate::Refused),
        ] {
            let found = judge(head, ending, false);
            assert_eq!(found.as_ref().map_err(|(fate, _)| *fate), Err(fate), "{head:?} {ending}: {found:?}");
        }
    }
}
