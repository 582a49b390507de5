//! Batches that rely on what their caller read: who is faster wins, and the other is told what changed.

use std::collections::BTreeSet;

use crewbox_core::change::{Cause, ChangeKind, Field};
use crewbox_core::conversation::Edit;
use crewbox_core::id::{ConversationId, MemberId, Seq};
use crewbox_core::time::Timestamp;
use crewbox_store::contract::MOST_CHANGES_SINCE;
use crewbox_store::{Batch, Expectation, Op, Outcome, Overtaken, StoreError, Thing};

use super::world::{NOW, World, account, lead, mail, member};

impl World {
    async fn another(&self, email: &str) -> MemberId {
        let committed = self.commit(vec![Op::AddMember(member(email))]).await;
        let [Outcome::Id(id)] = committed.outcomes[..] else { panic!("{committed:?}") };
        MemberId(id)
    }

    fn assign(&self, conversation: ConversationId, to: Option<MemberId>) -> Batch {
        let op = Op::Edit { conversation, edit: Edit::Owner(to) };
        Batch::new(self.scope, Timestamp(NOW.0 + 7), vec![op])
    }

    async fn head(&self) -> Seq {
        self.store.head(&self.scope).await.unwrap().seq
    }
}

fn overtaken(error: Result<crewbox_store::Committed, StoreError>) -> Overtaken {
    match error {
        Err(StoreError::Overtaken(overtaken)) => *overtaken,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_is_only_changed_while_it_is_the_expected_one() {
    let world = World::new().await;
    let ben = world.another("ben@one.test").await;
    let (id, ada) = (world.conversation, world.owner);
    let take = |to| world.store.commit(world.assign(id, Some(to)).expecting(Expectation::Owner(id, None)));
    take(ben).await.unwrap();
    let head = world.head().await;
    let lost = overtaken(take(ada).await);
    let change = lost.change.as_ref().unwrap();
    assert_eq!((change.seq, change.kind, change.at), (head, ChangeKind::OwnerChanged, Timestamp(NOW.0 + 7)));
    assert_eq!((change.detail[0].field, change.detail[0].after), (Field::Owner, Some(ben.0 as i64)));
    assert_eq!((lost.conversation.owner, lost.expected), (Some(ben), Expectation::Owner(id, None)));
    assert_eq!(
        lost.to_string(),
        format!("conversation {id} has another owner: owner_changed in change {head}, cause: system")
    );
    assert_eq!((world.head().await, world.now_is().await.owner), (head, Some(ben)), "nothing was written");
    let from_ben = world.assign(id, None).expecting(Expectation::Owner(id, Some(ben)));
    world.store.commit(from_ben).await.unwrap();
    assert_eq!(world.now_is().await.owner, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_take_the_next_unassigned_at_once_do_not_both_get_it() {
    const TAKERS: u64 = 8;
    let world = World::new().await;
    let leads = (0..30).map(|n| lead(&format!("lead{n}@example.test"))).collect();
    let added = world.commit(vec![Op::AddLeads { campaign: world.campaign, leads }]).await;
    let Outcome::Leads(added) = &added.outcomes[0] else { panic!("{added:?}") };
    let mut members = Vec::new();
    for number in 0..TAKERS {
        members.push(world.another(&format!("m{number}@one.test")).await);
    }
    for conversation in added.iter().map(|lead| lead.unwrap().conversation) {
        let start = std::sync::Arc::new(tokio::sync::Barrier::new(members.len()));
        let takers: Vec<_> = members
            .iter()
            .map(|member| {
                let (store, start) = (world.store.clone(), start.clone());
                let batch = world.assign(conversation, Some(*member));
                let (member, batch) = (*member, batch.expecting(Expectation::Owner(conversation, None)));
                tokio::spawn(async move {
                    start.wait().await;
                    (member, store.commit(batch).await)
                })
            })
            .collect();
        let (mut won, mut told) = (Vec::new(), BTreeSet::new());
        for taker in takers {
            match taker.await.unwrap() {
                (member, Ok(committed)) => won.push((member, committed.seq)),
                (_, lost) => {
                    let lost = overtaken(lost);
                    told.insert((lost.conversation.owner.unwrap(), lost.change.unwrap().seq));
                }
            }
        }
        assert_eq!(won.len(), 1, "{won:?}");
        assert_eq!(
            told.into_iter().collect::<Vec<_>>(),
            won,
            "each loser learns of the winner's very change"
        );
        let now = world.store.conversation(&world.scope, conversation).await.unwrap();
        assert_eq!(now.owner, Some(won[0].0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_holds_until_the_conversation_changes_and_not_longer() {
    let world = World::new().await;
    let id = world.conversation;
    let read_at = world.head().await;
    let archive = |since| {
        let op = Op::Edit { conversation: id, edit: Edit::Archived(true) };
        let batch = Batch::new(world.scope, NOW, vec![op]).expecting(Expectation::Unchanged(id, since));
        world.store.commit(batch)
    };
    world.commit(vec![Op::AddLeads { campaign: world.campaign, leads: vec![lead("x@example.test")] }]).await;
    archive(read_at).await.unwrap();
    let (reply, raw) = mail("a@x", "hi");
    let op = Op::Ingest(Box::new(world.ingest_of(&reply, &raw)));
    world.store.commit(Batch::new(world.scope, NOW, vec![op]).caused_by(Cause::Mailbox)).await.unwrap();
    let head = world.head().await;
    let lost = overtaken(archive(Seq(head.0 - 1)).await);
    let change = lost.change.unwrap();
    assert_eq!((change.kind, change.cause, change.seq), (ChangeKind::MessageReceived, Cause::Mailbox, head));
    // The first change since counts, which is the caller's own archiving here.
    let lost = overtaken(archive(read_at).await);
    assert_eq!(lost.change.unwrap().kind, ChangeKind::ArchivedChanged);
    archive(head).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_writers_with_one_version_are_distinguished_within_one_group() {
    let world = World::new().await;
    let id = world.conversation;
    for round in 0..20_i64 {
        let since = world.head().await;
        let both: Vec<_> = [1, 2]
            .map(|hundredths| {
                let edit = Edit::Revenue(round * 10 + hundredths);
                let op = Op::Edit { conversation: id, edit };
                let batch = Batch::new(world.scope, NOW, vec![op]);
                let (store, batch) =
                    (world.store.clone(), batch.expecting(Expectation::Unchanged(id, since)));
                tokio::spawn(async move { store.commit(batch).await })
            })
            .into_iter()
            .collect();
        let mut failed = 0;
        for one in both {
            let answer = one.await.unwrap();
            failed += usize::from(answer.is_err_and(|error| matches!(error, StoreError::Overtaken(_))));
        }
        assert_eq!((failed, world.head().await), (1, Seq(since.0 + 1)), "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_an_expectation_fails_whole_and_what_happened_once_is_answered() {
    let world = World::new().await;
    let id = world.conversation;
    let before = world.head().await;
    let ops = vec![Op::AddTag { name: "hot".to_owned() }];
    let wrong = Expectation::Owner(id, Some(world.owner));
    overtaken(world.store.commit(Batch::new(world.scope, NOW, ops).expecting(wrong)).await);
    assert!(world.store.catalog(&world.scope).await.unwrap().tags.is_empty());
    assert_eq!(world.head().await, before);
    let take = || {
        let batch = world.assign(id, Some(world.owner));
        world.store.commit(batch.once("take").expecting(Expectation::Owner(id, None)))
    };
    let first = take().await.unwrap();
    assert_eq!(take().await.unwrap().seq, first.seq, "its own change is no conflict");
    let (other, _) = account(&world.store, "two").await;
    let foreign = Batch::new(other, NOW, Vec::new()).expecting(Expectation::Owner(id, None));
    let answer = world.store.commit(foreign).await;
    assert!(matches!(answer, Err(StoreError::NotFound(Thing::Conversation, _))), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_of_long_ago_counts_as_changed() {
    let world = World::new().await;
    let since = world.head().await;
    let ops = |from: u64, to: u64| (from..to).map(|n| Op::AddTag { name: n.to_string() }).collect();
    let unchanged = || {
        let batch = Batch::new(world.scope, NOW, Vec::new());
        world.store.commit(batch.expecting(Expectation::Unchanged(world.conversation, since)))
    };
    world.commit(ops(0, MOST_CHANGES_SINCE)).await;
    unchanged().await.unwrap();
    world.commit(ops(MOST_CHANGES_SINCE, MOST_CHANGES_SINCE + 1)).await;
    assert_eq!(overtaken(unchanged().await).change, None);
}
