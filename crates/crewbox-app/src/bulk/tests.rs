//! Unit tests of bulk actions, each with an account of its own.

use std::sync::Arc;

use crewbox_core::bulk::ROWS_A_STEP;
use crewbox_core::change::{Cause, ChangeKind};
use crewbox_core::conversation::{Conversation, Edit, Flags, MAX_TAGS};
use crewbox_core::id::{ConversationId, Seq};
use crewbox_core::list_filter::ListFilter;
use crewbox_core::view::View;
use crewbox_store::follow::Follower as _;
use crewbox_store::{Batch, Live};
use crewbox_testkit::account::{NOW, TestAccount};

use super::*;
use crate::conversation::{Assign, assign, triage};

/// Conversations of an account: two steps and a bit.
const ROWS: usize = 2 * ROWS_A_STEP + 40;

/// Numbers that look random (PCG); the same for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

/// An account whose conversations are in states made of the seed.
async fn account(seed: u64) -> (TestAccount, Vec<ConversationId>, TagId) {
    let (account, mut random) = (TestAccount::new().await, Random(seed));
    let campaign = account.campaign("Spring", None).await;
    let emails: Vec<String> = (0..ROWS).map(|number| format!("lea{number}@lead.test")).collect();
    let emails: Vec<&str> = emails.iter().map(String::as_str).collect();
    let ids = account.leads(campaign, &emails).await;
    let tag = TagId(account.make(Op::AddTag { name: "hot".to_owned() }).await);
    let mut ops = Vec::new();
    for conversation in &ids {
        let edit = match random.below(5) {
            0 => Edit::Important(true),
            1 => Edit::Archived(true),
            2 => Edit::Category(Some(CategoryId(1 + random.below(7)))),
            3 => Edit::Owner(Some(account.owner)),
            _ => Edit::Tags(vec![tag]),
        };
        ops.push(Op::Edit { conversation: *conversation, edit });
    }
    account.store.commit(Batch::new(account.operator, NOW, ops)).await.unwrap();
    (account, ids, tag)
}

async fn caller(account: &TestAccount) -> (Services, Caller) {
    let live = Live::new(account.store.clone());
    let scope = account.signed_in(None).await;
    let live = live.account(account.operator.account(), NOW).await.unwrap();
    (Services::new(account.store.clone()), Caller::signed_in(scope, &live, NOW))
}

async fn all(account: &TestAccount, ids: &[ConversationId]) -> Vec<Conversation> {
    let mut all = Vec::new();
    for id in ids {
        all.push(account.store.conversation(&account.operator, *id).await.unwrap());
    }
    all
}

fn everything(change: BulkChange) -> StartBulk {
    let filters = ListFilter { archived: Some(false), ..ListFilter::default() };
    StartBulk { list: SavedList { view: View::Everything, filters, sort: None }, change }
}

