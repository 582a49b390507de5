//! The slot table: what the index knows of each row, by dense slot, and which slot a conversation has.
//! Grows by whole chunks, so that no update ever copies the table.

use std::collections::BTreeMap;

use super::codes::Codes;

/// Rows a chunk.
const CHUNK: usize = 4_096;
/// Ids a page of the id table: ids are handed out in blocks of 1,000, so a page is nearly full or absent.
const PAGE: usize = 1_024;
/// No slot.
const NONE: u32 = u32::MAX;
/// "No time": sorts before every real time, so last in a descending list.
pub(super) const NO_TIME: i64 = i64::MIN;

/// One row. Its tags are only in the planes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// Conversation id; zero marks a free slot.
    pub(super) id: u64,
    /// The latest change that touched it.
    pub(super) changed: u64,
    /// Milliseconds, or [`NO_TIME`].
    pub(super) reply: i64,
    /// Milliseconds, or [`NO_TIME`].
    pub(super) sent: i64,
    /// Milliseconds, or [`NO_TIME`]; may be past.
    pub(super) snoozed_until: i64,
    /// Dictionary codes.
    pub(super) codes: Codes,
    /// The conversation's flags.
    pub(super) flags: u16,
    /// Whether the snooze is still to end: it is in the due set then, and its plane bit is set.
    pub(super) snoozed: bool,
}

/// The slots of ids that are side by side.
#[derive(Clone, Copy, Debug)]
pub(super) struct IdPage<'a>(&'a [u32; PAGE]);

impl IdPage<'_> {
    /// The slot of an id of this page.
    pub(super) fn slot(&self, id: u64) -> Option<u32> {
        Some(self.0[(id % PAGE as u64) as usize]).filter(|slot| *slot != NONE)
    }
}

/// All rows.
#[derive(Debug, Default)]
pub(super) struct Rows {
    chunks: Vec<Vec<Row>>,
    pages: BTreeMap<u64, Box<[u32; PAGE]>>,
    free: Vec<u32>,
    len: usize,
}

impl Rows {
    pub(super) fn get(&self, slot: u32) -> &Row {
        &self.chunks[slot as usize / CHUNK][slot as usize % CHUNK]
    }

    pub(super) fn get_mut(&mut self, slot: u32) -> &mut Row {
        &mut self.chunks[slot as usize / CHUNK][slot as usize % CHUNK]
    }

    pub(super) fn slot(&self, id: u64) -> Option<u32> {
        let page = self.pages.get(&(id / PAGE as u64))?;
        Some(page[(id % PAGE as u64) as usize]).filter(|slot| *slot != NONE)
    }

    /// The page of an id, for the ids beside it. Whoever asks for many that ascend looks each page up once.
    pub(super) fn page_of(&self, id: u64) -> Option<IdPage<'_>> {
        self.pages.get(&(id / PAGE as u64)).map(|page| IdPage(page))
    }

    /// One more than the highest slot.
    pub(super) fn capacity(&self) -> usize {
        self.chunks.iter().map(Vec::len).sum()
    }

    /// Takes a slot for a row that has none yet.
    pub(super) fn add(&mut self, row: Row) -> u32 {
        let slot = if let Some(slot) = self.free.pop() {
            *self.get_mut(slot) = row;
            slot
        } else {
            if self.chunks.last().is_none_or(|chunk| chunk.len() == CHUNK) {
                self.chunks.push(Vec::with_capacity(CHUNK));
            }
            let whole = (self.chunks.len() - 1) * CHUNK;
            let chunk = &mut self.chunks[whole / CHUNK];
            chunk.push(row);
            (whole + chunk.len() - 1) as u32
        };
        let page = self.pages.entry(row.id / PAGE as u64).or_insert_with(|| Box::new([NONE; PAGE]));
        page[(row.id % PAGE as u64) as usize] = slot;
        self.len += 1;
        slot
    }

    /// Frees a row's slot.
    pub(super) fn remove(&mut self, slot: u32) {
        let id = std::mem::take(&mut self.get_mut(slot).id);
        if let Some(page) = self.pages.get_mut(&(id / PAGE as u64)) {
            page[(id % PAGE as u64) as usize] = NONE;
        }
        self.free.push(slot);
        self.len -= 1;
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Every slot in use.
    pub(super) fn slots(&self) -> impl Iterator<Item = u32> + '_ {
        (0_u32..).zip(self.chunks.iter().flatten()).filter(|(_, row)| row.id != 0).map(|(slot, _)| slot)
    }

    pub(super) fn heap_bytes(&self) -> usize {
        // A B-tree node of eleven entries is on average two thirds full.
        let page = size_of::<[u32; PAGE]>() + (size_of::<u64>() + size_of::<usize>()) * 3 / 2;
        self.chunks.iter().map(|chunk| chunk.capacity() * size_of::<Row>()).sum::<usize>()
            + self.chunks.capacity() * size_of::<Vec<Row>>()
            + self.pages.len() * page
            + self.free.capacity() * size_of::<u32>()
    }
}
