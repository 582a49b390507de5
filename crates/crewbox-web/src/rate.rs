//! Rate limits: at most so many requests of a key in any window of so many seconds, exactly.
//!
//! Owns the times of recent requests of limited keys, and nothing of unlimited ones.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use crewbox_core::id::{AccountId, KeyId};
use crewbox_core::model::RateLimit;
use crewbox_core::time::{SECOND_MS, Timestamp};

/// Remembers when limited keys called.
#[derive(Debug, Default)]
pub(crate) struct Limiter(Mutex<HashMap<(AccountId, KeyId), VecDeque<i64>>>);

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
    /// Counts a request at `now`, or refuses it.
    pub(crate) fn count(&self, key: (AccountId, KeyId), limit: RateLimit, now: Timestamp) -> Standing {
        let now = now.millis();
        let window = i64::from(limit.seconds) * SECOND_MS;
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let calls = keys.entry(key).or_default();
        // A clock that was set back must not lock a key out: calls from the future are forgotten.
        while calls.back().is_some_and(|at| *at > now) {
            calls.pop_back();
        }
        while calls.front().is_some_and(|at| *at <= now - window) {
            calls.pop_front();
        }
        let refused = calls.len() >= limit.requests as usize;
        if !refused {
            calls.push_back(now);
        }
        let leaves = calls.front().copied().unwrap_or(now) + window;
        let remaining = (limit.requests as usize).saturating_sub(calls.len());
        Standing {
            limit: limit.requests,
            remaining: u32::try_from(remaining).unwrap_or(u32::MAX),
            reset: ceil_seconds(leaves),
            retry_after: refused.then(|| ceil_seconds(leaves - now).max(1)),
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
        let at = |ms| limiter.count(KEY, limit, Timestamp(ms));
        assert_eq!(at(1_000), Standing { limit: 2, remaining: 1, reset: 11, retry_after: None });
        assert_eq!(at(9_500), Standing { limit: 2, remaining: 0, reset: 11, retry_after: None });
        assert_eq!(at(10_999).retry_after, Some(1));
        assert_eq!(at(11_000).retry_after, None);
        assert_eq!(at(12_000).retry_after, Some(8));
        assert_eq!(at(500).retry_after, None, "the clock was set back");
    }
}
