//! Runs a plan over a shelf: the exact total and one page, in one pass over the blocks, newest first.

use super::block::Block;
use super::plan::{FIXED, NO, Plan, YES};
use super::plane::{self, EMPTY, Plane, ROWS};
use super::rows::Rows;
use super::schema::COUNTED;
use super::shelf::{Head, Shelf, coarse};
use super::slot_mask::SlotMask;
use crate::view::Sort;

/// Blocks whose planes are fetched together: enough to keep the memory busy, few enough for the nearest cache.
const AHEAD: usize = 8;

/// What a pass gathers.
#[derive(Debug)]
struct Tally {
    total: u64,
    offset: u64,
    limit: usize,
    slots: Vec<u32>,
}

/// Room for a pass's intermediate results.
#[derive(Debug)]
struct Scratch {
    /// Row masks by result; the first two are "no row" and "the rows in range".
    masks: Vec<Plane>,
    /// In this block, which mask holds each result: absent and full planes cost nothing.
    holder: Vec<u32>,
}

/// Which rows of a block are in range.
enum Range {
    All,
    None,
    /// As many as the number says, marked in the mask of [`YES`].
    Some(u32),
}

/// Counts all rows of the plan, and of these slots if there are any, and lists the slots of its page.
pub(super) fn scan(
    shelf: &Shelf,
    rows: &Rows,
    plan: &Plan,
    among: Option<&SlotMask>,
    offset: u64,
    limit: usize,
) -> (u64, Vec<u32>) {
    let mut tally = Tally { total: 0, offset, limit, slots: Vec::new() };
    if plan.root == NO {
        return (0, tally.slots);
    }
    let mut scratch = Scratch {
        masks: vec![EMPTY; plan.nodes.len() + FIXED],
        holder: (0..(plan.nodes.len() + FIXED) as u32).collect(),
    };
    let single = plan.single();
    let planes = plan.planes();
    let blocks = blocks_in_range(shelf, plan);
    let mut next = blocks.end;
    while next > blocks.start {
        let batch = next.saturating_sub(AHEAD).max(blocks.start)..next;
        next = batch.start;
        if single.is_none() {
            fetch(&shelf.blocks[batch.clone()], &planes);
        }
        for block in batch.rev() {
            let (head, block) = (&shelf.heads[block], &shelf.blocks[block]);
            if plan.needs.iter().any(|&(number, on)| head.lacks(number, on)) {
                continue;
            }
            let range = range(shelf.order(), head, block, rows, plan, &mut scratch.masks[YES as usize]);
            let in_range = match range {
                Range::None => continue,
                Range::All => head.len,
                Range::Some(count) => count,
            };
            let whole = matches!(range, Range::All);
            if whole
                && among.is_none()
                && let Some((number, on)) = single
            {
                let set = u32::from(head.counts[number]);
                let count = if on { set } else { head.len - set };
                if !tally.reaches(count) {
                    tally.total += u64::from(count);
                    continue;
                }
            }
            if whole {
                scratch.masks[YES as usize] = plane::span(0, head.len as usize);
            }
            match (scratch.run(plan, head, block), among) {
                (NO, _) => {}
                (result, Some(among)) => {
                    let mask = among.narrow(&scratch.masks[result as usize], &block.slots);
                    tally.add(plane::count(&mask), &mask, &block.slots);
                }
                (YES, None) => tally.add(in_range, &scratch.masks[YES as usize], &block.slots),
                (result, None) => {
                    let mask = &scratch.masks[result as usize];
                    tally.add(plane::count(mask), mask, &block.slots);
                }
            }
        }
    }
    (tally.total, tally.slots)
}

/// Has the processor fetch these planes of a few blocks at once: reads that wait for nothing but memory overlap,
/// where the passes over one block after the other would each wait in turn.
fn fetch(blocks: &[Block], planes: &[u32]) {
    let each = || blocks.iter().flat_map(|block| planes.iter().map(move |number| (block, *number)));
    let places = each().fold(0, |sum, (block, number)| sum ^ block.place(number));
    std::hint::black_box(places);
    let words = each().filter_map(|(block, number)| block.plane(number));
    std::hint::black_box(words.fold(0, |sum, plane| sum ^ plane::touch(plane)));
}

