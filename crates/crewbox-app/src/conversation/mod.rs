//! Conversations: the lists, reading one, the triage actions, the assignment, notes, tasks, reminders,
//! participants, and the deletion.
//!
//! Owns what each action requires. How a conversation changes is core's rule.

mod activity;
mod assign;
mod delete;
mod draft;
mod lead_state;
mod list;
mod note;
mod part;
mod participant;
mod read;
mod regroup;
mod reminder;
mod tags;
mod take_next;
mod task;
mod triage;

pub use activity::activity;
pub(crate) use assign::assignee;
pub use assign::{Assign, assign};
pub use crewbox_core::list_filter::{ListFilter, MAX_SEARCH, SearchText, TimeRange};
pub use delete::delete;
pub use draft::{SavedDraft, delete_draft, draft, drafts, save_draft};
pub use lead_state::{
    MAX_DELAY_DAYS, MAX_DELAY_SECONDS, Push, pause, push_to_subsequence, resume, unsubscribe,
};
pub use list::{ListConversations, Listed, list, rows};
pub(crate) use list::{compiled, query_of};
pub use note::{CreateNote, MAX_NOTE_CHARS, MAX_NOTES, change_note, create_note, delete_note, note, notes};
pub use participant::{detach, participants};
pub use read::{ReadConversation, history, of_lead, read};
pub use regroup::{Moved, merge, split};
pub use reminder::{
    MAX_REMINDER_CHARS, MAX_REMINDERS, SetReminder, change_reminder, delete_reminder, next_reminders,
    reminder, reminders, set_reminder,
};
pub use tags::set_tags;
pub use take_next::take_next;
pub use task::{
    CreateTask, MAX_TASK_DESCRIPTION_CHARS, MAX_TASK_NAME_CHARS, MAX_TASKS, change_task, create_task,
    delete_task, task, tasks,
};
pub use triage::{Triage, categorise_and_pause, check_triage, triage};
