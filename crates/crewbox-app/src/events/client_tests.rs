//! Readers who are restricted to a client, against a plain filter of what the owner sees.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use crewbox_core::change::Change;
use crewbox_core::conversation::Edit;
use crewbox_core::id::{CampaignId, CategoryId, ClientId, ConversationId, Seq, TagId};
use crewbox_core::time::Timestamp;
use crewbox_core::view::View;
use crewbox_store::follow::Follower as _;
use crewbox_store::{Batch, Live, Op, Scope};
use crewbox_testkit::account::{NOW, TestAccount};
use crewbox_testkit::figures::figure;

use super::tests::{Random, Shown, filters};
use super::*;
use crate::caller::Caller;
use crate::changes;
use crate::conversation::{ListConversations, ListFilter, list};
use crate::services::Services;

/// An account with two clients: a campaign and conversations of each, and of the account itself.
struct Agency {
    account: TestAccount,
    live: Live,
    events: Events,
    services: Services,
    clients: [ClientId; 2],
    campaigns: [CampaignId; 3],
    /// The conversations that are there, by campaign.
    ids: [Vec<ConversationId>; 3],
    /// Those that the first client ever had.
    ours: HashSet<ConversationId>,
}

impl Agency {
    async fn new() -> Self {
        let account = TestAccount::new().await;
        let clients = [account.client("Ours").await, account.client("Theirs").await];
        let mut campaigns = Vec::new();
        for (name, client) in [("Ours", Some(clients[0])), ("Theirs", Some(clients[1])), ("Own", None)] {
            campaigns.push(account.campaign(name, client).await);
        }
        for tag in ["one", "two", "unused"] {
            account.make(Op::AddTag { name: tag.to_owned() }).await;
        }
        let live = Live::new(account.store.clone());
        let events = Events::new(live.clone(), Arc::new(|| NOW));
        let services = Services::new(account.store.clone());
        let campaigns = [campaigns[0], campaigns[1], campaigns[2]];
        let (ids, ours) = (Default::default(), HashSet::new());
        let mut agency = Self { account, live, events, services, clients, campaigns, ids, ours };
        for place in 0..3 {
            for name in ["a", "b", "c"] {
                agency.lead(place, &format!("{name}@lead.test")).await;
            }
        }
        agency
    }

    async fn lead(&mut self, place: usize, email: &str) {
        let id = self.account.leads(self.campaigns[place], &[email]).await[0];
        self.ids[place].push(id);
        if place == 0 {
            self.ours.insert(id);
        }
    }

    async fn caller(&self, scope: Scope) -> Caller {
        Caller::signed_in(scope, &self.live.account(scope.account(), NOW).await.unwrap(), NOW)
    }

    async fn within(&self, client: usize) -> Caller {
        let scope = self.account.signed_in(Some(self.clients[client])).await;
        self.caller(scope).await
    }

    async fn commit(&self, ops: Vec<Op>) {
        self.account.store.commit(Batch::new(self.account.operator, NOW, ops)).await.unwrap();
    }

    /// So many changes of a conversation at once.
    async fn burst(&self, conversation: ConversationId, changes: u32) {
        let toggle = |number: u32| Op::Edit { conversation, edit: Edit::Important(number.is_multiple_of(2)) };
        self.commit((0..changes).map(toggle).collect()).await;
        self.commit(vec![toggle(1)]).await;
    }

    /// The owner's log.
    async fn log(&self) -> Vec<Change> {
        let store = &self.account.store;
        let mut all: Vec<Change> = Vec::new();
        loop {
            let since = all.last().map(|last| last.seq).unwrap_or_default();
            let page = store.changes(&self.account.operator, since, 1_000).await.unwrap();
            if page.changes.is_empty() {
                return all;
            }
            all.extend(page.changes);
        }
    }

    /// Those of the owner's changes that are the first client's: a plain filter.
    async fn log_of_ours(&self) -> Vec<Seq> {
        let is_ours = |change: &Change| match change.conversation {
            Some(id) => self.ours.contains(&id),
            None => {
                change.kind.name().starts_with("campaign_") && change.subject == Some(self.campaigns[0].get())
            }
        };
        self.log().await.into_iter().filter(is_ours).map(|change| change.seq).collect()
    }

    fn asked(&self) -> Vec<Subscribe> {
        let list = |filter: ListFilter| list_of(filter);
        let counts = Subscribe::Counts(vec![View::Everything]);
        filters(self.account.owner).into_iter().map(list).chain([counts]).collect()
    }
}

fn list_of(filter: ListFilter) -> Subscribe {
    Subscribe::List { view: View::Everything, filter, sort: None, limit: 1_000 }
}

/// Takes what a reader of the log is told: the numbers of the account, and those that the reader sees.
async fn take(reader: &mut ChangeReader, client: ClientId, told: &mut Vec<(Seq, Seq)>) {
    while let Some(changed) = reader.try_next().await.unwrap() {
        let Changed::Changes(changes) = changed else { panic!("{changed:?}") };
        told.extend(changes.iter().map(|one| (one.seq, one.seq_for(Some(client)).unwrap())));
    }
}

