//! A shelf: all rows of one partition in one order, as blocks with their heads in a dense array. Owns where
//! a row is and how blocks split and merge; knows nothing of fields and queries.

use super::block::Block;
use super::plane::{self, ROWS};
use super::rows::{NO_TIME, Row, Rows};
use super::schema::{COUNTED, SNOOZED};
use crate::view::Sort;

/// Two neighbours merge when together they fill at most this many eighths of a block. Without merging, ten
/// replies a conversation leave blocks an eighth full; merging at full would split again at the next insert.
const MERGE_EIGHTHS: usize = 7;

/// Slots compared at once when a row is looked for among many of the same time.
const STRETCH: usize = 64;

/// How far around the guess a time is looked for first: twice how far even times stray among 2,048.
const NEAR: usize = 40;

/// What a block's head says; enough to skip it, and to count a single flag, without touching it.
#[derive(Clone, Debug)]
pub(super) struct Head {
    /// Key of the first row.
    pub(super) first: (i64, u64),
    /// Time of the last row.
    pub(super) last: i64,
    /// Rows.
    pub(super) len: u32,
    /// No row's other time is before this; coarse, and never too late.
    pub(super) other_low: u32,
    /// No row's other time is after this; coarse, and never too early.
    pub(super) other_high: u32,
    /// Rows set in each of the first planes.
    pub(super) counts: [u16; COUNTED],
}

/// A row as a shelf takes it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'a> {
    pub(super) slot: u32,
    pub(super) row: &'a Row,
    /// The planes it is set in.
    pub(super) planes: &'a [u32],
}

/// One partition in one order.
#[derive(Debug)]
pub(super) struct Shelf {
    order: Sort,
    capacity: usize,
    pub(super) heads: Vec<Head>,
    pub(super) blocks: Vec<Block>,
}

/// A coarse time: monotone, about a second wide (1,024 ms), from 1970 to 2109; 0 is "no time" and nothing
/// else. Four bytes a row instead of eight; rows on a range's edge are looked up exactly.
pub(super) fn coarse(time: i64) -> u32 {
    if time == NO_TIME { 0 } else { (time >> 10).clamp(1, i64::from(u32::MAX)) as u32 }
}

impl Shelf {
    pub(super) const fn new(order: Sort, capacity: usize) -> Self {
        Self { order, capacity, heads: Vec::new(), blocks: Vec::new() }
    }

    /// The most rows a block may have.
    pub(super) const fn capacity(&self) -> usize {
        self.capacity
    }

    pub(super) const fn order(&self) -> Sort {
        self.order
    }

    /// The time a row is sorted by here.
    pub(super) const fn time_of(&self, row: &Row) -> i64 {
        match self.order {
            Sort::ReplyTimeDesc => row.reply,
            // There are shelves by reply and by sent time only.
            _ => row.sent,
        }
    }

    /// The other time, where lists of this order are filtered by it.
    pub(super) fn other_of(&self, row: &Row) -> Option<u32> {
        match self.order {
            Sort::ReplyTimeDesc => None,
            _ => Some(coarse(row.reply)),
        }
    }

    /// The block a key is or would be.
    fn block_of(&self, time: i64, id: u64) -> usize {
        self.heads.partition_point(|head| head.first <= (time, id)).saturating_sub(1)
    }

    /// The row of a block at which a key would stand.
    fn position(&self, block: usize, rows: &Rows, time: i64, id: u64) -> usize {
        let Block { times, slots, .. } = &self.blocks[block];
        let start = start_of(time, times);
        if times.get(start) != Some(&time) {
            return start;
        }
        let end = start + times[start..].partition_point(|at| *at == time);
        start + slots[start..end].partition_point(|slot| rows.get(*slot).id < id)
    }

