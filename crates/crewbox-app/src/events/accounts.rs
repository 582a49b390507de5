//! The readers of all accounts, and what those of one account share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crewbox_core::id::AccountId;
use crewbox_store::Live;
use tokio::sync::watch;

use super::recent::Recent;

/// The readers of all accounts. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Events {
    pub(super) live: Live,
    hubs: Arc<Mutex<HashMap<AccountId, Arc<Hub>>>>,
}

/// What the readers of one account share.
#[derive(Debug)]
pub(super) struct Hub {
    recent: Mutex<Recent>,
    /// Moves with each change that is added.
    pub(super) moved: watch::Sender<()>,
}

impl Events {
    /// Of the accounts of this process. Readers wait until [`Events::follower`] is run.
    #[must_use]
    pub fn new(live: Live) -> Self {
        Self { live, hubs: Arc::default() }
    }

    /// The account's, made for its first reader.
    pub(super) fn hub(&self, account: AccountId) -> Arc<Hub> {
        let new = || Arc::new(Hub { recent: Mutex::default(), moved: watch::Sender::new(()) });
        Arc::clone(self.lock().entry(account).or_insert_with(new))
    }

    /// The account's, if anybody reads there.
    pub(super) fn read_by_somebody(&self, account: AccountId) -> Option<Arc<Hub>> {
        let mut hubs = self.lock();
        let hub = hubs.get(&account)?;
        if Arc::strong_count(hub) == 1 {
            hubs.remove(&account);
            return None;
        }
        Some(Arc::clone(hub))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AccountId, Arc<Hub>>> {
        self.hubs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hub {
    pub(super) fn recent(&self) -> MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
