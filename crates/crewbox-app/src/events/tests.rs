//! Subscriptions against the lists: whatever happens and whenever a reader connects again, the rows that it was told are
//! those of the list.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crewbox_core::conversation::Edit;
use crewbox_core::id::{CategoryId, ConversationId, MailboxId, MemberId, OutgoingId, Seq, TagId};
use crewbox_core::model::MailboxSettings;
use crewbox_core::time::Timestamp;
use crewbox_core::view::View;
use crewbox_store::contract::{MailboxSecrets, NewMailbox};
use crewbox_store::{Batch, Live, NewOutgoing, Op, OutboxStep, Outcome, Scope};
use crewbox_testkit::account::{NOW, TestAccount};
use crewbox_testkit::figures::figure;

use super::*;
use crate::caller::Caller;
use crate::conversation::{ListConversations, ListFilter, list};
use crate::outgoing::until_tried;
use crate::services::Services;

/// Numbers that only look random.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// What a client makes of the news.
#[derive(Debug, Default)]
pub(super) struct Shown {
    pub(super) lists: Vec<BTreeSet<ConversationId>>,
    pub(super) totals: Vec<u64>,
    pub(super) counts: Option<(u64, u64)>,
    pub(super) seen: u64,
}

impl Shown {
    pub(super) fn take(&mut self, update: &Update, seed: u64) {
        for (place, part) in &update.parts {
            match part {
                Part::First(ids, total) => {
                    self.lists[*place] = ids.iter().copied().collect();
                    self.totals[*place] = *total;
                }
                Part::Rows(rows, total) => {
                    let shown = &mut self.lists[*place];
                    self.totals[*place] = *total;
                    for row in rows {
                        self.seen += 1;
                        let was_shown = shown.contains(&row.conversation);
                        let is_deleted = row.change.kind.name() == "conversation_deleted";
                        match row.moved {
                            RowMoved::Entered => {
                                assert!(!was_shown, "entered twice, CREWBOX_SEED={seed}: {row:?}");
                                shown.insert(row.conversation);
                            }
                            RowMoved::Left => {
                                assert!(was_shown || is_deleted, "left unseen, CREWBOX_SEED={seed}: {row:?}");
                                shown.remove(&row.conversation);
                            }
                            RowMoved::Changed => assert!(was_shown, "CREWBOX_SEED={seed}: {row:?}"),
                        }
                    }
                }
                Part::Counts(counts) => self.counts = Some((counts[0].total, counts[0].unread)),
                Part::Changes(_) | Part::Resync(_) => panic!("{part:?}"),
            }
        }
    }
}

pub(super) fn filters(me: MemberId) -> Vec<ListFilter> {
    vec![
        ListFilter::default(),
        ListFilter { owners: Some(vec![me]), archived: Some(false), ..ListFilter::default() },
        ListFilter { tags: Some(vec![TagId(1)]), important: Some(true), ..ListFilter::default() },
        ListFilter { snoozed: Some(true), ..ListFilter::default() },
    ]
}

