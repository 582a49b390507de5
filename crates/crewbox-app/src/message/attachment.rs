//! Reading an attachment.

use crewbox_core::id::MessageId;
use crewbox_core::message::Attachment;
use crewbox_core::permission::Permission;

use crate::blocking::blocking;
use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::services::Services;

/// The attachment with this number, from 0, and its bytes, decoded.
///
/// # Errors
/// [`Refusal::NotFound`] for a message that the caller does not see; [`Refusal::NoMatch`] for a number that no
/// attachment has; the store's.
pub async fn attachment(
    services: &Services,
    caller: &Caller,
    message: MessageId,
    index: u32,
) -> Result<(Attachment, Vec<u8>), Refusal> {
    caller.require(Permission::ReadInbox)?;
    let raw = services.store().raw(caller.scope(), message).await?;
    let found = blocking(move || crewbox_mail::attachment(&raw, index)).await?;
    found.ok_or_else(|| Refusal::NoMatch(format!("Attachment {index} not found in message {message}")))
}
