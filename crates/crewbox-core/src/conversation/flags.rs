//! The yes-or-no facts of a conversation. Owns their bits, which are stored: a bit never gets another meaning.

use serde::{Deserialize, Serialize};

/// The yes-or-no facts of a conversation, one bit each; stored as this number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Flags(pub u16);

impl Flags {
    /// Any message at all.
    pub const HAS_MESSAGE: Self = Self(1 << 0);
    /// At least one reply of any class that counts as one.
    pub const HAS_REPLY: Self = Self(1 << 1);
    /// At least one message sent.
    pub const SENT: Self = Self(1 << 2);
    /// At least one human reply.
    pub const REPLIED: Self = Self(1 << 3);
    /// A tracked opening.
    pub const OPENED: Self = Self(1 << 4);
    /// A tracked click.
    pub const CLICKED: Self = Self(1 << 5);
    /// Asked to be left alone, or complained.
    pub const UNSUBSCRIBED: Self = Self(1 << 6);
    /// A delivery failed.
    pub const BOUNCED: Self = Self(1 << 7);
    /// A reply is unread. Never set without [`Flags::HAS_REPLY`].
    pub const UNREAD: Self = Self(1 << 8);
    /// Marked important.
    pub const IMPORTANT: Self = Self(1 << 9);
    /// Archived.
    pub const ARCHIVED: Self = Self(1 << 10);
    /// A person unsubscribed the lead: [`Flags::UNSUBSCRIBED`] whatever its messages say.
    pub const UNSUBSCRIBED_BY_HAND: Self = Self(1 << 11);
    /// The newest message, of those sent and of the replies, is a reply by a person: nobody has answered it.
    pub const UNANSWERED: Self = Self(1 << 12);
    /// No fact at all.
    pub const NONE: Self = Self(0);
    /// How many bits are in use.
    pub const COUNT: usize = 13;

    /// Both sets together.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// This set without `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether all of `other` hold.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether any of `other` holds.
    #[must_use]
    pub const fn any(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Sets or clears all of `other`.
    pub const fn set(&mut self, other: Self, on: bool) {
        *self = if on { self.with(other) } else { self.without(other) };
    }
}
