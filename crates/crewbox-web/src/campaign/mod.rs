//! Campaigns: making, showing, changing and deleting them, what they send from, their tags.

mod change;
mod create;
mod mailboxes;
mod show;
mod statistics;
mod tags;

pub(crate) use change::{delete, set_settings, set_status};
pub(crate) use create::{create, create_subsequence};
pub(crate) use mailboxes::{add as add_mailboxes, list as list_mailboxes, remove as remove_mailboxes};
pub(crate) use show::{get, list};
pub(crate) use statistics::{analytics, sent_mails};
pub(crate) use tags::set as set_tags;
