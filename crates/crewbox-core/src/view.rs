//! The lists: each a row of one table. A view says which conversations are in it and how it may be sorted. How many ids
//! a filter takes is a rule of the API.

use serde::{Deserialize, Serialize};

use crate::conversation::{Entry, Flags};
use crate::time::Timestamp;

/// One of the fixed lists. It is stored as the last part of its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
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
    Reminders,
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
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
    /// The earliest reminder first (`REMINDER_TIME_ASC`).
    ReminderTimeAsc,
    /// The latest reminder first (`REMINDER_TIME_DESC`).
    ReminderTimeDesc,
}

/// A time of something that is to come, which only some conversations have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NextTime {
    /// The earliest time that a message is scheduled for.
    Scheduled,
    /// The earliest time of an open reminder.
    Reminder,
    /// The earliest due time of an open task.
    Task,
}

impl NextTime {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Scheduled, Self::Reminder, Self::Task];

    /// A conversation's, if it has one.
    #[must_use]
    pub const fn of(self, row: &Entry) -> Option<Timestamp> {
        match self {
            Self::Scheduled => row.scheduled_time,
            Self::Reminder => row.reminder_time,
            Self::Task => row.task_time,
        }
    }
}

impl Sort {
    /// Every one.
    pub const ALL: [Self; 6] = [
        Self::ReplyTimeDesc,
        Self::SentTimeDesc,
        Self::ScheduledTimeAsc,
        Self::ScheduledTimeDesc,
        Self::ReminderTimeAsc,
        Self::ReminderTimeDesc,
    ];

    /// The time to come that it orders by, and whether the earliest is first; none where it orders by messages.
    #[must_use]
    pub const fn next_time(self) -> Option<(NextTime, bool)> {
        match self {
            Self::ReplyTimeDesc | Self::SentTimeDesc => None,
            Self::ScheduledTimeAsc => Some((NextTime::Scheduled, true)),
            Self::ScheduledTimeDesc => Some((NextTime::Scheduled, false)),
            Self::ReminderTimeAsc => Some((NextTime::Reminder, true)),
            Self::ReminderTimeDesc => Some((NextTime::Reminder, false)),
        }
    }

    /// What a row is ordered by, greatest first; rows without a time have the least number there is.
    #[must_use]
    pub fn key(self, row: &Entry) -> i64 {
        let millis = |time: Option<Timestamp>| time.map_or(i64::MIN, Timestamp::millis);
        match self.next_time() {
            Some((next, earliest_first)) => next_key(next.of(row).map(Timestamp::millis), earliest_first),
            None if self == Self::SentTimeDesc => millis(row.sent_time),
            None => millis(row.reply_time),
        }
    }
}

/// The key of a time to come, in milliseconds, as [`Sort::key`] has it.
pub(crate) fn next_key(time: Option<i64>, earliest_first: bool) -> i64 {
    match time {
        None => i64::MIN,
        Some(time) if earliest_first => time.saturating_neg(),
        Some(time) => time,
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
    /// Only what has this time to come.
    pub has: Option<NextTime>,
    /// How it may be sorted; without a choice it is the first.
    pub sorts: &'static [Sort],
}

const BY_REPLY_OR_SENT: &[Sort] = &[Sort::ReplyTimeDesc, Sort::SentTimeDesc];
const BY_SCHEDULE: &[Sort] = &[Sort::ScheduledTimeAsc, Sort::ScheduledTimeDesc];
const BY_REMINDER: &[Sort] = &[Sort::ReminderTimeAsc, Sort::ReminderTimeDesc];

/// Every view.
pub const VIEWS: [Base; 11] = [
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
        has: Some(NextTime::Scheduled),
        sorts: BY_SCHEDULE,
        ..base(View::Scheduled, "scheduled", Partition::All, Flags::NONE, Flags::NONE)
    },
    Base {
        has: Some(NextTime::Reminder),
        sorts: BY_REMINDER,
        ..base(View::Reminders, "reminders", Partition::All, Flags::NONE, Flags::NONE)
    },
];

const fn base(view: View, path: &'static str, partition: Partition, require: Flags, forbid: Flags) -> Base {
    let sorts = BY_REPLY_OR_SENT;
    Base { view, path, partition, require, forbid, snoozed: false, has: None, sorts }
}

impl From<View> for &'static str {
    fn from(view: View) -> Self {
        view.base().path
    }
}

impl TryFrom<String> for View {
    type Error = String;

    fn try_from(path: String) -> Result<Self, String> {
        let found = VIEWS.iter().find(|base| base.path == path);
        found.map(|base| base.view).ok_or_else(|| format!("there is no list {path}"))
    }
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
