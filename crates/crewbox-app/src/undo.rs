//! Undoing a change of a conversation.
//!
//! Owns the answer where that is too late: who has changed the same thing since, and how. What undoes a change is core's
//! rule.

use crewbox_core::change::{Change, ChangeKind};
use crewbox_core::conversation::inverse::{NotUndone, sets_the_same};
use crewbox_core::id::{ConversationId, Seq, SeqRange};
use crewbox_core::permission::Permission;
use crewbox_store::{Expectation, Op, StoreError, Thing};

use crate::caller::Caller;
use crate::changed::Changed;
use crate::overtaken::who;
use crate::refusal::Refusal;
use crate::services::Services;

/// How often a change is undone again after somebody changed the same conversation in between.
const TRIES: u32 = 5;
/// Changes read at a time, and how many times, to find who changed something since: some milliseconds.
const PAGE: u32 = 1_000;
const PAGES: u32 = 20;

/// A change that is undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undone {
    /// Its conversation.
    pub conversation: ConversationId,
    /// False where everything was already as before the change.
    pub changed: bool,
}

/// Undoes a change: what it set is again what it was before. Changes of other things since do not matter.
///
/// # Errors
/// [`Refusal::NotFound`] for a change that does not exist, or whose conversation the caller does not see;
/// [`Refusal::Conflict`] where it cannot be undone, or no longer; the store's.
pub async fn undo(services: &Services, caller: &Caller, seq: Seq) -> Result<Changed<Undone>, Refusal> {
    caller.require(Permission::Triage)?;
    let missing = || Refusal::NotFound(Thing::Change, seq.0);
    let page = services.store().changes(caller.scope(), Seq(seq.0.saturating_sub(1)), 1).await?;
    let change = page.changes.into_iter().next().filter(|change| change.seq == seq).ok_or_else(missing)?;
    let is_restricted = caller.scope().client().is_some();
    let Some(conversation) = change.conversation else {
        return Err(if is_restricted { missing() } else { impossible(&change) });
    };
    match change.kind {
        ChangeKind::ConversationMerged | ChangeKind::ConversationSplit => {
            let op = Op::MoveBack { change: seq };
            return move_back(services, caller, &change, conversation, op).await;
        }
        ChangeKind::ParticipantDetached => {
            caller.require(Permission::AttachUntracked)?;
            let op = Op::Reattach { change: seq };
            return move_back(services, caller, &change, conversation, op).await;
        }
        _ => {}
    }
    for _ in 0..TRIES {
        // Before the conversation is read: what it has, the expectation includes.
        let head = services.store().head(caller.scope()).await?.seq;
        let held = match services.store().conversation(caller.scope(), conversation).await {
            Err(StoreError::NotFound(..)) if is_restricted => return Err(missing()),
            Err(StoreError::NotFound(..)) => {
                let sentence = format!("Conversation {conversation} was deleted since: nothing was undone");
                return Err(Refusal::Conflict(sentence));
            }
            other => other?,
        };
        if change.kind == ChangeKind::OwnerChanged {
            caller.require(Permission::Assign)?;
        }
        let edit = match held.inverse(&change, caller.now()) {
            Ok(Some(edit)) => edit,
            Ok(None) => {
                let value = Undone { conversation, changed: false };
                return Ok(Changed { value, changes: SeqRange::default() });
            }
            Err(NotUndone::Kind) => return Err(impossible(&change)),
            Err(NotUndone::ChangedSince) => {
                let later = last_change(services, caller, &change).await?;
                return Err(Refusal::Conflict(sentence(caller, &change, conversation, later.as_ref())));
            }
        };
        let expected = Expectation::Unchanged(conversation, head);
        let ops = vec![Op::Edit { conversation, edit }];
        match caller.try_commit_expecting(services, ops, expected).await {
            Ok(committed) => {
                let value = Undone { conversation, changed: true };
                return Ok(Changed { value, changes: committed.changes });
            }
            // Whether that matters is seen on the next try.
            Err(StoreError::Overtaken(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Refusal::Unavailable("The conversation is being changed all the time: try again in a moment"))
}

/// Undoes a merge, a split or a detachment with this operation: the messages are again where they were.
async fn move_back(
    services: &Services,
    caller: &Caller,
    change: &Change,
    conversation: ConversationId,
    op: Op,
) -> Result<Changed<Undone>, Refusal> {
    match caller.try_commit(services, vec![op]).await {
        Ok(committed) => {
            let changed = committed.changes.ends().is_some();
            let value = Undone { conversation, changed };
            Ok(Changed { value, changes: committed.changes })
        }
        Err(StoreError::NotFound(Thing::Message, message)) => {
            let mut since = change.seq;
            let mut found = None;
            for _ in 0..PAGES {
                let page = services.store().changes(caller.scope(), since, PAGE).await?;
                let Some(last) = page.changes.last() else { break };
                since = last.seq;
                let moved = |later: &Change| {
                    matches!(later.kind, ChangeKind::MessageMoved | ChangeKind::MessageAttached)
                        && later.subject == Some(message)
                        && later.conversation != change.subject.map(ConversationId)
                };
                found = page.changes.into_iter().rev().find(moved).or(found);
            }
            let by = found.as_ref().map(|later| format!(", in change {}", later.seq)).unwrap_or_default();
            let who = who(found.as_ref(), caller.names());
            let what = format!("{who} has moved or deleted message {message} since{by}: nothing was undone");
            Err(Refusal::Conflict(what))
        }
        Err(StoreError::NotFound(Thing::Conversation, gone)) => {
            Err(Refusal::Conflict(format!("Conversation {gone} was deleted since: nothing was undone")))
        }
        Err(other) => Err(caller.refusal(other)),
    }
}

fn impossible(change: &Change) -> Refusal {
    Refusal::Conflict(format!("Change {} ({}) cannot be undone", change.seq, change.kind.name()))
}

/// The newest change that set the same thing of the same conversation.
async fn last_change(
    services: &Services,
    caller: &Caller,
    change: &Change,
) -> Result<Option<Change>, Refusal> {
    let (mut since, mut found) = (change.seq, None);
    for _ in 0..PAGES {
        let page = services.store().changes(caller.scope(), since, PAGE).await?;
        let Some(last) = page.changes.last() else { break };
        since = last.seq;
        let same =
            |later: &Change| later.conversation == change.conversation && sets_the_same(change.kind, later);
        found = page.changes.into_iter().rev().find(same).or(found);
    }
    Ok(found)
}

fn sentence(
    caller: &Caller,
    change: &Change,
    conversation: ConversationId,
    later: Option<&Change>,
) -> String {
    let who = who(later, caller.names());
    let what = match change.kind {
        ChangeKind::ReadChanged => "whether it is read",
        ChangeKind::CategoryChanged => "the category",
        ChangeKind::OwnerChanged => "the owner",
        ChangeKind::ArchivedChanged => "whether it is archived",
        ChangeKind::ImportantChanged => "whether it is important",
        ChangeKind::SnoozeChanged => "the snooze",
        ChangeKind::TagsChanged => "the tags",
        ChangeKind::RevenueChanged => "the revenue",
        _ => "it",
    };
    let by = later.map(|later| format!(", in change {}", later.seq)).unwrap_or_default();
    format!("{who} has changed {what} of conversation {conversation} since{by}: nothing was undone")
}

#[cfg(test)]
mod tests {
    use crewbox_core::conversation::Edit;
    use crewbox_core::id::MemberId;
    use crewbox_core::model::Role;
    use crewbox_store::{Batch, Live, NewMember};
    use crewbox_testkit::account::{NOW, TestAccount};

    use super::*;

    #[tokio::test]
    async fn a_change_is_undone_unless_somebody_has_changed_the_same_since() {
        let account = TestAccount::new().await;
        let client = account.client("C").await;
        let own = account.leads(account.campaign("Spring", None).await, &["lea@lead.test"]).await[0];
        let ben = NewMember {
            name: "Ben".to_owned(),
            email: "ben@us.test".to_owned(),
            role: Role::Member,
            client: None,
            password_hash: None,
        };
        let ben = MemberId(account.make(Op::AddMember(ben)).await);
        let services = Services::new(account.store.clone());
        let live = Live::new(account.store.clone());
        let scope = account.signed_in(None).await;
        let id = account.operator.account();
        let of = async |scope| Caller::signed_in(scope, &live.account(id, NOW).await.unwrap(), NOW);
        let caller = of(scope).await;
        let edit = async |edit| {
            let ops = vec![Op::Edit { conversation: own, edit }];
            account.store.commit(Batch::new(scope, NOW, ops)).await.unwrap().seq
        };
        let owner = async || account.store.conversation(&scope, own).await.unwrap().owner;

        let assigned = edit(Edit::Owner(Some(ben))).await;
        edit(Edit::Important(true)).await;
        let undone = Undone { conversation: own, changed: true };
        let changed = undo(&services, &caller, assigned).await.unwrap();
        let head = account.store.head(&account.operator).await.unwrap().seq;
        assert_eq!((changed.value, changed.changes.ends()), (undone, Some((head, head))));
        assert_eq!(owner().await, None);
        let again = undo(&services, &caller, assigned).await.unwrap();
        assert_eq!((again.value, again.changes.ends()), (Undone { changed: false, ..undone }, None));

        let assigned = edit(Edit::Owner(Some(ben))).await;
        let later = edit(Edit::Owner(Some(account.owner))).await;
        edit(Edit::Archived(true)).await;
        let refused = undo(&services, &caller, assigned).await.unwrap_err();
        let text = format!(
            "Ann has changed the owner of conversation {own} since, in change {later}: nothing was undone"
        );
        assert!(matches!(&refused, Refusal::Conflict(sentence) if *sentence == text), "{refused:?}");
        assert_eq!(owner().await, Some(account.owner));

        let created = undo(&services, &caller, Seq(1)).await.unwrap_err();
        let text = "Change 1 (account_created) cannot be undone";
        assert!(matches!(&created, Refusal::Conflict(sentence) if sentence == text), "{created:?}");
        let restricted = of(account.signed_in(Some(client)).await).await;
        for (caller, seq) in
            [(&restricted, later), (&restricted, Seq(1)), (&caller, Seq(0)), (&caller, Seq(1 << 50))]
        {
            let refused = undo(&services, caller, seq).await.unwrap_err();
            assert!(matches!(refused, Refusal::NotFound(Thing::Change, id) if id == seq.0), "{refused:?}");
        }
        account.commit(Op::DeleteConversation(own)).await;
        assert!(matches!(undo(&services, &caller, later).await, Err(Refusal::Conflict(_))));
        account.store.close().await;
    }
}
