//! Leads: adding them to a campaign, listing them, finding one by its address, and a lead's messages in a campaign.

mod add;
mod fields;
mod find;
mod history;
mod list;
mod output;

pub(crate) use add::add;
pub(crate) use find::find;
pub(crate) use history::message_history;
pub(crate) use list::list;