#[tokio::test]
async fn a_bulk_action_does_what_the_single_actions_do_and_its_undo_restores_all() {
    let seed = std::env::var("CREWBOX_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    println!("CREWBOX_SEED={seed}");
    let later = Timestamp(NOW.millis() + 60_000);
    let (bulk, ids, tag) = account(seed).await;
    let (single, same_ids, _) = account(seed).await;
    assert_eq!(ids, same_ids);
    let (services, by) = caller(&bulk).await;
    let (single_services, single_by) = caller(&single).await;
    let unchanged = all(&bulk, &ids).await;
    for (change, action) in [
        (BulkChange::Important(true), Some(Triage::Important(true))),
        (BulkChange::Category(Some(CategoryId(3))), Some(Triage::Category(Some(CategoryId(3))))),
        (BulkChange::Snooze(Some(later)), Some(Triage::Snooze(Some(later)))),
        (BulkChange::Read(true), Some(Triage::Read(true))),
        (BulkChange::Tag(tag), None),
        (BulkChange::Assign(Some(bulk.owner)), None),
        (BulkChange::Archive(true), Some(Triage::Archived(true))),
    ] {
        let matched = preview(&services, &by, everything(change)).await.unwrap();
        let before = bulk.store.head(&bulk.operator).await.unwrap().seq.0;
        let job = start(&services, &by, everything(change)).await.unwrap();
        assert_eq!((job.state, job.matched, job.done), (BulkState::Done, matched, matched), "{change:?}");
        let mut changed = 0;
        for held in all(&single, &ids).await {
            if held.flags.has(Flags::ARCHIVED) {
                continue;
            }
            let (services, by, id) = (&single_services, &single_by, held.id);
            let done = match (action, change) {
                (Some(action), _) => triage(services, by, id, action).await.unwrap(),
                (None, BulkChange::Assign(member)) => {
                    assign(services, by, Assign { conversation: id, member }).await.unwrap()
                }
                _ => {
                    let ops = vec![Op::Edit { conversation: id, edit: Edit::AddTag(tag) }];
                    let batch = Batch::new(*by.scope(), NOW, ops);
                    changed += u64::from(single.store.commit(batch).await.unwrap().changes.ends().is_some());
                    continue;
                }
            };
            changed += u64::from(done.changes.ends().is_some());
        }
        assert_eq!(job.changed, changed, "{change:?}");
        assert_eq!(all(&bulk, &ids).await, all(&single, &ids).await, "{change:?}");
        let head = bulk.store.head(&bulk.operator).await.unwrap().seq.0;
        assert_eq!(head, before + changed + 2, "a change each, and the beginning and the end of the job");

        let undone = undo(&services, &by, job.id).await.unwrap();
        assert_eq!((undone.changed, undone.conflicts), (changed, 0), "{change:?}");
        let entry = |all: Vec<Conversation>| all.iter().map(Conversation::entry).collect::<Vec<_>>();
        assert_eq!(entry(all(&bulk, &ids).await), entry(unchanged.clone()), "{change:?}");
        let again = undo(&services, &by, job.id).await.unwrap();
        assert_eq!(again, undone, "an action is undone once");
        undo(&services, &by, undone.id).await.unwrap();
        assert_eq!(entry(all(&bulk, &ids).await), entry(all(&single, &ids).await), "the undo is undone");
        let redone = bulk.store.bulk(&bulk.operator, undone.id).await.unwrap().undone_by.unwrap();
        undo(&services, &by, redone).await.unwrap();
        // The other account follows.
        for (id, before) in ids.iter().zip(&unchanged) {
            let edit = match change {
                BulkChange::Important(_) => Edit::Important(before.flags.has(Flags::IMPORTANT)),
                BulkChange::Category(_) => Edit::Category(before.category),
                BulkChange::Snooze(_) => Edit::Snooze(before.snoozed_until),
                BulkChange::Tag(_) => Edit::Tags(before.tags.clone()),
                BulkChange::Assign(_) => Edit::Owner(before.owner),
                BulkChange::Archive(_) => Edit::Archived(before.flags.has(Flags::ARCHIVED)),
                BulkChange::Read(_) => continue,
            };
            let ops = vec![Op::Edit { conversation: *id, edit }];
            single.store.commit(Batch::new(*single_by.scope(), NOW, ops)).await.unwrap();
        }
    }
    assert_eq!(bulk.store.check(&bulk.operator).await.unwrap(), []);
    bulk.store.close().await;
    single.store.close().await;
}

#[tokio::test]
async fn a_job_whose_driver_is_gone_goes_on_after_a_restart_with_each_row_once() {
    let (account, ids, _) = account(7).await;
    let (services, by) = caller(&account).await;
    let action = BulkAction::Category(Some(CategoryId(6)));
    let rows = ids.iter().map(|id| id.get()).collect();
    let id = begin(&services, &by, NewBulk::of(action, rows)).await.unwrap();
    let before = account.store.head(&account.operator).await.unwrap().seq;
    let first = account.store.bulk(&account.operator, id).await.unwrap();
    run::step(&account.store, account.operator, &first, NOW).await.unwrap();
    // A second driver that has seen the same does nothing.
    run::step(&account.store, account.operator, &first, NOW).await.unwrap();
    let one = account.store.bulk(&account.operator, id).await.unwrap();
    assert_eq!((one.steps, one.done), (1, ROWS_A_STEP as u64));
    let refused = undo(&services, &by, id).await;
    let sentence = format!("Bulk action {id} is still running: stop it first, or wait until it has ended");
    assert!(matches!(&refused, Err(Refusal::Conflict(text)) if *text == sentence), "{refused:?}");

    let account = account.reopened().await;
    let mut worker = BulkJobs::new(account.store.clone(), Arc::new(|| NOW));
    worker.begin(account.operator.account()).await.unwrap();
    for _ in 0..ROWS.div_ceil(ROWS_A_STEP) {
        worker.wait().await;
        worker.act(()).await;
    }
    let done = account.store.bulk(&account.operator, id).await.unwrap();
    assert_eq!((done.state, done.done), (BulkState::Done, ROWS as u64));
    let changes = account.store.changes(&account.operator, before, 2_000).await.unwrap().changes;
    let categorised: Vec<_> =
        changes.iter().filter(|change| change.kind == ChangeKind::CategoryChanged).collect();
    let mut once: Vec<_> = categorised.iter().filter_map(|change| change.conversation).collect();
    assert_eq!(once.len() as u64, done.changed);
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len() as u64, done.changed, "a row is changed once");
    for change in categorised {
        assert_eq!((change.cause, change.actor), (Cause::Bulk(id), Some(account.owner)));
    }
    let held = all(&account, &ids).await;
    assert!(held.iter().all(|conversation| conversation.category == Some(CategoryId(6))));
    assert_eq!(account.store.check(&account.operator).await.unwrap(), []);
    account.store.close().await;
}

