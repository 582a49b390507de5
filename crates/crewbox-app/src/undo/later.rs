//! What an undo answers, and which later change is in its way.

use crewbox_core::change::Change;
use crewbox_core::id::{ConversationId, Seq, SeqRange};
use crewbox_store::Thing;

use crate::caller::Caller;
use crate::changed::Changed;
use crate::overtaken::who;
use crate::refusal::Refusal;
use crate::services::Services;

/// A change that is undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undone {
    /// Its conversation; none of a change of the account.
    pub conversation: Option<ConversationId>,
    /// False where everything was already as before the change.
    pub changed: bool,
}

/// How often a change is undone again after somebody changed the same conversation in between.
pub(super) const TRIES: u32 = 5;
/// Changes read at a time, and how many times, to find who changed something since: some milliseconds.
const PAGE: u32 = 1_000;
const PAGES: u32 = 20;

/// The newest change after this one that is `in_the_way`.
pub(super) async fn last_change(
    services: &Services,
    caller: &Caller,
    change: &Change,
    in_the_way: impl Fn(&Change) -> bool,
) -> Result<Option<Change>, Refusal> {
    let client = caller.scope().client();
    let (mut since, mut found) = (seen(caller, change), None);
    for _ in 0..PAGES {
        let page = services.store().changes(caller.scope(), since, PAGE).await?;
        let Some(last) = page.changes.last().and_then(|last| last.seq_for(client)) else { break };
        since = last;
        found = page.changes.into_iter().rev().find(|later| in_the_way(later)).or(found);
    }
    Ok(found)
}

/// Somebody has done this since.
pub(super) fn overtaken(caller: &Caller, later: Option<&Change>, has_done: &str) -> Refusal {
    let by = later.map(|later| format!(", in change {}", seen(caller, later))).unwrap_or_default();
    let who = who(later, caller.names());
    Refusal::Conflict(format!("{who} has {has_done} since{by}: it was not undone"))
}

/// Changes of this kind are never undone; why.
pub(super) fn impossible(caller: &Caller, change: &Change, why: &str) -> Refusal {
    let (seq, kind) = (seen(caller, change), change.kind.name());
    Refusal::Conflict(format!("Change {seq} ({kind}) cannot be undone: {why}"))
}

/// What was there before the change was not kept: an earlier version made it, or too many were made since.
pub(super) fn not_kept(caller: &Caller, change: &Change) -> Refusal {
    impossible(caller, change, "what was there before it is not kept any more")
}

/// It is not there, as far as the caller sees.
pub(super) fn missing(caller: &Caller, change: &Change) -> Refusal {
    Refusal::NotFound(Thing::Change, seen(caller, change).0)
}

/// The number of a change that the caller has read from the log, as they see it.
fn seen(caller: &Caller, change: &Change) -> Seq {
    change.seq_for(caller.scope().client()).unwrap_or_default()
}

/// The conversation is not there any more.
pub(super) fn deleted(conversation: ConversationId) -> Refusal {
    Refusal::Conflict(format!("Conversation {conversation} was deleted since: it was not undone"))
}

pub(super) fn busy() -> Refusal {
    Refusal::Unavailable("The conversation is being changed all the time: try again in a moment")
}

/// Everything was already as before the change.
pub(super) fn as_it_was(conversation: impl Into<Option<ConversationId>>) -> Changed<Undone> {
    let conversation = conversation.into();
    Changed { value: Undone { conversation, changed: false }, changes: SeqRange::default() }
}

/// It was undone by these changes.
pub(super) fn undone(conversation: impl Into<Option<ConversationId>>, changes: SeqRange) -> Changed<Undone> {
    Changed { value: Undone { conversation: conversation.into(), changed: true }, changes }
}
