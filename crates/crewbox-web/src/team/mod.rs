//! The team's figures over HTTP. Owns their answers; what each counts is the use case's.

mod load;
mod rows;

pub(crate) use load::load;
