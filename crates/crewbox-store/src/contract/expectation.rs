//! What a batch relies on: conditions under which it is written, and the answer when one of them no longer holds.

use crewbox_core::change::Change;
use crewbox_core::conversation::Conversation;
use crewbox_core::id::{ConversationId, MemberId, Seq};

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
}

impl Expectation {
    /// The conversation it is about.
    #[must_use]
    pub const fn conversation(&self) -> ConversationId {
        match self {
            Self::Owner(id, _) | Self::Unchanged(id, _) => *id,
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
}

impl std::fmt::Display for Overtaken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let id = self.conversation.id;
        match self.expected {
            Expectation::Owner(..) => write!(f, "conversation {id} has another owner")?,
            Expectation::Unchanged(..) => write!(f, "conversation {id} has changed")?,
        }
        let Some(change) = &self.change else { return Ok(()) };
        write!(f, ": {} in change {}", change.kind.name(), change.seq)?;
        match change.actor {
            Some(member) => write!(f, " by member {member}"),
            None => write!(f, ", cause: {}", change.cause.name()),
        }
    }
}
