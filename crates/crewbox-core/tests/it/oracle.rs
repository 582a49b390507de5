//! The plain meaning of a list: a scan over all rows. Slow and obvious; the index must agree with it.

use crate::conversation::Entry;
use crate::filter::Query;
use crate::id::ConversationId;
use crate::time::Timestamp;

/// All rows, in no order.
#[derive(Clone, Debug, Default)]
pub struct Oracle {
    rows: Vec<Entry>,
}

impl Oracle {
    /// Holds these rows; their ids must differ.
    #[must_use]
    pub fn new(rows: Vec<Entry>) -> Self {
        Self { rows }
    }

    /// Replaces or inserts a row.
    pub fn put(&mut self, row: Entry) {
        self.remove(row.id);
        self.rows.push(row);
    }

    /// Removes a row, if it is there.
    pub fn remove(&mut self, id: ConversationId) {
        self.rows.retain(|row| row.id != id);
    }

    /// All rows.
    #[must_use]
    pub fn rows(&self) -> &[Entry] {
        &self.rows
    }

    /// The total, and the page's conversations with the end of their snooze if it is still to come.
    #[must_use]
    pub fn list(&self, query: &Query, now: Timestamp) -> (u64, Vec<(ConversationId, Option<Timestamp>)>) {
        let mut matching: Vec<&Entry> = self.rows.iter().filter(|row| query.matches(row, now)).collect();
        matching.sort_unstable_by_key(|row| std::cmp::Reverse((query.sort.key(row), row.id)));
        let page = matching
            .iter()
            .skip(usize::try_from(query.offset).unwrap_or(usize::MAX))
            .take(query.limit as usize)
            .map(|row| (row.id, row.snoozed_until.filter(|until| *until > now)));
        (matching.len() as u64, page.collect())
    }
}
