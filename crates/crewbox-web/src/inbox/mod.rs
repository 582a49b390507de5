//! One conversation over HTTP: reading it, the triage actions, assigning and deleting it, its notes, tasks and
//! reminders.
//!
//! Owns bodies and answers. What an action requires and does is the use case's.

mod assign;
mod author;
mod delete;
pub(crate) mod item;
pub(crate) mod notes;
pub(crate) mod reminders;
pub(crate) mod tasks;
mod triage;

pub(crate) use assign::assign;
pub(crate) use delete::delete;
pub(crate) use triage::{archived, category, important, read_status, snooze};
