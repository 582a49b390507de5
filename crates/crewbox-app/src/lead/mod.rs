//! Leads: what one may hold, adding, listing, finding, changing and removing them.

mod add;
mod change;
mod read;

pub use add::{
    AddedLead, MAX_CUSTOM_FIELDS, MAX_FIELD, MAX_FIELD_NAME, MAX_LEADS, add, check_field, check_field_name,
    problems,
};
pub use change::{change, remove};
pub use read::{by_email, export, get, is_unsubscribed, list};
