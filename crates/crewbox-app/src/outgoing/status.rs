//! How far a message has come.

use crewbox_core::outgoing::Outgoing;
use crewbox_core::permission::Permission;
use crewbox_store::{StoreError, Thing};

use super::target::without_brackets;
use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::services::Services;

/// The outbox's record of a message, by its Message-ID, with or without brackets.
///
/// # Errors
/// [`Refusal::NotFound`] for one that the caller does not see; the store's.
pub async fn status(services: &Services, caller: &Caller, message_id: &str) -> Result<Outgoing, Refusal> {
    caller.require(Permission::ReadInbox)?;
    record(services, caller, message_id).await
}

pub(super) async fn record(
    services: &Services,
    caller: &Caller,
    message_id: &str,
) -> Result<Outgoing, Refusal> {
    match services.store().outgoing(caller.scope(), without_brackets(message_id)).await {
        Err(StoreError::NotFound(..)) => Err(no_message()),
        other => Ok(other?),
    }
}

/// No message of the outbox has this Message-ID.
pub(super) fn no_message() -> Refusal {
    Refusal::NotFound(Thing::Outgoing, 0)
}