    /// Puts a row in that is not there.
    pub(super) fn insert(&mut self, rows: &Rows, item: Item<'_>) {
        let key = (self.time_of(item.row), item.row.id);
        if self.heads.last().is_none_or(|last| last.last < key.0) {
            return self.push(item);
        }
        let mut block = self.block_of(key.0, key.1);
        let mut at = self.position(block, rows, key.0, key.1);
        if self.blocks[block].len() == self.capacity {
            if at == self.capacity && block + 1 == self.blocks.len() {
                return self.push(item);
            }
            let half = self.capacity / 2;
            self.split(block, half, rows);
            if at > half {
                (block, at) = (block + 1, at - half);
            }
        }
        let other = self.other_of(item.row);
        self.blocks[block].insert(at, key.0, item.slot, other, item.planes);
        let head = &mut self.heads[block];
        head.len += 1;
        head.first = if at == 0 { key } else { head.first };
        head.last = head.last.max(key.0);
        head.note(other, item.planes);
    }

    /// Puts a row behind all others, in a fresh block if the last one is full. Its key must be the greatest.
    fn push(&mut self, item: Item<'_>) {
        let key = (self.time_of(item.row), item.row.id);
        let other = self.other_of(item.row);
        if self.blocks.last().is_none_or(|block| block.len() == self.capacity) {
            self.blocks.push(Block::default());
            self.heads.push(Head::new(key));
        }
        if let (Some(block), Some(head)) = (self.blocks.last_mut(), self.heads.last_mut()) {
            block.insert(block.len(), key.0, item.slot, other, item.planes);
            head.len += 1;
            head.last = key.0;
            head.note(other, item.planes);
        }
    }

    /// Replaces the planes and the other time of a row whose key stays. `old` is as it was when it was put in.
    pub(super) fn replace(&mut self, old: &Row, item: Item<'_>) {
        let Some((block, at)) = self.find(item.slot, item.row) else { return };
        self.heads[block].forget(old);
        let other = self.other_of(item.row);
        self.blocks[block].replace(at, other, item.planes);
        self.heads[block].note(other, item.planes);
    }

    /// Sets or clears one of the counted planes of a row.
    pub(super) fn flip(&mut self, slot: u32, row: &Row, number: u32, on: bool) {
        let Some((block, at)) = self.find(slot, row) else { return };
        if self.blocks[block].has(number, at) != on {
            self.blocks[block].put(number, at, on);
            let count = &mut self.heads[block].counts[number as usize];
            *count = if on { *count + 1 } else { *count - 1 };
        }
    }

    /// Takes a row out. `row` is as it was when it was put in.
    pub(super) fn remove(&mut self, rows: &Rows, slot: u32, row: &Row) {
        let Some((block, at)) = self.find(slot, row) else { return };
        self.blocks[block].remove(at);
        let head = &mut self.heads[block];
        head.forget(row);
        head.len -= 1;
        if head.len == 0 {
            self.heads.remove(block);
            self.blocks.remove(block);
            return;
        }
        let Block { times, slots, .. } = &self.blocks[block];
        head.first = (times[0], rows.get(slots[0]).id);
        head.last = times[times.len() - 1];
        self.merge_around(block);
    }

    /// Where a row is, if it does.
    pub(super) fn find(&self, slot: u32, row: &Row) -> Option<(usize, usize)> {
        let time = self.time_of(row);
        let block = self.block_of(time, row.id);
        let Block { times, slots, .. } = self.blocks.get(block)?;
        let start = start_of(time, times);
        // Many rows may have the same time, or none at all: their slots are compared here, in a few lines of
        // cache; asking each for its id would cost a miss a step.
        let at = start + position_of(slot, &slots[start..])?;
        (times[at] == time).then_some((block, at))
    }

    fn split(&mut self, block: usize, at: usize, rows: &Rows) {
        let upper = self.blocks[block].split(at);
        let heads = [Head::of(&self.blocks[block], rows), Head::of(&upper, rows)];
        self.heads.splice(block..=block, heads);
        self.blocks.insert(block + 1, upper);
    }

