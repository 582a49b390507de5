//! A mail on its way in: what is handed over, and where it went.

use crewbox_core::conversation::Arrival;
use crewbox_core::id::{ConversationId, MailboxId, MessageId};
use crewbox_core::message::{Direction, Mail};
use crewbox_core::threading::PlaceFn;
use serde::{Deserialize, Serialize};

use super::mail_bytes::MailBytes;

/// Where a message was seen on a server.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Location {
    /// Folder name.
    pub folder: String,
    /// Its UIDVALIDITY.
    pub uidvalidity: u32,
    /// The message's UID.
    pub uid: u32,
}

/// A message to take in. The engine looks for the same message (then only a location is added), gathers the
/// facts for the rule, calls it, stores raw bytes, message, texts and placement, and lets the conversation
/// react, all in one transaction.
#[derive(Clone)]
pub struct Ingest {
    /// What was read of it.
    pub mail: Mail,
    /// Its bytes, as they came.
    pub raw: MailBytes,
    /// The mailbox it came through.
    pub mailbox: MailboxId,
    /// Where it was seen, when from a server.
    pub location: Option<Location>,
    /// How it came in.
    pub arrival: Arrival,
    /// The threading rule.
    pub place: PlaceFn,
}

impl std::fmt::Debug for Ingest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ingest")
            .field("mailbox", &self.mailbox)
            .field("location", &self.location)
            .finish_non_exhaustive()
    }
}

/// Where a message went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ingested {
    /// The message, old or new.
    pub message: MessageId,
    /// Which way it went.
    pub direction: Direction,
    /// Its conversation; none while untracked.
    pub conversation: Option<ConversationId>,
    /// It was held already.
    pub duplicate: bool,
}
