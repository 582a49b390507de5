//! Lists narrowed to given conversations (what a search found): those rows are tested one by one, which costs
//! by their number and not by the account's size.

use super::Index;
use super::rows::Row;
use crate::filter::Query;
use crate::id::ConversationId;
use crate::time::Timestamp;
use crate::view::{Partition, Sort};

impl Index {
    /// The total, and the page's slots.
    pub(super) fn list_among(
        &self,
        query: &Query,
        among: &[ConversationId],
        now: Timestamp,
    ) -> (u64, Vec<u32>) {
        let mut unlimited = query.clone();
        unlimited.filter.among = None;
        let owner = match query.view.base().partition {
            Partition::Mine => match self.schema.owner.known(query.me.0) {
                Some(code) => Some(code),
                None => return (0, Vec::new()),
            },
            Partition::Nobody => Some(0),
            Partition::All => None,
        };
        let key = |row: &Row| match query.sort {
            Sort::ReplyTimeDesc => (row.reply, row.id),
            Sort::SentTimeDesc => (row.sent, row.id),
        };
        let mut found: Vec<((i64, u64), u32)> = among
            .iter()
            .filter_map(|id| self.rows.slot(id.0))
            .map(|slot| (self.rows.get(slot), slot))
            // The cheap half of the test first: most finds of a search are another member's.
            .filter(|(row, _)| owner.is_none_or(|owner| row.codes.owner == owner))
            .filter(|(_, slot)| unlimited.matches(&self.entry(*slot), now))
            .map(|(row, slot)| (key(row), slot))
            .collect();
        found.sort_unstable_by(|a, b| b.cmp(a));
        let page = found.iter().skip(usize::try_from(query.offset).unwrap_or(usize::MAX));
        (found.len() as u64, page.take(query.limit as usize).map(|(_, slot)| *slot).collect())
    }
}
