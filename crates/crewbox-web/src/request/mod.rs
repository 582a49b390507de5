//! Input: bodies, queries and times as clients write them, read leniently, every wrong value told at once.

mod json;
mod object;
mod query;
mod time;

pub(crate) use json::Json;
pub(crate) use object::{Object, Problems};
pub(crate) use query::{Query, decode};
pub(crate) use time::Bound;
