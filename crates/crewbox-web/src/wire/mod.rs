//! Input before anything is asked of it: a JSON value, where it is, and how times are written.
//!
//! Owns shapes only; what a value may be is owned by [`crate::value`].

mod check;
mod digits;
mod json;
mod place;
mod time;
mod tokens;

pub(crate) use check::Unreadable;
pub(crate) use json::{Json, MAX_NUMBER, Unread};
pub(crate) use place::Place;
pub(crate) use time::{Bound, read as read_time};
