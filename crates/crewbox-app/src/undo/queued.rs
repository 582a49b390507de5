//! Undoing that a message waits to be sent: it is taken back, while it waits.

use crewbox_core::change::{Change, ChangeKind};
use crewbox_core::id::{ConversationId, OutgoingId};
use crewbox_core::permission::Permission;
use crewbox_store::{Op, OutboxStep, StoreError};

use super::later::{Undone, as_it_was, last_change, missing, not_kept, overtaken, undone};
use crate::caller::Caller;
use crate::changed::Changed;
use crate::refusal::Refusal;
use crate::services::Services;

/// Takes the message back, unless its sending has begun.
pub(super) async fn undo(
    services: &Services,
    caller: &Caller,
    change: &Change,
    conversation: ConversationId,
) -> Result<Changed<Undone>, Refusal> {
    caller.require(Permission::SendMail)?;
    let Some(id) = change.subject.map(OutgoingId) else { return Err(not_kept(caller, change)) };
    let is_restricted = caller.scope().client().is_some();
    match caller.try_commit(services, vec![Op::Outbox(OutboxStep::TakeBack(id))]).await {
        Ok(committed) if committed.changes.ends().is_none() => Ok(as_it_was(conversation)),
        Ok(committed) => Ok(undone(conversation, committed.changes)),
        Err(StoreError::Conflict(..)) => {
            let is_of_it = |later: &Change| {
                later.kind == ChangeKind::MessageProgressed && later.subject == change.subject
            };
            let later = last_change(services, caller, change, is_of_it).await?;
            Err(overtaken(caller, later.as_ref(), "sent the message, or begun to"))
        }
        Err(StoreError::NotFound(..)) if is_restricted => Err(missing(caller, change)),
        Err(StoreError::NotFound(..)) => {
            Err(Refusal::Conflict("The message was deleted since: it was not undone".to_owned()))
        }
        Err(other) => Err(caller.refusal(other)),
    }
}
