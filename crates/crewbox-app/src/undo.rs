//! Undoing a change.
//!
//! Owns the answer where that is too late: who has changed the same thing since, and how. What undoes a change of the
//! conversation itself is core's rule; `part.rs` undoes changes of notes, tasks, reminders and drafts, `attached.rs` those of
//! mail that was put into it, `class.rs`, `domains.rs`, `queued.rs` and `campaign.rs` one kind of thing each. `reason.rs` has
//! what is never undone.

mod attached;
mod campaign;
mod class;
mod domains;
mod later;
mod part;
mod queued;
mod reason;

use crewbox_core::change::{Change, ChangeKind};
use crewbox_core::conversation::inverse::{NotUndone, sets_the_same};
use crewbox_core::conversation::{Edit, LeadState, is_of_lead};
use crewbox_core::id::{ConversationId, Seq};
use crewbox_core::message::{Class, Direction};
use crewbox_core::permission::Permission;
use crewbox_store::{Expectation, Op, StoreError, Thing};

use crate::caller::Caller;
use crate::changed::Changed;
use crate::refusal::Refusal;
use crate::services::Services;
pub use later::Undone;
use later::{TRIES, as_it_was, busy, deleted, impossible, last_change, missing, not_kept, overtaken, undone};

/// Undoes a change: what it set is again what it was before. Changes of other things since do not matter. `seq` is its number
/// as the caller sees it.
///
/// # Errors
/// [`Refusal::NotFound`] for a change that does not exist, or whose conversation the caller does not see;
/// [`Refusal::Conflict`] where it cannot be undone, or no longer; the store's.
pub async fn undo(services: &Services, caller: &Caller, seq: Seq) -> Result<Changed<Undone>, Refusal> {
    caller.require(Permission::Triage)?;
    let not_there = || Refusal::NotFound(Thing::Change, seq.0);
    let page = services.store().changes(caller.scope(), Seq(seq.0.saturating_sub(1)), 1).await?;
    let client = caller.scope().client();
    let is_it = |change: &Change| change.seq_for(client) == Some(seq);
    let change = page.changes.into_iter().next().filter(is_it).ok_or_else(not_there)?;
    let is_restricted = client.is_some();
    if let Some(why) = reason::never(change.kind) {
        let is_hidden = is_restricted && !sees(services, caller, change.conversation).await?;
        return Err(if is_hidden { not_there() } else { impossible(caller, &change, why) });
    }
    match change.kind {
        ChangeKind::ClassCorrected | ChangeKind::ClassCorrectionEnded => {
            return class::undo(services, caller, &change).await;
        }
        // They are the whole account's.
        ChangeKind::DomainsBlocked | ChangeKind::DomainsUnblocked if is_restricted => return Err(not_there()),
        ChangeKind::DomainsBlocked | ChangeKind::DomainsUnblocked => {
            return domains::undo(services, caller, &change).await;
        }
        ChangeKind::CampaignStatusChanged => return campaign::undo(services, caller, &change).await,
        _ => {}
    }
    let conversation = change.conversation.ok_or_else(not_there)?;
    match change.kind {
        ChangeKind::MessageQueued => return queued::undo(services, caller, &change, conversation).await,
        // Untracked mail is the whole account's.
        ChangeKind::MessageAttached | ChangeKind::MessageDetached if is_restricted => return Err(not_there()),
        ChangeKind::ConversationMerged | ChangeKind::ConversationSplit => {
            let op = Op::MoveBack { change: change.seq };
            return move_back(services, caller, &change, conversation, op).await;
        }
        ChangeKind::ParticipantDetached => {
            caller.require(Permission::AttachUntracked)?;
            let op = Op::Reattach { change: change.seq };
            return move_back(services, caller, &change, conversation, op).await;
        }
        ChangeKind::MessageAttached => {
            return attached::detach(services, caller, &change, conversation).await;
        }
        ChangeKind::MessageDetached => {
            return attached::attach_again(services, caller, &change, conversation).await;
        }
        kind => {
            if let Some(kind) = kind.part() {
                return part::undo(services, caller, &change, kind, conversation).await;
            }
        }
    }
    for _ in 0..TRIES {
        // Before the conversation is read: what it has, the expectation includes.
        let head = services.store().head(caller.scope()).await?.seq;
        let held = match services.store().conversation(caller.scope(), conversation).await {
            Err(StoreError::NotFound(..)) if is_restricted => return Err(not_there()),
            Err(StoreError::NotFound(..)) => return Err(deleted(conversation)),
            other => other?,
        };
        if change.kind == ChangeKind::OwnerChanged {
            caller.require(Permission::Assign)?;
        }
        let edit = match held.inverse(&change, caller.now()) {
            Ok(Some(Edit::RestoreLead(state))) => Edit::RestoreLead(LeadState {
                unsubscribed_by_message: is_unsubscribed_by_message(services, caller, conversation).await?,
                ..state
            }),
            Ok(Some(edit)) => edit,
            Ok(None) => return Ok(as_it_was(conversation)),
            Err(NotUndone::Kind) => return Err(not_kept(caller, &change)),
            Err(NotUndone::ChangedSince) => {
                let same = |later: &Change| {
                    later.conversation == change.conversation && sets_the_same(&change, later)
                };
                let later = last_change(services, caller, &change, same).await?;
                let what = format!("changed {} of conversation {conversation}", what(change.kind));
                return Err(overtaken(caller, later.as_ref(), &what));
            }
        };
        let expected = Expectation::Unchanged(conversation, head);
        let ops = vec![Op::Edit { conversation, edit }];
        match caller.try_commit_expecting(services, ops, expected).await {
            Ok(committed) => return Ok(undone(conversation, committed.changes)),
            // Whether that matters is seen on the next try.
            Err(StoreError::Overtaken(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(busy())
}

/// Whether the caller sees the conversation of a change. A change without one is the account's.
async fn sees(
    services: &Services,
    caller: &Caller,
    conversation: Option<ConversationId>,
) -> Result<bool, Refusal> {
    let Some(conversation) = conversation else { return Ok(false) };
    match services.store().conversation(caller.scope(), conversation).await {
        Ok(_) => Ok(true),
        Err(StoreError::NotFound(..)) => Ok(false),
        Err(other) => Err(other.into()),
    }
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
        Ok(committed) if committed.changes.ends().is_none() => Ok(as_it_was(conversation)),
        Ok(committed) => Ok(undone(conversation, committed.changes)),
        Err(StoreError::NotFound(Thing::Message, message)) => {
            let moved = |later: &Change| {
                matches!(later.kind, ChangeKind::MessageMoved | ChangeKind::MessageAttached)
                    && later.subject == Some(message)
                    && later.conversation != change.subject.map(ConversationId)
            };
            let later = last_change(services, caller, change, moved).await?;
            Err(overtaken(caller, later.as_ref(), &format!("moved or deleted message {message}")))
        }
        Err(StoreError::NotFound(Thing::Conversation, _)) if caller.scope().client().is_some() => {
            Err(missing(caller, change))
        }
        Err(StoreError::NotFound(Thing::Conversation, gone)) => Err(deleted(ConversationId(gone))),
        Err(other) => Err(caller.refusal(other)),
    }
}

/// Whether the lead asked for no more mail, or complained, whatever people decided.
async fn is_unsubscribed_by_message(
    services: &Services,
    caller: &Caller,
    conversation: ConversationId,
) -> Result<bool, Refusal> {
    let pasts = services.store().pasts(caller.scope(), &[conversation]).await?;
    let mut messages = pasts.iter().flat_map(|past| &past.past.messages);
    Ok(messages.any(|message| {
        message.direction == Direction::Inbound
            && matches!(message.class, Class::Unsubscribe | Class::Feedback)
    }))
}

/// What a change of this kind sets.
/// What a change of this kind sets, as the object of a sentence.
pub(crate) fn what(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::ReadChanged => "whether it is read",
        ChangeKind::CategoryChanged => "the category",
        ChangeKind::OwnerChanged => "the owner",
        ChangeKind::ArchivedChanged => "whether it is archived",
        ChangeKind::ImportantChanged => "whether it is important",
        ChangeKind::SnoozeChanged => "the snooze",
        ChangeKind::TagsChanged => "the tags",
        ChangeKind::RevenueChanged => "the revenue",
        ChangeKind::LeadPushed => "the sub-sequence of the lead",
        kind if is_of_lead(kind) => "the state of the lead",
        _ => "it",
    }
}

#[cfg(test)]
mod tests {
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
        let undone = Undone { conversation: Some(own), changed: true };
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
            "Ann has changed the owner of conversation {own} since, in change {later}: it was not undone"
        );
        assert!(matches!(&refused, Refusal::Conflict(sentence) if *sentence == text), "{refused:?}");
        assert_eq!(owner().await, Some(account.owner));

        let created = undo(&services, &caller, Seq(1)).await.unwrap_err();
        let text = "Change 1 (account_created) cannot be undone: everything that happens since belongs to it";
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
