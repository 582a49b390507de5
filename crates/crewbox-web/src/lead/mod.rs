//! Leads: adding them to a campaign, listing, exporting, finding, changing and removing them, and a lead's messages in a
//! campaign.

mod add;
mod change;
mod export;
mod fields;
mod find;
mod history;
mod list;
mod output;

pub(crate) use add::add;
pub(crate) use change::{change, remove};
pub(crate) use export::export;
pub(crate) use find::{campaigns, find, get};
pub(crate) use history::message_history;
pub(crate) use list::list;
