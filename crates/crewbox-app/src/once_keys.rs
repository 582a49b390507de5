//! Keys by which the batches of a repeated call happen once.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU32, Ordering};

/// The keys of the batches of one call, in their order. The same call makes the same batches in the same order.
#[derive(Debug)]
pub struct OnceKeys {
    prefix: String,
    next: AtomicU32,
}

impl OnceKeys {
    /// Of the call with these digests.
    pub(crate) fn of(fingerprint: &[u8; 32], asked: &[u8; 32]) -> Self {
        let mut prefix = "call/".to_owned();
        for byte in fingerprint.iter().chain(asked) {
            let _ = write!(prefix, "{byte:02x}");
        }
        Self { prefix, next: AtomicU32::new(0) }
    }

    /// The key of the next batch.
    pub(crate) fn next(&self) -> String {
        format!("{}/{}", self.prefix, self.next.fetch_add(1, Ordering::AcqRel))
    }
}
