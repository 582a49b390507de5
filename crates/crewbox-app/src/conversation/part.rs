//! What adding a note, a task or another such thing to a conversation has in common: the same request adds it once, the
//! number is limited, and texts are texts.

use crewbox_core::id::ConversationId;
use crewbox_store::contract::NewPart;
use crewbox_store::{Op, Outcome};

use crate::caller::Caller;
use crate::changed::Changed;
use crate::idempotency::{Fingerprint, Idempotency, other_request};
use crate::refusal::{FieldError, Given, Refusal};
use crate::services::Services;

/// Adds something; its id, or the id of what the same request added before. `kind` is its plural, for a sentence.
///
/// # Errors
/// [`Refusal::NotFound`] for a conversation that the caller does not see; [`Refusal::Invalid`] for a key of another
/// request; [`Refusal::Conflict`] where there are `most` already; the store's.
pub(super) async fn add(
    services: &Services,
    caller: &Caller,
    conversation: ConversationId,
    idempotency: Idempotency,
    (most, kind): (u64, &str),
    op: impl FnOnce(NewPart) -> Op,
) -> Result<Changed<u64>, Refusal> {
    let fingerprint = Fingerprint::of(caller, idempotency, conversation).await?;
    let part = NewPart {
        conversation,
        fingerprint: fingerprint.bytes,
        asked: fingerprint.asked,
        within: fingerprint.repeats(caller.now()),
        most,
    };
    let (outcome, changes) = caller.change(services, op(part)).await?.parts();
    match outcome {
        Outcome::Id(id) => Ok(Changed { value: id, changes }),
        Outcome::Count(_) => {
            Err(Refusal::Conflict(format!("The conversation has {most} {kind}, which is the limit")))
        }
        Outcome::OtherRequest => Err(other_request()),
        other => Err(Refusal::Internal(format!("an operation that adds {kind} gave {other:?}"))),
    }
}

/// A text that must hold something, without the white space around it.
///
/// # Errors
/// For one that is empty, longer than `most` characters, or has control characters.
pub(super) fn text(field: &'static str, text: &str, most: usize) -> Result<String, FieldError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(FieldError::of(field, "must not be empty"));
    }
    optional_text(field, text, most)
}

/// The same for a text that may be empty.
pub(super) fn optional_text(field: &'static str, text: &str, most: usize) -> Result<String, FieldError> {
    let text = text.trim();
    let is_odd = |letter: char| letter.is_control() && !['\n', '\r', '\t'].contains(&letter);
    let given = text.chars().count();
    if given > most {
        let error = FieldError::of(field, format!("cannot exceed {most} characters"));
        return Err(error.given(Given::Count { given, most }));
    }
    if text.contains(is_odd) {
        return Err(FieldError::of(field, "must not contain control characters"));
    }
    Ok(text.to_owned())
}
