//! The team's figures over HTTP. Owns their answers; what each counts is the use case's.

mod load;
mod performance;
mod period_end;
mod rows;

pub(crate) use load::load;
pub(crate) use performance::performance;
