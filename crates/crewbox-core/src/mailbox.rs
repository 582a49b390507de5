//! What is known of a connected mailbox besides its settings: its state in words a person understands, its
//! folders and how far each has been read, and the ledger that proves nothing is missing.
//!
//! Owns the meaning of the two cursors a folder has. Never speaks IMAP.

use serde::{Deserialize, Serialize};

use crate::id::MailboxId;
use crate::message::Direction;
use crate::time::Timestamp;

/// What a folder is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FolderRole {
    /// INBOX.
    Inbox,
    /// Spam or Junk: replies end there, too.
    Junk,
    /// What was sent, also by hand in another program.
    Sent,
    /// Gmail's All Mail, read instead of INBOX and Sent.
    All,
}

impl FolderRole {
    /// Which way the mail in it went; none for All Mail, which holds both.
    #[must_use]
    pub const fn direction(self) -> Option<Direction> {
        match self {
            Self::Inbox | Self::Junk => Some(Direction::Inbound),
            Self::Sent => Some(Direction::Outbound),
            Self::All => None,
        }
    }
}

/// A folder under one UIDVALIDITY, and how far it has been read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// Its name as the server writes it (modified UTF-7 or UTF-8, never decoded).
    pub name: String,
    /// What it is for.
    pub role: FolderRole,
    /// The server's UIDVALIDITY; when it changes both cursors start again and all is looked at afresh.
    pub uidvalidity: u32,
    /// UIDNEXT when this UIDVALIDITY was first seen: what is below is history, the rest is live. At least 1.
    pub start: u32,
    /// The live cursor: every UID from `start` to this one is done. `start - 1` at first.
    pub live: u32,
    /// The history cursor: every UID from this one to `start - 1` is done. `start` at first, 1 at the end.
    pub history: u32,
    /// When the folder was first seen under any UIDVALIDITY: mail that came in later is never history.
    pub since: Timestamp,
    /// What the last comparison with the server found, kept up with each mail taken since.
    pub ledger: Option<Ledger>,
}

impl Folder {
    /// Whether all history is done.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.history <= 1
    }
}

/// A comparison of a folder with the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// Messages on the server.
    pub server: u64,
    /// Of those, held here (deleted ones count: their tombstone is held).
    pub held: u64,
    /// Of those, neither held nor in quarantine nor passed over.
    pub missing: u64,
    /// Of those, in quarantine.
    pub quarantined: u64,
    /// Of those, drafts: nobody has sent them, so they are no mail and not asked for.
    #[serde(default)]
    pub passed_over: u64,
    /// When it was made.
    pub at: Timestamp,
}

/// A mailbox's connection state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// No worker has looked at it yet.
    #[default]
    New,
    /// A connection is being made.
    Connecting,
    /// New mail arrives; history is being read.
    Syncing,
    /// New mail arrives; all history is read.
    Live,
    /// The server asked for a pause, until the status's `until`.
    Throttled,
    /// The server cannot be reached; tried again at `until`.
    Unreachable,
    /// The server refused the log-in three times: a person must act. Not tried again by itself.
    NeedsLogin,
}

/// A mailbox's connection state, and its reason.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The condition.
    pub condition: Condition,
    /// One sentence for people: what failed and what to change. Never holds a secret.
    pub detail: Option<String>,
    /// When it will be tried again.
    pub until: Option<Timestamp>,
    /// Log-ins refused in a row.
    pub refused_logins: u32,
    /// Why sending last failed for reasons of the mailbox itself, if it did and has not worked since.
    pub smtp_error: Option<String>,
}

/// All that is known of a mailbox's connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connected {
    /// The mailbox.
    pub mailbox: MailboxId,
    /// Its connection state.
    pub status: Status,
    /// Since when.
    pub since: Timestamp,
    /// Its folders, by name.
    pub folders: Vec<Folder>,
    /// UIDs held here, over all folders' present UIDVALIDITY (gone ones not counted). Of a folder that missed
    /// nothing when it was last compared, so many as there were then.
    pub held: u64,
}

/// One place of a folder, as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The UID.
    pub uid: u32,
    /// In quarantine rather than held.
    pub quarantined: bool,
    /// The server no longer has it; our copy stays.
    pub gone: bool,
}

/// A place whose mail was begun and not finished (a crash, a kill).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The UID.
    pub uid: u32,
    /// How often the process died while this mail was the only one at work.
    pub deaths: u32,
}
