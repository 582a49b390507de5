//! Undoing a change of a note, a task, a reminder or a draft.

use crewbox_core::change::{Change, PartKind};
use crewbox_core::id::{ConversationId, MemberId};
use crewbox_core::permission::{Denied, Permission, may_change};
use crewbox_store::contract::PartUndoState;
use crewbox_store::{Expectation, Op, StoreError, Thing};

use super::later::{
    TRIES, Undone, as_it_was, busy, deleted, last_change, missing, not_kept, overtaken, undone,
};
use crate::caller::Caller;
use crate::changed::Changed;
use crate::conversation::{MAX_NOTES, MAX_REMINDERS, MAX_TASKS};
use crate::refusal::Refusal;
use crate::services::Services;

/// Undoes it, unless somebody has changed the same since. A note is changed by who may change it otherwise.
pub(super) async fn undo(
    services: &Services,
    caller: &Caller,
    change: &Change,
    part: PartKind,
    conversation: ConversationId,
) -> Result<Changed<Undone>, Refusal> {
    let (store, scope) = (services.store(), caller.scope());
    let is_restricted = scope.client().is_some();
    if part == PartKind::Draft {
        caller.require(Permission::SendMail)?;
        if change.subject.map(MemberId) != scope.actor() {
            return Err(Refusal::Forbidden(Denied::OtherDraft));
        }
    }
    for _ in 0..TRIES {
        // Before the rest is read: what it has, the expectation includes.
        let head = store.head(scope).await?.seq;
        let found = match store.part_undo(scope, change.seq).await {
            Err(StoreError::NotFound(Thing::Conversation, _)) if is_restricted => {
                return Err(missing(caller, change));
            }
            Err(StoreError::NotFound(Thing::Conversation, _)) => return Err(deleted(conversation)),
            // Of drafts, only the newest changes are kept; an earlier version has kept none.
            Err(StoreError::NotFound(Thing::Change, _)) => return Err(not_kept(caller, change)),
            other => other?,
        };
        if part == PartKind::Note && found.state != PartUndoState::Undone {
            may_change(scope.actor(), scope.role(), is_restricted, found.author)
                .map_err(Refusal::Forbidden)?;
        }
        let (most, kinds) = limit(part);
        match found.state {
            PartUndoState::Undone => return Ok(as_it_was(conversation)),
            PartUndoState::ChangedSince => {
                let same = |later: &Change| {
                    later.kind.part() == Some(part)
                        && (later.conversation, later.subject) == (change.conversation, change.subject)
                };
                let later = last_change(services, caller, change, same).await?;
                let id = change.subject.unwrap_or_default();
                let what = match part {
                    PartKind::Draft => format!("changed the draft in conversation {conversation}"),
                    _ => format!("changed {} {id} of conversation {conversation}", name(part)),
                };
                return Err(overtaken(caller, later.as_ref(), &what));
            }
            PartUndoState::Possible if found.brings_back && found.held_after > most => {
                let sentence = format!("The conversation has {most} {kinds}, which is the limit");
                return Err(Refusal::Conflict(sentence));
            }
            PartUndoState::Possible => {}
        }
        let expected = Expectation::Unchanged(conversation, head);
        match caller.try_commit_expecting(services, vec![Op::UndoPart(change.seq)], expected).await {
            Ok(committed) => return Ok(undone(conversation, committed.changes)),
            // Whether that matters is seen on the next try.
            Err(StoreError::Overtaken(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(busy())
}

const fn name(part: PartKind) -> &'static str {
    match part {
        PartKind::Note => "note",
        PartKind::Task => "task",
        PartKind::Reminder => "reminder",
        PartKind::Draft => "draft",
    }
}

/// How many a conversation may have, and their name.
const fn limit(part: PartKind) -> (u64, &'static str) {
    match part {
        PartKind::Note => (MAX_NOTES, "notes"),
        PartKind::Task => (MAX_TASKS, "tasks"),
        PartKind::Reminder => (MAX_REMINDERS, "reminders"),
        // Each member has one.
        PartKind::Draft => (u64::MAX, "drafts"),
    }
}
