//! Unsubscribing a lead from all campaigns.

use crewbox_core::conversation::Edit;
use crewbox_core::id::LeadId;
use crewbox_core::permission::Permission;
use crewbox_store::Op;

use super::read::of_person;
use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::services::Services;

/// Unsubscribes a lead from every campaign that the caller sees it in. As [`super::by_email`] shows leads: of callers who see
/// the whole account, the leads of all clients with its address. Without effect where it is unsubscribed already.
///
/// # Errors
/// [`Refusal::NotFound`] for a lead that the caller does not see; the store's.
pub async fn unsubscribe(services: &Services, caller: &Caller, lead: LeadId) -> Result<(), Refusal> {
    caller.require(Permission::Triage)?;
    let conversations = of_person(services, caller, lead).await?;
    let edit = |conversation| Op::Edit { conversation, edit: Edit::Unsubscribe };
    let ops: Vec<Op> = conversations.into_iter().map(|conversation| edit(conversation.id)).collect();
    if !ops.is_empty() {
        caller.commit(services, ops).await?;
    }
    Ok(())
}
