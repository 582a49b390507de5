//! Lists narrowed to a few conversations (what a search found, what has a message scheduled, a reminder or a task): those rows are
//! tested one by one, which costs by their number and not by the account's size.

use super::Index;
use super::rows::Row;
use crate::filter::Query;
use crate::id::ConversationId;
use crate::time::Timestamp;
use crate::view::{Partition, Sort, next_key};

/// One row in so many costs as much to test by itself as all of them do as a mask: a row that is tested is put together from
/// its planes, some hundred nanoseconds, and a row of a mask takes about one.
const FEW: usize = 256;

impl Index {
    /// The conversations that a list tests one by one, if it does: those with the time to come that the list is about, those
    /// that a search found where they are few. An order by such a time elsewhere asks every row.
    pub(super) fn narrowed(&self, query: &Query) -> Option<Vec<ConversationId>> {
        let among = query.filter.among.as_ref();
        let is_in = |id: &ConversationId| among.is_none_or(|among| among.contains(*id));
        if let Some((next, by)) = query.filter.due_by().next() {
            let held = self.next[next as usize].iter().filter(|(_, time)| **time <= by.0);
            return Some(held.map(|(id, _)| ConversationId(*id)).filter(is_in).collect());
        }
        if let Some(next) = query.view.base().has {
            return Some(
                self.next[next as usize].keys().map(|id| ConversationId(*id)).filter(is_in).collect(),
            );
        }
        match among {
            Some(among) if among.len() * FEW < self.len() => Some(among.iter().collect()),
            _ if query.sort.next_time().is_some() => {
                let ids = self.rows.slots().map(|slot| ConversationId(self.rows.get(slot).id));
                Some(ids.filter(is_in).collect())
            }
            _ => None,
        }
    }

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
        let key = |row: &Row| {
            let time = match query.sort.next_time() {
                Some((next, earliest_first)) => next_key(self.next_of(next, row.id), earliest_first),
                None if query.sort == Sort::SentTimeDesc => row.sent,
                None => row.reply,
            };
            (time, row.id)
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
