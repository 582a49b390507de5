//! Latencies: a histogram in nanoseconds, and the percentiles a report quotes.
//!
//! Owns the range that is kept. Never averages: a mean hides what a person waits for.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use crate::Failure;

/// Longer than any call may take; what is longer counts as this.
const LONGEST: Duration = Duration::from_secs(60);

/// Latencies of one kind of call.
#[derive(Clone, Debug)]
pub(crate) struct Latency(Histogram<u64>);

impl Latency {
    /// None yet.
    ///
    /// # Errors
    /// Never, in practice: the bounds are constants.
    pub(crate) fn new() -> Result<Self, Failure> {
        Ok(Self(Histogram::new_with_bounds(1, LONGEST.as_nanos() as u64, 2)?))
    }

    /// Notes one.
    pub(crate) fn note(&mut self, took: Duration) {
        self.0.saturating_record(took.as_nanos() as u64);
    }

    /// Runs and notes a call.
    pub(crate) fn measure<T>(&mut self, call: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let answer = call();
        self.note(started.elapsed());
        answer
    }

    /// Takes in another's.
    pub(crate) fn merge(&mut self, other: &Self) -> Result<(), Failure> {
        self.0.add(&other.0)?;
        Ok(())
    }

    /// How many were noted.
    pub(crate) fn count(&self) -> u64 {
        self.0.len()
    }

    /// Half are faster.
    pub(crate) fn p50(&self) -> Duration {
        Duration::from_nanos(self.0.value_at_quantile(0.5))
    }

    /// One in a hundred is slower.
    pub(crate) fn p99(&self) -> Duration {
        Duration::from_nanos(self.0.value_at_quantile(0.99))
    }

    /// The slowest.
    pub(crate) fn max(&self) -> Duration {
        Duration::from_nanos(self.0.max())
    }
}
