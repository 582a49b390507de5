//! What a mail program or a provider notes about a mail in its own header when it writes the mail to a file: whether
//! it was read, sent, deleted, or is a draft. Pure, and looks at the header alone.

use std::collections::HashMap;
use std::sync::LazyLock;

use crewbox_core::message::Direction;

use crate::budget::MAX_HEADER_BYTES;
use crate::mime::fields::Fields;
use crate::sync::imap::{Use, by_name, readable};

/// Gmail's labels in many languages.
const GMAIL_LABELS: &str = include_str!("marks/gmail_labels.txt");
/// The language whose label names no user can give to labels of their own, whatever the account's language.
const RESERVED: &str = "English";

/// What a file says about a mail in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// Why it is not to be taken for mail, if so.
    pub not_mail: Option<NotMail>,
    /// Which way it went, where that is known.
    pub direction: Option<Direction>,
    /// Whether it was read, where that is known.
    pub seen: Option<bool>,
}

/// Why a mail in a file is not one to take in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotMail {
    /// It was never sent.
    Draft,
    /// Its owner deleted it; the program has not yet taken it out of the file.
    Deleted,
}

/// What a mail is in: programs keep their flags in the header only in files of many mails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// A file of its own.
    File,
    /// An mbox.
    Mbox,
}

/// What a label of Gmail means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Label {
    Sent,
    Draft,
    Unread,
    Opened,
}

const LABELS: [(&str, Label); 4] =
    [("sent", Label::Sent), ("draft", Label::Draft), ("unread", Label::Unread), ("opened", Label::Opened)];

/// Label names in lower case: their meaning, and whether the name is reserved.
static KNOWN_LABELS: LazyLock<HashMap<String, (Label, bool)>> = LazyLock::new(|| {
    let mut known = HashMap::new();
    for line in GMAIL_LABELS.lines().filter(|line| !line.starts_with('#')) {
        let mut parts = line.splitn(3, '|').map(str::trim);
        let (Some(word), Some(language), Some(names)) = (parts.next(), parts.next(), parts.next()) else {
            continue;
        };
        let Some((_, label)) = LABELS.iter().find(|(known, _)| *known == word) else { continue };
        for name in names.split(';') {
            known.entry(name.trim().to_lowercase()).or_insert((*label, language == RESERVED));
        }
    }
    known
});

/// Thunderbird's flags in X-Mozilla-Status, hexadecimal (mailnews/base/public/nsMsgMessageFlags.idl).
const MOZILLA_READ: u32 = 0x0001;
const MOZILLA_DELETED: u32 = 0x0008;

impl Marks {
    /// Reads a mail's header.
    #[must_use]
    pub fn read(raw: &[u8], container: Container) -> Self {
        let mut marks = Self::default();
        let mut found = Found::default();
        for line in header_lines(raw) {
            found.line(line, container);
        }
        // One that was carried by a server is no draft, whatever a program noted on a copy of it.
        if found.unsent && !found.received {
            marks.not_mail = Some(NotMail::Draft);
        }
        if let Some(flags) = found.mozilla {
            marks.seen = Some(flags & MOZILLA_READ != 0);
            if flags & MOZILLA_DELETED != 0 {
                marks.not_mail = Some(NotMail::Deleted);
            }
        }
        if let Some(read) = found.status_read {
            marks.seen = Some(read);
        }
        if let Some(not_mail) = found.status_not_mail {
            marks.not_mail = Some(not_mail);
        }
        if found.labelled {
            marks.labels(raw, found.delivered);
        }
        marks
    }

    /// What the name of a folder says about the mails in it, in any language: what is in Sent was sent, and drafts are
    /// no mail. The name may be in the encoding of IMAP, as in a Maildir.
    #[must_use]
    pub fn of_folder(name: &str) -> Self {
        match by_name(&readable(name)) {
            Some((Use::Sent, _)) => Self { direction: Some(Direction::Outbound), ..Self::default() },
            Some((Use::Drafts, _)) => Self { not_mail: Some(NotMail::Draft), ..Self::default() },
            _ => Self::default(),
        }
    }

