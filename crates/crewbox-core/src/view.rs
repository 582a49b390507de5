//! The lists: each a row of one table. A view says which conversations are in it and how it may be sorted. How many ids
//! a filter takes is a rule of the API.

use crate::conversation::{Entry, Flags};
use crate::time::Timestamp;

/// One of the fixed lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the table below says what each holds")]
pub enum View {
    AssignedToMe,
    Inbox,
    Unread,
    Important,
    Snoozed,
    Archived,
    Sent,
    Everything,
    Unassigned,
    Scheduled,
}

/// Which shelf a view reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Partition {
    /// The caller's own.
    Mine,
    /// Nobody's.
    Nobody,
    /// The whole account.
    All,
}

/// How a list is ordered. Always: no time last, then the higher conversation id first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Sort {
    /// Latest reply first (`REPLY_TIME_DESC`).
    #[default]
    ReplyTimeDesc,
    /// Latest sent first (`SENT_TIME_DESC`).
    SentTimeDesc,
    /// What is scheduled soonest first (`SCHEDULED_TIME_ASC`).
    ScheduledTimeAsc,
    /// What is scheduled latest first (`SCHEDULED_TIME_DESC`).
    ScheduledTimeDesc,
}

impl Sort {
    /// Every one.
    pub const ALL: [Self; 4] =
        [Self::ReplyTimeDesc, Self::SentTimeDesc, Self::ScheduledTimeAsc, Self::ScheduledTimeDesc];

    /// What a row is ordered by, greatest first; rows without a time have the least number there is.
    #[must_use]
    pub fn key(self, row: &Entry) -> i64 {
        let millis = |time: Option<Timestamp>| time.map_or(i64::MIN, Timestamp::millis);
        match self {
            Self::ReplyTimeDesc => millis(row.reply_time),
            Self::SentTimeDesc => millis(row.sent_time),
            Self::ScheduledTimeDesc => millis(row.scheduled_time),
            Self::ScheduledTimeAsc => row.scheduled_time.map_or(i64::MIN, |time| -time.millis()),
        }
    }
}

/// A view's base set.
#[derive(Clone, Copy, Debug)]
pub struct Base {
    /// The view.
    pub view: View,
    /// The last part of its path under `/master-inbox`.
    pub path: &'static str,
    /// Its shelf.
    pub partition: Partition,
    /// Facts that must all hold.
    pub require: Flags,
    /// Facts of which none may hold.
    pub forbid: Flags,
    /// Only what is snoozed at `now`.
    pub snoozed: bool,
    /// Only what has a message scheduled to be sent.
    pub scheduled: bool,
    /// How it may be sorted; without a choice it is the first.
    pub sorts: &'static [Sort],
}

const BY_REPLY_OR_SENT: &[Sort] = &[Sort::ReplyTimeDesc, Sort::SentTimeDesc];
const BY_SCHEDULE: &[Sort] = &[Sort::ScheduledTimeAsc, Sort::ScheduledTimeDesc];

/// Every view.
pub const VIEWS: [Base; 10] = [
    base(View::AssignedToMe, "assigned-me", Partition::Mine, Flags::HAS_MESSAGE, Flags::NONE),
    base(View::Inbox, "inbox-replies", Partition::All, Flags::HAS_REPLY, Flags::ARCHIVED),
    base(
        View::Unread,
        "unread-replies",
        Partition::All,
        Flags::UNREAD.with(Flags::HAS_REPLY),
        Flags::ARCHIVED,
    ),
    base(
        View::Important,
        "important",
        Partition::All,
        Flags::IMPORTANT.with(Flags::HAS_MESSAGE),
        Flags::NONE,
    ),
    Base { snoozed: true, ..base(View::Snoozed, "snoozed", Partition::All, Flags::HAS_MESSAGE, Flags::NONE) },
    base(View::Archived, "archived", Partition::All, Flags::ARCHIVED.with(Flags::HAS_MESSAGE), Flags::NONE),
    base(View::Sent, "sent", Partition::All, Flags::SENT, Flags::NONE),
    base(View::Everything, "views", Partition::All, Flags::NONE, Flags::NONE),
    base(View::Unassigned, "unassigned", Partition::Nobody, Flags::REPLIED, Flags::ARCHIVED),
    Base {
        scheduled: true,
        sorts: BY_SCHEDULE,
        ..base(View::Scheduled, "scheduled", Partition::All, Flags::NONE, Flags::NONE)
    },
];

const fn base(view: View, path: &'static str, partition: Partition, require: Flags, forbid: Flags) -> Base {
    let sorts = BY_REPLY_OR_SENT;
    Base { view, path, partition, require, forbid, snoozed: false, scheduled: false, sorts }
}

impl View {
    /// Its row of the table.
    #[must_use]
    pub fn base(self) -> &'static Base {
        &VIEWS[self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_enum() {
        for base in &VIEWS {
            assert_eq!(base.view.base().path, base.path);
        }
    }
}
