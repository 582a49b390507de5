//! What counts for a member, and which figure it is part of.

use serde::{Deserialize, Serialize};

use crate::id::{CategoryId, MemberId};
use crate::time::Timestamp;

/// Something that counts for a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Activity {
    /// The member it counts for.
    pub member: MemberId,
    /// When.
    pub at: Timestamp,
    /// What it is.
    pub kind: ActivityKind,
}

/// What an activity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActivityKind {
    /// A person replied in a conversation that the member owned then.
    Received,
    /// A message was sent after a reply by a person, where none waited for an answer.
    Sent,
    /// A message was sent that answers a reply, this many seconds after the oldest unanswered one.
    Responded(u32),
    /// The same, as the first response of the conversation.
    FirstResponded(u32),
    /// The member archived the conversation.
    Archived,
    /// The member gave the conversation this category.
    Categorised(CategoryId),
}

/// A figure of a member's performance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PerformanceFigure {
    /// Replies by people.
    RepliesReceived,
    /// Messages sent after a reply.
    RepliesSent,
    /// Conversations with one of these.
    Conversations,
    /// Conversations that the member archived.
    Archived,
    /// First responses.
    FirstResponse,
    /// Responses, first ones included.
    Response,
    /// Conversations that the member gave a category.
    Category(CategoryId),
}

impl PerformanceFigure {
    /// Whether an activity is part of it.
    #[must_use]
    pub fn counts(self, kind: ActivityKind) -> bool {
        use ActivityKind::{Archived, Categorised, FirstResponded, Received, Responded, Sent};
        match self {
            Self::RepliesReceived => kind == Received,
            Self::RepliesSent => matches!(kind, Sent | Responded(_) | FirstResponded(_)),
            Self::Conversations => matches!(kind, Received | Sent | Responded(_) | FirstResponded(_)),
            Self::Archived => kind == Archived,
            Self::FirstResponse => matches!(kind, FirstResponded(_)),
            Self::Response => matches!(kind, Responded(_) | FirstResponded(_)),
            Self::Category(category) => kind == Categorised(category),
        }
    }
}

/// Narrows a list to the conversations behind a figure of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivityFilter {
    /// Whose figure.
    pub member: MemberId,
    /// Which figure.
    pub figure: PerformanceFigure,
    /// From this time on.
    pub from: Timestamp,
    /// Before this time.
    pub to: Timestamp,
}
