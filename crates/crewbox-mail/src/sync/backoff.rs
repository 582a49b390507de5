//! How long to wait after a failure: longer each time, never exactly as long as everybody else.

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
}
