//! Mail lying in files: single mails, mbox files, Maildirs, and directories of them. Finds them first, so that the
//! amount is known, then reads them one by one.
//!
//! Never holds more than one mail, and never stops at a broken one: it is named with its place.

mod find;

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use crewbox_mail::budget::MAX_MAIL_BYTES;
use crewbox_mail::mbox::{Entry, split_mbox};

pub(crate) use find::find;

/// Read at a time from an mbox: large enough that the disk streams.
const BUFFER_BYTES: usize = 1 << 20;

/// A file to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    pub(crate) kind: Kind,
    pub(crate) bytes: u64,
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One mail.
    Mail,
    /// Many, each after a `From ` line.
    Mbox,
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    pub(crate) files: Vec<Source>,
    /// Files that are no mail by their name and their first bytes.
    pub(crate) other: u64,
    /// What could not be looked at, and why.
    pub(crate) unread: Vec<(String, String)>,
}

impl Sources {
    /// All bytes to be read.
    pub(crate) fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

/// One thing read.
#[derive(Debug)]
pub(crate) enum Item {
    /// A mail.
    Mail {
        /// Where it lies: a path, for an mbox with the byte it starts at.
        place: String,
        raw: Vec<u8>,
    },
    /// Something that could not be taken, and why.
    Passed { place: String, why: String },
}

impl Source {
    /// Reads everything in it. `take` answers false to end early.
    pub(crate) fn each(&self, take: &mut dyn FnMut(Item) -> bool) -> bool {
        let place = self.path.display().to_string();
        let read = match self.kind {
            Kind::Mail => self.mail().map(&mut *take),
            Kind::Mbox => self.mbox(take),
        };
        read.unwrap_or_else(|error| take(Item::Passed { place, why: format!("it cannot be read: {error}") }))
    }

    fn mail(&self) -> io::Result<Item> {
        let place = self.path.display().to_string();
        if self.bytes > MAX_MAIL_BYTES as u64 {
            return Ok(Item::Passed { place, why: too_large(self.bytes) });
        }
        Ok(Item::Mail { place, raw: std::fs::read(&self.path)? })
    }

    fn mbox(&self, take: &mut dyn FnMut(Item) -> bool) -> io::Result<bool> {
        let reader = BufReader::with_capacity(BUFFER_BYTES, File::open(&self.path)?);
        for entry in split_mbox(reader) {
            let item = match entry? {
                Entry::Mail { offset, raw } => Item::Mail { place: at(&self.path, offset), raw },
                Entry::TooLarge { offset, size } => {
                    Item::Passed { place: at(&self.path, offset), why: too_large(size) }
                }
            };
            if !take(item) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn at(path: &Path, offset: u64) -> String {
    format!("{} at byte {offset}", path.display())
}

fn too_large(bytes: u64) -> String {
    format!("it has {bytes} bytes, the most that is taken is {MAX_MAIL_BYTES}")
}
