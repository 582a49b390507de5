//! A query compiled: one decision diagram over planes. Each node reads one plane and chooses per row between
//! two results computed before it, so a block is answered by straight-line passes without a branch a row.
//! The whole conjunction is one diagram: a term's "yes" is the next term, not a mask to be ANDed later.

use super::schema::{COUNTED, Column, SNOOZED, Schema};
use crate::conversation::Flags;
use crate::filter::{Filter, Query};
use crate::id::{CategoryId, ClientId};

/// The result "no row".
pub(super) const NO: u32 = 0;
/// The result "every row in range".
pub(super) const YES: u32 = 1;
/// Results before the first node's.
pub(super) const FIXED: usize = 2;

/// How far back an equal node is looked for. Sharing is only thrift, so a bound keeps compiling linear.
const SHARED: usize = 64;

/// Per row: `then` where the plane is set, else `otherwise`. Results are numbered [`NO`], [`YES`], nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) plane: u32,
    pub(super) then: u32,
    pub(super) otherwise: u32,
}

/// A compiled query.
#[derive(Debug)]
pub(super) struct Plan {
    /// Each refers only to results before its own.
    pub(super) nodes: Vec<Node>,
    /// The result that is the answer.
    pub(super) root: u32,
    /// Flags every row of the answer has, or has not: heads that say none or all let a block be skipped.
    pub(super) needs: Vec<(u32, bool)>,
    /// Latest reply within, in milliseconds, both ends included.
    pub(super) reply_between: Option<(i64, i64)>,
}

impl Plan {
    /// Compiles all of a query but its partition, order, page and `among`. The owner filter is left out where
    /// the shelf that will be read holds one owner's rows only.
    pub(super) fn compile(query: &Query, schema: &Schema, by_owner: bool) -> Self {
        let mut plan = Self { nodes: Vec::new(), root: YES, needs: Vec::new(), reply_between: None };
        plan.narrow(query, schema, by_owner);
        if let Some((start, end)) = query.filter.reply_between {
            // The least number means "no time", which is in no range.
            plan.reply_between = Some((start.0.max(i64::MIN + 1), end.0));
        }
        plan
    }

    /// The planes it reads, each once.
    pub(super) fn planes(&self) -> Vec<u32> {
        let mut planes: Vec<u32> = self.nodes.iter().map(|node| node.plane).collect();
        planes.sort_unstable();
        planes.dedup();
        planes
    }

    /// If the answer is one counted plane, or its complement: which.
    pub(super) fn single(&self) -> Option<(usize, bool)> {
        let [node] = self.nodes[..] else { return None };
        let wanted = match (node.then, node.otherwise) {
            (YES, NO) => true,
            (NO, YES) => false,
            _ => return None,
        };
        (self.root != YES && (node.plane as usize) < COUNTED).then_some((node.plane as usize, wanted))
    }

    fn narrow(&mut self, query: &Query, schema: &Schema, by_owner: bool) {
        let Filter { category, campaigns, mailboxes, owners, clients, tags, subsequence, .. } = &query.filter;
        if let Some(tags) = tags {
            let yes = self.root;
            self.root = NO;
            for plane in tags.iter().filter_map(|tag| schema.known_tag(tag.0)) {
                self.root = self.node(plane, yes, self.root);
            }
        }
        self.within(&schema.campaign, campaigns.as_ref().map(|ids| ids.iter().map(|id| id.0)));
        self.within(&schema.mailbox, mailboxes.as_ref().map(|ids| ids.iter().map(|id| id.0)));
        self.within(&schema.client, clients.as_ref().map(|ids| ids.iter().map(|id| id.0)));
        self.within(&schema.subsequence, subsequence.map(|id| std::iter::once(id.0)));
        self.within(&schema.client, query.client.map(|ClientId(id)| std::iter::once(id)));
        let owners = owners.as_ref().filter(|_| by_owner);
        self.within(&schema.owner, owners.map(|ids| ids.iter().map(|id| id.0)));
        let known = |ids: &[CategoryId]| codes(&schema.category, ids.iter().map(|id| id.0));
        if let Some(only) = &category.only {
            let mut only = known(only);
            if category.none {
                only.insert(0, 0);
            }
            self.root = self.member(&schema.category, &only, self.root, NO);
        } else if !category.none {
            self.root = self.member(&schema.category, &[0], NO, self.root);
        }
        self.root = self.member(&schema.category, &known(&category.not), NO, self.root);
        self.statuses(&query.filter);
        self.flags(query);
    }

