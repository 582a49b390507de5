//! Reading one message with its texts.
//!
//! Owns where a long text comes from: of a text over [`MAX_STORED_TEXT`] the store has the start, and all of it is read
//! from the raw mail.

use bytes::Bytes;
use crewbox_core::id::MessageId;
use crewbox_core::message::{MAX_STORED_TEXT, Message};
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
    let (message, texts) = services.store().message(caller.scope(), message, limits).await?;
    let texts = match limits.text {
        ..=MAX_STORED_TEXT => texts,
        _ => with_whole_text(services, caller, &message, texts).await?,
    };
    Ok((message, texts))
}

/// The texts of a message that were read without limits, with all of the plain text. They stay truncated where this process
/// reads no mail, or this version cannot read this mail. The caller of this has checked who may read the message.
pub(crate) async fn with_whole_text(
    services: &Services,
    caller: &Caller,
    message: &Message,
    texts: Excerpt,
) -> Result<Excerpt, Refusal> {
    if !texts.text_truncated {
        return Ok(texts);
    }
    let Ok(mail) = services.mail() else { return Ok(texts) };
    let raw = Bytes::from(services.store().raw(caller.scope(), message.id).await?);
    let Ok(text) = mail.intake.read_whole_text(raw).await? else { return Ok(texts) };
    let stored = (text.len() + texts.html.as_ref().map_or(0, String::len)) as u64;
    Ok(Excerpt { text, text_truncated: false, stored, ..texts })
}
