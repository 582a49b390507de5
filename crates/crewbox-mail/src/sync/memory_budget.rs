//! The memory budget: how much mail all workers together hold in memory.
//!
//! Owns the shares. History, new mail and large mails have a share each, so that a large mail from a slow server delays
//! other large mails only.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The unit of the budget, in bytes.
const MEGABYTE: u64 = 1024 * 1024;
/// Megabytes of history in memory, over all workers; and of new mail, which does not wait for history.
const MOST_HISTORY: usize = 96;
const MOST_LIVE: usize = 32;
/// A fetch of more megabytes is large: it is one mail that exceeds a batch, and may take a slow server an hour.
const LARGE: u64 = 8;
/// Large fetches at a time. They wait for each other; no other fetch waits for them.
const MOST_LARGE: usize = 2;

/// What may be in memory, over all workers: megabytes of history and of new mail, and a number of large mails.
#[derive(Debug)]
pub struct MemoryBudget {
    history: Arc<Semaphore>,
    live: Arc<Semaphore>,
    large: Arc<Semaphore>,
}

impl Default for MemoryBudget {
    fn default() -> Self {
        let part = |most: usize| Arc::new(Semaphore::new(most));
        Self { history: part(MOST_HISTORY), live: part(MOST_LIVE), large: part(MOST_LARGE) }
    }
}

impl MemoryBudget {
    /// Which share a fetch of this many bytes uses, and how much of it.
    fn share(&self, bytes: u64, live: bool) -> (Arc<Semaphore>, u32) {
        match u32::try_from(bytes.div_ceil(MEGABYTE).max(1)) {
            Ok(megabytes) if u64::from(megabytes) <= LARGE => {
                (Arc::clone(if live { &self.live } else { &self.history }), megabytes)
            }
            _ => (Arc::clone(&self.large), 1),
        }
    }

    /// Reserves memory for a fetch of this many bytes, if there is enough.
    pub(super) fn try_acquire(&self, bytes: u64, live: bool) -> Option<OwnedSemaphorePermit> {
        let (part, wanted) = self.share(bytes, live);
        part.try_acquire_many_owned(wanted).ok()
    }

    /// Waits for memory for a fetch of this many bytes, in the order of the requests. None when the process ends.
    pub(super) async fn acquire(&self, bytes: u64, live: bool) -> Option<OwnedSemaphorePermit> {
        let (part, wanted) = self.share(bytes, live);
        part.acquire_many_owned(wanted).await.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_mails_wait_for_each_other_and_no_other_fetch_waits_for_them() {
        let memory = MemoryBudget::default();
        let large: Vec<_> = (0..MOST_LARGE).filter_map(|_| memory.try_acquire(u64::MAX, true)).collect();
        assert_eq!(large.len(), MOST_LARGE);
        assert!(memory.try_acquire(LARGE * MEGABYTE + 1, false).is_none(), "the limit is reached");
        let history: Vec<_> = std::iter::from_fn(|| memory.try_acquire(LARGE * MEGABYTE, false)).collect();
        assert_eq!(history.len() as u64 * LARGE, MOST_HISTORY as u64);
        assert!(memory.try_acquire(1, true).is_some(), "new mail waits for neither");
    }
}
