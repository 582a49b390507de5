//! The parts of a request that hold values: an object of its body, and its query.

mod object;
mod query;

pub(crate) use object::Object;
pub(crate) use query::{QueryString, decode};

pub(crate) use crate::problem::Problems;
