//! Waiting for the first try of a message: a form without scripts shows its result on the next page.

use std::time::Duration;

use crewbox_core::id::ConversationId;
use crewbox_core::outgoing::OutgoingState;
use crewbox_core::permission::Permission;

use super::status::record;
use crate::caller::Caller;
use crate::events::{Events, Subscribe};
use crate::refusal::Refusal;
use crate::services::Services;

/// Waits until a message of the outbox was given to its mail server once, at most for `within`. Returns at once for one that
/// is not due, and for a caller who may not follow the account's changes.
///
/// # Errors
/// [`Refusal::NotFound`] for a message that the caller does not see; the store's.
pub async fn until_tried(
    events: &Events,
    services: &Services,
    caller: &Caller,
    (conversation, message_id): (ConversationId, &str),
    within: Duration,
) -> Result<(), Refusal> {
    caller.require(Permission::ReadInbox)?;
    if caller.require(Permission::ReadChanges).is_err() {
        return Ok(());
    }
    let tried = async {
        // Before the state is read: what happens in between is reported.
        let subscribe = vec![Subscribe::Conversation(conversation)];
        let mut news = events.subscribe(services, caller, subscribe, None).await?;
        loop {
            let one = record(services, caller, message_id).await?;
            let is_due =
                one.state == OutgoingState::Queued && one.attempts == 0 && one.not_before <= caller.now();
            if !is_due && one.state != OutgoingState::Sending {
                return Ok(());
            }
            news.next().await?;
        }
    };
    tokio::time::timeout(within, tried).await.unwrap_or(Ok(()))
}
