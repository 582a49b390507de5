//! Undoing that an untracked mail was put into a conversation, and undoing that.

use crewbox_core::change::{Change, ChangeKind};
use crewbox_core::id::{ConversationId, MessageId};
use crewbox_core::permission::Permission;
use crewbox_store::{AttachTo, Op, Outcome, StoreError, Thing};

use super::later::{Undone, as_it_was, deleted, last_change, not_kept, overtaken, undone};
use crate::caller::Caller;
use crate::changed::Changed;
use crate::refusal::Refusal;
use crate::services::Services;

/// Makes the mail, and what followed it then, untracked again. Mail that has come into the conversation since stays.
pub(super) async fn detach(
    services: &Services,
    caller: &Caller,
    change: &Change,
    conversation: ConversationId,
) -> Result<Changed<Undone>, Refusal> {
    caller.require(Permission::AttachUntracked)?;
    let committed = match caller.try_commit(services, vec![Op::Unattach { change: change.seq }]).await {
        Err(StoreError::NotFound(Thing::Message, message)) => {
            return Err(moved(services, caller, change, message).await?);
        }
        Err(StoreError::NotFound(Thing::Conversation, _)) => return Err(deleted(conversation)),
        Err(StoreError::NotFound(Thing::Change, _)) => return Err(not_kept(caller, change)),
        Err(other) => return Err(caller.refusal(other)),
        Ok(committed) => committed,
    };
    match committed.outcomes.as_slice() {
        [Outcome::Count(0)] => Ok(as_it_was(conversation)),
        _ => Ok(undone(conversation, committed.changes)),
    }
}

/// Puts a mail back that was made untracked, with its thread.
pub(super) async fn attach_again(
    services: &Services,
    caller: &Caller,
    change: &Change,
    conversation: ConversationId,
) -> Result<Changed<Undone>, Refusal> {
    caller.require(Permission::AttachUntracked)?;
    let message = MessageId(change.subject.unwrap_or_default());
    let to = AttachTo::Conversation(conversation);
    let op = Op::Attach { message, to, place: crewbox_mail::place };
    let committed = match caller.try_commit(services, vec![op]).await {
        Err(
            StoreError::NotFound(Thing::Message, message) | StoreError::Conflict(Thing::Message, message),
        ) => {
            return Err(moved(services, caller, change, message).await?);
        }
        Err(StoreError::NotFound(Thing::Conversation, _)) => return Err(deleted(conversation)),
        Err(other) => return Err(caller.refusal(other)),
        Ok(committed) => committed,
    };
    match committed.outcomes.as_slice() {
        [Outcome::Attached { messages: 0, .. }] => Ok(as_it_was(conversation)),
        _ => Ok(undone(conversation, committed.changes)),
    }
}

/// Who has put the message elsewhere, or deleted it.
async fn moved(
    services: &Services,
    caller: &Caller,
    change: &Change,
    message: u64,
) -> Result<Refusal, Refusal> {
    let is_of_it = |later: &Change| {
        later.subject == Some(message)
            && matches!(
                later.kind,
                ChangeKind::MessageAttached
                    | ChangeKind::MessageMoved
                    | ChangeKind::MessageDetached
                    | ChangeKind::TextErased
            )
    };
    let later = last_change(services, caller, change, is_of_it).await?;
    Ok(overtaken(caller, later.as_ref(), &format!("moved or deleted message {message}")))
}
