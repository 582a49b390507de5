//! Leads: what one may hold, adding, listing, finding, changing, unsubscribing, removing and erasing them.

mod add;
mod change;
mod erase;
mod read;
mod unsubscribe;

pub use add::{
    AddedLead, MAX_CUSTOM_FIELDS, MAX_FIELD, MAX_FIELD_NAME, MAX_LEADS, add, check_count, check_field,
    check_field_name, problems,
};
pub use change::{change, remove};
pub use erase::{ERASE_CRASH_POINTS, ErasedPerson, erase, remove_everywhere};
pub use read::{by_email, export, get, is_unsubscribed, list};
pub use unsubscribe::unsubscribe;
