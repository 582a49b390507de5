//! What the reader of a sent message does with it, as the program that tracks it reports. Such reports come from outside;
//! nothing here is derived from mail.

use super::flags::Flags;

/// What the reader of a sent message did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tracked {
    /// Opened the message.
    Opened,
    /// Followed a link in it.
    Clicked,
}

impl Tracked {
    /// The fact about the conversation that it makes true.
    #[must_use]
    pub const fn flag(self) -> Flags {
        match self {
            Self::Opened => Flags::OPENED,
            Self::Clicked => Flags::CLICKED,
        }
    }
}
