//! Whether the store still writes: what the writer, the checkpoints and the files of mail tell the rest of the process.
//!
//! Owns two flags. What is refused because of them is decided where it is written.

use std::sync::atomic::AtomicBool;

use tokio::sync::watch;

use crate::contract::StoreError;

/// What others may know of the writer.
#[derive(Debug, Default)]
pub(super) struct Health {
    /// A commit failed: nothing is written any more.
    stopped: watch::Sender<bool>,
    /// The last group found no room.
    pub(super) full: AtomicBool,
    /// How much the writer did at once.
    #[cfg(test)]
    pub(super) longest: super::hold::Longest,
}

impl Health {
    /// Whether a commit has failed.
    pub(super) fn has_stopped(&self) -> bool {
        *self.stopped.borrow()
    }

    /// Stops all writing, because of this.
    pub(super) fn stop(&self, because: &StoreError) {
        if !self.stopped.send_replace(true) {
            tracing::error!(error = %because, "a write failed; nothing is written any more");
        }
    }

    /// Waits until one has.
    pub(super) async fn until_stopped(&self) {
        // The sender lives as long as this.
        let _ = self.stopped.subscribe().wait_for(|stopped| *stopped).await;
    }
}
