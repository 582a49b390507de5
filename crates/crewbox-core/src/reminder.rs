//! A reminder of a conversation, and the rule by which it changes. Owns what counts as a change, and when a reminder is to
//! be reported as due again.

use crate::time::Timestamp;

/// What a reminder says, and whether it is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reminder {
    /// What to think of.
    pub message: String,
    /// When. A time in the past is due at once.
    pub at: Timestamp,
    /// When it was done; none while it is open. A reminder that is due stays open until somebody marks it done.
    pub done_at: Option<Timestamp>,
    /// Whether it is still to be reported as due.
    pub waiting: bool,
}

/// A change of a reminder; what is none stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReminderEdit {
    /// Another message.
    pub message: Option<String>,
    /// Another time.
    pub at: Option<Timestamp>,
    /// Done, or open again.
    pub done: Option<bool>,
}

/// What an edit changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReminderEffect {
    /// Whether the message or the time is another one.
    pub content: bool,
    /// Whether it was done (true) or opened again (false).
    pub done: Option<bool>,
}

impl Reminder {
    /// An open reminder.
    #[must_use]
    pub const fn new(message: String, at: Timestamp) -> Self {
        Self { message, at, done_at: None, waiting: true }
    }

    /// Applies an edit. What gets another time, or is opened again, is reported as due once more.
    pub fn apply(&mut self, edit: &ReminderEdit, now: Timestamp) -> ReminderEffect {
        let before = self.clone();
        if let Some(message) = &edit.message {
            self.message.clone_from(message);
        }
        self.at = edit.at.unwrap_or(self.at);
        let content = *self != before;
        let done = edit.done.filter(|done| *done != self.done_at.is_some());
        if let Some(done) = done {
            self.done_at = done.then_some(now);
        }
        self.waiting =
            self.done_at.is_none() && (self.waiting || self.at != before.at || done == Some(false));
        ReminderEffect { content, done }
    }

    /// Notes that its time has come; whether that is news.
    pub fn fall_due(&mut self, now: Timestamp) -> bool {
        let is_due = self.waiting && self.at <= now;
        self.waiting &= !is_due;
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reminder_falls_due_once_and_again_after_it_was_moved_or_opened_again() {
        let mut reminder = Reminder::new("Call".to_owned(), Timestamp(5));
        assert!(!reminder.fall_due(Timestamp(4)));
        assert!(reminder.fall_due(Timestamp(5)));
        assert!(!reminder.fall_due(Timestamp(6)));
        let same = ReminderEdit { at: Some(Timestamp(5)), ..ReminderEdit::default() };
        assert_eq!(reminder.apply(&same, Timestamp(6)), ReminderEffect { content: false, done: None });
        assert!(!reminder.fall_due(Timestamp(6)));
        let moved = ReminderEdit { at: Some(Timestamp(9)), ..ReminderEdit::default() };
        assert_eq!(reminder.apply(&moved, Timestamp(6)), ReminderEffect { content: true, done: None });
        assert!(!reminder.fall_due(Timestamp(8)) && reminder.fall_due(Timestamp(9)));
        let done = |done| ReminderEdit { done: Some(done), ..ReminderEdit::default() };
        assert_eq!(reminder.apply(&done(true), Timestamp(10)).done, Some(true));
        assert_eq!(reminder.apply(&done(true), Timestamp(11)).done, None);
        assert_eq!(reminder.done_at, Some(Timestamp(10)));
        assert!(!reminder.fall_due(Timestamp(12)), "what is done is not due");
        assert_eq!(reminder.apply(&done(false), Timestamp(12)).done, Some(false));
        assert!(reminder.fall_due(Timestamp(12)));
    }
}