    fn statuses(&mut self, filter: &Filter) {
        if filter.statuses.is_empty() {
            return;
        }
        let yes = self.root;
        self.root = NO;
        for status in &filter.statuses {
            let (require, forbid) = status.needs();
            let otherwise = self.root;
            let mut chain = yes;
            for plane in bits(forbid) {
                chain = self.node(plane, otherwise, chain);
            }
            for plane in bits(require) {
                chain = self.node(plane, chain, otherwise);
            }
            self.root = chain;
        }
    }

    fn flags(&mut self, query: &Query) {
        let (base, filter) = (query.view.base(), &query.filter);
        let mut needs: Vec<(u32, bool)> = bits(base.require).map(|plane| (plane, true)).collect();
        needs.extend(bits(base.forbid).map(|plane| (plane, false)));
        needs.extend(base.snoozed.then_some((SNOOZED, true)));
        needs.extend(filter.snoozed.map(|on| (SNOOZED, on)));
        needs.extend(bits(Flags::ARCHIVED).zip(filter.archived));
        needs.extend(bits(Flags::UNREAD).zip(filter.read.map(|read| !read)));
        needs.extend(bits(Flags::IMPORTANT).zip(filter.important));
        needs.extend(bits(Flags::UNANSWERED).zip(filter.unanswered));
        needs.sort_unstable();
        needs.dedup();
        for &(plane, on) in &needs {
            let yes = self.root;
            self.root = if on { self.node(plane, yes, NO) } else { self.node(plane, NO, yes) };
        }
        self.needs = needs;
    }

    /// Keeps rows whose value is one of these.
    fn within(&mut self, column: &Column, ids: Option<impl Iterator<Item = u64>>) {
        if let Some(ids) = ids {
            self.root = self.member(column, &codes(column, ids), self.root, NO);
        }
    }

    /// The result `then` where the row's code is one of `set` (ascending), else `otherwise`.
    fn member(&mut self, column: &Column, set: &[u32], then: u32, otherwise: u32) -> u32 {
        let own = set.partition_point(|code| (*code as usize) < column.own.len());
        let mut result = self.sliced(column, &set[own..], 0, column.bits.len(), (then, otherwise));
        for code in &set[..own] {
            result = self.node(column.own[*code as usize], then, result);
        }
        result
    }

    /// The same over the bits below `bits`, for codes from `base` on. Codes not in use may fall anywhere.
    fn sliced(&mut self, column: &Column, set: &[u32], base: usize, bits: usize, ends: (u32, u32)) -> u32 {
        let used = column.len().min(base + (1 << bits)) - base;
        if set.is_empty() {
            return ends.1;
        }
        if set.len() == used {
            return ends.0;
        }
        let middle = base + (1 << (bits - 1));
        let split = set.partition_point(|code| (*code as usize) < middle);
        let lower = self.sliced(column, &set[..split], base, bits - 1, ends);
        if middle >= column.len() {
            return lower;
        }
        let upper = self.sliced(column, &set[split..], middle, bits - 1, ends);
        self.node(column.bits[bits - 1], upper, lower)
    }

    fn node(&mut self, plane: u32, then: u32, otherwise: u32) -> u32 {
        if then == otherwise {
            return then;
        }
        let node = Node { plane, then, otherwise };
        let recent = self.nodes.len().saturating_sub(SHARED);
        let place = self.nodes[recent..].iter().position(|other| *other == node);
        let place = place.map_or(self.nodes.len(), |place| recent + place);
        if place == self.nodes.len() {
            self.nodes.push(node);
        }
        (place + FIXED) as u32
    }
}

/// The planes of a set of flags.
fn bits(flags: Flags) -> impl Iterator<Item = u32> {
    (0..Flags::COUNT as u32).filter(move |bit| flags.0 >> bit & 1 == 1)
}

/// The codes of the ids that any row ever had, ascending, without repeats.
fn codes(column: &Column, ids: impl Iterator<Item = u64>) -> Vec<u32> {
    let mut codes: Vec<u32> = ids.filter_map(|id| column.known(id)).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}
