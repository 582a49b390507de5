//! Random changes and queries against the row scan. The seed is printed; `CREWBOX_SEED` replays it.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher, RandomState};

use crewbox_core::conversation::{Entry, Flags};
use crewbox_core::filter::{CategoryFilter, EmailStatus, Filter, Query};
use crewbox_core::id::{CampaignId, CategoryId, ClientId, ConversationId, MailboxId, MemberId, Seq, TagId};
use crewbox_core::index::Index;
use crewbox_core::time::Timestamp;
use crewbox_core::view::{Sort, VIEWS};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::oracle::Oracle;

/// Steps of a run unless `CREWBOX_STEPS` says otherwise.
const STEPS: usize = 12_000;
/// Where the clock starts; times lie a few thousand ticks around it, so that equal ones are common.
const EPOCH: i64 = 1_700_000_000_000;
/// Two steps of the sent shelves' coarse time, so that ranges begin and end within one.
const TICK: i64 = 500;

struct World {
    rng: ChaCha8Rng,
    index: Index,
    oracle: Oracle,
    changed: BTreeMap<ConversationId, Seq>,
    now: Timestamp,
    /// Ids are drawn up to here.
    ids: u64,
}

impl World {
    fn new(seed: u64, capacity: usize, ids: u64) -> Self {
        Self {
            rng: ChaCha8Rng::seed_from_u64(seed),
            index: Index::with_block_capacity(capacity),
            oracle: Oracle::default(),
            changed: BTreeMap::new(),
            now: Timestamp(EPOCH),
            ids,
        }
    }

    fn maybe<T>(&mut self, percent: u32, draw: impl FnOnce(&mut ChaCha8Rng) -> T) -> Option<T> {
        self.rng.random_ratio(percent, 100).then(|| draw(&mut self.rng))
    }

    fn id(&mut self) -> ConversationId {
        ConversationId(self.rng.random_range(1..=self.ids))
    }

    fn time(&mut self) -> Timestamp {
        match self.rng.random_range(0..20) {
            0 => Timestamp(self.rng.random_range(-5_000..5_000)),
            1 => Timestamp(i64::MAX),
            2..10 => self.now,
            _ => Timestamp(EPOCH + self.rng.random_range(-3_000..3_000) * TICK),
        }
    }

    fn maybe_time(&mut self, percent: u32) -> Option<Timestamp> {
        self.rng.random_ratio(percent, 100).then(|| self.time())
    }

    fn soon(&mut self) -> Timestamp {
        Timestamp(self.now.0 + self.rng.random_range(-20..200) * TICK)
    }

    fn flags(&mut self) -> Flags {
        Flags(self.rng.random_range(0..1 << Flags::COUNT))
    }

    fn tags(&mut self) -> Vec<TagId> {
        let mut tags: Vec<TagId> =
            (0..self.rng.random_range(0..4)).map(|_| TagId(self.rng.random_range(1..40))).collect();
        tags.sort_unstable();
        tags.dedup();
        tags
    }

    fn entry(&mut self, id: ConversationId) -> Entry {
        Entry {
            scheduled_time: self.maybe_time(10),
            reminder_time: self.maybe_time(10),
            task_time: self.maybe_time(10),
            id,
            owner: self.maybe(80, |rng| MemberId(rng.random_range(1..8))),
            campaign: CampaignId(self.rng.random_range(1..40)),
            client: self.maybe(70, |rng| ClientId(rng.random_range(1..30))),
            mailbox: self.maybe(90, |rng| MailboxId(rng.random_range(1..12))),
            category: self.maybe(80, |rng| CategoryId(rng.random_range(1..25))),
            subsequence: self.maybe(20, |rng| CampaignId(rng.random_range(50..55))),
            flags: self.flags(),
            reply_time: self.maybe_time(75),
            sent_time: self.maybe_time(85),
            snoozed_until: self.rng.random_ratio(1, 4).then(|| self.soon()),
            tags: self.tags(),
        }
    }

