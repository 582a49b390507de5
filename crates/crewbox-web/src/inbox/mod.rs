//! One conversation over HTTP: reading it, the triage actions, assigning and deleting it.
//!
//! Owns bodies and answers. What an action requires and does is the use case's.

mod assign;
mod delete;
pub(crate) mod item;
mod triage;

pub(crate) use assign::assign;
pub(crate) use delete::delete;
pub(crate) use triage::{archived, category, important, read_status, snooze};
