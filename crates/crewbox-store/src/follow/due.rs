//! Waiting for a time of day: what is due later sleeps until then and reads nothing meanwhile.

use std::future::pending;
use std::time::Duration;

use crewbox_core::time::Timestamp;

/// How often the clock is compared with the due time. A timer alone would not notice that the machine slept or
/// that its clock was set.
const COMPARE_EVERY: Duration = Duration::from_millis(250);

/// Resolves when `clock` shows `due` or later; never without a due time. Reads no store.
pub async fn reached(due: Option<Timestamp>, clock: &(dyn Fn() -> Timestamp + Send + Sync)) {
    let Some(due) = due else { return pending().await };
    while let left @ 1.. = due.0.saturating_sub(clock().0) {
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
}