    /// Changes one or a few things of a row, as actions do.
    fn edit(&mut self, row: &mut Entry) {
        match self.rng.random_range(0..12) {
            0 => row.reply_time = self.maybe_time(90),
            1 => row.sent_time = self.maybe_time(90),
            2 => row.owner = self.maybe(80, |rng| MemberId(rng.random_range(1..8))),
            3 => row.flags = self.flags(),
            4 => row.snoozed_until = self.rng.random_ratio(2, 3).then(|| self.soon()),
            5 => row.tags = self.tags(),
            6 => row.category = self.maybe(80, |rng| CategoryId(rng.random_range(1..25))),
            7 => {
                row.owner = self.maybe(80, |rng| MemberId(rng.random_range(1..8)));
                row.reply_time = Some(self.now);
            }
            8 => row.scheduled_time = self.maybe_time(40),
            9 => row.reminder_time = self.maybe_time(40),
            10 => row.task_time = self.maybe_time(40),
            _ => *row = self.entry(row.id),
        }
    }

    fn change(&mut self, step: usize) {
        let id = self.id();
        let seq = Seq(step as u64 + 1);
        match self.rng.random_range(0..20) {
            0 | 1 => {
                self.index.remove(id);
                self.oracle.remove(id);
                self.changed.remove(&id);
            }
            2..5 => {
                self.now = Timestamp(self.now.0 + self.rng.random_range(0..20) * TICK);
                self.settle();
            }
            _ => {
                let row = match self.index.get(id) {
                    Some(mut row) => {
                        self.edit(&mut row);
                        row
                    }
                    None => self.entry(id),
                };
                self.index.put(&row, seq);
                assert_eq!(self.index.get(id).as_ref(), Some(&row), "what was put");
                self.oracle.put(row);
                self.changed.insert(id, seq);
            }
        }
    }

    fn settle(&mut self) {
        let due = self.index.next_due();
        let woken = self.index.settle(self.now);
        assert_eq!(due.is_some_and(|due| due <= self.now), !woken.is_empty(), "next_due at {:?}", self.now);
        for id in woken {
            let row = self.index.get(id).expect("a woken row is there");
            assert!(row.snoozed_until.is_some_and(|until| until <= self.now), "woken too early: {row:?}");
        }
    }

    fn ids<T>(&mut self, percent: u32, most: u64, make: impl Fn(u64) -> T) -> Option<Vec<T>> {
        self.rng.random_ratio(percent, 100).then(|| {
            let n = [0, 1, 1, 2, 5, 30][self.rng.random_range(0..6)];
            (0..n).map(|_| make(self.rng.random_range(1..most))).collect()
        })
    }

    fn query(&mut self) -> Query {
        let status = |rng: &mut ChaCha8Rng| EmailStatus::ALL[rng.random_range(0..EmailStatus::ALL.len())];
        let few = self.rng.random_range(0..100) < 70;
        let percent = if few { 8 } else { 30 };
        let statuses = self.maybe(percent, |rng| (0..rng.random_range(0..4)).map(|_| status(rng)).collect());
        let (start, width) = (self.time(), self.rng.random_range(-5..3_000) * TICK);
        // A few are tested one by one, many are a mask.
        let among = if self.rng.random_ratio(1, 20) {
            let one_in = [1, 2, 30][self.rng.random_range(0..3)];
            let ids = (1..self.ids + 5).filter(|_| self.rng.random_ratio(1, one_in));
            Some(ids.map(ConversationId).collect())
        } else {
            self.ids(percent, self.ids + 5, ConversationId).map(|ids| ids.into_iter().collect())
        };
        let filter = Filter {
            statuses: statuses.unwrap_or_default(),
            category: CategoryFilter {
                none: !self.rng.random_ratio(percent, 100),
                only: self.ids(percent, 27, CategoryId),
                not: self.ids(percent, 27, CategoryId).unwrap_or_default(),
            },
            campaigns: self.ids(percent, 45, CampaignId),
            mailboxes: self.ids(percent, 14, MailboxId),
            owners: self.ids(percent, 9, MemberId),
            clients: self.ids(percent, 32, ClientId),
            tags: self.ids(percent, 42, TagId),
            reply_between: self.maybe(3 * percent, |_| (start, Timestamp(start.0.saturating_add(width)))),
            subsequence: self.maybe(percent / 4, |rng| CampaignId(rng.random_range(50..56))),
            archived: self.maybe(percent, |rng| rng.random()),
            snoozed: self.maybe(percent, |rng| rng.random()),
            read: self.maybe(percent, |rng| rng.random()),
            important: self.maybe(percent, |rng| rng.random()),
            unanswered: self.maybe(percent, |rng| rng.random()),
            reminder_due_by: self.rng.random_ratio(percent / 4, 100).then(|| self.time()),
            task_due_by: self.rng.random_ratio(percent / 4, 100).then(|| self.time()),
            among,
        };
        Query {
            view: VIEWS[self.rng.random_range(0..VIEWS.len())].view,
            me: MemberId(self.rng.random_range(1..9)),
            client: self.maybe(10, |rng| ClientId(rng.random_range(1..32))),
            filter,
            sort: self.sort(),
            offset: [0, 0, 1, 7, 60, 500, u64::MAX][self.rng.random_range(0..7)],
            limit: [0, 1, 5, 20, 20, 200][self.rng.random_range(0..6)],
        }
    }

