//! The index: answers every list of one account from memory, with the exact total.
//!
//! Each row is on four **shelves**: its owner's (or nobody's) and the whole account's, each by reply time
//! and by sent time. A shelf is a run of blocks of up to 2,048 rows; a block holds its rows' keys, their dense
//! slots, and bit planes: one a flag, one a tag, one or a few bits of a dictionary code for the other fields.
//! A query is compiled once to a decision diagram over planes; each block is answered by a few straight-line
//! passes, its head often without any. Pages are taken by counting, so every offset costs the same. What a search found
//! is one more mask.
//!
//! Whoever owns an index serialises its writers and holds a lock for one update at a time: none copies more
//! than a block and a shelf's heads. It never does I/O and never reads a clock; it holds no text.

mod among;
mod block;
mod build;
mod check;
mod codes;
mod plan;
mod plane;
mod rows;
mod scan;
mod schema;
mod shelf;
mod slot_mask;

use std::collections::{BTreeMap, BTreeSet};

use self::plan::Plan;
use self::rows::{NO_TIME, Row, Rows};
use self::schema::{SNOOZED, Schema};
use self::shelf::{Item, Shelf};
use self::slot_mask::SlotMask;
use crate::conversation::{Entry, Flags};
use crate::filter::Query;
use crate::id::{CampaignId, CategoryId, ClientId, ConversationId, MailboxId, MemberId, Seq, TagId};
use crate::time::Timestamp;
use crate::view::{NextTime, Partition, Sort};

/// One account's index.
#[derive(Debug)]
pub struct Index {
    capacity: usize,
    rows: Rows,
    schema: Schema,
    /// The whole account's shelves.
    all: Pair,
    /// Shelves by the owner's code; 0 is nobody's.
    owned: Vec<Pair>,
    /// When snoozes end, and whose.
    due: BTreeSet<(i64, u32)>,
    /// Snoozes up to here have ended.
    settled: i64,
    /// For each [`NextTime`], those of the conversations that have one, by id.
    next: [BTreeMap<u64, i64>; NextTime::ALL.len()],
}

/// A partition's shelves, by reply and by sent time.
type Pair = [Shelf; 2];

/// One row of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The conversation.
    pub conversation: ConversationId,
    /// The latest change that touched its row: a cached rendering made at or after it is current.
    pub changed: Seq,
    /// Set while it is snoozed at the query's `now`.
    pub snoozed_until: Option<Timestamp>,
    /// The time to come that the list is about, such as when its next message is scheduled; none in other lists.
    pub next_time: Option<Timestamp>,
}

/// A list's answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Rows that match, exactly.
    pub total: u64,
    /// The page asked for.
    pub hits: Vec<Hit>,
}

impl Default for Index {
    fn default() -> Self {
        Self::new()
    }
}

impl Index {
    /// An empty index of blocks of 2,048 rows.
    #[must_use]
    pub fn new() -> Self {
        Self::with_block_capacity(plane::ROWS)
    }

    /// An empty index of smaller blocks, 2 to 2,048 rows: for tests, where splits and merges must be frequent.
    #[must_use]
    pub fn with_block_capacity(rows: usize) -> Self {
        let capacity = rows.clamp(2, plane::ROWS);
        Self {
            capacity,
            rows: Rows::default(),
            schema: Schema::default(),
            all: pair(capacity),
            owned: vec![pair(capacity)],
            due: BTreeSet::new(),
            settled: i64::MIN,
            next: Default::default(),
        }
    }

    /// The entry as a row of the slot table.
    fn row(&mut self, entry: &Entry, changed: Seq) -> Row {
        let snoozed_until = millis(entry.snoozed_until);
        for next in NextTime::ALL {
            let held = &mut self.next[next as usize];
            match next.of(entry) {
                Some(time) => held.insert(entry.id.0, time.millis()),
                None => held.remove(&entry.id.0),
            };
        }
        Row {
            id: entry.id.0,
            changed: changed.0,
            reply: millis(entry.reply_time),
            sent: millis(entry.sent_time),
            snoozed_until,
            codes: self.schema.encode(entry),
            flags: entry.flags.0 & ((1 << Flags::COUNT) - 1),
            snoozed: entry.snoozed_until.is_some() && snoozed_until > self.settled,
        }
    }

