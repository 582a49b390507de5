//! Undoing that a person set the class of a message, or gave it back to its reading.

use crewbox_core::change::{Change, ChangeKind, Field};
use crewbox_core::id::{ConversationId, MessageId};
use crewbox_core::message::Class;
use crewbox_store::{BodyLimits, Expectation, Op, Outcome, StoreError};

use super::later::{TRIES, Undone, as_it_was, busy, last_change, missing, not_kept, overtaken, undone};
use crate::caller::Caller;
use crate::changed::Changed;
use crate::message::reread;
use crate::refusal::Refusal;
use crate::services::Services;

/// Gives the message the class that it had before, unless somebody has set it again since.
pub(super) async fn undo(
    services: &Services,
    caller: &Caller,
    change: &Change,
) -> Result<Changed<Undone>, Refusal> {
    let message = MessageId(change.subject.unwrap_or_default());
    let delta = change.detail.iter().find(|delta| delta.field == Field::Class);
    let class = |number: Option<i64>| number.and_then(Class::from_number);
    let (Some(before), Some(after)) =
        (delta.and_then(|delta| class(delta.before)), delta.and_then(|delta| class(delta.after)))
    else {
        return Err(not_kept(caller, change));
    };
    let was_corrected = change.kind == ChangeKind::ClassCorrected;
    for _ in 0..TRIES {
        // Before the message is read: what it has, the expectation includes.
        let head = services.store().head(caller.scope()).await?.seq;
        let held = match services.store().message(caller.scope(), message, BodyLimits::NONE).await {
            Ok((held, _)) => held,
            Err(StoreError::NotFound(..)) if caller.scope().client().is_some() => {
                return Err(missing(caller, change));
            }
            Err(StoreError::NotFound(..)) => {
                return Err(Refusal::Conflict(format!(
                    "Message {message} was deleted since: it was not undone"
                )));
            }
            Err(other) => return Err(other.into()),
        };
        if (held.class, held.corrected_at.is_some()) != (after, was_corrected) {
            if held.class == before {
                return Ok(as_it_was(held.conversation));
            }
            return Err(changed_since(services, caller, change, message).await?);
        }
        let op = op_before(services, caller, message, before, was_corrected).await?;
        match commit(services, caller, held.conversation, op, head).await {
            Ok(committed) => {
                let (outcome, changes) = committed.parts();
                // The facts that decide between the readings of a mail have changed since.
                if let Outcome::CorrectionEnded { class, .. } = outcome
                    && class != before
                {
                    let set = caller.change(services, Op::CorrectClass { message, class: before }).await?;
                    return Ok(undone(held.conversation, set.changes));
                }
                return Ok(undone(held.conversation, changes));
            }
            // Whether that matters is seen on the next try.
            Err(StoreError::Overtaken(_)) => {}
            Err(error) => return Err(caller.refusal(error)),
        }
    }
    Err(busy())
}

/// What gives the message its class back: ending the correction where the mail itself says this class, and otherwise setting
/// it.
async fn op_before(
    services: &Services,
    caller: &Caller,
    message: MessageId,
    class: Class,
    was_corrected: bool,
) -> Result<Op, Refusal> {
    if !was_corrected {
        return Ok(Op::CorrectClass { message, class });
    }
    let mail = match reread(services, caller, message).await {
        Ok(mail) => mail,
        // This version cannot read the mail.
        Err(Refusal::Conflict(_)) => return Ok(Op::CorrectClass { message, class }),
        Err(other) => return Err(other),
    };
    let mut readings = std::iter::once(&mail.verdicts.alone)
        .chain(mail.verdicts.otherwise.iter().map(|(_, verdict)| verdict));
    if readings.any(|verdict| verdict.class == class) {
        return Ok(Op::EndCorrection { message, mail });
    }
    Ok(Op::CorrectClass { message, class })
}

async fn commit(
    services: &Services,
    caller: &Caller,
    conversation: Option<ConversationId>,
    op: Op,
    head: crewbox_core::id::Seq,
) -> Result<Changed<Outcome>, StoreError> {
    let committed = match conversation {
        Some(conversation) => {
            let expected = Expectation::Unchanged(conversation, head);
            caller.try_commit_expecting(services, vec![op], expected).await?
        }
        None => caller.try_commit(services, vec![op]).await?,
    };
    let value = committed.outcomes.into_iter().next().unwrap_or(Outcome::Done);
    Ok(Changed { value, changes: committed.changes })
}

/// Who has set the class since.
async fn changed_since(
    services: &Services,
    caller: &Caller,
    change: &Change,
    message: MessageId,
) -> Result<Refusal, Refusal> {
    let is_of_it = |later: &Change| {
        later.subject == Some(message.get())
            && matches!(
                later.kind,
                ChangeKind::ClassCorrected | ChangeKind::ClassCorrectionEnded | ChangeKind::Rederived
            )
    };
    let later = last_change(services, caller, change, is_of_it).await?;
    Ok(overtaken(caller, later.as_ref(), &format!("changed the class of message {message}")))
}