#[tokio::test]
async fn the_rows_that_a_reader_was_told_are_those_of_the_list() {
    let seed = figure("CREWBOX_SEED", 20_261_127);
    let mut random = Random(seed);
    let account = TestAccount::new().await;
    let campaign = account.campaign("Spring", None).await;
    let mut ids = account.leads(campaign, &["a@lead.test", "b@lead.test", "c@lead.test"]).await;
    for tag in ["one", "two"] {
        account.make(Op::AddTag { name: tag.to_owned() }).await;
    }
    let live = Live::new(account.store.clone());
    let events = Events::new(live.clone(), Arc::new(|| NOW));
    let services = Services::new(account.store.clone());
    let id = account.operator.account();
    let caller =
        async || Caller::signed_in(account.signed_in(None).await, &live.account(id, NOW).await.unwrap(), NOW);
    let filters = filters(account.owner);
    let asked = || -> Vec<Subscribe> {
        let list = |filter: &ListFilter| Subscribe::List {
            view: View::Everything,
            filter: filter.clone(),
            sort: None,
            limit: 1_000,
        };
        let counts = Subscribe::Counts(vec![View::Everything]);
        filters.iter().map(list).chain([counts]).collect()
    };
    let one = caller().await;
    let mut shown = Shown {
        lists: vec![BTreeSet::new(); filters.len()],
        totals: vec![0; filters.len()],
        ..Shown::default()
    };
    let mut last = None::<Seq>;
    let mut reader = events.subscribe(&services, &one, asked(), last).await.unwrap();
    for step in 0..figure("CREWBOX_STEPS", 400) {
        let conversation = ids[random.below(ids.len() as u64) as usize];
        let edit = |edit| Op::Edit { conversation, edit };
        let ops = match random.below(12) {
            0 => vec![edit(Edit::Owner(Some(account.owner)))],
            1 => vec![edit(Edit::Owner(None)), edit(Edit::Archived(true))],
            2 => vec![edit(Edit::Archived(false))],
            3 => vec![edit(Edit::Tags(vec![TagId(1)])), edit(Edit::Important(true))],
            4 => vec![edit(Edit::Tags(vec![TagId(2)]))],
            5 => vec![edit(Edit::Important(random.below(2) == 0))],
            6 => vec![edit(Edit::Category(Some(CategoryId(1))))],
            7 => vec![edit(Edit::Snooze(Some(Timestamp(NOW.0 + 1))))],
            8 => vec![edit(Edit::Snooze(None))],
            9 if ids.len() > 2 => {
                ids.retain(|id| *id != conversation);
                vec![Op::DeleteConversation(conversation)]
            }
            10 => {
                let email = format!("n{step}@lead.test");
                ids.extend(account.leads(campaign, &[&email]).await);
                Vec::new()
            }
            _ => Vec::new(),
        };
        if !ops.is_empty() {
            account.store.commit(Batch::new(account.operator, NOW, ops)).await.unwrap();
        }
        match random.below(4) {
            // What has happened is evaluated, and perhaps read.
            0 => {
                events.evaluate_new(id).await.unwrap();
            }
            1 => {
                if let Some(update) = reader.try_next().await.unwrap() {
                    shown.take(&update, seed);
                    last = Some(update.seq);
                }
            }
            // The connection is lost: what was not read yet comes again.
            2 if random.below(3) == 0 && last.is_some() => {
                reader = events.subscribe(&services, &one, asked(), last).await.unwrap();
            }
            _ => {}
        }
    }
    events.evaluate_new(id).await.unwrap();
    while let Some(update) = reader.try_next().await.unwrap() {
        shown.take(&update, seed);
    }
    assert!(shown.seen > 50, "only {} rows were told", shown.seen);
    let now = caller().await;
    for (place, filter) in filters.iter().enumerate() {
        let (view, filter) = (View::Everything, filter.clone());
        let command = ListConversations { view, filter, sort: None, offset: 0, limit: 1_000 };
        let page = list(&services, &now, command).await.unwrap().page;
        let expected: BTreeSet<ConversationId> = page.hits.iter().map(|hit| hit.conversation).collect();
        assert_eq!(shown.lists[place], expected, "list {place}, CREWBOX_SEED={seed}");
        assert_eq!(shown.totals[place], page.total, "list {place}, CREWBOX_SEED={seed}");
    }
    assert_eq!(shown.counts, Some((ids.len() as u64, 0)));
    account.store.close().await;
}

#[tokio::test]
async fn more_than_a_thousand_pending_changes_are_one_resync() {
    let account = TestAccount::new().await;
    let campaign = account.campaign("Spring", None).await;
    let id = account.leads(campaign, &["a@lead.test"]).await[0];
    let live = Live::new(account.store.clone());
    let events = Events::new(live.clone(), Arc::new(|| NOW));
    let services = Services::new(account.store.clone());
    let scope = account.signed_in(None).await;
    let caller = Caller::signed_in(scope, &live.account(account.operator.account(), NOW).await.unwrap(), NOW);
    let asked = vec![
        Subscribe::List { view: View::Everything, filter: ListFilter::default(), sort: None, limit: 20 },
        Subscribe::Conversation(id),
    ];
    let mut reader = events.subscribe(&services, &caller, asked, None).await.unwrap();
    let first = reader.try_next().await.unwrap().unwrap();
    assert!(matches!(first.parts.as_slice(), [(0, Part::First(ids, 1))] if *ids == [id]), "{first:?}");
    let toggle = |on| Op::Edit { conversation: id, edit: Edit::Important(on) };
    for (changes, is_resync) in [(stretch::MOST_PENDING, false), (stretch::MOST_PENDING + 1, true)] {
        let ops = (0..changes).map(|number| toggle(number % 2 == 0)).collect();
        account.store.commit(Batch::new(account.operator, NOW, ops)).await.unwrap();
        events.evaluate_new(account.operator.account()).await.unwrap();
        let update = reader.try_next().await.unwrap().unwrap();
        match update.parts.as_slice() {
            [(0, Part::Rows(rows, 1)), (1, Part::Changes(all))] if !is_resync => {
                assert_eq!((rows.len(), all.len()), (1, changes as usize), "a row is told once");
            }
            [(0, Part::Resync(Some(1))), (1, Part::Resync(None))] if is_resync => {}
            other => panic!("{other:?}"),
        }
        account.commit(toggle(false)).await;
        events.evaluate_new(account.operator.account()).await.unwrap();
        while reader.try_next().await.unwrap().is_some() {}
    }
    account.store.close().await;
}

