//! Reading one message with its texts.

use crewbox_core::id::MessageId;
use crewbox_core::message::Message;
use crewbox_core::permission::Permission;
use crewbox_store::BodyLimits;
use crewbox_store::contract::Excerpt;

use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::services::Services;

/// A message and its texts, as far as the limits allow.
///
/// # Errors
/// [`Refusal::NotFound`] for a message that the caller does not see; the store's.
pub async fn read(
    services: &Services,
    caller: &Caller,
    message: MessageId,
    limits: BodyLimits,
) -> Result<(Message, Excerpt), Refusal> {
    caller.require(Permission::ReadInbox)?;
    Ok(services.store().message(caller.scope(), message, limits).await?)
}
