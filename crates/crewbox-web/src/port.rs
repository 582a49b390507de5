//! What this crate needs from outside and the binary hands in: the time.

use crewbox_core::time::Timestamp;

/// Tells the time. The binary's reads the system clock; a test's is set by hand.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

impl<F: Fn() -> Timestamp + Send + Sync> Clock for F {
    fn now(&self) -> Timestamp {
        self()
    }
}
