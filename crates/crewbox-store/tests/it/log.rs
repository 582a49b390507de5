//! The change log: dense, in commit order, one change a write and none without.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crewbox_core::change::{Cause, ChangeKind, Field};
use crewbox_core::conversation::Edit;
use crewbox_core::id::{CategoryId, MAX_ID, MemberId, RuleId, Seq};
use crewbox_core::time::Timestamp;
use crewbox_store::{Batch, Op, Outcome, StoreError, Thing};

use super::world::{NOW, World, account, lead, mail, member};

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_of_64_writers_never_skips_a_change() {
    let world = World::new().await;
    let (other, _) = account(&world.store, "two").await;
    let start = world.store.head(&world.scope).await.unwrap().seq;
    let done = Arc::new(AtomicBool::new(false));
    let follower = {
        let (store, scope, done) = (world.store.clone(), world.scope, done.clone());
        tokio::spawn(async move {
            let mut seen = start;
            loop {
                let last_round = done.load(Ordering::Acquire);
                let page = store.changes(&scope, seen, 50).await.unwrap();
                for change in &page.changes {
                    assert_eq!(change.seq.0, seen.0 + 1, "a change was skipped");
                    seen = change.seq;
                }
                if last_round && page.changes.is_empty() {
                    return seen;
                }
                tokio::task::yield_now().await;
            }
        })
    };
    let writers: Vec<_> = (0..64_u64)
        .map(|n| {
            let (store, scope) = (world.store.clone(), if n % 4 == 0 { other } else { world.scope });
            tokio::spawn(async move {
                for round in 0..6 {
                    let mut ops = vec![Op::AddTag { name: format!("{n}/{round}") }];
                    if n % 5 == 0 {
                        ops.push(Op::RenameMember { member: MemberId(77_777), name: "-".to_owned() });
                    }
                    let answer = store.commit(Batch::new(scope, NOW, ops)).await;
                    match answer {
                        Ok(_) => assert_ne!(n % 5, 0),
                        Err(StoreError::NotFound(Thing::Member, 77_777)) => assert_eq!(n % 5, 0),
                        Err(other) => panic!("{other}"),
                    }
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    done.store(true, Ordering::Release);
    let seen = follower.await.unwrap();
    let written = (0..64_u64).filter(|n| n % 4 != 0 && n % 5 != 0).count() as u64 * 6;
    assert_eq!(seen.0, start.0 + written);
    let tags = world.store.catalog(&world.scope).await.unwrap().tags;
    assert_eq!(tags.len() as u64, written, "a failed batch left nothing behind");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_batch_leaves_nothing() {
    let world = World::new().await;
    let before = world.store.head(&world.scope).await.unwrap();
    let ops = vec![
        Op::AddMember(member("bob@one.test")),
        Op::AddLeads { campaign: world.campaign, leads: vec![lead("new@example.test")] },
        Op::RenameTag { tag: crewbox_core::id::TagId(4_711), name: "none".to_owned() },
    ];
    assert!(matches!(world.try_commit(ops).await, Err(StoreError::NotFound(Thing::Tag, 4_711))));
    assert_eq!(world.store.head(&world.scope).await.unwrap(), before);
    assert!(world.store.sign_ins("bob@one.test").await.unwrap().is_empty());
    assert!(world.store.leads_by_email(&world.scope, "new@example.test").await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_edit_logs_its_kind_with_before_and_after_and_an_idle_one_nothing() {
    let world = World::new().await;
    let (mail, raw) = mail("a@x", "hi");
    world.ingest(&mail, &raw).await;
    let until = Timestamp(NOW.0 + 60_000);
    let edits = [
        (Edit::Read(true), ChangeKind::ReadChanged, Field::Flags),
        (Edit::Category(Some(CategoryId(1))), ChangeKind::CategoryChanged, Field::Category),
        (Edit::Owner(Some(world.owner)), ChangeKind::OwnerChanged, Field::Owner),
        (Edit::Archived(true), ChangeKind::ArchivedChanged, Field::Flags),
        (Edit::Important(true), ChangeKind::ImportantChanged, Field::Flags),
        (Edit::Snooze(Some(until)), ChangeKind::SnoozeChanged, Field::SnoozedUntil),
        (Edit::Revenue(12_50), ChangeKind::RevenueChanged, Field::Revenue),
    ];
    for (edit, kind, field) in edits {
        let before = world.store.head(&world.scope).await.unwrap().seq;
        assert!(world.edit(edit.clone()).await, "{edit:?}");
        assert!(!world.edit(edit.clone()).await, "{edit:?} again");
        let changes = world.store.changes(&world.scope, before, 10).await.unwrap().changes;
        let [change] = &changes[..] else { panic!("{edit:?} logged {changes:?}") };
        assert_eq!((change.kind, change.conversation, change.at), (kind, Some(world.conversation), NOW));
        assert!(change.detail.iter().any(|delta| delta.field == field && delta.before != delta.after));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_change_keeps_its_cause_and_a_rule_its_id() {
    let mut world = World::new().await;
    let before = world.store.head(&world.scope).await.unwrap().seq;
    let causes = [Cause::Person, Cause::Rule(RuleId(9)), Cause::Import, Cause::Mailbox, Cause::System];
    for (number, cause) in causes.into_iter().enumerate() {
        let ops = vec![Op::AddTag { name: format!("tag {number}") }];
        world.store.commit(Batch::new(world.scope, NOW, ops).caused_by(cause)).await.unwrap();
    }
    world.reopen().await;
    let changes = world.store.changes(&world.scope, before, 10).await.unwrap().changes;
    assert_eq!(changes.iter().map(|change| change.cause).collect::<Vec<_>>(), causes);
    assert!(changes.iter().all(|change| change.actor.is_none()), "a cause is no actor");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_epoch_moves_with_names_on_rows_and_with_nothing_else() {
    let world = World::new().await;
    let tag = world.commit(vec![Op::AddTag { name: "hot".into() }]).await.outcomes[0].clone();
    let Outcome::Id(tag) = tag else { panic!() };
    let quiet = vec![
        Op::AddTag { name: "cold".into() },
        Op::AddLeads { campaign: world.campaign, leads: vec![lead("x@example.test")] },
        Op::Edit { conversation: world.conversation, edit: Edit::Important(true) },
        Op::RenameCampaign { campaign: world.campaign, name: "Spring".into() },
    ];
    let renames = [
        Op::RenameCampaign { campaign: world.campaign, name: "Summer".into() },
        Op::RenameMember { member: world.owner, name: "Lovelace".into() },
        Op::RenameTag { tag: tag.into(), name: "hotter".into() },
        Op::RenameCategory { category: CategoryId(1), name: "Keen".into() },
        Op::SetCampaignTags { campaign: world.campaign, tags: vec![tag.into()] },
    ];
    let epoch = || async { world.store.head(&world.scope).await.unwrap().names_epoch };
    let before = epoch().await;
    world.commit(quiet).await;
    assert_eq!(epoch().await, before);
    for rename in renames {
        let (before, what) = (epoch().await, format!("{rename:?}"));
        world.commit(vec![rename]).await;
        assert!(epoch().await > before, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_are_unique_small_enough_and_never_used_again() {
    let mut world = World::new().await;
    let mut given = BTreeSet::new();
    for round in 0..3 {
        for n in 0..40 {
            let (mail, raw) = mail(&format!("{round}-{n}@x"), &format!("text {round} {n}"));
            let id = world.ingest(&mail, &raw).await.message;
            assert!(id.get() > 0 && id.get() <= MAX_ID);
            assert!(given.insert(id), "{id} was given twice");
        }
        world.reopen().await;
    }
    let (_, entries) = world.store.all_entries(&world.scope).await.unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!(world.now_is().await.replied_count, 120, "what was written is there after each restart");
    let log = world.store.changes(&world.scope, Seq(0), 10_000).await.unwrap();
    assert_eq!(log.changes.len() as u64, log.head.seq.0);
}
