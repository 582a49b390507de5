//! Builds an index from all rows at once. Rows are written as sets of planes first, a few words each; a block
//! is then its rows' sets transposed, sixty-four rows at a time, which costs a hundredth of putting the rows in
//! one by one. Owns no state of the index and no rule about it: what it builds is what puts would have built.

use super::block::Block;
use super::plane::{EMPTY, Plane, ROWS, WORDS};
use super::rows::Rows;
use super::schema::Schema;
use super::shelf::{Head, Shelf};
use super::{Index, Pair};
use crate::conversation::Entry;
use crate::id::Seq;
use crate::view::Sort;

/// A row's sort key on a shelf, and its slot. Slots ascend with the ids, so equal times are in order by slot.
type Key = (i64, u32);

/// The planes each row is set in, as one bit set a slot.
struct Bits {
    /// Words a row.
    stride: usize,
    words: Vec<u64>,
    /// One row's words with every plane set but the owner's, which only the whole account's shelves keep.
    unowned: Vec<u64>,
}

/// Room for building one block after the other. Its planes are empty between two blocks.
struct Bench {
    planes: Vec<Plane>,
    /// By word of a row: the planes set in any row so far.
    present: Vec<u64>,
}

impl Index {
    /// Builds an index from all rows at once; much faster than putting them one by one. `at` becomes every
    /// row's `changed`. Of rows with the same id the last counts.
    #[must_use]
    pub fn load(mut entries: Vec<Entry>, at: Seq) -> Self {
        let mut index = Self::new();
        entries.sort_by_key(|entry| entry.id);
        let mut tags: Vec<(u32, u32)> = Vec::new();
        for (entry, next) in entries.iter().zip(entries.iter().skip(1).map(Some).chain([None])) {
            if next.is_some_and(|next| next.id == entry.id) {
                continue;
            }
            let row = index.row(entry, at);
            let slot = index.rows.add(row);
            tags.extend(entry.tags.iter().map(|tag| (slot, index.schema.tag(tag.0))));
        }
        drop(entries);
        index.shelve(&tags);
        index.due = index
            .rows
            .slots()
            .map(|slot| (index.rows.get(slot), slot))
            .filter(|(row, _)| row.snoozed)
            .map(|(row, slot)| (row.snoozed_until, slot))
            .collect();
        index
    }

    /// Builds every shelf from the rows and their tags' (slot, plane).
    fn shelve(&mut self, tags: &[(u32, u32)]) {
        let bits = Bits::of(&self.rows, &self.schema, tags);
        // The two orders share nothing, so they are built side by side.
        let built = std::thread::scope(|scope| {
            let sent = scope.spawn(|| self.shelves_by(Sort::SentTimeDesc, &bits));
            (self.shelves_by(Sort::ReplyTimeDesc, &bits), sent.join())
        });
        let (all, owned) = built.0;
        let (all_sent, owned_sent) = built.1.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        self.all = [all, all_sent];
        self.owned = owned.into_iter().zip(owned_sent).map(Pair::from).collect();
    }

    /// The whole account's shelf and each owner's, in one order.
    fn shelves_by(&self, order: Sort, bits: &Bits) -> (Shelf, Vec<Shelf>) {
        let mut all = Shelf::new(order, self.capacity);
        let mut bench = Bench { planes: vec![EMPTY; 64 * bits.stride], present: vec![0; bits.stride] };
        let mut keys: Vec<Key> =
            self.rows.slots().map(|slot| (all.time_of(self.rows.get(slot)), slot)).collect();
        keys.sort_unstable();
        all.fill(&keys, &self.rows, |keys| bench.block(keys, bits, &vec![u64::MAX; bits.stride]));

        // Grouped by owner, each group in order: count, then put each key where its group has come to.
        let owner = |slot: u32| self.rows.get(slot).codes.owner as usize;
        let mut ends = vec![0_usize; self.schema.owner.len()];
        for slot in self.rows.slots() {
            ends[owner(slot)] += 1;
        }
        let mut sum = 0;
        for end in &mut ends {
            sum += std::mem::replace(end, sum);
        }
        let mut grouped = vec![(0, 0); keys.len()];
        for key in keys {
            let place = &mut ends[owner(key.1)];
            grouped[*place] = key;
            *place += 1;
        }
        let mut start = 0;
        let owned = ends.into_iter().map(|end| {
            let mut shelf = Shelf::new(order, self.capacity);
            let keys = &grouped[std::mem::replace(&mut start, end)..end];
            shelf.fill(keys, &self.rows, |keys| bench.block(keys, bits, &bits.unowned));
            shelf
        });
        let owned = owned.collect();
        (all, owned)
    }
}

impl Shelf {
    /// Fills an empty shelf, block by block, with rows in order.
    fn fill(&mut self, keys: &[Key], rows: &Rows, mut block: impl FnMut(&[Key]) -> Block) {
        let count = keys.len().div_ceil(self.capacity());
        self.blocks.reserve_exact(count);
        self.heads.reserve_exact(count);
        for keys in keys.chunks(self.capacity()) {
            let mut block = block(keys);
            block.others.extend(keys.iter().filter_map(|(_, slot)| self.other_of(rows.get(*slot))));
            self.heads.push(Head::of(&block, rows));
            self.blocks.push(block);
        }
    }
}