#[tokio::test]
async fn a_client_is_told_each_of_its_changes_once_and_nothing_of_others() {
    let seed = figure("CREWBOX_SEED", 20_261_127);
    let mut random = Random(seed);
    let mut agency = Agency::new().await;
    let (id, client) = (agency.account.operator.account(), agency.clients[0]);
    let caller = agency.within(0).await;
    let mut follower = agency.events.follower();
    let mut followed = follower.begin(id).await.unwrap();
    let asked = agency.asked();
    let lists = asked.len() - 1;
    let mut shown = Shown { lists: vec![BTreeSet::new(); lists], totals: vec![0; lists], ..Shown::default() };
    let mut reader = agency.events.subscribe(&agency.services, &caller, asked.clone(), None).await.unwrap();
    let mut last = None::<Seq>;
    let mut told: Vec<(Seq, Seq)> = Vec::new();
    let mut log = agency.events.read(&caller, Some(Seq(0))).await.unwrap();
    for step in 0..figure("CREWBOX_STEPS", 400) {
        let place = random.below(3) as usize;
        let of_place = &agency.ids[place];
        let conversation = of_place[random.below(of_place.len() as u64) as usize];
        let edit = |edit| Op::Edit { conversation, edit };
        let name = format!("name {step}");
        match random.below(14) {
            0 => agency.commit(vec![edit(Edit::Owner(Some(agency.account.owner)))]).await,
            1 => agency.commit(vec![edit(Edit::Owner(None)), edit(Edit::Archived(true))]).await,
            2 => agency.commit(vec![edit(Edit::Archived(false))]).await,
            3 => agency.commit(vec![edit(Edit::Tags(vec![TagId(1)])), edit(Edit::Important(true))]).await,
            4 => agency.commit(vec![edit(Edit::Tags(vec![TagId(2)]))]).await,
            5 => agency.commit(vec![edit(Edit::Category(Some(CategoryId(1))))]).await,
            6 => agency.commit(vec![edit(Edit::Snooze(Some(Timestamp(NOW.0 + 1))))]).await,
            7 => agency.commit(vec![edit(Edit::Snooze(None))]).await,
            8 if of_place.len() > 2 => {
                agency.ids[place].retain(|id| *id != conversation);
                // The change of it in the same batch is the client's, too.
                agency.commit(vec![edit(Edit::Important(true)), Op::DeleteConversation(conversation)]).await;
            }
            9 => agency.lead(place, &format!("n{step}@lead.test")).await,
            // Names that no row of the client shows.
            10 => agency.commit(vec![Op::RenameTag { tag: TagId(3), name }]).await,
            11 => {
                let campaign = agency.campaigns[1 + random.below(2) as usize];
                agency.commit(vec![Op::RenameCampaign { campaign, name }]).await;
            }
            12 if step % 4 == 0 => agency.burst(agency.ids[1][0], stretch::MOST_PENDING + 1).await,
            _ => {}
        }
        match random.below(5) {
            // What has happened is handed to the readers, and perhaps read.
            0 => {
                let page = agency.account.store.changes(&agency.account.operator, followed, 5_000).await;
                let changes = page.unwrap().changes;
                followed = changes.last().map_or(followed, |last| last.seq);
                if !changes.is_empty() {
                    follower.follow(id, &changes).await.unwrap();
                }
                agency.events.evaluate_new(id).await.unwrap();
            }
            1 => {
                if let Some(update) = reader.try_next().await.unwrap() {
                    shown.take(&update, seed);
                    assert!(last.is_none_or(|last| last <= update.seq), "CREWBOX_SEED={seed}");
                    last = Some(update.seq);
                }
            }
            2 => take(&mut log, client, &mut told).await,
            // The connections are lost: what was not read yet comes again.
            3 if random.below(3) == 0 && last.is_some() => {
                reader =
                    agency.events.subscribe(&agency.services, &caller, asked.clone(), last).await.unwrap();
                let position = told.last().map(|(_, seen)| *seen).unwrap_or_default();
                log = agency.events.read(&caller, Some(position)).await.unwrap();
            }
            _ => {}
        }
    }
    let rest = agency.account.store.changes(&agency.account.operator, followed, 100_000).await.unwrap();
    follower.follow(id, &rest.changes).await.unwrap();
    agency.events.evaluate_new(id).await.unwrap();
    while let Some(update) = reader.try_next().await.unwrap() {
        shown.take(&update, seed);
    }
    take(&mut log, client, &mut told).await;

    let expected = agency.log_of_ours().await;
    assert!(expected.len() > 50 && shown.seen > 20, "{} changes, {} rows", expected.len(), shown.seen);
    let numbered: Vec<(Seq, Seq)> = expected.into_iter().zip((1..).map(Seq)).collect();
    assert_eq!(told, numbered, "events, CREWBOX_SEED={seed}");
    let mut paged: Vec<(Seq, Seq)> = Vec::new();
    loop {
        let since = paged.last().map(|(_, seen)| *seen).unwrap_or_default();
        let page = changes::list(&agency.services, &caller, since, 7).await.unwrap();
        assert_eq!(page.head.seq, Seq(numbered.len() as u64), "the head is the client's");
        if page.changes.is_empty() {
            break;
        }
        paged.extend(page.changes.iter().map(|one| (one.seq, one.seq_for(Some(client)).unwrap())));
    }
    assert_eq!(paged, numbered, "the log, CREWBOX_SEED={seed}");
    let now = agency.caller(*caller.scope()).await;
    for (place, filter) in filters(agency.account.owner).into_iter().enumerate() {
        let command =
            ListConversations { view: View::Everything, filter, sort: None, offset: 0, limit: 1_000 };
        let page = list(&agency.services, &now, command).await.unwrap().page;
        let expected: BTreeSet<ConversationId> = page.hits.iter().map(|hit| hit.conversation).collect();
        assert!(expected.is_subset(&agency.ours.iter().copied().collect()));
        assert_eq!(shown.lists[place], expected, "list {place}, CREWBOX_SEED={seed}");
        assert_eq!(shown.totals[place], page.total, "list {place}, CREWBOX_SEED={seed}");
    }
    assert_eq!(shown.counts.map(|(total, _)| total), Some(agency.ids[0].len() as u64));
    agency.account.store.close().await;
}

