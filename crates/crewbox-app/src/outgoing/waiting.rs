//! The messages of a conversation that wait to be sent.

use crewbox_core::id::ConversationId;
use crewbox_core::outgoing::Outgoing;
use crewbox_core::permission::Permission;

use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::services::Services;

/// The messages of a conversation that wait to be sent, by time.
///
/// # Errors
/// [`Refusal::NotFound`] for a conversation that the caller does not see; the store's.
pub async fn waiting(
    services: &Services,
    caller: &Caller,
    conversation: ConversationId,
) -> Result<Vec<Outgoing>, Refusal> {
    caller.require(Permission::ReadInbox)?;
    Ok(services.store().parts(caller.scope(), conversation).await?)
}
