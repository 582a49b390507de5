//! Reading the change log.

use crewbox_core::id::Seq;
use crewbox_core::permission::Permission;
use crewbox_store::contract::ChangePage;

use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::services::Services;

/// The changes after the one with this number, oldest first, `limit` of them at the most.
///
/// # Errors
/// [`Refusal::Forbidden`]; the store's.
pub async fn list(
    services: &Services,
    caller: &Caller,
    since: Seq,
    limit: u32,
) -> Result<ChangePage, Refusal> {
    caller.require(Permission::ReadChanges)?;
    Ok(services.store().changes(caller.scope(), since, limit).await?)
}