#[tokio::test]
async fn lists_of_a_client_are_read_again_because_of_its_own_changes_and_names_only() {
    let agency = Agency::new().await;
    let id = agency.account.operator.account();
    let [ours, theirs, own] = [0, 1, 2].map(|place: usize| agency.ids[place][0]);
    agency.commit(vec![Op::Edit { conversation: ours, edit: Edit::Tags(vec![TagId(1)]) }]).await;
    agency.commit(vec![Op::Edit { conversation: theirs, edit: Edit::Category(Some(CategoryId(2))) }]).await;
    let mut readers = Vec::new();
    for (client, open) in [(0, ours), (1, theirs)] {
        let caller = agency.within(client).await;
        // One follows a list, one a conversation alone.
        for asked in [vec![list_of(ListFilter::default())], vec![Subscribe::Conversation(open)]] {
            let mut reader = agency.events.subscribe(&agency.services, &caller, asked, None).await.unwrap();
            reader.try_next().await.unwrap();
            readers.push(reader);
        }
    }
    let name = || "Other".to_owned();
    let other = || "Another".to_owned();
    let more = stretch::MOST_PENDING + 1;
    let rename = |op: Op| vec![op];
    for (what, ops, burst, expected) in [
        ("a tag of ours", rename(Op::RenameTag { tag: TagId(1), name: name() }), None, [true, false]),
        ("a tag of nobody", rename(Op::RenameTag { tag: TagId(3), name: other() }), None, [false, false]),
        (
            "a category of theirs",
            rename(Op::RenameCategory { category: CategoryId(2), name: name() }),
            None,
            [false, true],
        ),
        (
            "their campaign",
            rename(Op::RenameCampaign { campaign: agency.campaigns[1], name: name() }),
            None,
            [false, true],
        ),
        ("many changes of ours", Vec::new(), Some(ours), [true, false]),
        ("many changes of the account's own", Vec::new(), Some(own), [false, false]),
    ] {
        if !ops.is_empty() {
            agency.commit(ops).await;
        }
        if let Some(conversation) = burst {
            agency.burst(conversation, more).await;
        }
        agency.events.evaluate_new(id).await.unwrap();
        for (place, reader) in readers.iter_mut().enumerate() {
            let update = reader.try_next().await.unwrap();
            let is_resync = update
                .as_ref()
                .is_some_and(|update| matches!(update.parts.as_slice(), [(0, Part::Resync(_))]));
            let expected = expected[place / 2];
            assert_eq!(
                (is_resync, update.is_some()),
                (expected, expected),
                "{what}, reader {place}: {update:?}"
            );
        }
    }
    agency.account.store.close().await;
}

#[tokio::test]
async fn a_client_follows_no_conversation_of_another_and_undoes_by_its_own_numbers() {
    let agency = Agency::new().await;
    let (ours, theirs) = (agency.ids[0][0], agency.ids[1][0]);
    let caller = agency.within(0).await;
    let asked = vec![Subscribe::Conversation(theirs)];
    let refused = agency.events.subscribe(&agency.services, &caller, asked, None).await;
    assert!(matches!(refused, Err(crate::Refusal::NotFound(..))), "{refused:?}");
    agency.commit(vec![Op::Edit { conversation: theirs, edit: Edit::Important(true) }]).await;
    agency.commit(vec![Op::Edit { conversation: ours, edit: Edit::Important(true) }]).await;
    let seen = changes::newest(&agency.services, &caller).await.unwrap();
    let head = agency.account.store.head(&agency.account.operator).await.unwrap().seq;
    assert!(seen < head);
    // By the account's number it is not there.
    assert!(crate::undo::undo(&agency.services, &caller, head).await.is_err());
    let undone = crate::undo::undo(&agency.services, &caller, seen).await.unwrap();
    assert_eq!((undone.conversation, undone.changed), (Some(ours), true));
    agency.account.store.close().await;
}
