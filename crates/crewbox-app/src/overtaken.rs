//! Somebody else was faster: the sentence that says who, and what they did, with the names that the account has.

use crewbox_core::change::{Cause, Change};
use crewbox_core::id::MemberId;
use crewbox_store::{Catalog, Expectation, Newer, Overtaken};

/// What a person is told whose change rests on something that no longer holds.
pub(crate) fn sentence(overtaken: &Overtaken, names: &Catalog) -> String {
    if let Some(newer) = &overtaken.newer {
        return added(newer, names);
    }
    let change = overtaken.change.as_ref();
    let who = who(change, names);
    let name = |id| name(id, names);
    let id = overtaken.conversation.id;
    match (overtaken.expected, overtaken.conversation.owner) {
        (Expectation::Owner(..), Some(owner)) if change.is_some_and(|change| change.actor == Some(owner)) => {
            format!("{who} was faster and has taken conversation {id}")
        }
        (Expectation::Owner(..), Some(owner)) => {
            format!("{who} was faster: conversation {id} is assigned to {}", name(owner))
        }
        (Expectation::Owner(..), None) => {
            format!("{who} was faster: conversation {id} is assigned to nobody")
        }
        (Expectation::Unchanged(..) | Expectation::NothingNewer(..), _) => {
            format!("{who} has changed conversation {id} since: look at it again")
        }
    }
}

/// Who made a change, as the beginning of a sentence.
pub(crate) fn who(change: Option<&Change>, names: &Catalog) -> String {
    match change {
        Some(Change { actor: Some(member), .. }) => name(*member, names),
        Some(Change { cause: Cause::Rule(_), .. }) => "A rule".to_owned(),
        Some(Change { cause: Cause::Import, .. }) => "An import".to_owned(),
        Some(Change { cause: Cause::Mailbox, .. }) => "A new mail".to_owned(),
        Some(_) => "The server".to_owned(),
        None => "Somebody".to_owned(),
    }
}

fn name(id: MemberId, names: &Catalog) -> String {
    names.member(id).map_or_else(|| "Another member".to_owned(), |member| member.name.clone())
}

/// What somebody else has added since a person looked at the conversation.
fn added(newer: &Newer, names: &Catalog) -> String {
    let name = |member: &Option<MemberId>| member.map_or_else(|| "Somebody".to_owned(), |id| name(id, names));
    let what = match newer {
        Newer::Message { id, from, member: None } => format!("{from} has replied (message msg_{id})"),
        Newer::Message { id, member, .. } => format!("{} has replied (message msg_{id})", name(member)),
        Newer::Queued { message_id, member } => {
            format!("{} has a reply in the outbox (message <{message_id}>)", name(member))
        }
        Newer::Note { id, member } => format!("{} has written a note (note {id})", name(member)),
    };
    format!("{what} since the message you saw last: read it first, or send with force")
}

#[cfg(test)]
mod tests {
    use crewbox_core::conversation::Edit;
    use crewbox_core::id::Seq;
    use crewbox_core::model::Role;
    use crewbox_store::{Batch, NewMember, Op, StoreError};
    use crewbox_testkit::account::{NOW, TestAccount};

    use super::*;

    #[tokio::test]
    async fn the_sentence_names_who_was_faster() {
        let account = TestAccount::new().await;
        let ben = NewMember {
            name: "Ben".to_owned(),
            email: "ben@us.test".to_owned(),
            role: Role::Member,
            client: None,
            password_hash: None,
        };
        let ben = MemberId(account.make(Op::AddMember(ben)).await);
        let id = account.leads(account.campaign("Spring", None).await, &["lea@lead.test"]).await[0];
        let owner = account.signed_in(None).await;
        let names = account.store.catalog(&account.operator).await.unwrap();
        let seen = account.store.head(&owner).await.unwrap().seq;
        let assign = |scope, to: Option<MemberId>| {
            Batch::new(scope, NOW, vec![Op::Edit { conversation: id, edit: Edit::Owner(to) }])
        };
        let sentence_of =
            async |expected| match account.store.commit(assign(owner, None).expecting(expected)).await {
                Err(StoreError::Overtaken(overtaken)) => sentence(&overtaken, &names),
                other => panic!("{other:?}"),
            };
        account.store.commit(assign(owner, Some(account.owner))).await.unwrap();
        let taken = sentence_of(Expectation::Owner(id, None)).await;
        assert_eq!(taken, format!("Ann was faster and has taken conversation {id}"));
        let changed = sentence_of(Expectation::Unchanged(id, seen)).await;
        assert_eq!(changed, format!("Ann has changed conversation {id} since: look at it again"));
        account.store.commit(assign(account.operator, Some(ben))).await.unwrap();
        let given = sentence_of(Expectation::Owner(id, None)).await;
        assert_eq!(given, format!("The server was faster: conversation {id} is assigned to Ben"));
        let old = Overtaken {
            expected: Expectation::Unchanged(id, Seq(1)),
            conversation: account.store.conversation(&owner, id).await.unwrap(),
            change: None,
            newer: None,
        };
        assert_eq!(
            sentence(&old, &names),
            format!("Somebody has changed conversation {id} since: look at it again")
        );
        account.store.close().await;
    }
}
