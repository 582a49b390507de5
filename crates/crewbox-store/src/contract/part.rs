//! What members add to a conversation besides mail: notes, tasks and reminders. They are deleted with their conversation.

use std::ops::RangeInclusive;

use crewbox_core::change::{Change, PartKind};
use crewbox_core::draft::DraftContent;
use crewbox_core::id::{ConversationId, MemberId, NoteId, ReminderId, TaskId};
use crewbox_core::reminder::Reminder;
use crewbox_core::task::Task;
use crewbox_core::time::Timestamp;

/// What all requests to add something to a conversation have in common.
///
/// The answer is [`Outcome::Id`](super::Outcome::Id): of what was added, or of what the same request added before, if it
/// is still there; [`Outcome::OtherRequest`](super::Outcome::OtherRequest) if that request asked for something else;
/// [`Outcome::Count`](super::Outcome::Count) where the conversation has as many of its kind as it may have.
#[derive(Clone, Debug)]
pub struct NewPart {
    /// To which.
    pub conversation: ConversationId,
    /// What makes a second request the same as a first.
    pub fingerprint: [u8; 32],
    /// Digest of what is asked for.
    pub asked: [u8; 32],
    /// When a first request was made; none: at any time.
    pub within: Option<RangeInclusive<Timestamp>>,
    /// How many of its kind the conversation may have.
    pub most: u64,
}

/// A note to write on a conversation.
#[derive(Clone, Debug)]
pub struct NewNote {
    /// The request.
    pub part: NewPart,
    /// Its text.
    pub text: String,
}

/// A note on a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Its id.
    pub id: NoteId,
    /// On which conversation.
    pub conversation: ConversationId,
    /// Who wrote it; none for the operator.
    pub author: Option<MemberId>,
    /// Its text.
    pub text: String,
    /// When it was written.
    pub created_at: Timestamp,
    /// When its text was changed last, if it was.
    pub changed_at: Option<Timestamp>,
}

/// A task to add to a conversation.
#[derive(Clone, Debug)]
pub struct NewTask {
    /// The request.
    pub part: NewPart,
    /// The task.
    pub task: Task,
}

/// A task on a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldTask {
    /// Its id.
    pub id: TaskId,
    /// On which conversation.
    pub conversation: ConversationId,
    /// Who added it; none for the operator.
    pub author: Option<MemberId>,
    /// When it was added.
    pub created_at: Timestamp,
    /// What it says, and whether it is done.
    pub task: Task,
}

/// A reminder to set.
#[derive(Clone, Debug)]
pub struct NewReminder {
    /// The request.
    pub part: NewPart,
    /// The reminder.
    pub reminder: Reminder,
    /// The `stats_id` of the message that it is about, if it is about one.
    pub stats_id: Option<String>,
}

/// A reminder of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldReminder {
    /// Its id.
    pub id: ReminderId,
    /// Of which conversation.
    pub conversation: ConversationId,
    /// Who set it; none for the operator.
    pub author: Option<MemberId>,
    /// When it was set.
    pub created_at: Timestamp,
    /// What it says, and whether it is done.
    pub reminder: Reminder,
    /// The `stats_id` of the message that it is about.
    pub stats_id: Option<String>,
}

/// What undoing a change of a note, a task or a reminder would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartUndo {
    /// What was changed.
    pub part: PartKind,
    /// Who added it; none for the operator, or where it is not there and never was before the change.
    pub author: Option<MemberId>,
    /// Whether it can be done.
    pub state: PartUndoState,
    /// Whether it brings back what was deleted.
    pub brings_back: bool,
    /// How many of its kind the conversation would have.
    pub held_after: u64,
}

/// Whether a change of a note, a task or a reminder can be undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartUndoState {
    /// Everything is as it was before the change.
    Undone,
    /// What was changed has been changed again since.
    ChangedSince,
    /// It can.
    Possible,
}

/// What undoing that domains were blocked, or blocked no longer, would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainUndo {
    /// The domains.
    pub domains: Vec<ChangedDomain>,
    /// Whether the change has blocked them.
    pub blocked_by_it: bool,
    /// Whether it can be done.
    pub state: PartUndoState,
    /// Later changes of one of them: what these have as [`Field::DomainChange`](crewbox_core::change::Field::DomainChange).
    pub later: Vec<i64>,
}

/// A domain that was blocked, or blocked no longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedDomain {
    /// Its name, lower case.
    pub name: String,
    /// Why it is, or was, blocked.
    pub source: String,
}

/// The reminders of an account that are to be reported as due.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DueReminders {
    /// Those whose time has come, the earliest first; as many as were asked for at the most.
    pub due: Vec<ReminderId>,
    /// When the next one falls due, after those.
    pub next: Option<Timestamp>,
}

/// A member's draft of an answer to a conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeldDraft {
    /// Rises with every change of it; 0 where there is no draft.
    pub version: u64,
    /// What it says.
    pub content: DraftContent,
    /// When it was saved last; none where there is no draft.
    pub saved_at: Option<Timestamp>,
}

/// A change that a member, a rule or the end of a snooze made of a conversation's owner, category, or place: archived,
/// important, snoozed. The newest are read, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity(pub Change);