    /// These, and where they do not say anything, the others.
    #[must_use]
    pub fn or(self, others: Self) -> Self {
        Self {
            not_mail: self.not_mail.or(others.not_mail),
            direction: self.direction.or(others.direction),
            seen: self.seen.or(others.seen),
        }
    }

    fn labels(&mut self, raw: &[u8], delivered: bool) {
        let (fields, _) = Fields::split(raw);
        let labels = fields.text("X-Gmail-Labels").unwrap_or_default();
        for name in labels.split(',') {
            let name =
                name.trim_matches(|letter: char| letter.is_whitespace() || letter == '"').to_lowercase();
            let Some((label, reserved)) = KNOWN_LABELS.get(&name) else { continue };
            match label {
                // In an account of another language, somebody may have a label of this name; then it is on mail that was
                // delivered.
                Label::Sent | Label::Draft if delivered && !reserved => {}
                Label::Sent => self.direction = Some(Direction::Outbound),
                Label::Draft => self.not_mail = Some(NotMail::Draft),
                Label::Unread => self.seen = Some(false),
                Label::Opened => self.seen = self.seen.or(Some(true)),
            }
        }
    }
}

/// What the lines of a header say.
#[derive(Default)]
struct Found {
    unsent: bool,
    received: bool,
    delivered: bool,
    labelled: bool,
    mozilla: Option<u32>,
    status_read: Option<bool>,
    status_not_mail: Option<NotMail>,
}

impl Found {
    fn line(&mut self, line: &[u8], container: Container) {
        // Nearly every line is told by its first letter.
        if !matches!(line.first(), Some(b'x' | b'X' | b's' | b'S' | b'r' | b'R' | b'd' | b'D')) {
            return;
        }
        let Some(colon) = memchr::memchr(b':', line) else { return };
        let (name, value) = (line[..colon].trim_ascii_end(), line[colon + 1..].trim_ascii());
        let is = |other: &str| name.eq_ignore_ascii_case(other.as_bytes());
        let has = |flag: u8| value.contains(&flag);
        if is("Received") {
            self.received = true;
        } else if is("Delivered-To") {
            self.delivered = true;
        } else if is("X-Unsent") {
            self.unsent = value == b"1";
        } else if is("X-Gmail-Labels") {
            self.labelled = true;
        } else if container != Container::Mbox {
        } else if is("X-Mozilla-Status") {
            self.mozilla =
                std::str::from_utf8(value).ok().and_then(|value| u32::from_str_radix(value, 16).ok());
        } else if is("Status") {
            self.status_read = Some(has(b'R'));
        } else if is("X-Status") && has(b'D') {
            self.status_not_mail = Some(NotMail::Deleted);
        } else if is("X-Status") && has(b'T') {
            self.status_not_mail = Some(NotMail::Draft);
        }
    }
}

