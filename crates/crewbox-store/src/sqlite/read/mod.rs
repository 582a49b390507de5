//! Reads: one function a question, each on a connection it is given. Never writes, and never asks about more
//! than one account but where sign-in begins.

mod activity;
mod bodies;
pub(super) mod bulk;
pub(super) mod catalog;
pub(super) mod client_log;
pub(super) mod conversation;
pub(super) mod conversations;
pub(super) mod domain_undo;
pub(super) mod leads;
pub(super) mod log;
pub(super) mod mailboxes;
pub(super) mod messages;
pub(super) mod outbox;
pub(super) mod outreach;
pub(super) mod part;
pub(super) mod part_undo;
pub(super) mod participant;
pub(super) mod person;
pub(super) mod reminder;
pub(super) mod reply_draft;
pub(super) mod saved_view;
pub(super) mod statistics;
pub(super) mod stored_response;
pub(super) mod team;
pub(super) mod template;
pub(super) mod untracked;
pub(super) mod webhook;