/// Under the order of replies a range is a stretch of blocks; otherwise every head is asked.
fn blocks_in_range(shelf: &Shelf, plan: &Plan) -> std::ops::Range<usize> {
    match (shelf.order(), plan.reply_between) {
        (Sort::ReplyTimeDesc, Some((start, end))) => {
            let first = shelf.heads.partition_point(|head| head.last < start);
            let past = shelf.heads.partition_point(|head| head.first.0 <= end);
            first..past.max(first)
        }
        _ => 0..shelf.heads.len(),
    }
}

fn range(order: Sort, head: &Head, block: &Block, rows: &Rows, plan: &Plan, mask: &mut Plane) -> Range {
    let Some((start, end)) = plan.reply_between else { return Range::All };
    match order {
        Sort::ReplyTimeDesc => {
            if start <= head.first.0 && head.last <= end {
                return Range::All;
            }
            let from = block.times.partition_point(|time| *time < start);
            let to = block.times.partition_point(|time| *time <= end).max(from);
            *mask = plane::span(from, to);
            Range::Some((to - from) as u32)
        }
        _ => {
            let (low, high) = (coarse(start), coarse(end));
            if head.other_high < low || head.other_low > high || end < start {
                return Range::None;
            }
            if between(&block.others, low, high, mask) {
                for (row, other) in block.others.iter().enumerate() {
                    if *other == low || *other == high {
                        let reply = rows.get(block.slots[row]).reply;
                        plane::put(mask, row, start <= reply && reply <= end);
                    }
                }
            }
            Range::Some(plane::count(mask))
        }
    }
}

/// Marks the rows with `low <= other <= high`; returns whether any is on an edge.
#[inline(never)]
fn between(others: &[u32], low: u32, high: u32, mask: &mut Plane) -> bool {
    *mask = EMPTY;
    let width = high - low;
    let mut edges = 0;
    for (word, others) in mask.iter_mut().zip(others.chunks(64)) {
        let mut inside = [0; 64];
        for (inside, other) in inside.iter_mut().zip(others) {
            let above = other.wrapping_sub(low);
            *inside = u8::from(above <= width);
            edges |= u32::from(above == 0) | u32::from(above == width);
        }
        *word = plane::packed(&inside);
    }
    edges != 0
}

impl Scratch {
    /// Computes every result for a block; returns the mask that holds the answer.
    fn run(&mut self, plan: &Plan, head: &Head, block: &Block) -> u32 {
        for (result, node) in (FIXED..).zip(&plan.nodes) {
            let (then, otherwise) = (self.holder[node.then as usize], self.holder[node.otherwise as usize]);
            let plane = if then == otherwise || head.lacks(node.plane, true) {
                None
            } else if head.lacks(node.plane, false) {
                self.holder[result] = then;
                continue;
            } else {
                block.plane(node.plane)
            };
            let Some(plane) = plane else {
                self.holder[result] = otherwise;
                continue;
            };
            let (before, out) = self.masks.split_at_mut(result);
            match (then, otherwise) {
                (_, NO) => plane::both(&mut out[0], plane, &before[then as usize]),
                (NO, _) => plane::without(&mut out[0], plane, &before[otherwise as usize]),
                _ => plane::choose(&mut out[0], plane, &before[then as usize], &before[otherwise as usize]),
            }
            self.holder[result] = result as u32;
        }
        self.holder[plan.root as usize]
    }
}

impl Head {
    /// Whether no row of the block has the flag (or, with `on` false, every row has it).
    fn lacks(&self, number: u32, on: bool) -> bool {
        let nothing = if on { 0 } else { self.len as u16 };
        (number as usize) < COUNTED && self.counts[number as usize] == nothing
    }
}

const _: () = assert!(ROWS <= u16::MAX as usize, "a head counts rows in sixteen bits");

impl Tally {
    /// Whether the page has a row among the next `count`.
    fn reaches(&self, count: u32) -> bool {
        self.slots.len() < self.limit && self.total + u64::from(count) > self.offset
    }

    fn add(&mut self, count: u32, mask: &Plane, slots: &[u32]) {
        if self.reaches(count) {
            let skip = self.offset.saturating_sub(self.total) as u32;
            plane::pick(mask, slots, skip, self.limit - self.slots.len(), &mut self.slots);
        }
        self.total += u64::from(count);
    }
}
