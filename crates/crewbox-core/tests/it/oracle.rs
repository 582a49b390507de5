//! The plain meaning of a list: a scan over all rows. Slow and obvious; the index must agree with it.

use crewbox_core::conversation::Entry;
use crewbox_core::filter::Query;
use crewbox_core::id::ConversationId;
use crewbox_core::time::Timestamp;

/// All rows, in no order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Oracle {
    rows: Vec<Entry>,
}

impl Oracle {
    /// Holds these rows; their ids must differ.
    pub(crate) fn new(rows: Vec<Entry>) -> Self {
        Self { rows }
    }

    /// Replaces or inserts a row.
    pub(crate) fn put(&mut self, row: Entry) {
        self.remove(row.id);
        self.rows.push(row);
    }

    /// Removes a row, if it is there.
    pub(crate) fn remove(&mut self, id: ConversationId) {
        self.rows.retain(|row| row.id != id);
    }

    /// All rows.
    pub(crate) fn rows(&self) -> &[Entry] {
        &self.rows
    }

    /// The total, and the page's conversations with the end of their snooze if it is still to come.
    pub(crate) fn list(
        &self,
        query: &Query,
        now: Timestamp,
    ) -> (u64, Vec<(ConversationId, Option<Timestamp>)>) {
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
