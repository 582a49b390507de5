//! Deleting a conversation.

use crewbox_core::id::ConversationId;
use crewbox_core::permission::Permission;
use crewbox_store::Op;

use crate::caller::Caller;
use crate::changed::Changed;
use crate::refusal::Refusal;
use crate::services::Services;

/// Deletes a conversation with its messages for good; its lead stays.
///
/// # Errors
/// [`Refusal::NotFound`] for one that the caller does not see; [`Refusal::Conflict`] while a message of it is being
/// sent; the store's.
pub async fn delete(
    services: &Services,
    caller: &Caller,
    conversation: ConversationId,
) -> Result<Changed<()>, Refusal> {
    caller.require(Permission::DeleteConversations)?;
    let deleted = caller.change(services, Op::DeleteConversation(conversation)).await?;
    Ok(deleted.with(()))
}
