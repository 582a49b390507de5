//! What each member did in a period, as the table shows it.

use crewbox_app::team::MemberPerformance;
use crewbox_core::team::{Durations, HalfSeconds};

use super::span;

/// A row of the table.
pub(super) struct PerformanceRow {
    pub(super) name: String,
    pub(super) received: u64,
    pub(super) sent: u64,
    /// Of first responses, then of all.
    pub(super) times: [Times; 2],
}

/// How long responses took, in words; none where there are none.
pub(super) struct Times {
    pub(super) median: Option<String>,
    pub(super) p90: Option<String>,
}

impl PerformanceRow {
    pub(super) fn of(member: &MemberPerformance) -> Self {
        let figures = &member.figures;
        Self {
            name: member.name.clone(),
            received: figures.replies_received,
            sent: figures.replies_sent,
            times: [Times::of(&figures.first_response), Times::of(&figures.response)],
        }
    }
}

impl Times {
    fn of(durations: &Durations) -> Self {
        Self {
            median: durations.median.map(|HalfSeconds(halves)| span::words(halves / 2)),
            p90: durations.p90.map(|seconds| span::words(seconds.into())),
        }
    }
}
