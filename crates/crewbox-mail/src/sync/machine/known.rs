//! What the machine knows of one folder.
//!
//! Owns when a folder is left alone, and what ended the connection there.

use std::collections::BTreeMap;

use crewbox_core::mailbox::{Folder, FolderRole};
use crewbox_core::time::Timestamp;

use super::work::WorkKind;

/// A folder as the machine knows it.
#[derive(Clone, Debug)]
pub(super) struct Known {
    /// As stored; none until it was first opened.
    pub(super) folder: Option<Folder>,
    pub(super) role: FolderRole,
    /// UIDs with an attempt on record, and deaths; none until asked for.
    pub(super) attempts: Option<BTreeMap<u32, u32>>,
    /// When it was last looked at whole.
    pub(super) looked: Option<Timestamp>,
    /// When it was last compared, in this connection.
    pub(super) compared: Option<Timestamp>,
    /// Left alone until then; still set when that has passed, until it could be read again.
    pub(super) skipped: Option<Timestamp>,
    /// The piece of work that ended the connection last, and how often in a row.
    pub(super) losses: Option<(WorkKind, u32)>,
    /// A window of history under way: its lowest UID, and what is still to do, newest first.
    pub(super) history: Option<(u32, Vec<u32>)>,
    /// A comparison under way: from which UID on the server is to be asked, and what it has below.
    pub(super) comparing: Option<(u32, Vec<u32>)>,
    /// How many UIDs are asked about at once for history and for a comparison; 0: as many as usual.
    pub(super) history_width: u32,
    pub(super) compare_width: u32,
    /// Times that the server gave none of the mails that it had just listed, since it gave some.
    pub(super) none_given: u32,
    /// On the server's list.
    pub(super) listed: bool,
    /// There may be new mail.
    pub(super) dirty: bool,
}

impl Known {
    pub(super) const fn of(role: FolderRole) -> Self {
        Self {
            folder: None,
            role,
            attempts: None,
            looked: None,
            compared: None,
            skipped: None,
            losses: None,
            history: None,
            comparing: None,
            history_width: 0,
            compare_width: 0,
            none_given: 0,
            listed: false,
            dirty: false,
        }
    }

    /// Whether it is to be read: on the server's list, and not left alone.
    pub(super) fn is_read(&self, now: Timestamp) -> bool {
        self.listed && !self.is_left_alone(now)
    }

    pub(super) fn is_left_alone(&self, now: Timestamp) -> bool {
        self.skipped.is_some_and(|until| until > now)
    }

    /// A piece of work came to its end: had it ended connections, it no longer does.
    pub(super) fn worked(&mut self, kind: WorkKind) {
        self.losses = self.losses.filter(|(lost, _)| *lost != kind);
    }
}
