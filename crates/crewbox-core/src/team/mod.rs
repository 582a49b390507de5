//! What members do, as figures: which activities the past of a conversation has, and what they add up to in a period.
//!
//! Owns what counts as a reply received or sent and as a response time, and for which member it counts. Activities are a
//! pure function of a conversation's past, so whoever keeps them computes them again after any change of it.

mod activities;
mod activity;
mod durations;
mod kept_periods;
mod past;
mod period;
mod tally;

pub use activities::{Activities, DayReplies};
pub use activity::{Activity, ActivityFilter, ActivityKind, PerformanceFigure};
pub use durations::{Durations, HalfSeconds};
pub use past::{Decided, Decision, OwnerChange, Past, PastMessage};
pub use period::Period;
pub use tally::MemberFigures;
