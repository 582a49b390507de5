//! The team: how much each member has to do now.
//!
//! Owns what each figure counts, and whose figures a caller sees.

mod load;

pub use load::{Figure, LoadFigure, MemberLoad, OpenLoad, Rows, TeamLoad, load};
