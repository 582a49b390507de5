//! A message of the outbox, as the caller who sent it gets it.

use crewbox_core::id::OutgoingId;

/// A message that is in the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queued {
    /// Its id in the outbox.
    pub id: OutgoingId,
    /// Its Message-ID, without brackets.
    pub message_id: String,
}
