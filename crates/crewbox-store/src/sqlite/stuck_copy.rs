//! Whether a lock that the system did not release (`stuck_lock.rs`) keeps everybody from reading, or the checkpointer from
//! its work: the log grows until the disk is full then. Only a restart helps.
//!
//! Owns for how long that has been so. Copies nothing and ends nothing.

use std::time::{Duration, Instant};

use crate::stuck_lock::Lock;

/// Looks in a row at which the checkpointer's own lock is held although it is not at work: once, a connection may be
/// recovering the log at that instant.
const MOST_HELD: u32 = 2;
/// An old snapshot of this process that keeps the log from being copied for so long is no read: each takes seconds.
const LONGEST_READ: Duration = Duration::from_secs(10 * 60);
/// Looks in a row at which a mark of readers is locked: each is moved within microseconds.
const MOST_MARKED: u32 = 4;

/// How the checkpointer gets on.
#[derive(Debug, Default)]
pub(super) struct StuckCopy {
    held: u32,
    marked: u32,
    /// Frames that were copied, and since when no more are.
    copied: Option<(u32, Instant)>,
}

impl StuckCopy {
    /// All of the log was copied.
    pub(super) fn done(&mut self) {
        *self = Self { marked: self.marked, ..Self::default() };
    }

    /// Whether nobody can begin to read, at one more look; `is_held` tells which locks this process holds.
    pub(super) fn keeps_readers_out(&mut self, is_held: impl Fn(Lock) -> bool) -> bool {
        self.marked = if is_held(Lock::Mark) { self.marked + 1 } else { 0 };
        self.marked >= MOST_MARKED
    }

    /// Not all of it was, only up to this frame. Whether a lock is why; `is_held` tells which ones this process holds.
    pub(super) fn is_stuck(
        &mut self,
        copied: Option<u32>,
        now: Instant,
        is_held: impl Fn(Lock) -> bool,
    ) -> bool {
        self.held = if is_held(Lock::Checkpoint) { self.held + 1 } else { 0 };
        let copied = copied.unwrap_or_default();
        let since = self.copied.filter(|(before, _)| *before == copied).map_or(now, |(_, since)| since);
        self.copied = Some((copied, since));
        let is_read = now.saturating_duration_since(since) >= LONGEST_READ && is_held(Lock::Read);
        self.held >= MOST_HELD || is_read
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_that_is_held_without_work_is_stuck_and_a_long_log_alone_is_not() {
        let began = Instant::now();
        let mut copy = StuckCopy::default();
        let mut look = |copied, after: Duration, held: Option<Lock>| {
            copy.is_stuck(Some(copied), began + after, |lock| held == Some(lock))
        };
        let tick = Duration::from_millis(500);
        assert!(!look(1, tick, Some(Lock::Checkpoint)));
        assert!(!look(1, tick * 2, None), "released");
        assert!(!look(1, tick * 3, Some(Lock::Checkpoint)));
        assert!(look(1, tick * 4, Some(Lock::Checkpoint)));

        let mut marks = StuckCopy::default();
        let seen = [true, true, true, false, true, true, true, true];
        let looks = seen.map(|held| {
            marks.done();
            marks.keeps_readers_out(|lock| held && lock == Lock::Mark)
        });
        assert_eq!(looks, [false, false, false, false, false, false, false, true]);

        assert!(!look(1, tick * 5, Some(Lock::Read)));
        assert!(!look(2, LONGEST_READ, Some(Lock::Read)), "it gets on");
        assert!(!look(2, LONGEST_READ * 3, None), "of another process");
        assert!(look(2, LONGEST_READ * 3, Some(Lock::Read)));
    }
}
