//! How much of a message is shown.

/// Blocks of a message. What has more is a table or a log, which its raw form shows whole.
pub(super) const MOST_BLOCKS: usize = 2_000;
