//! Waiting for a time of day: what is due later sleeps until then and reads nothing meanwhile.

use std::future::pending;
use std::time::Duration;

use crewbox_core::time::Timestamp;

/// How often the clock is compared with the due time. A timer alone would not notice that the machine slept or
/// that its clock was set.
const COMPARE_EVERY: Duration = Duration::from_millis(250);

/// A clock that shows a time this much earlier than before was set back. Less is how time servers put one right, and
/// delays what is due by as little.
const SET_BACK_MS: i64 = 60 * 1_000;

/// Resolves when `clock` shows `due` or later; never without a due time. Reads no store.
pub async fn reached(due: Option<Timestamp>, clock: &(dyn Fn() -> Timestamp + Send + Sync)) {
    let Some(due) = due else { return pending().await };
    while let left @ 1.. = due.0.saturating_sub(clock().0) {
        tokio::time::sleep(COMPARE_EVERY.min(Duration::from_millis(left.unsigned_abs()))).await;
    }
}

/// As [`reached`], but resolves with true when the clock was set back before: who waits for a time that a wrong clock led to
/// decides again. `seen` is the latest time seen, over as many waits as there are.
pub async fn reached_or_set_back(
    due: Option<Timestamp>,
    seen: &mut Timestamp,
    clock: &(dyn Fn() -> Timestamp + Send + Sync),
) -> bool {
    let Some(due) = due else { return pending().await };
    loop {
        let now = clock();
        if now.0 < seen.0.saturating_sub(SET_BACK_MS) {
            *seen = now;
            return true;
        }
        *seen = now.max(*seen);
        let left = due.0.saturating_sub(now.0);
        if left <= 0 {
            return false;
        }
        tokio::time::sleep(COMPARE_EVERY.min(Duration::from_millis(left.unsigned_abs()))).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_is_set_forward_ends_the_wait() {
        let ahead = AtomicI64::new(0);
        let began = tokio::time::Instant::now();
        let passed = || i64::try_from(began.elapsed().as_millis()).unwrap();
        let clock = || Timestamp(passed() + ahead.load(Ordering::Relaxed));
        reached(Some(Timestamp(900)), &clock).await;
        assert_eq!(passed(), 900);
        let set = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            ahead.store(3_600_000, Ordering::Relaxed);
        };
        tokio::join!(reached(Some(Timestamp(3_600_900)), &clock), set);
        assert_eq!(passed(), 1_150, "at the next comparison");
        reached(Some(Timestamp(0)), &clock).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_is_set_back_ends_the_wait_once() {
        let time = AtomicI64::new(10_000_000);
        let clock = || Timestamp(time.load(Ordering::Relaxed));
        let (due, mut seen) = (Some(Timestamp(20_000_000)), Timestamp(0));
        let set = |to| {
            let time = &time;
            async move {
                tokio::time::sleep(Duration::from_millis(100)).await;
                time.store(to, Ordering::Relaxed);
            }
        };
        let waited = tokio::join!(reached_or_set_back(due, &mut seen, &clock), set(5_000_000)).0;
        assert!(waited, "set back");
        let waited = tokio::join!(reached_or_set_back(due, &mut seen, &clock), set(20_000_000)).0;
        assert!(!waited, "due");
        // Put right by a second, as a time server does.
        time.store(19_999_000, Ordering::Relaxed);
        let waited = tokio::join!(reached_or_set_back(due, &mut seen, &clock), set(20_000_001)).0;
        assert!(!waited, "due");
    }
}