#[tokio::test]
async fn a_name_that_rows_show_is_one_resync_and_a_new_thing_is_none() {
    let account = TestAccount::new().await;
    let campaign = account.campaign("Spring", None).await;
    account.leads(campaign, &["a@lead.test"]).await;
    let tag = TagId(account.make(Op::AddTag { name: "one".to_owned() }).await);
    let live = Live::new(account.store.clone());
    let events = Events::new(live.clone(), Arc::new(|| NOW));
    let services = Services::new(account.store.clone());
    let scope = account.signed_in(None).await;
    let id = account.operator.account();
    let caller = Caller::signed_in(scope, &live.account(id, NOW).await.unwrap(), NOW);
    let list =
        Subscribe::List { view: View::Everything, filter: ListFilter::default(), sort: None, limit: 20 };
    let mut reader = events.subscribe(&services, &caller, vec![list], None).await.unwrap();
    reader.try_next().await.unwrap().unwrap();
    let name = || "Other".to_owned();
    for (op, is_shown) in [
        (Op::AddTag { name: "two".to_owned() }, false),
        (Op::AddCampaign { name: "Fall".to_owned(), client: None, parent: None }, false),
        (Op::RenameTag { tag, name: name() }, true),
        (Op::RenameCategory { category: CategoryId(1), name: name() }, true),
        (Op::RenameCampaign { campaign, name: name() }, true),
        (Op::RenameMember { member: account.owner, name: name() }, true),
        (Op::SetCampaignTags { campaign, tags: vec![tag] }, true),
        (Op::RenameCampaign { campaign, name: name() }, false),
    ] {
        let what = format!("{op:?}");
        account.commit(op).await;
        events.evaluate_new(id).await.unwrap();
        let update = reader.try_next().await.unwrap();
        let parts = update.as_ref().map(|update| update.parts.as_slice());
        let is_resync = matches!(parts, Some([(0, Part::Resync(Some(1)))]));
        assert_eq!((is_resync, update.is_some()), (is_shown, is_shown), "{what}");
    }
    account.store.close().await;
}

#[tokio::test]
async fn failures_are_reported_and_whoever_waits_for_a_first_try_goes_on() {
    let account = TestAccount::new().await;
    let campaign = account.campaign("Spring", None).await;
    let conversation = account.leads(campaign, &["a@lead.test"]).await[0];
    let new = NewMailbox {
        email: "us@sender.test".to_owned(),
        name: "Us".to_owned(),
        client: None,
        settings: MailboxSettings::default(),
        secrets: MailboxSecrets::default(),
    };
    let mailbox = MailboxId(account.make(Op::SaveMailbox(Box::new(new))).await);
    let live = Live::new(account.store.clone());
    let events = Events::new(live.clone(), Arc::new(|| NOW));
    let services = Services::new(account.store.clone());
    let (scope, operator) = (account.signed_in(None).await, account.operator);
    let caller = Caller::signed_in(scope, &live.account(operator.account(), NOW).await.unwrap(), NOW);
    let queue = |number: u8| {
        Op::Outbox(OutboxStep::Queue(Box::new(NewOutgoing {
            conversation,
            mailbox,
            message_id: format!("out{number}@us.test"),
            reference: format!("ref{number}"),
            stats_id: None,
            sender: "us@sender.test".to_owned(),
            recipients: vec!["a@lead.test".to_owned()],
            raw: format!("Message-ID: <out{number}@us.test>\r\n\r\nhello").into(),
            not_before: NOW,
            scheduled_time: None,
            fingerprint: [number; 32],
            fingerprint_holds: None,
            asked: [0; 32],
        })))
    };
    let mut reader = events.subscribe(&services, &caller, vec![Subscribe::Failures], None).await.unwrap();
    let done = async |by: Scope, op: Op| {
        let committed = account.store.commit(Batch::new(by, NOW, vec![op])).await.unwrap();
        events.evaluate_new(operator.account()).await.unwrap();
        match committed.outcomes[..] {
            [Outcome::Queued { id, .. }] => id,
            _ => OutgoingId(0),
        }
    };
    let first = done(operator, queue(1)).await;
    let steps = [
        (operator, OutboxStep::Fail(first, "550 no".to_owned()), true),
        (scope, OutboxStep::TryAgain(first), true),
        (operator, OutboxStep::Start(first), false),
        (operator, OutboxStep::Fail(first, "550 no".to_owned()), true),
    ];
    assert!(reader.try_next().await.unwrap().is_none(), "a message of somebody else replaces none");
    for (by, step, is_reported) in steps {
        let what = format!("{step:?}");
        done(by, Op::Outbox(step)).await;
        let news = reader.try_next().await.unwrap();
        let is_resync =
            matches!(news.iter().flat_map(|news| &news.parts).next(), Some((0, Part::Resync(None))));
        assert_eq!((is_resync, news.is_some()), (is_reported, is_reported), "{what}");
    }
    let second = done(scope, queue(2)).await;
    assert!(reader.try_next().await.unwrap().is_some(), "it replaces the failed one");

    let within = Duration::from_secs(60);
    let began = Instant::now();
    let waits = until_tried(&events, &services, &caller, (conversation, "out2@us.test"), within);
    let tries = async {
        done(operator, Op::Outbox(OutboxStep::Start(second))).await;
        done(operator, Op::Outbox(OutboxStep::Fail(second, "550 no".to_owned()))).await;
    };
    let (waited, ()) = tokio::join!(waits, tries);
    waited.unwrap();
    assert!(began.elapsed() < within);
    let late = account.store.outgoing_failed_in(&scope, conversation).await.unwrap();
    assert_eq!(late.map(|one| one.id), Some(second));
    account.store.close().await;
}
