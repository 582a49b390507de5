//! Rate limits: at most so many requests of a key in any window of so many seconds, exactly.
//!
//! Owns the times of recent requests of limited keys, and nothing of unlimited ones. Measures with a clock that cannot be
//! set: the time of day may jump, which must neither lock a key out nor give it more requests.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use crewbox_core::id::{AccountId, KeyId};
use crewbox_core::model::RateLimit;
use crewbox_core::time::{SECOND_MS, Timestamp};
use tokio::time::{Duration, Instant};

/// Remembers when limited keys called.
#[derive(Debug, Default)]
pub(crate) struct Limiter(Mutex<HashMap<(AccountId, KeyId), VecDeque<Instant>>>);

/// What a key has left after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Requests a window.
    pub(crate) limit: u32,
    /// Requests left at this moment.
    pub(crate) remaining: u32,
    /// When the oldest counted request leaves the window, Unix seconds.
    pub(crate) reset: i64,
    /// Set when the request is refused: seconds to wait, at least 1.
    pub(crate) retry_after: Option<i64>,
}

impl Limiter {
    /// Counts a request at `at`, or refuses it. `now` is the time of day, for [`Standing::reset`].
    pub(crate) fn count(
        &self,
        key: (AccountId, KeyId),
        limit: RateLimit,
        at: Instant,
        now: Timestamp,
    ) -> Standing {
        let window = Duration::from_secs(u64::from(limit.seconds));
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let calls = keys.entry(key).or_default();
        while calls.front().is_some_and(|call| at.saturating_duration_since(*call) >= window) {
            calls.pop_front();
        }
        let refused = calls.len() >= limit.requests as usize;
        if !refused {
            calls.push_back(at);
        }
        let oldest = calls.front().map_or(Duration::ZERO, |call| at.saturating_duration_since(*call));
        let wait = i64::try_from(window.saturating_sub(oldest).as_millis()).unwrap_or(i64::MAX);
        let remaining = (limit.requests as usize).saturating_sub(calls.len());
        Standing {
            limit: limit.requests,
            remaining: u32::try_from(remaining).unwrap_or(u32::MAX),
            reset: ceil_seconds(now.millis().saturating_add(wait)),
            retry_after: refused.then(|| ceil_seconds(wait).max(1)),
        }
    }
}

fn ceil_seconds(millis: i64) -> i64 {
    millis.div_euclid(SECOND_MS) + i64::from(millis.rem_euclid(SECOND_MS) > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: (AccountId, KeyId) = (AccountId(1), KeyId(2));

    #[test]
    fn no_window_ever_holds_more_than_the_limit() {
        let limiter = Limiter::default();
        let limit = RateLimit { requests: 2, seconds: 10 };
        let began = Instant::now();
        let at = |ms: u64| {
            let now = Timestamp(i64::try_from(ms).unwrap());
            limiter.count(KEY, limit, began + Duration::from_millis(ms), now)
        };
        assert_eq!(at(1_000), Standing { limit: 2, remaining: 1, reset: 11, retry_after: None });
        assert_eq!(at(9_500), Standing { limit: 2, remaining: 0, reset: 11, retry_after: None });
        assert_eq!(at(10_999).retry_after, Some(1));
        assert_eq!(at(11_000).retry_after, None);
        assert_eq!(at(12_000).retry_after, Some(8));
    }

    #[test]
    fn the_time_of_day_changes_no_limit() {
        let limiter = Limiter::default();
        let limit = RateLimit { requests: 1, seconds: 10 };
        let began = Instant::now();
        let year = 365 * 86_400 * SECOND_MS;
        let at = |seconds, now| {
            limiter.count(KEY, limit, began + Duration::from_secs(seconds), Timestamp(now)).retry_after
        };
        assert_eq!(at(0, 0), None);
        assert_eq!(at(4, year), Some(6), "set forward");
        assert_eq!(at(4, -year), Some(6), "set back");
        assert_eq!(at(10, -year), None);
    }
}