/// The lines of the header, as far as a header is looked at.
fn header_lines(raw: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = &raw[..raw.len().min(MAX_HEADER_BYTES)];
    std::iter::from_fn(move || {
        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
        let (line, after) = rest.split_at(end);
        rest = after;
        (!line.trim_ascii().is_empty()).then_some(line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mbox(header: &str) -> Marks {
        Marks::read(format!("{header}\n\nX-Unsent: 1\n").as_bytes(), Container::Mbox)
    }

    const PLAIN: Marks = Marks { not_mail: None, direction: None, seen: None };
    const DRAFT: Marks = Marks { not_mail: Some(NotMail::Draft), ..PLAIN };
    const DELETED: Marks = Marks { not_mail: Some(NotMail::Deleted), ..PLAIN };
    const SENT: Marks = Marks { direction: Some(Direction::Outbound), ..PLAIN };
    const READ: Marks = Marks { seen: Some(true), ..PLAIN };
    const UNREAD: Marks = Marks { seen: Some(false), ..PLAIN };

    #[test]
    fn programs_flags_are_read() {
        for (header, marks) in [
            ("From: a@x.example", PLAIN),
            ("X-Unsent: 1", DRAFT),
            ("x-unsent:1\r", DRAFT),
            ("X-Unsent: 0", PLAIN),
            ("Received: by y\nX-Unsent: 1", PLAIN),
            ("X-Mozilla-Status: 0001", READ),
            ("X-Mozilla-Status: 0000\nX-Mozilla-Status2: 00000009", UNREAD),
            ("X-Mozilla-Status: 0009", Marks { seen: Some(true), ..DELETED }),
            ("X-Mozilla-Status: 1008", Marks { seen: Some(false), ..DELETED }),
            ("Status: RO", READ),
            ("Status: O\nX-Status: A", UNREAD),
            ("Status: RO\nX-Status: AD", Marks { seen: Some(true), ..DELETED }),
            ("Status: RO\nX-Status: T", Marks { seen: Some(true), ..DRAFT }),
        ] {
            assert_eq!(mbox(header), marks, "{header}");
        }
        // Outside an mbox these fields are a sender's, if anybody's.
        for header in ["Status: RO", "X-Status: D", "X-Mozilla-Status: 0009"] {
            assert_eq!(Marks::read(header.as_bytes(), Container::File), PLAIN, "{header}");
        }
        assert_eq!(Marks::read(b"X-Unsent: 1\n\n", Container::File), DRAFT);
    }

    #[test]
    fn labels_of_gmail_are_read_in_every_language() {
        for (header, marks) in [
            ("X-Gmail-Labels: Sent", SENT),
            ("X-Gmail-Labels: Inbox,Sent,Opened", Marks { seen: Some(true), ..SENT }),
            ("X-Gmail-Labels: Drafts,Opened", Marks { seen: Some(true), ..DRAFT }),
            ("X-Gmail-Labels: Inbox,Important,Unread", UNREAD),
            ("X-Gmail-Labels: Opened,\r\n Inbox,Unread", UNREAD),
            ("X-Gmail-Labels: =?UTF-8?Q?Entw=C3=BCrfe?=", DRAFT),
            ("X-Gmail-Labels: \"Messages envoyés\",Boîte de réception", SENT),
            ("X-Gmail-Labels: =?UTF-8?B?6YCB5L+h5riI44G/LOmHjeimgQ==?=", SENT),
            ("X-Gmail-Labels: Sent to us, My Drafts", PLAIN),
            ("Delivered-To: a@x.example\nX-Gmail-Labels: Enviados,Concepten", PLAIN),
            ("Delivered-To: a@x.example\nX-Gmail-Labels: Sent", SENT),
        ] {
            assert_eq!(mbox(header), marks, "{header}");
        }
    }

    #[test]
    fn a_folder_s_name_says_what_lies_in_it() {
        for name in ["Sent", "Sent Items", "Gesendete Elemente", "&kAFP4W4IMH8w4TD8MOs-", "Отправленные"]
        {
            assert_eq!(Marks::of_folder(name), SENT, "{name}");
        }
        for name in ["Drafts", "Entwürfe", "Brouillons"] {
            assert_eq!(Marks::of_folder(name), DRAFT, "{name}");
        }
        for name in ["INBOX", "Trash", "Sent to us", ""] {
            assert_eq!(Marks::of_folder(name), PLAIN, "{name}");
        }
    }

    #[test]
    fn every_line_of_the_labels_is_sound() {
        let mut languages = std::collections::HashSet::new();
        for line in GMAIL_LABELS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let parts: Vec<&str> = line.split('|').map(str::trim).collect();
            assert!(parts.len() == 3 && LABELS.iter().any(|(word, _)| *word == parts[0]), "{line}");
            let (_, label) = LABELS.into_iter().find(|(word, _)| *word == parts[0]).unwrap();
            for name in parts[2].split(';') {
                assert_eq!(KNOWN_LABELS[&name.trim().to_lowercase()].0, label, "{name}");
            }
            languages.insert(parts[1].to_owned());
        }
        assert!(languages.len() >= 25, "{}", languages.len());
    }
}
