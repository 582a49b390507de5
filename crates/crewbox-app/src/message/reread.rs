//! Reading a stored message again.

use std::sync::Arc;

use bytes::Bytes;
use crewbox_core::id::MessageId;
use crewbox_core::message::Mail;
use crewbox_core::permission::Permission;
use crewbox_core::time::Timestamp;
use crewbox_mail::{DirectionHint, ReadContext};
use crewbox_store::contract::RawMail;
use crewbox_store::{StoreError, Thing};

use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::services::Services;

/// Reads a stored message again, as reindexing does. Stores nothing.
///
/// # Errors
/// [`Refusal::NotFound`] for a message that the caller does not see; [`Refusal::Conflict`] for one that this version
/// cannot read; the store's.
pub async fn reread(services: &Services, caller: &Caller, message: MessageId) -> Result<Box<Mail>, Refusal> {
    caller.require(Permission::ReadInbox)?;
    let before = MessageId(message.get().saturating_sub(1));
    let held = services.store().raws(caller.scope(), before, 1).await?.pop();
    let held = held.filter(|held| held.message.id == message);
    let held = held.ok_or(Refusal::NotFound(Thing::Message, message.get()))?;
    let context = context_again(&held, caller.now());
    let raw = held.raw.ok_or(StoreError::Damaged(Thing::Message, message.get()))?;
    let read = services.mail()?.intake.read_one(context, Bytes::from(raw)).await?;
    read.map(Box::new).map_err(|error| {
        let sentence = format!("This version of Crewbox cannot read the stored mail again: {}", error.reason);
        Refusal::Conflict(sentence)
    })
}

/// How a stored message is read again: its time and direction were decided when it came in, and reading must not decide
/// them again.
#[must_use]
pub fn context_again(stored: &RawMail, now: Timestamp) -> ReadContext {
    ReadContext {
        own: Arc::clone(&stored.own),
        received_at: Some(stored.message.at),
        fallback_at: None,
        now,
        direction: DirectionHint::Decided(stored.message.direction),
    }
}
