//! One conversation: reading it, the triage actions, the assignment, and its deletion.
//!
//! Owns what each action requires. How a conversation changes is core's rule.

mod assign;
mod delete;
mod read;
mod triage;

pub use assign::{Assign, assign};
pub use delete::delete;
pub use read::{ReadConversation, history, of_lead, read};
pub use triage::{Triage, triage};
