//! A message's bytes as they came in.

use crewbox_core::id::MessageId;
use crewbox_core::permission::Permission;

use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::services::Services;
use crate::stored_mail::StoredMail;

/// A message byte for byte as it came in: whole where it has at most `most` bytes.
///
/// # Errors
/// [`Refusal::NotFound`] for a message that the caller does not see; the store's.
pub async fn raw(
    services: &Services,
    caller: &Caller,
    message: MessageId,
    most: usize,
) -> Result<StoredMail, Refusal> {
    caller.require(Permission::ReadInbox)?;
    let raw = services.store().raw_up_to(caller.scope(), message, most).await?;
    Ok(StoredMail::of(services.store(), raw))
}
