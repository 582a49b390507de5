//! Campaigns: making, showing, changing and deleting them, what they send from, their tags.

mod by_date;
mod change;
mod create;
mod lead_statistics;
mod mailbox_statistics;
mod mailboxes;
mod show;
mod statistics;
mod tags;

pub(crate) use by_date::{analytics_by_date, top_level_by_date};
pub(crate) use change::{delete, set_settings, set_status};
pub(crate) use create::{create, create_subsequence};
pub(crate) use lead_statistics::lead_statistics;
pub(crate) use mailbox_statistics::mailbox_statistics;
pub(crate) use mailboxes::{add as add_mailboxes, list as list_mailboxes, remove as remove_mailboxes};
pub(crate) use show::{get, list};
pub(crate) use statistics::{analytics, sent_mails};
pub(crate) use tags::set as set_tags;
