//! Conversations: the lists, reading one, the triage actions, the assignment, notes, and the deletion.
//!
//! Owns what each action requires. How a conversation changes is core's rule.

mod assign;
mod delete;
mod list;
mod note;
mod read;
mod triage;

pub use assign::{Assign, assign};
pub use delete::delete;
pub use list::{ListConversations, ListFilter, Listed, MAX_SEARCH, SearchText, TimeRange, list, rows};
pub use note::{CreateNote, MAX_NOTE_CHARS, MAX_NOTES, create_note, notes};
pub use read::{ReadConversation, history, of_lead, read};
pub use triage::{Triage, check_triage, triage};
