//! A task on a conversation, and the rule by which it changes. Owns what counts as a change: an edit that changes nothing
//! is no entry of the log.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// How urgent a task is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the contract's own")]
pub enum Priority {
    Low,
    #[default]
    Medium,
    High,
}

/// What a task says, and whether it is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// What is to be done, in a line.
    pub name: String,
    /// The details.
    pub description: Option<String>,
    /// How urgent it is.
    pub priority: Priority,
    /// When it should be done.
    pub due_at: Option<Timestamp>,
    /// When it was done; none while it is open.
    pub done_at: Option<Timestamp>,
}

/// A change of a task; what is none stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskEdit {
    /// Another name.
    pub name: Option<String>,
    /// Another description, or none.
    pub description: Option<Option<String>>,
    /// Another priority.
    pub priority: Option<Priority>,
    /// Another due time, or none.
    pub due_at: Option<Option<Timestamp>>,
    /// Done, or open again.
    pub done: Option<bool>,
}

/// What an edit changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskEffect {
    /// Whether the name, the description, the priority or the due time is another one.
    pub content: bool,
    /// Whether it was done (true) or opened again (false).
    pub done: Option<bool>,
}

impl Task {
    /// Applies an edit. A task that is done keeps the time at which it was done first.
    pub fn apply(&mut self, edit: &TaskEdit, now: Timestamp) -> TaskEffect {
        let before = self.clone();
        if let Some(name) = &edit.name {
            self.name.clone_from(name);
        }
        if let Some(description) = &edit.description {
            self.description.clone_from(description);
        }
        self.priority = edit.priority.unwrap_or(self.priority);
        self.due_at = edit.due_at.unwrap_or(self.due_at);
        let done = edit.done.filter(|done| *done != self.done_at.is_some());
        let content = *self != before;
        if let Some(done) = done {
            self.done_at = done.then_some(now);
        }
        TaskEffect { content, done }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_changes_what_it_names_and_a_second_time_nothing() {
        let open = Task {
            name: "Call".to_owned(),
            description: Some("By phone".to_owned()),
            priority: Priority::Medium,
            due_at: Some(Timestamp(5)),
            done_at: None,
        };
        let mut task = open.clone();
        let keep = TaskEdit::default();
        assert_eq!(task.apply(&keep, Timestamp(9)), TaskEffect { content: false, done: None });
        assert_eq!(task, open);
        let edit = TaskEdit { description: Some(None), due_at: Some(None), done: Some(true), ..keep.clone() };
        assert_eq!(task.apply(&edit, Timestamp(9)), TaskEffect { content: true, done: Some(true) });
        let done = Task { description: None, due_at: None, done_at: Some(Timestamp(9)), ..open };
        assert_eq!(task, done);
        assert_eq!(task.apply(&edit, Timestamp(10)), TaskEffect { content: false, done: None });
        assert_eq!(task, done, "the first time that it was done counts");
        let reopen = TaskEdit { done: Some(false), priority: Some(Priority::High), ..keep };
        assert_eq!(task.apply(&reopen, Timestamp(11)), TaskEffect { content: true, done: Some(false) });
        assert_eq!((task.done_at, task.priority), (None, Priority::High));
    }
}