impl Bits {
    fn of(rows: &Rows, schema: &Schema, tags: &[(u32, u32)]) -> Self {
        let stride = schema.planes().div_ceil(64);
        let mut words = vec![0; rows.len() * stride];
        let half = rows.len().div_ceil(2);
        let (lower, upper) = words.split_at_mut(half * stride);
        std::thread::scope(|scope| {
            scope.spawn(|| write(upper, stride, half, rows, schema));
            write(lower, stride, 0, rows, schema);
        });
        for (slot, plane) in tags {
            set(&mut words[*slot as usize * stride..], *plane);
        }
        let mut unowned = vec![u64::MAX; stride];
        for plane in schema.owner.own.iter().chain(&schema.owner.bits) {
            unowned[*plane as usize / 64] &= !(1 << (plane % 64));
        }
        Self { stride, words, unowned }
    }
}

/// Writes the planes of all rows from slot `first` on but their tags'.
fn write(words: &mut [u64], stride: usize, first: usize, rows: &Rows, schema: &Schema) {
    let mut planes = Vec::new();
    for (slot, words) in (first as u32..).zip(words.chunks_mut(stride)) {
        planes.clear();
        schema.planes_of(rows.get(slot), &mut planes);
        for plane in &planes {
            set(words, *plane);
        }
    }
}

fn set(words: &mut [u64], plane: u32) {
    words[plane as usize / 64] |= 1 << (plane % 64);
}

impl Bench {
    /// A block of these rows, of the planes in `kept`; the other time is the caller's part.
    fn block(&mut self, keys: &[Key], bits: &Bits, kept: &[u64]) -> Block {
        debug_assert!(keys.len() <= ROWS);
        self.present.fill(0);
        for (group, keys) in keys.chunks(64).enumerate() {
            for (word, kept) in kept.iter().enumerate() {
                let mut lanes = [0; 64];
                for (lane, (_, slot)) in lanes.iter_mut().zip(keys) {
                    *lane = bits.words[*slot as usize * bits.stride + word] & kept;
                }
                self.lay(group, word, &mut lanes);
            }
        }
        let mut block = Block::of(
            keys.iter().map(|(time, _)| *time).collect(),
            keys.iter().map(|(_, slot)| *slot).collect(),
        );
        let planes = self.present.iter().map(|present| present.count_ones() as usize).sum();
        block.reserve(planes, 64 * self.present.len());
        for (word, present) in self.present.iter().enumerate() {
            for bit in (0..64).filter(|bit| present >> bit & 1 == 1) {
                let number = 64 * word + bit;
                block.set_plane(number as u32, &self.planes[number]);
                self.planes[number] = EMPTY;
            }
        }
        block
    }

    /// Puts sixty-four rows' word into the planes it belongs to.
    fn lay(&mut self, group: usize, word: usize, lanes: &mut [u64; 64]) {
        debug_assert!(group < WORDS);
        let mut present = lanes.iter().fold(0, |all, lane| all | lane);
        self.present[word] |= present;
        transpose(lanes);
        while present != 0 {
            let bit = present.trailing_zeros() as usize;
            self.planes[64 * word + bit][group] = lanes[bit];
            present &= present - 1;
        }
    }
}

/// Turns a matrix of 64 by 64 bits around its diagonal: by halves, then quarters, and so on.
#[inline(never)]
fn transpose(matrix: &mut [u64; 64]) {
    let (mut width, mut mask) = (32, u64::MAX >> 32);
    while width > 0 {
        for pair in matrix.chunks_exact_mut(2 * width) {
            let (upper, lower) = pair.split_at_mut(width);
            for (upper, lower) in upper.iter_mut().zip(lower) {
                let swapped = ((*upper >> width) ^ *lower) & mask;
                *upper ^= swapped << width;
                *lower ^= swapped;
            }
        }
        width /= 2;
        mask ^= mask << width;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::Flags;
    use crate::id::{CampaignId, ConversationId, MemberId};
    use crate::time::Timestamp;

    #[test]
    fn of_rows_with_the_same_id_the_last_counts() {
        let row = |place: u64| Entry {
            id: ConversationId(1 + place % 100),
            owner: Some(MemberId(1 + place % 7)),
            campaign: CampaignId(1 + place % 5),
            client: None,
            mailbox: None,
            category: None,
            subsequence: None,
            flags: Flags::HAS_MESSAGE.with(Flags::SENT),
            reply_time: None,
            sent_time: Some(Timestamp(1_700_000_000_000 + 1_000 * place as i64)),
            scheduled_time: None,
            reminder_time: None,
            task_time: None,
            snoozed_until: None,
            tags: Vec::new(),
        };
        let mut rows: Vec<Entry> = (1..=300).map(row).collect();
        let index = Index::load(rows.clone(), Seq(9));
        index.check().expect("just loaded");
        assert_eq!(index.len(), 100);
        for row in rows.drain(..).rev().take(100) {
            assert_eq!(index.get(row.id), Some(row));
        }
    }

    #[test]
    fn transposing_swaps_rows_and_bits() {
        let mut state = 7_u64;
        let before: [u64; 64] = std::array::from_fn(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state ^ state >> 31
        });
        let mut after = before;
        transpose(&mut after);
        for (row, bits) in before.iter().enumerate() {
            for (column, turned) in after.iter().enumerate() {
                assert_eq!(bits >> column & 1, turned >> row & 1, "row {row}, bit {column}");
            }
        }
    }
}
