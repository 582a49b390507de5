//! One conversation over HTTP: reading it, the triage actions, assigning and deleting it, its notes, tasks,
//! reminders and participants.
//!
//! Owns bodies and answers. What an action requires and does is the use case's.

mod assign;
pub(crate) mod author;
mod delete;
pub(crate) mod draft;
pub(crate) mod item;
mod lead_state;
pub(crate) mod notes;
pub(crate) mod participants;
mod regroup;
pub(crate) mod reminders;
mod revenue;
pub(crate) mod saved_views;
pub(crate) mod tasks;
mod triage;

pub(crate) use assign::assign;
pub(crate) use delete::delete;
pub(crate) use lead_state::{DelayDays, push, resume};
pub(crate) use regroup::{merge, split};
pub(crate) use revenue::revenue;
pub(crate) use triage::{archived, category, important, read_status, snooze};
