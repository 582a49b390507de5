//! The readers of all accounts.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crewbox_core::id::AccountId;
use crewbox_core::time::Clock;
use crewbox_store::{Live, Scope};

use super::hub::Hub;
use crate::refusal::Refusal;

/// The readers of all accounts. Cheap to clone.
#[derive(Clone)]
pub struct Events {
    pub(super) live: Live,
    pub(super) clock: Clock,
    hubs: Arc<Mutex<HashMap<AccountId, Arc<Hub>>>>,
}

impl Events {
    /// Of the accounts of this process. Readers wait until [`Events::follower`] is run.
    #[must_use]
    pub fn new(live: Live, clock: Clock) -> Self {
        Self { live, clock, hubs: Arc::default() }
    }

    /// The account's, made for its first reader.
    pub(super) fn hub(&self, account: AccountId) -> Arc<Hub> {
        Arc::clone(self.lock().entry(account).or_default())
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

    /// Evaluates what is new in an account for all its readers of subscriptions; whether it has any.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn evaluate_new(&self, account: AccountId) -> Result<bool, Refusal> {
        let Some(hub) = self.read_by_somebody(account) else { return Ok(false) };
        let mut shared = hub.shared.lock().await;
        if !shared.has_readers() {
            return Ok(false);
        }
        let head = self.live.store().head(&Scope::operator(account)).await?.seq;
        hub.evaluate(&mut shared, &self.live, account, (self.clock)(), head).await?;
        Ok(true)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AccountId, Arc<Hub>>> {
        self.hubs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Events {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Events").field("accounts", &self.lock().len()).finish_non_exhaustive()
    }
}
