//! Reading the quarantine.

use crewbox_core::id::QuarantineId;
use crewbox_core::permission::Permission;
use crewbox_store::contract::QuarantineItem;

use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::services::Services;
use crate::stored_mail::StoredMail;

/// A page of the quarantine, newest first, and how many mails it has in all.
///
/// # Errors
/// The store's.
pub async fn list(
    services: &Services,
    caller: &Caller,
    offset: u64,
    limit: u32,
) -> Result<(Vec<QuarantineItem>, u64), Refusal> {
    caller.require(Permission::ReadQuarantine)?;
    Ok(services.store().quarantine(caller.scope(), offset, limit).await?)
}

/// A quarantined mail's bytes: whole where it has at most `most`.
///
/// # Errors
/// [`Refusal::NotFound`] for one that the caller does not see; the store's.
pub async fn raw(
    services: &Services,
    caller: &Caller,
    id: QuarantineId,
    most: usize,
) -> Result<StoredMail, Refusal> {
    caller.require(Permission::ReadQuarantine)?;
    let raw = services.store().quarantine_raw_up_to(caller.scope(), id, most).await?;
    Ok(StoredMail::of(services.store(), raw))
}
