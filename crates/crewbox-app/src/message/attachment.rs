//! Reading an attachment.

use crewbox_core::id::MessageId;
use crewbox_core::message::Attachment;
use crewbox_core::permission::Permission;

use super::raw;
use crate::blocking::blocking;
use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::services::Services;
use crate::stored_mail::{LargeRaw, StoredMail};

/// An attachment, or the mail that it is in.
#[derive(Debug)]
pub enum Attached {
    /// The attachment and its bytes, decoded.
    Whole(Attachment, Vec<u8>),
    /// It is in this mail, which takes memory to be looked through: [`LargeRaw::attachment`].
    In(LargeRaw),
}

/// The attachment with this number, from 0; of a mail of more than `most` bytes the mail alone.
///
/// # Errors
/// [`Refusal::NotFound`] for a message that the caller does not see; [`Refusal::NoMatch`] for a number that no
/// attachment has; the store's.
pub async fn attachment(
    services: &Services,
    caller: &Caller,
    message: MessageId,
    index: u32,
    most: usize,
) -> Result<Attached, Refusal> {
    caller.require(Permission::ReadInbox)?;
    match raw(services, caller, message, most).await? {
        StoredMail::Large(mail) => Ok(Attached::In(mail)),
        StoredMail::Whole(bytes) => {
            let found = blocking(move || crewbox_mail::attachment(&bytes, index)).await?;
            let (attachment, bytes) = found.ok_or_else(|| no_attachment(message, index))?;
            Ok(Attached::Whole(attachment, bytes))
        }
    }
}

/// The message has no attachment with this number.
#[must_use]
pub fn no_attachment(message: MessageId, index: u32) -> Refusal {
    Refusal::NoMatch(format!("Attachment {index} not found in message {message}"))
}