    /// Replaces (or inserts) a row's entry. Idempotent.
    pub fn put(&mut self, entry: &Entry, changed: Seq) {
        let row = self.row(entry, changed);
        let mut planes: Vec<u32> = entry.tags.iter().map(|tag| self.schema.tag(tag.0)).collect();
        let common = self.schema.planes_of(&row, &mut planes);
        while self.owned.len() < self.schema.owner.len() {
            self.owned.push(pair(self.capacity));
        }
        let (slot, old) = match self.rows.slot(row.id) {
            Some(slot) => (slot, Some(std::mem::replace(self.rows.get_mut(slot), row))),
            None => (self.rows.add(row), None),
        };
        if let Some(old) = old.filter(|old| old.snoozed) {
            self.due.remove(&(old.snoozed_until, slot));
        }
        if row.snoozed {
            self.due.insert((row.snoozed_until, slot));
        }
        let rows = &self.rows;
        let whole = Item { slot, row: &row, planes: &planes };
        let part = Item { slot, row: &row, planes: &planes[..common] };
        let moved_to = old.filter(|old| old.codes.owner != row.codes.owner);
        for shelf in &mut self.all {
            place(shelf, rows, old.as_ref(), whole);
        }
        if let Some(old) = moved_to {
            for shelf in &mut self.owned[old.codes.owner as usize] {
                shelf.remove(rows, slot, &old);
            }
        }
        for shelf in &mut self.owned[row.codes.owner as usize] {
            place(shelf, rows, old.as_ref().filter(|_| moved_to.is_none()), part);
        }
    }

    /// Removes a row, if it is there.
    pub fn remove(&mut self, conversation: ConversationId) {
        let Some(slot) = self.rows.slot(conversation.0) else { return };
        let row = *self.rows.get(slot);
        for shelf in self.all.iter_mut().chain(&mut self.owned[row.codes.owner as usize]) {
            shelf.remove(&self.rows, slot, &row);
        }
        if row.snoozed {
            self.due.remove(&(row.snoozed_until, slot));
        }
        for held in &mut self.next {
            held.remove(&row.id);
        }
        self.rows.remove(slot);
    }

    /// The row's entry as the index holds it (for `doctor` and for tests).
    #[must_use]
    pub fn get(&self, conversation: ConversationId) -> Option<Entry> {
        self.rows.slot(conversation.0).map(|slot| self.entry(slot))
    }

    fn entry(&self, slot: u32) -> Entry {
        let row = self.rows.get(slot);
        let shelf = &self.all[Sort::ReplyTimeDesc as usize];
        let mut tags: Vec<TagId> = match shelf.find(slot, row) {
            Some((block, at)) => {
                let block = &shelf.blocks[block];
                self.schema
                    .tags()
                    .filter(|(_, plane)| block.has(*plane, at))
                    .map(|(id, _)| TagId(id))
                    .collect()
            }
            None => Vec::new(),
        };
        tags.sort_unstable();
        let (schema, codes) = (&self.schema, &row.codes);
        Entry {
            scheduled_time: self.next_of(NextTime::Scheduled, row.id).map(Timestamp),
            reminder_time: self.next_of(NextTime::Reminder, row.id).map(Timestamp),
            task_time: self.next_of(NextTime::Task, row.id).map(Timestamp),
            id: ConversationId(row.id),
            owner: schema.owner.id(codes.owner).map(MemberId),
            campaign: CampaignId(schema.campaign.id(codes.campaign).unwrap_or_default()),
            client: schema.client.id(codes.client).map(ClientId),
            mailbox: schema.mailbox.id(codes.mailbox).map(MailboxId),
            category: schema.category.id(codes.category).map(CategoryId),
            subsequence: schema.subsequence.id(codes.subsequence).map(CampaignId),
            flags: Flags(row.flags),
            reply_time: time(row.reply),
            sent_time: time(row.sent),
            snoozed_until: time(row.snoozed_until),
            tags,
        }
    }

    /// A time to come of a conversation, in milliseconds.
    fn next_of(&self, next: NextTime, id: u64) -> Option<i64> {
        self.next[next as usize].get(&id).copied()
    }

