//! Lists narrowed to given conversations (what a search found, what has a message scheduled): those rows are
//! tested one by one, which costs by their number and not by the account's size.

use std::borrow::Cow;

use super::Index;
use super::rows::{NO_TIME, Row};
use crate::filter::Query;
use crate::id::ConversationId;
use crate::time::Timestamp;
use crate::view::{Partition, Sort};

impl Index {
    /// The conversations a list is narrowed to before anything else, if it is: those a search found, those with a
    /// message scheduled. An order by scheduled time elsewhere asks every row.
    pub(super) fn narrowed<'a>(&self, query: &'a Query) -> Option<Cow<'a, [ConversationId]>> {
        let by_schedule = matches!(query.sort, Sort::ScheduledTimeAsc | Sort::ScheduledTimeDesc);
        if let Some(among) = &query.filter.among {
            return Some(Cow::Borrowed(among));
        }
        if query.view.base().scheduled {
            return Some(self.scheduled.keys().map(|id| ConversationId(*id)).collect());
        }
        by_schedule.then(|| self.rows.slots().map(|slot| ConversationId(self.rows.get(slot).id)).collect())
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
            let scheduled = || self.scheduled.get(&row.id).copied();
            let time = match query.sort {
                Sort::ReplyTimeDesc => row.reply,
                Sort::SentTimeDesc => row.sent,
                Sort::ScheduledTimeDesc => scheduled().unwrap_or(NO_TIME),
                Sort::ScheduledTimeAsc => scheduled().map_or(NO_TIME, |time| -time),
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
