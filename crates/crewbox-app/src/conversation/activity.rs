//! What members did with a conversation besides writing: who assigned it, archived it, set its category.

use crewbox_core::change::Change;
use crewbox_core::id::ConversationId;
use crewbox_core::permission::Permission;
use crewbox_store::contract::Activity;

use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::services::Services;

/// The newest such changes of a conversation ([`Activity`]), oldest first.
///
/// # Errors
/// [`Refusal::NotFound`] for a conversation that the caller does not see; the store's.
pub async fn activity(
    services: &Services,
    caller: &Caller,
    conversation: ConversationId,
) -> Result<Vec<Change>, Refusal> {
    caller.require(Permission::ReadInbox)?;
    let found: Vec<Activity> = services.store().parts(caller.scope(), conversation).await?;
    // The store gives the newest first, so that the limit leaves out the oldest.
    Ok(found.into_iter().rev().map(|Activity(change)| change).collect())
}
