//! How much mail may be at hand at once, over all workers.
//!
//! Owns the shares: history, new mail and large mails each wait among their own, so that a slow server with a large
//! mail stands in nobody's way but other large mails'.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The unit of the budget of bytes at hand.
const MEGABYTE: u64 = 1024 * 1024;
/// Megabytes of history at hand at once, over all workers; and of new mail, which does not wait for history.
const MOST_HISTORY: usize = 96;
const MOST_LIVE: usize = 32;
/// Megabytes from which on a fetch is a large one: one mail alone, more than a batch's bytes, and with a slow server
/// an hour's work.
const LARGE: u64 = 8;
/// Large fetches at once: they wait for each other, and nobody else waits for them.
const MOST_LARGE: usize = 2;

/// Megabytes of mail that may be at hand at once, over all workers: history, and new mail; and large mails, counted.
#[derive(Debug)]
pub struct AtHand {
    history: Arc<Semaphore>,
    live: Arc<Semaphore>,
    large: Arc<Semaphore>,
}

impl Default for AtHand {
    fn default() -> Self {
        let part = |most: usize| Arc::new(Semaphore::new(most));
        Self { history: part(MOST_HISTORY), live: part(MOST_LIVE), large: part(MOST_LARGE) }
    }
}

impl AtHand {
    /// What a fetch of so many bytes takes of which part.
    fn share(&self, bytes: u64, live: bool) -> (Arc<Semaphore>, u32) {
        match u32::try_from(bytes.div_ceil(MEGABYTE).max(1)) {
            Ok(megabytes) if u64::from(megabytes) <= LARGE => {
                (Arc::clone(if live { &self.live } else { &self.history }), megabytes)
            }
            _ => (Arc::clone(&self.large), 1),
        }
    }

    /// Room for a fetch of so many bytes, if there is any at once.
    pub(super) fn at_once(&self, bytes: u64, live: bool) -> Option<OwnedSemaphorePermit> {
        let (part, wanted) = self.share(bytes, live);
        part.try_acquire_many_owned(wanted).ok()
    }

    /// Room for a fetch of so many bytes, in the order of asking. None when all is ending.
    pub(super) async fn room(&self, bytes: u64, live: bool) -> Option<OwnedSemaphorePermit> {
        let (part, wanted) = self.share(bytes, live);
        part.acquire_many_owned(wanted).await.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_mails_wait_for_each_other_and_nobody_waits_for_them() {
        let at_hand = AtHand::default();
        let large: Vec<_> = (0..MOST_LARGE).filter_map(|_| at_hand.at_once(u64::MAX, true)).collect();
        assert_eq!(large.len(), MOST_LARGE);
        assert!(at_hand.at_once(LARGE * MEGABYTE + 1, false).is_none(), "as many as may");
        let history: Vec<_> = std::iter::from_fn(|| at_hand.at_once(LARGE * MEGABYTE, false)).collect();
        assert_eq!(history.len() as u64 * LARGE, MOST_HISTORY as u64);
        assert!(at_hand.at_once(1, true).is_some(), "new mail waits for neither");
    }
}
