//! The days of a period and the replies of each, as a table beside the drawings.

use crewbox_app::Refusal;
use crewbox_app::team::{DailyReplies, MemberDays};
use crewbox_core::saved_view::SavedList;
use crewbox_core::team::PerformanceFigure;
use crewbox_core::time::Timestamp;
use jiff::ToSpan as _;

use super::performance::Behind;
use crate::inbox::Place;
use crate::time_text::Local;

/// A day of the member's calendar.
pub(super) struct Day {
    /// "3 Nov".
    pub(super) name: String,
    /// In ISO 8601.
    pub(super) date: String,
}

/// A row of the table: a day, and for each member the replies received and sent.
pub(super) struct DayRow {
    pub(super) name: String,
    pub(super) date: String,
    /// Each with what it counts, for a screen reader.
    pub(super) cells: Vec<(Behind, String)>,
}

/// The days up to today, so many, each with when it begins.
pub(super) fn last(count: i64, local: &Local) -> Result<Vec<(Day, Timestamp)>, Refusal> {
    let today = local.now().date();
    let mut days = Vec::new();
    for ago in (0..count).rev() {
        let date = today.checked_sub(ago.days()).map_err(|error| Refusal::Internal(error.to_string()))?;
        // A day that a zone has left out has no start; its neighbours hold its time.
        if let Some(start) = local.start_of(date) {
            days.push((Day { name: local.day(date), date: date.to_string() }, start));
        }
    }
    days.dedup_by_key(|(_, start)| *start);
    Ok(days)
}

/// The days with any reply, the latest first.
pub(super) fn rows(replies: &DailyReplies, days: &[Day]) -> Vec<DayRow> {
    let row = |(at, day): (usize, &Day)| {
        let is_empty = |member: &MemberDays| member.days[at].received + member.days[at].sent == 0;
        if replies.members.iter().all(is_empty) {
            return None;
        }
        let cells = replies.members.iter().flat_map(|member| {
            let of = member.days[at];
            let figures = [
                (of.received, PerformanceFigure::RepliesReceived, "received"),
                (of.sent, PerformanceFigure::RepliesSent, "sent"),
            ];
            figures.map(|(count, figure, what)| {
                let list = replies.rows(member.id, figure, at).filter(|_| count > 0);
                let list = list.map(|rows| SavedList { view: rows.view, filters: rows.filter, sort: None });
                let path = list.map(|list| Place::of_list(&list).path());
                let label = format!("{count} replies {what} on {}: {}", day.name, member.name);
                (Behind { count, path }, label)
            })
        });
        Some(DayRow { name: day.name.clone(), date: day.date.clone(), cells: cells.collect() })
    };
    days.iter().enumerate().rev().filter_map(row).collect()
}
