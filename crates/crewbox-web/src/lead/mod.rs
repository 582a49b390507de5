//! Leads: adding them to a campaign, listing, exporting, finding, changing, removing and erasing them, a lead's messages in a
//! campaign, and the actions on a lead of a campaign.

mod add;
mod change;
mod erase;
mod export;
mod fields;
mod find;
mod history;
mod list;
mod output;
mod state;

pub(crate) use add::add;
pub(crate) use change::{change, remove};
pub(crate) use erase::{delete, unsubscribe_everywhere};
pub(crate) use export::export;
pub(crate) use find::{campaigns, find, get};
pub(crate) use history::message_history;
pub(crate) use list::list;
pub(crate) use state::{category, pause, resume, unsubscribe};
