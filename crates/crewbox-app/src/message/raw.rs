//! A message's bytes as they came in.

use crewbox_core::id::MessageId;
use crewbox_core::permission::Permission;

use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::services::Services;

/// A message byte for byte as it came in.
///
/// # Errors
/// [`Refusal::NotFound`] for a message that the caller does not see; the store's.
pub async fn raw(services: &Services, caller: &Caller, message: MessageId) -> Result<Vec<u8>, Refusal> {
    caller.require(Permission::ReadInbox)?;
    Ok(services.store().raw(caller.scope(), message).await?)
}
