//! Mail in files: single mails, mbox files, Maildirs, Apple Mail's files, and directories of them. Finds them
//! first, so that the amount is known, then reads them one by one.
//!
//! Never holds more than one mail, and never stops at a broken one: it is named with its place. Every file, and every
//! mail of an mbox, comes out as a mail or is left with the reason.

mod emlx;
mod file;
mod find;
mod folder;
mod kind;
mod maildir;

use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

use crewbox_core::time::Timestamp;
use crewbox_mail::budget::MAX_MAIL_BYTES;
use crewbox_mail::form::BYTE_ORDER_MARK;
use crewbox_mail::mbox::{Entry, split_mbox};
use crewbox_mail::{Container, Marks, NotMail};
use sha2::{Digest as _, Sha256};

pub(crate) use file::{Fate, Left, Sources};
pub(crate) use find::{find, nothing_found};

use file::{Kind, Noted, Source};

/// Read at a time from an mbox: large enough that the disk streams.
const BUFFER_BYTES: usize = 1 << 20;

/// One thing read.
#[derive(Debug)]
pub(crate) enum Item {
    Mail(FileMail),
    Left(Left),
}

/// A mail out of a file.
#[derive(Debug)]
pub(crate) struct FileMail {
    /// Where it is: a path, for an mbox with the byte it starts at.
    pub(crate) place: String,
    pub(crate) raw: Vec<u8>,
    /// SHA-256 of its bytes as they are in the file, where these are not the mail's: earlier versions took them in.
    pub(crate) in_file: Option<[u8; 32]>,
    /// What its program noted about it.
    pub(crate) marks: Marks,
    /// When it came, as far as its container tells: for mails that tell no time themselves.
    pub(crate) fallback_at: Option<Timestamp>,
}

impl Source {
    /// Reads everything in it. `take` answers false to end early.
    pub(crate) fn each(&self, take: &mut dyn FnMut(Item) -> bool) -> bool {
        let read = match self.kind {
            Kind::Mail | Kind::Maildir | Kind::Emlx => self.one().map(&mut *take),
            Kind::Mbox => self.mbox(take),
        };
        read.unwrap_or_else(|error| {
            take(left(self.place(), Fate::Refused, format!("it cannot be read: {error}")))
        })
    }

    fn place(&self) -> String {
        self.path.display().to_string()
    }

    fn one(&self) -> io::Result<Item> {
        if self.bytes > MAX_MAIL_BYTES as u64 {
            return Ok(left(self.place(), Fate::Refused, too_large(self.bytes)));
        }
        let mut raw = std::fs::read(&self.path)?;
        let noted = match self.kind {
            Kind::Emlx => emlx::unwrap(&mut raw),
            Kind::Maildir => maildir::flags(&self.path),
            Kind::Mail | Kind::Mbox => Noted::default(),
        };
        let noted = Noted { marks: noted.marks.or(folder::marks(self)), ..noted };
        let in_file = as_mail(&mut raw);
        Ok(match item(self.place(), raw, Container::File, noted) {
            Item::Mail(mail) => Item::Mail(FileMail { in_file, ..mail }),
            other => other,
        })
    }

    fn mbox(&self, take: &mut dyn FnMut(Item) -> bool) -> io::Result<bool> {
        let reader = BufReader::with_capacity(BUFFER_BYTES, File::open(&self.path)?);
        let marks = folder::marks(self);
        let mut count = 0_u64;
        for entry in split_mbox(reader) {
            count += 1;
            let item = match entry? {
                Entry::Mail { offset, separated_at, raw } => {
                    let noted = Noted { marks, at: separated_at };
                    item(at(&self.path, offset), raw, Container::Mbox, noted)
                }
                Entry::TooLarge { offset, size } => {
                    left(at(&self.path, offset), Fate::Refused, too_large(size))
                }
            };
            if !take(item) {
                return Ok(false);
            }
        }
        if count == 0 {
            return Ok(take(left(self.place(), Fate::PassedOver, "it has no mail in it".to_owned())));
        }
        Ok(true)
    }
}

fn item(place: String, raw: Vec<u8>, container: Container, noted: Noted) -> Item {
    let marks = noted.marks.or(Marks::read(&raw, container));
    let why = match marks.not_mail {
        Some(NotMail::Draft) => "it is a draft, and was never sent",
        Some(NotMail::Deleted) => "it is deleted, and still in the file",
        None => return Item::Mail(FileMail { place, raw, in_file: None, marks, fallback_at: noted.at }),
    };
    left(place, Fate::PassedOver, why.to_owned())
}

