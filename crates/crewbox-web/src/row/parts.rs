//! Pieces that rows of both dialects are made of.

use crewbox_core::conversation::Flags;

pub(super) fn is_read(flags: Flags) -> bool {
    !flags.has(Flags::UNREAD)
}
