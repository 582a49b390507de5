//! The index: answers every list from memory. See the module's own description once built.

use crate::conversation::Entry;
use crate::filter::Query;
use crate::id::{ConversationId, Seq};
use crate::time::Timestamp;

/// One account's index.
#[derive(Debug, Default)]
pub struct Index {}

/// One row of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The conversation.
    pub conversation: ConversationId,
    /// The latest change that touched its row: a cached rendering made at or after it is current.
    pub changed: Seq,
    /// Set while it is snoozed at the query's `now`.
    pub snoozed_until: Option<Timestamp>,
}

/// A list's answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Rows that match, exactly.
    pub total: u64,
    /// The page asked for.
    pub hits: Vec<Hit>,
}

impl Index {
    /// An empty index of blocks of 2,048 rows.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Builds an index from all rows at once; faster than putting them one by one. `at` becomes every row's
    /// `changed`.
    #[must_use]
    pub fn load(_rows: Vec<Entry>, _at: Seq) -> Self {
        Self::default()
    }

    /// Replaces (or inserts) a row's entry. Idempotent.
    pub fn put(&mut self, _row: &Entry, _changed: Seq) {}

    /// Removes a row, if it is there.
    pub fn remove(&mut self, _conversation: ConversationId) {}

    /// The row's entry as the index holds it (for `doctor` and for tests).
    #[must_use]
    pub fn get(&self, _conversation: ConversationId) -> Option<Entry> {
        None
    }

    /// Rows held.
    #[must_use]
    pub fn len(&self) -> usize {
        0
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
        None
    }

    /// Lets what is due at `now` take effect (snoozes ending). Returns the conversations woken, for the worker
    /// that writes the change. Queries at `now` require that this was called first.
    pub fn settle(&mut self, _now: Timestamp) -> Vec<ConversationId> {
        Vec::new()
    }

    /// Answers a list at `now`.
    #[must_use]
    pub fn list(&self, _query: &Query, _now: Timestamp) -> Page {
        Page::default()
    }

    /// Bytes held on the heap, counted, not guessed.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        0
    }
}