    /// Orders a list may ask for; those by a time to come read every row, so they are drawn less often.
    fn sort(&mut self) -> Sort {
        match self.rng.random_range(0..20) {
            0 => Sort::ScheduledTimeAsc,
            1 => Sort::ScheduledTimeDesc,
            2 => Sort::ReminderTimeAsc,
            3 => Sort::ReminderTimeDesc,
            4..12 => Sort::ReplyTimeDesc,
            _ => Sort::SentTimeDesc,
        }
    }

    fn compare(&mut self) -> u64 {
        let query = self.query();
        let (total, hits) = self.oracle.list(&query, self.now);
        let page = self.index.list(&query, self.now);
        assert_eq!(page.total, total, "total of {query:#?} at {:?}", self.now);
        let found: Vec<_> = page.hits.iter().map(|hit| (hit.conversation, hit.snoozed_until)).collect();
        assert_eq!(found, hits, "page of {query:#?} at {:?}", self.now);
        for hit in &page.hits {
            let row = self.index.get(hit.conversation).expect("a row of a page is there");
            let about = query.view.base().has;
            assert_eq!(hit.next_time, about.and_then(|next| next.of(&row)));
            assert_eq!(Some(&hit.changed), self.changed.get(&hit.conversation));
        }
        total
    }
}

fn setting<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

fn seed() -> u64 {
    let seed = setting("CREWBOX_SEED");
    let seed = seed.unwrap_or_else(|| RandomState::new().build_hasher().finish());
    println!("CREWBOX_SEED={seed}");
    seed
}

/// Runs random steps; `ids` bounds the rows and so how many blocks there are.
fn agrees(capacity: usize, ids: u64, start_full: bool) {
    let (seed, steps) = (seed(), setting("CREWBOX_STEPS").unwrap_or(STEPS));
    let mut world = World::new(seed, capacity, ids);
    if start_full {
        let rows: Vec<Entry> = (1..=ids).map(|id| world.entry(ConversationId(id))).collect();
        world.index = Index::load(rows.clone(), Seq(1));
        world.changed = rows.iter().map(|row| (row.id, Seq(1))).collect();
        world.oracle = Oracle::new(rows);
        world.index.check().expect("just loaded");
    }
    // A list is asked at a time that the index was settled at.
    world.settle();
    let mut matched = 0;
    for step in 0..steps {
        world.change(step);
        matched += world.compare();
        if step % 500 == 0 {
            world.index.check().unwrap_or_else(|broken| panic!("after step {step}: {broken}"));
            assert_eq!(world.index.len(), world.oracle.rows().len());
        }
    }
    world.index.check().expect("at the end");
    assert!(matched > steps as u64, "the queries matched next to nothing: {matched}");
    for id in 1..=ids {
        world.index.remove(ConversationId(id));
    }
    assert!(world.index.is_empty());
    world.index.check().expect("emptied");
    println!(
        "soak: index against the row scan: {steps} changes and queries agree, blocks of {capacity}, seed {seed}"
    );
}

#[test]
fn blocks_of_4_agree_with_the_row_scan() {
    agrees(4, 400, false);
}

#[test]
fn blocks_of_64_agree_with_the_row_scan() {
    agrees(64, 1_500, false);
}

#[test]
fn blocks_of_2048_agree_with_the_row_scan() {
    agrees(2_048, 6_000, false);
}

#[test]
fn a_loaded_index_agrees_with_the_row_scan() {
    agrees(2_048, 9_000, true);
}