fn left(place: String, fate: Fate, why: String) -> Item {
    Item::Left(Left { place, fate, why })
}

/// Makes a file's bytes those of a mail: without a byte-order mark, which is the file's, and with line ends that a mail
/// can have, where an old program wrote CR alone. The SHA-256 of what they were, if that changed them.
fn as_mail(raw: &mut Vec<u8>) -> Option<[u8; 32]> {
    let is_marked = raw.starts_with(BYTE_ORDER_MARK);
    let has_only_returns = !raw.contains(&b'\n') && raw.contains(&b'\r');
    let in_file = (is_marked || has_only_returns).then(|| Sha256::digest(raw.as_slice()).into());
    if is_marked {
        raw.drain(..BYTE_ORDER_MARK.len());
    }
    if has_only_returns {
        for byte in raw.iter_mut().filter(|byte| **byte == b'\r') {
            *byte = b'\n';
        }
    }
    in_file
}

fn at(path: &Path, offset: u64) -> String {
    format!("{} at byte {offset}", path.display())
}

fn too_large(bytes: u64) -> String {
    format!("it has {bytes} bytes, the most that is taken is {MAX_MAIL_BYTES}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, bytes: &[u8]) -> Vec<Item> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        let found = find(&[dir.path().to_owned()]).unwrap();
        let mut items: Vec<Item> = found.left.into_iter().map(Item::Left).collect();
        for file in found.files {
            file.each(&mut |item| {
                items.push(item);
                true
            });
        }
        items
    }

    fn mail(name: &str, bytes: &[u8]) -> FileMail {
        match read(name, bytes).pop() {
            Some(Item::Mail(mail)) => mail,
            other => panic!("{other:?}"),
        }
    }

    fn reason(name: &str, bytes: &[u8]) -> String {
        match read(name, bytes).pop() {
            Some(Item::Left(left)) => left.why,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_mail_comes_without_what_belongs_to_its_file() {
        assert_eq!(mail("a.eml", b"\xef\xbb\xbfSubject: 1\r\n\r\nx").raw, b"Subject: 1\r\n\r\nx");
        let in_file: [u8; 32] = Sha256::digest(b"\xef\xbb\xbfSubject: 1\r\n\r\nx").into();
        assert_eq!(mail("a.eml", b"\xef\xbb\xbfSubject: 1\r\n\r\nx").in_file, Some(in_file));
        assert_eq!(mail("a.eml", b"Subject: 1\r\n\r\nx").in_file, None);
        assert_eq!(mail("a.eml", b"Subject: 1\r\rx\r").raw, b"Subject: 1\n\nx\n");
        let apple = b"16        \nSubject: 1\n\nx\ny\n<?xml version=\"1.0\"?><plist><dict><key>flags</key><integer>1</integer></dict></plist>";
        let apple = mail("Messages/1.emlx", apple);
        assert_eq!((apple.raw.as_slice(), apple.marks.seen), (&b"Subject: 1\n\nx\ny\n"[..], Some(true)));
        assert_eq!(
            mail("box", b"From x Tue Nov 03 09:00:00 2020\nA: b\n").fallback_at,
            Some(Timestamp(1_604_394_000_000))
        );
    }

    #[test]
    fn drafts_and_deleted_mails_are_left() {
        for (name, bytes, words) in [
            ("a.eml", "X-Unsent: 1\n\n", "draft"),
            ("m/cur/1:2,DS", "A: b\n\n", "draft"),
            ("m/cur/1:2,ST", "A: b\n\n", "deleted"),
            ("box", "From - Tue Nov 03 09:00:00 2020\nX-Mozilla-Status: 0009\n\nx\n", "deleted"),
            ("Drafts", "From x Mon Feb  3 10:00:00 2025\nA: b\n", "draft"),
            ("1.emlx", "5\nA: b\n<plist><dict><key>flags</key><integer>64</integer></dict></plist>", "draft"),
            ("box", "From x Mon Feb  3 10:00:00 2025\n", "no mail"),
        ] {
            let told = reason(name, bytes.as_bytes());
            assert!(told.contains(words), "{name}: {told}");
        }
    }

    #[test]
    fn read_states_are_a_maildir_s_own() {
        for (name, seen) in
            [("m/cur/1:2,S", true), ("m/cur/1:2,RF", false), ("m/new/1", false), ("m/cur/1!2,FS", true)]
        {
            assert_eq!(mail(name, b"A: b\n\n").marks.seen, Some(seen), "{name}");
        }
    }
}
