//! Which value of which field is in which plane. Dictionaries only grow: a new value takes the next
//! code, and a code that needs one more bit takes the next plane.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use super::codes::Codes;
use super::rows::Row;
use crate::conversation::{Entry, Flags};
use crate::id::IdHasher;

/// The plane of rows snoozed now; the planes before it are the flags, by bit number.
pub(super) const SNOOZED: u32 = Flags::COUNT as u32;
/// Planes of which every block's head keeps the count.
pub(super) const COUNTED: usize = Flags::COUNT + 1;

/// Categories with a plane of their own: they are a short list in nearly every account and asked for most,
/// and so cost one plane read instead of four or five.
const OWN_PLANES: usize = 16;

/// All dictionaries of an index.
#[derive(Debug)]
pub(super) struct Schema {
    planes: u32,
    pub(super) owner: Column,
    pub(super) campaign: Column,
    pub(super) client: Column,
    pub(super) mailbox: Column,
    pub(super) category: Column,
    pub(super) subsequence: Column,
    /// Tag id to plane; a row may have several.
    tags: HashMap<u64, u32, BuildHasherDefault<IdHasher>>,
}

impl Default for Schema {
    fn default() -> Self {
        let mut planes = COUNTED as u32;
        Self {
            category: Column::new(OWN_PLANES, &mut planes),
            client: Column::new(0, &mut planes),
            owner: Column::new(0, &mut planes),
            campaign: Column::new(0, &mut planes),
            mailbox: Column::new(0, &mut planes),
            subsequence: Column::new(0, &mut planes),
            tags: HashMap::default(),
            planes,
        }
    }
}

impl Schema {
    /// The entry's codes, making new ones where a value is new.
    pub(super) fn encode(&mut self, entry: &Entry) -> Codes {
        let planes = &mut self.planes;
        Codes {
            owner: self.owner.code(entry.owner.map(|id| id.0), planes),
            campaign: self.campaign.code(Some(entry.campaign.0), planes),
            client: self.client.code(entry.client.map(|id| id.0), planes),
            mailbox: self.mailbox.code(entry.mailbox.map(|id| id.0), planes),
            category: self.category.code(entry.category.map(|id| id.0), planes),
            subsequence: self.subsequence.code(entry.subsequence.map(|id| id.0), planes),
        }
    }

    /// Planes in use: their numbers are below this.
    pub(super) const fn planes(&self) -> usize {
        self.planes as usize
    }

    /// A tag's plane, making one if it is new.
    pub(super) fn tag(&mut self, id: u64) -> u32 {
        let planes = &mut self.planes;
        *self.tags.entry(id).or_insert_with(|| take(planes))
    }

    /// A tag's plane, if any row ever had it.
    pub(super) fn known_tag(&self, id: u64) -> Option<u32> {
        self.tags.get(&id).copied()
    }

    /// Every tag with its plane.
    pub(super) fn tags(&self) -> impl Iterator<Item = (u64, u32)> + '_ {
        self.tags.iter().map(|(id, plane)| (*id, *plane))
    }

    /// Writes the planes a row is set in, but its tags'. The owner's come last; returns where they begin:
    /// only the shelves of the whole account keep them.
    pub(super) fn planes_of(&self, row: &Row, out: &mut Vec<u32>) -> usize {
        out.extend((0..Flags::COUNT as u32).filter(|bit| row.flags >> bit & 1 == 1));
        if row.snoozed {
            out.push(SNOOZED);
        }
        self.campaign.planes_of(row.codes.campaign, out);
        self.client.planes_of(row.codes.client, out);
        self.mailbox.planes_of(row.codes.mailbox, out);
        self.category.planes_of(row.codes.category, out);
        self.subsequence.planes_of(row.codes.subsequence, out);
        let common = out.len();
        self.owner.planes_of(row.codes.owner, out);
        common
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let columns =
            [&self.owner, &self.campaign, &self.client, &self.mailbox, &self.category, &self.subsequence];
        columns.iter().map(|column| column.heap_bytes()).sum::<usize>()
            + self.tags.capacity() * size_of::<(u64, u32)>()
    }
}

/// A field with one value a row: a dictionary, and the planes its codes are written in. Codes below the
/// number of own planes have a plane each; higher ones are written bit by bit, least first, in further ones.
#[derive(Debug)]
pub(super) struct Column {
    codes: HashMap<u64, u32, BuildHasherDefault<IdHasher>>,
    ids: Vec<u64>,
    own_limit: usize,
    pub(super) own: Vec<u32>,
    pub(super) bits: Vec<u32>,
}

impl Column {
    fn new(own_limit: usize, planes: &mut u32) -> Self {
        let own = if own_limit > 0 { vec![take(planes)] } else { Vec::new() };
        Self { codes: HashMap::default(), ids: vec![0], own_limit, own, bits: Vec::new() }
    }

    fn code(&mut self, id: Option<u64>, planes: &mut u32) -> u32 {
        let Some(id) = id else { return 0 };
        if let Some(code) = self.codes.get(&id) {
            return *code;
        }
        let code = self.ids.len();
        self.ids.push(id);
        self.codes.insert(id, code as u32);
        if code < self.own_limit {
            self.own.push(take(planes));
        } else {
            while code >> self.bits.len() != 0 {
                self.bits.push(take(planes));
            }
        }
        code as u32
    }

    /// The code of an id, if any row ever had it.
    pub(super) fn known(&self, id: u64) -> Option<u32> {
        self.codes.get(&id).copied()
    }

    /// The id of a code; none for 0.
    pub(super) fn id(&self, code: u32) -> Option<u64> {
        Some(self.ids[code as usize]).filter(|id| *id != 0)
    }

    /// Codes in use, "none" included.
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    fn planes_of(&self, code: u32, out: &mut Vec<u32>) {
        match self.own.get(code as usize) {
            Some(plane) => out.push(*plane),
            None => out.extend(
                self.bits.iter().enumerate().filter(|(bit, _)| code >> bit & 1 == 1).map(|(_, plane)| *plane),
            ),
        }
    }

    fn heap_bytes(&self) -> usize {
        self.codes.capacity() * size_of::<(u64, u32)>()
            + self.ids.capacity() * size_of::<u64>()
            + (self.own.capacity() + self.bits.capacity()) * size_of::<u32>()
    }
}

fn take(planes: &mut u32) -> u32 {
    *planes += 1;
    *planes - 1
}
