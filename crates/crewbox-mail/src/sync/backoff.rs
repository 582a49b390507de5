//! How long to wait after a failure: longer each time, never exactly as long as everybody else.

use crewbox_core::time::Timestamp;
use rand::{Rng, RngExt as _};

/// The first wait: long enough not to hammer a server that is just restarting.
const FIRST_MS: u64 = 1_000;
/// The longest wait: a mailbox that is back is live within five minutes.
const LONGEST_MS: u64 = 5 * 60 * 1_000;

/// Failures in a row, and the wait after the next one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// One more failure: how many milliseconds to wait, half of it drawn.
    pub(crate) fn next(&mut self, rng: &mut impl Rng) -> u64 {
        let whole = FIRST_MS.saturating_mul(1 << self.failures.min(20)).min(LONGEST_MS);
        self.failures = self.failures.saturating_add(1);
        whole / 2 + rng.random_range(0..=whole / 2)
    }

    /// It works again.
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }
}

/// The pause after the second excess: each costs up to a tenth of a second of a processor.
const FIRST_EXCESS_MS: u64 = 60 * 1_000;
/// The longest pause after an excess.
const LONGEST_EXCESS_MS: u64 = 60 * 60 * 1_000;
/// After so long without an excess those before are forgotten: twice the longest pause, so that a server that does it
/// each time is not forgiven.
const FORGIVEN_AFTER_MS: i64 = 2 * LONGEST_EXCESS_MS as i64;

/// How often a server has sent much more than was asked for. It outlasts what succeeds in between: a server may behave for
/// a minute.
#[derive(Clone, Debug, Default)]
pub(crate) struct Excesses {
    count: u32,
    last: Option<Timestamp>,
}

impl Excesses {
    /// One more: how many milliseconds to wait at least. The first may be an accident, and costs no pause.
    pub(crate) fn next(&mut self, now: Timestamp) -> u64 {
        if self.last.is_some_and(|last| now.0 - last.0 > FORGIVEN_AFTER_MS) {
            self.count = 0;
        }
        self.last = Some(now);
        self.count = self.count.saturating_add(1);
        match self.count.checked_sub(2) {
            None => 0,
            Some(more) => FIRST_EXCESS_MS.saturating_mul(1 << more.min(20)).min(LONGEST_EXCESS_MS),
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn waits_grow_to_five_minutes_and_begin_again() {
        let (mut backoff, mut rng) = (Backoff::default(), ChaCha8Rng::seed_from_u64(1));
        let waits: Vec<u64> = (0..12).map(|_| backoff.next(&mut rng)).collect();
        assert!(waits[0] >= 500 && waits[0] <= FIRST_MS, "{waits:?}");
        assert!(waits[11] >= LONGEST_MS / 2 && waits[11] <= LONGEST_MS, "{waits:?}");
        assert!(waits.windows(2).take(6).all(|pair| pair[1] * 2 > pair[0]), "{waits:?}");
        backoff.reset();
        assert!(backoff.next(&mut rng) <= FIRST_MS);
    }

    #[test]
    fn repeated_excesses_pause_for_minutes_until_an_hour() {
        let mut excesses = Excesses::default();
        let minutes: Vec<u64> = (0..9).map(|_| excesses.next(Timestamp(0)) / 60_000).collect();
        assert_eq!(minutes, [0, 1, 2, 4, 8, 16, 32, 60, 60]);
        let hour = LONGEST_EXCESS_MS as i64;
        assert_eq!(
            excesses.next(Timestamp(hour + 1_000)),
            LONGEST_EXCESS_MS,
            "one each hour is not forgiven"
        );
        assert_eq!(excesses.next(Timestamp(4 * hour)), 0);
    }
}
