//! What a batch relies on: conditions under which it is written, and the answer when one of them no longer holds.

use crewbox_core::change::Change;
use crewbox_core::conversation::Conversation;
use crewbox_core::id::{ConversationId, MemberId, MessageId, NoteId, Seq};

/// Changes of an account after which a [`Expectation::Unchanged`] counts as broken without a look: the writer reads the
/// log from there on, about a million changes a second, while nobody else writes. Whoever read the conversation that long
/// ago reads it again.
pub const MOST_CHANGES_SINCE: u64 = 20_000;

/// A condition of a [`Batch`](super::Batch), checked in its transaction before its first operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// The conversation's owner is this member; none for nobody.
    Owner(ConversationId, Option<MemberId>),
    /// The conversation has no change after this one: the head that it was read at, or its last change.
    Unchanged(ConversationId, Seq),
    /// The conversation has nothing of anybody but this member that whoever [`Seen`] so much of it has not seen.
    NothingNewer(ConversationId, Seen, Option<MemberId>),
}

/// How much somebody has seen of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its last message, with all replies before it and all notes that were written before it came.
    pub message: MessageId,
    /// The last of the notes that were written since, where some were seen.
    pub note: Option<NoteId>,
}

/// What somebody else added to a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Newer {
    /// A message in it: the lead's, a participant's, or one of ours.
    Message {
        /// Which.
        id: MessageId,
        /// The address that it was written from.
        from: String,
        /// The member who sent it with Crewbox.
        member: Option<MemberId>,
    },
    /// A message of a member that is in the outbox.
    Queued {
        /// Its Message-ID.
        message_id: String,
        /// Who wrote it; none for the operator.
        member: Option<MemberId>,
    },
    /// A note.
    Note {
        /// Its id.
        id: u64,
        /// Who wrote it; none for the operator.
        member: Option<MemberId>,
    },
}

impl Expectation {
    /// The conversation it is about.
    #[must_use]
    pub const fn conversation(&self) -> ConversationId {
        match self {
            Self::Owner(id, _) | Self::Unchanged(id, _) | Self::NothingNewer(id, ..) => *id,
        }
    }
}

/// Somebody else was faster: an expectation does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overtaken {
    /// What the batch expected.
    pub expected: Expectation,
    /// The conversation as it is now.
    pub conversation: Conversation,
    /// The change that broke the expectation: who made it, when, and which fields it changed. Of
    /// [`Expectation::Owner`] the last change of the owner, of [`Expectation::Unchanged`] the first change since. None
    /// where it is further back in the log than [`MOST_CHANGES_SINCE`].
    pub change: Option<Change>,
    /// Of [`Expectation::NothingNewer`] the newest of what others added.
    pub newer: Option<Newer>,
}

impl std::fmt::Display for Overtaken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let id = self.conversation.id;
        match self.expected {
            Expectation::Owner(..) => write!(f, "conversation {id} has another owner")?,
            Expectation::Unchanged(..) => write!(f, "conversation {id} has changed")?,
            Expectation::NothingNewer(..) => write!(f, "conversation {id} has a newer reply or note")?,
        }
        let Some(change) = &self.change else { return Ok(()) };
        write!(f, ": {} in change {}", change.kind.name(), change.seq)?;
        match change.actor {
            Some(member) => write!(f, " by member {member}"),
            None => write!(f, ", cause: {}", change.cause.name()),
        }
    }
}
