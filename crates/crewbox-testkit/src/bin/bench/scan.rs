//! The plain meaning of a list, to measure the index against: filter every row, sort, cut.

use crewbox_core::conversation::Entry;
use crewbox_core::filter::Query;
use crewbox_core::id::ConversationId;
use crewbox_core::time::Timestamp;

/// All rows, in no order.
pub(crate) struct Scan(Vec<Entry>);

impl Scan {
    pub(crate) const fn new(rows: Vec<Entry>) -> Self {
        Self(rows)
    }

    /// The total and the page's conversations.
    pub(crate) fn list(&self, query: &Query, now: Timestamp) -> (usize, Vec<ConversationId>) {
        let mut matching: Vec<&Entry> = self.0.iter().filter(|row| query.matches(row, now)).collect();
        matching.sort_unstable_by_key(|row| std::cmp::Reverse((query.sort.key(row), row.id)));
        let offset = usize::try_from(query.offset).unwrap_or(usize::MAX);
        let page = matching.iter().skip(offset).take(query.limit as usize).map(|row| row.id).collect();
        (matching.len(), page)
    }
}
