//! What a message means to its conversation when it comes in, and whether mail of a mailbox's past waits for an answer.

use crate::id::{MailboxId, MessageId};
use crate::message::{Class, Direction};
use crate::time::Timestamp;

/// What a message means to its conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageFacts {
    /// The message.
    pub id: MessageId,
    /// Which way it went.
    pub direction: Direction,
    /// What it is.
    pub class: Class,
    /// Its time.
    pub at: Timestamp,
    /// The mailbox it came through.
    pub mailbox: Option<MailboxId>,
    /// It reports about a recipient who is not the lead: the lead's own address works.
    pub about_another: bool,
}

/// How a message came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// As it arrived at its mailbox.
    Live,
    /// With the mailbox's past: it raises nothing, and the mailbox itself says whether it still waits for an answer.
    History {
        /// Nobody has read it at the mailbox, and it is recent: [`is_open_history`]. None where its source keeps no read
        /// state.
        open: Option<bool>,
    },
}

/// How long before a mailbox's connection unread mail of its past still waits for an answer, milliseconds: a month,
/// so that the first day's queue shows what is open and not years of newsletters.
pub const OPEN_HISTORY_MS: i64 = 30 * 86_400_000;

/// Whether a message of a mailbox's past still waits for an answer. `seen` is the read state at the mailbox; none
/// where its source keeps none, and then the answer is none, too.
#[must_use]
pub fn is_open_history(at: Timestamp, connected_at: Timestamp, seen: Option<bool>) -> Option<bool> {
    seen.map(|seen| !seen && at.0 >= connected_at.0.saturating_sub(OPEN_HISTORY_MS))
}
