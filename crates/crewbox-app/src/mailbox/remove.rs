//! Removing an account.

use crewbox_core::id::MailboxId;
use crewbox_core::permission::Permission;
use crewbox_store::Op;

use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::services::Services;

/// Removes an account and its passwords; its mail stays.
///
/// # Errors
/// [`Refusal::NotFound`] for one that the caller does not see; the store's.
pub async fn remove(services: &Services, caller: &Caller, id: MailboxId) -> Result<(), Refusal> {
    caller.require(Permission::ManageMailboxes)?;
    let id = caller.mailbox(id)?.id;
    caller.commit_one(services, Op::RemoveMailbox(id)).await?;
    Ok(())
}
