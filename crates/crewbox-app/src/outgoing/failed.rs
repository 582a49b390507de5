//! Messages that failed for good, and sending one again.

use crewbox_core::id::ConversationId;
use crewbox_core::outgoing::Outgoing;
use crewbox_core::permission::Permission;
use crewbox_store::{Op, OutboxStep};

use super::status::{no_message, record};
use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::services::Services;

/// Failed messages that are listed: whoever has more has one reason for all of them.
const MOST_FAILED: u32 = 20;

/// The caller's own messages that failed and that no later one of their conversation replaces, newest first, at most
/// `MOST_FAILED`.
///
/// # Errors
/// The store's.
pub async fn failed(services: &Services, caller: &Caller) -> Result<Vec<Outgoing>, Refusal> {
    caller.require(Permission::SendMail)?;
    Ok(services.store().outgoing_failed(caller.scope(), MOST_FAILED).await?)
}

/// Sends a message of a conversation again that failed, by its Message-ID.
///
/// # Errors
/// [`Refusal::NotFound`] for a message that the caller does not see or that is of another conversation;
/// [`Refusal::Conflict`] for one that has not failed, or that a later one of its conversation replaces; the store's.
pub async fn try_again(
    services: &Services,
    caller: &Caller,
    conversation: ConversationId,
    message_id: &str,
) -> Result<(), Refusal> {
    caller.require(Permission::SendMail)?;
    let one = record(services, caller, message_id).await?;
    if one.conversation != conversation {
        return Err(no_message());
    }
    caller.commit_one(services, Op::Outbox(OutboxStep::TryAgain(one.id))).await?;
    Ok(())
}