#[tokio::test]
async fn an_undo_leaves_what_others_have_changed_since_and_names_them() {
    let (account, ids, _) = account(3).await;
    let (services, by) = caller(&account).await;
    let job = start(&services, &by, everything(BulkChange::Category(Some(CategoryId(2))))).await.unwrap();
    let changed = account.store.bulk_changes(&account.operator, job.id).await.unwrap();
    let page = account.store.changes(&account.operator, Seq(changed[0] - 1), 1).await.unwrap();
    let first = page.changes[0].conversation.unwrap();
    triage(&services, &by, first, Triage::Category(Some(CategoryId(5)))).await.unwrap();
    let since = account.store.head(&account.operator).await.unwrap().seq;
    let lead = ids.iter().position(|id| *id == first).unwrap();
    let refused = undo(&services, &by, job.id).await;
    let sentence = format!(
        "1 of {} conversations have been changed since and are left as they are: lea{lead}@lead.test, conversation {first} \
         (Ann changed the category, change {since}); {} are as before",
        job.changed,
        job.changed - 1
    );
    assert!(matches!(&refused, Err(Refusal::Conflict(text)) if *text == sentence), "{refused:?}");
    let again = undo(&services, &by, job.id).await;
    assert!(matches!(&again, Err(Refusal::Conflict(text)) if *text == sentence), "{again:?}");
    let held = all(&account, &ids).await;
    let of = |category| held.iter().filter(|held| held.category == Some(CategoryId(category))).count();
    assert_eq!(held.iter().find(|held| held.id == first).unwrap().category, Some(CategoryId(5)));
    assert!(of(2) < 200, "the others have the category that they had: {}", of(2));
    account.store.close().await;
}

#[tokio::test]
async fn a_tag_is_added_to_no_more_tags_than_a_conversation_may_have() {
    let (account, ids, tag) = account(9).await;
    let (services, by) = caller(&account).await;
    let mut most = Vec::new();
    for number in 0..MAX_TAGS {
        most.push(TagId(account.make(Op::AddTag { name: format!("tag {number}") }).await));
    }
    let before = all(&account, &ids).await;
    let full =
        before.iter().find(|held| !held.flags.has(Flags::ARCHIVED) && held.tags.is_empty()).unwrap().id;
    account.commit(Op::Edit { conversation: full, edit: Edit::Tags(most.clone()) }).await;
    let job = start(&services, &by, everything(BulkChange::Tag(tag))).await.unwrap();
    let room = |held: &&Conversation| {
        !held.flags.has(Flags::ARCHIVED) && held.id != full && !held.tags.contains(&tag)
    };
    assert_eq!(job.changed, before.iter().filter(room).count() as u64);
    assert_eq!(account.store.conversation(&account.operator, full).await.unwrap().tags, most);
    account.store.close().await;
}

#[tokio::test]
async fn a_stopped_job_keeps_what_it_has_done_and_what_cannot_be_is_refused() {
    let (account, ids, _) = account(5).await;
    let (services, by) = caller(&account).await;
    let rows = ids.iter().map(|id| id.get()).collect();
    let id = begin(&services, &by, NewBulk::of(BulkAction::Important(true), rows)).await.unwrap();
    let job = progress(&services, &by, id).await.unwrap();
    run::step(&account.store, account.operator, &job, NOW).await.unwrap();
    let stopped = stop(&services, &by, id).await.unwrap();
    assert_eq!((stopped.state, stopped.done), (BulkState::Stopped, ROWS_A_STEP as u64));
    run::to_end(&account.store, account.operator.account(), id, NOW).await.unwrap();
    assert_eq!(progress(&services, &by, id).await.unwrap(), stopped);
    // An undo that was stopped is gone on with, and one that has ended is not done twice.
    let changes = account.store.bulk_changes(by.scope(), id).await.unwrap();
    let half = begin(&services, &by, NewBulk::of(BulkAction::Undo(id), changes)).await.unwrap();
    stop(&services, &by, half).await.unwrap();
    let undone = undo(&services, &by, id).await.unwrap();
    assert_eq!((undone.state, undone.changed), (BulkState::Done, stopped.changed));
    assert_ne!(undone.id, half);
    assert_eq!(undo(&services, &by, id).await.unwrap().id, undone.id);
    // What a job that runs has changed is not all that it changes.
    let rows = ids.iter().map(|id| id.get()).collect();
    let running = begin(&services, &by, NewBulk::of(BulkAction::Important(true), rows)).await.unwrap();
    let job = progress(&services, &by, running).await.unwrap();
    run::step(&account.store, account.operator, &job, NOW).await.unwrap();
    assert!(matches!(undo(&services, &by, running).await, Err(Refusal::Conflict(_))));
    stop(&services, &by, running).await.unwrap();
    for (change, field) in [
        (BulkChange::Category(Some(CategoryId(99))), Some(VALUE)),
        (BulkChange::Snooze(Some(NOW)), Some(VALUE)),
        (BulkChange::Tag(TagId(99)), Some(VALUE)),
        (BulkChange::Assign(Some(MemberId(99))), None),
    ] {
        let refused = start(&services, &by, everything(change)).await;
        match (&refused, field) {
            (Err(Refusal::Invalid(errors)), Some(field)) => assert_eq!(errors[0].field, field, "{errors:?}"),
            (Err(Refusal::NotFound(Thing::Member, 99)), None) => {}
            _ => panic!("{change:?}: {refused:?}"),
        }
    }
    account.store.close().await;
}
