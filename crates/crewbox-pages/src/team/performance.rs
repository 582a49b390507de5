//! What each member did in a period, as the table shows it.

use crewbox_app::team::{MemberPerformance, TeamPerformance};
use crewbox_core::saved_view::SavedList;
use crewbox_core::team::{Durations, HalfSeconds, PerformanceFigure};

use super::span;
use crate::inbox::Place;

/// A row of the table.
pub(super) struct PerformanceRow {
    pub(super) name: String,
    /// Of replies, each with what was done with them.
    pub(super) replies: [(Behind, &'static str); 2],
    /// Of first responses, then of all.
    pub(super) times: [Times; 2],
}

/// A number, and the list of the conversations behind it; no list for 0.
pub(super) struct Behind {
    pub(super) count: u64,
    pub(super) path: Option<String>,
}

/// How long responses took, in words; none where there are none.
pub(super) struct Times {
    /// The list of the conversations with these responses.
    pub(super) path: String,
    pub(super) median: Option<String>,
    pub(super) p90: Option<String>,
}

impl PerformanceRow {
    pub(super) fn of(member: &MemberPerformance, team: &TeamPerformance) -> Self {
        let figures = &member.figures;
        let path = |figure| {
            let rows = team.rows(member.id, figure);
            Place::of_list(&SavedList { view: rows.view, filters: rows.filter, sort: None }).path()
        };
        let behind = |count, figure| Behind { count, path: (count > 0).then(|| path(figure)) };
        let times = |durations, figure| Times::of(durations, path(figure));
        Self {
            name: member.name.clone(),
            replies: [
                (behind(figures.replies_received, PerformanceFigure::RepliesReceived), "received"),
                (behind(figures.replies_sent, PerformanceFigure::RepliesSent), "sent"),
            ],
            times: [
                times(&figures.first_response, PerformanceFigure::FirstResponse),
                times(&figures.response, PerformanceFigure::Response),
            ],
        }
    }
}

impl Times {
    fn of(durations: &Durations, path: String) -> Self {
        Self {
            path,
            median: durations.median.map(|HalfSeconds(halves)| span::words(halves / 2)),
            p90: durations.p90.map(|seconds| span::words(seconds.into())),
        }
    }
}