    fn merge_around(&mut self, block: usize) {
        let fits = |lower: &Head, upper: &Head| {
            (lower.len + upper.len) as usize <= self.capacity * MERGE_EIGHTHS / 8
        };
        let lower = match (block.checked_sub(1), self.heads.get(block + 1)) {
            (Some(below), _) if fits(&self.heads[below], &self.heads[block]) => below,
            (_, Some(above)) if fits(&self.heads[block], above) => block,
            _ => return,
        };
        let upper = self.blocks.remove(lower + 1);
        self.blocks[lower].join(&upper);
        let above = self.heads.remove(lower + 1);
        self.heads[lower].join(&above);
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.heads.capacity() * size_of::<Head>()
            + self.blocks.capacity() * size_of::<Block>()
            + self.blocks.iter().map(Block::heap_bytes).sum::<usize>()
    }
}

/// The first row not before a time. Times within a block are spread evenly enough to guess where it is and
/// to look around there: halving the whole block would wait for a line of cache at every step.
fn start_of(time: i64, times: &[i64]) -> usize {
    let (Some(&first), Some(&last)) = (times.first(), times.last()) else { return 0 };
    let share = (time as f64 - first as f64) / (last as f64 - first as f64).max(1.0);
    let guess = (share.clamp(0.0, 1.0) * times.len() as f64) as usize;
    let mut width = NEAR;
    loop {
        let (from, to) = (guess.saturating_sub(width), (guess + width).min(times.len()));
        let after = from.checked_sub(1).is_none_or(|below| times[below] < time);
        let before = times.get(to).is_none_or(|above| *above >= time);
        if after && before {
            return from + times[from..to].partition_point(|at| *at < time);
        }
        width *= 4;
    }
}

/// Where a slot is. Goes by stretches, each compared without a branch.
fn position_of(slot: u32, slots: &[u32]) -> Option<usize> {
    // Mostly it is the first: few rows share their time.
    if slots.first() == Some(&slot) {
        return Some(0);
    }
    let holds = |stretch: &[u32]| stretch.iter().fold(false, |found, other| found | (*other == slot));
    let stretch = slots.chunks(STRETCH).position(holds)? * STRETCH;
    Some(stretch + slots[stretch..].iter().position(|other| *other == slot)?)
}

impl Head {
    const fn new(first: (i64, u64)) -> Self {
        Self { first, last: first.0, len: 0, other_low: u32::MAX, other_high: 0, counts: [0; COUNTED] }
    }

    /// The head of a block as it is; the block must hold a row.
    pub(super) fn of(block: &Block, rows: &Rows) -> Self {
        debug_assert!((1..=ROWS).contains(&block.len()));
        let mut head = Self::new((block.times[0], rows.get(block.slots[0]).id));
        head.last = block.times[block.len() - 1];
        head.len = block.len() as u32;
        for &other in &block.others {
            head.note_other(other);
        }
        for (number, count) in (0..).zip(&mut head.counts) {
            *count = block.plane(number).map_or(0, |rows| plane::count(rows) as u16);
        }
        head
    }

    fn note(&mut self, other: Option<u32>, planes: &[u32]) {
        if let Some(other) = other {
            self.note_other(other);
        }
        for &number in planes {
            if let Some(count) = self.counts.get_mut(number as usize) {
                *count += 1;
            }
        }
    }

    /// Takes a row's flags out of the counts.
    fn forget(&mut self, row: &Row) {
        for (bit, count) in self.counts.iter_mut().enumerate() {
            *count -= if bit == SNOOZED as usize { u16::from(row.snoozed) } else { row.flags >> bit & 1 };
        }
    }

    fn note_other(&mut self, other: u32) {
        if other > 0 {
            self.other_low = self.other_low.min(other);
            self.other_high = self.other_high.max(other);
        }
    }

    fn join(&mut self, above: &Self) {
        self.last = above.last;
        self.len += above.len;
        self.other_low = self.other_low.min(above.other_low);
        self.other_high = self.other_high.max(above.other_high);
        for (count, more) in self.counts.iter_mut().zip(above.counts) {
            *count += more;
        }
    }
}
