//! The things that members add to a conversation, and which changes are of them.

use super::kind::ChangeKind;

/// A kind of thing that members add to a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartKind {
    /// A note.
    Note,
    /// A task.
    Task,
    /// A reminder.
    Reminder,
    /// A member's draft of an answer.
    Draft,
}

impl ChangeKind {
    /// What a person added, changed or deleted by a change of this kind; none of other kinds.
    #[must_use]
    pub const fn part(self) -> Option<PartKind> {
        match self {
            Self::NoteAdded | Self::NoteChanged | Self::NoteDeleted => Some(PartKind::Note),
            Self::TaskAdded | Self::TaskChanged | Self::TaskDone | Self::TaskReopened | Self::TaskDeleted => {
                Some(PartKind::Task)
            }
            Self::ReminderSet
            | Self::ReminderChanged
            | Self::ReminderDone
            | Self::ReminderReopened
            | Self::ReminderDeleted => Some(PartKind::Reminder),
            Self::DraftSaved | Self::DraftDeleted => Some(PartKind::Draft),
            _ => None,
        }
    }
}
