//! Instants. Text forms (ISO 8601, RFC 5322) belong to the edges; here a time is a number.

use std::ops::RangeInclusive;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z; may be negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

/// Tells the present time. The binary passes in the system's clock, a test one that it sets.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// One second, in the unit of [`Timestamp`].
pub const SECOND_MS: i64 = 1_000;

impl Timestamp {
    /// Before every real time; the index sorts "no time" here, so it comes last in descending order.
    pub const MIN: Self = Self(i64::MIN);
    /// After every real time.
    pub const MAX: Self = Self(i64::MAX);

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The time `seconds` whole seconds later (earlier when negative), saturating.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(SECOND_MS)))
    }

    /// The times that are at most so many milliseconds earlier or later.
    #[must_use]
    pub const fn within(self, millis: i64) -> RangeInclusive<Self> {
        Self(self.0.saturating_sub(millis))..=Self(self.0.saturating_add(millis))
    }
}