    /// Rows held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The earliest time at which something falls due, if any: while `now` is before it, [`Index::settle`]
    /// has nothing to do.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        self.due.first().map(|(at, _)| Timestamp(*at))
    }

    /// Lets what is due at `now` take effect (snoozes ending). Returns the conversations woken, for the worker
    /// that writes the change. Queries at `now` require that this was called first.
    pub fn settle(&mut self, now: Timestamp) -> Vec<ConversationId> {
        let mut woken = Vec::new();
        self.settled = self.settled.max(now.0);
        while let Some((_, slot)) = self.due.first().copied().filter(|(at, _)| *at <= self.settled) {
            self.due.pop_first();
            self.rows.get_mut(slot).snoozed = false;
            let row = *self.rows.get(slot);
            for shelf in self.all.iter_mut().chain(&mut self.owned[row.codes.owner as usize]) {
                shelf.flip(slot, &row, SNOOZED, false);
            }
            woken.push(ConversationId(row.id));
        }
        woken
    }

    /// Answers a list at `now`.
    #[must_use]
    pub fn list(&self, query: &Query, now: Timestamp) -> Page {
        let (total, slots) = if let Some(among) = self.narrowed(query) {
            self.list_among(query, &among, now)
        } else {
            let Some((pair, by_owner)) = self.shelves(query) else { return Page::default() };
            let plan = Plan::compile(query, &self.schema, by_owner);
            let shelf = &pair[usize::from(query.sort == Sort::SentTimeDesc)];
            let among = query.filter.among.as_ref().map(|among| SlotMask::of(&self.rows, among));
            scan::scan(shelf, &self.rows, &plan, among.as_ref(), query.offset, query.limit as usize)
        };
        let about = query.view.base().has;
        let hit = |slot: u32| {
            let row = self.rows.get(slot);
            let snoozed_until = Some(row.snoozed_until).filter(|until| row.snoozed && *until > now.0);
            Hit {
                conversation: ConversationId(row.id),
                changed: Seq(row.changed),
                snoozed_until: snoozed_until.map(Timestamp),
                next_time: about.and_then(|next| self.next_of(next, row.id)).map(Timestamp),
            }
        };
        Page { total, hits: slots.into_iter().map(hit).collect() }
    }

    /// The shelves a query reads, and whether they hold rows of owners it does not ask for. None where no
    /// row can match.
    fn shelves(&self, query: &Query) -> Option<(&Pair, bool)> {
        let owned_by = |owner: MemberId| self.owned.get(self.schema.owner.known(owner.0)? as usize);
        match (query.view.base().partition, query.filter.owners.as_deref()) {
            (Partition::Mine, Some(owners)) if !owners.contains(&query.me) => None,
            (Partition::Mine, _) => owned_by(query.me).map(|pair| (pair, false)),
            (Partition::Nobody, Some(_)) => None,
            (Partition::Nobody, None) => self.owned.first().map(|pair| (pair, false)),
            (Partition::All, Some([owner])) => owned_by(*owner).map(|pair| (pair, false)),
            (Partition::All, owners) => Some((&self.all, owners.is_some())),
        }
    }

    /// Bytes held on the heap, counted, not guessed.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        let shelves = self.all.iter().chain(self.owned.iter().flatten());
        shelves.map(Shelf::heap_bytes).sum::<usize>()
            + self.owned.capacity() * size_of::<Pair>()
            + self.rows.heap_bytes()
            + self.schema.heap_bytes()
            // A B-tree node of eleven entries is on average two thirds full.
            + (self.due.len() + self.next.iter().map(BTreeMap::len).sum::<usize>()) * size_of::<(i64, u64)>() * 3 / 2
    }
}

fn pair(capacity: usize) -> Pair {
    [Sort::ReplyTimeDesc, Sort::SentTimeDesc].map(|order| Shelf::new(order, capacity))
}

/// Brings a shelf from a row's old state, if it was there, to its new one.
fn place(shelf: &mut Shelf, rows: &Rows, old: Option<&Row>, item: Item<'_>) {
    match old {
        Some(old) if shelf.time_of(old) == shelf.time_of(item.row) => shelf.replace(old, item),
        Some(old) => {
            shelf.remove(rows, item.slot, old);
            shelf.insert(rows, item);
        }
        None => shelf.insert(rows, item),
    }
}

fn millis(time: Option<Timestamp>) -> i64 {
    time.map_or(NO_TIME, Timestamp::millis)
}

fn time(millis: i64) -> Option<Timestamp> {
    Some(millis).filter(|millis| *millis != NO_TIME).map(Timestamp)
}
