//! The team: how much each member has to do now, and what each did in a period.
//!
//! Owns what each figure counts, and whose figures a caller sees.

pub(crate) mod behind;
mod daily;
mod follow;
mod load;
mod performance;
mod visible;

pub use daily::{DailyReplies, MemberDays, ReadDailyReplies, daily_replies};
pub use follow::TeamFollower;
pub use load::{Figure, LoadFigure, MemberLoad, OpenLoad, Rows, TeamLoad, load};
pub(crate) use performance::members_in;
pub use performance::{MemberPerformance, ReadPerformance, TeamPerformance, performance};
