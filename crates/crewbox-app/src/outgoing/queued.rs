//! A message of the outbox, as the caller who sent it gets it.

use crewbox_core::id::OutgoingId;

use crate::caller::Caller;
use crate::idempotency::{Fingerprint, other_request};
use crate::refusal::Refusal;
use crate::services::Services;

/// A message that is in the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queued {
    /// Its id in the outbox.
    pub id: OutgoingId,
    /// Its Message-ID, without brackets.
    pub message_id: String,
}

impl Queued {
    /// What the first request of this fingerprint queued, whatever has become of the mailbox or the recipients since.
    pub(super) async fn before(
        fingerprint: &Fingerprint,
        services: &Services,
        caller: &Caller,
    ) -> Result<Option<Self>, Refusal> {
        let within = fingerprint.repeats(caller.now());
        match services.store().outgoing_asked(caller.scope(), &fingerprint.bytes, within).await? {
            Some((_, _, asked)) if asked != fingerprint.asked => Err(other_request()),
            found => Ok(found.map(|(id, message_id, _)| Self { id, message_id })),
        }
    }
}
