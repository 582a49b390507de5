//! The accounts that a process serves: each built once, on first use, and brought up to the log on every read.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use crewbox_core::id::AccountId;
use crewbox_core::time::Timestamp;
use tokio::sync::OnceCell;

use super::account::AccountLive;
use crate::contract::StoreError;
use crate::store::Store;

/// All accounts a process serves. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Live {
    store: Store,
    accounts: Arc<RwLock<HashMap<AccountId, Place>>>,
}

/// Where one account is built, once however many ask.
type Place = Arc<OnceCell<Arc<AccountLive>>>;

impl Live {
    /// Follows this store; reads nothing yet.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self { store, accounts: Arc::default() }
    }

    /// The store it follows.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The account, brought up to the store's head and to `now`. Built on first use, once however many ask.
    ///
    /// # Errors
    /// `NotFound(Account)`, engine errors.
    pub async fn account(&self, id: AccountId, now: Timestamp) -> Result<Arc<AccountLive>, StoreError> {
        let account = self.held(id).await?;
        account.catch_up(&self.store).await?;
        account.settle(now);
        Ok(account)
    }

    /// Loads every account; `progress` is told each as it is done. Readiness waits for it.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn load_all(&self, progress: &(dyn Fn(&AccountLive) + Sync)) -> Result<(), StoreError> {
        for account in self.store.accounts().await? {
            progress(self.held(account.id).await?.as_ref());
        }
        Ok(())
    }

    /// The accounts in memory, for background work.
    #[must_use]
    pub fn loaded(&self) -> Vec<Arc<AccountLive>> {
        let accounts = self.accounts.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        accounts.values().filter_map(|cell| cell.get().cloned()).collect()
    }

    /// The account, as far as it is followed. Built on first use.
    pub(super) async fn held(&self, id: AccountId) -> Result<Arc<AccountLive>, StoreError> {
        let known = self.accounts.read().unwrap_or_else(std::sync::PoisonError::into_inner).get(&id).cloned();
        let cell = match known {
            Some(cell) => cell,
            None => self
                .accounts
                .write()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
                .entry(id)
                .or_default()
                .clone(),
        };
        let built = cell.get_or_try_init(|| AccountLive::build(&self.store, id)).await;
        if matches!(built, Err(StoreError::NotFound(..))) {
            // Guesses at account numbers must not grow the map.
            self.accounts.write().unwrap_or_else(std::sync::PoisonError::into_inner).remove(&id);
        }
        built.cloned()
    }
}
