//! Mail that could not be read, and is kept raw.

use crewbox_core::id::MailboxId;
use crewbox_core::message::Direction;
use crewbox_core::time::Timestamp;

use super::ingest::Location;
use super::mail_bytes::MailBytes;

/// A mail to keep raw.
#[derive(Clone)]
pub struct NewQuarantined {
    /// The mailbox it came through.
    pub mailbox: MailboxId,
    /// Where it was seen, when from a server.
    pub location: Option<Location>,
    /// Its bytes, as they came.
    pub raw: MailBytes,
    /// Why it was not read: a sentence for people.
    pub reason: String,
    /// When its server took it in, if that is known.
    pub received_at: Option<Timestamp>,
    /// History: should it be read after all, it raises nothing and counts as read.
    pub backfill: bool,
    /// Which way it went, where the caller knows; else From decides when it is read after all.
    pub direction: Option<Direction>,
    /// The reader that died of it, by its name, if one did.
    pub reader: Option<String>,
}

impl std::fmt::Debug for NewQuarantined {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewQuarantined")
            .field("mailbox", &self.mailbox)
            .field("location", &self.location)
            .finish_non_exhaustive()
    }
}
