//! What was found: files to read, of which kind, and what is left out with its reason.

use std::path::PathBuf;

use crewbox_core::time::Timestamp;
use crewbox_mail::Marks;

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
    /// One mail, with flags in its file's name.
    Maildir,
    /// One mail of Apple Mail, between its length and its flags.
    Emlx,
    /// Many, each after a `From ` line.
    Mbox,
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    pub(crate) files: Vec<Source>,
    /// Files that are not read.
    pub(crate) left: Vec<Left>,
    /// Folders that are not looked into, and why; they are not files, and not counted.
    pub(crate) folders: Vec<(String, String)>,
}

/// A file, or a mail in one, that is not taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Left {
    /// Where it is: a path, for an mbox with the byte it starts at.
    pub(crate) place: String,
    pub(crate) fate: Fate,
    pub(crate) why: String,
}

/// What becomes of what is not taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is not mail, and nothing is missing without it.
    PassedOver,
    /// It may be mail, and cannot be read as it is.
    Refused,
}

impl Sources {
    /// Whether there is no file at all, and no folder that is not looked into.
    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty() && self.left.is_empty() && self.folders.is_empty()
    }

    /// All bytes to be read.
    pub(crate) fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

/// What a file, a file name or a folder tells about a mail besides the mail itself.
#[derive(Debug, Default)]
pub(super) struct Noted {
    pub(super) marks: Marks,
    pub(super) at: Option<Timestamp>,
}
