//! Correcting what a message is taken for, and ending a correction.

use crewbox_core::id::{ConversationId, MessageId};
use crewbox_core::message::{Class, Direction};
use crewbox_core::permission::Permission;
use crewbox_core::time::Timestamp;
use crewbox_store::{BodyLimits, Op, Outcome};

use super::reread::reread;
use crate::caller::Caller;
use crate::changed::Changed;
use crate::refusal::{FieldError, Refusal};
use crate::services::Services;

const SENT: &str = "The message was sent by us: only a message that came in has a class to correct";

/// A message's class after a correction, or after the end of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Corrected {
    /// What the message is now taken for.
    pub class: Class,
    /// Its conversation; none while untracked.
    pub conversation: Option<ConversationId>,
    /// When a person set the class; none where the mail was read again.
    pub corrected_at: Option<Timestamp>,
}

/// Sets the class of a message that came in; without a class, the message is read again and its correction ends. Its
/// conversation becomes what it would be if the message had had this class from the start.
///
/// # Errors
/// [`Refusal::NotFound`] for a message that the caller does not see; [`Refusal::Invalid`] for one that we sent; the
/// store's.
pub async fn correct(
    services: &Services,
    caller: &Caller,
    message: MessageId,
    class: Option<Class>,
) -> Result<Changed<Corrected>, Refusal> {
    caller.require(Permission::Triage)?;
    let (held, _) = services.store().message(caller.scope(), message, BodyLimits::NONE).await?;
    if held.direction == Direction::Outbound {
        return Err(FieldError::says("class", SENT).into());
    }
    let op = match class {
        Some(class) => Op::CorrectClass { message, class },
        None => Op::EndCorrection { message, mail: reread(services, caller, message).await? },
    };
    let (outcome, changes) = caller.change(services, op).await?.parts();
    let value = match (outcome, class) {
        (Outcome::Corrected { conversation, at }, Some(class)) => {
            Corrected { class, conversation, corrected_at: Some(at) }
        }
        (Outcome::CorrectionEnded { conversation, class }, None) => {
            Corrected { class, conversation, corrected_at: None }
        }
        (other, _) => return Err(Refusal::Internal(format!("a correction gave {other:?}"))),
    };
    Ok(Changed { value, changes })
}
