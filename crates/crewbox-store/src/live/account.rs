//! One account in memory: index and names, and how they follow the log.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use crewbox_core::change::{Affected, Change};
use crewbox_core::filter::Query;
use crewbox_core::id::{AccountId, ConversationId, Seq};
use crewbox_core::index::{Index, Page};
use crewbox_core::time::Timestamp;

use super::keys::Keys;
use crate::contract::{Catalog, Scope, StoreError};
use crate::store::Store;

/// Changes read from the log at a time.
const CHANGES_A_READ: u32 = 1_000;
/// Rows replaced under one hold of the index's lock: keeps a hold below a millisecond.
const ROWS_A_HOLD: usize = 32;

/// An account's index, names and keys, as of [`AccountLive::seq`].
#[derive(Debug)]
pub struct AccountLive {
    id: AccountId,
    index: RwLock<Index>,
    names: RwLock<Arc<Names>>,
    /// The change up to which all of the above has followed the log.
    applied: AtomicU64,
    /// When the next snooze ends, in ms; `i64::MAX` for never.
    next_due: AtomicI64,
    /// Conversations whose snooze has ended here and not yet in the log.
    woken: Mutex<Vec<ConversationId>>,
    /// One follower at a time; the others wait for what it reads.
    following: tokio::sync::Mutex<()>,
}

/// The catalog with its look-ups.
#[derive(Debug)]
pub struct Names {
    /// All names and surroundings.
    pub catalog: Catalog,
    pub(super) keys: Keys,
}

impl AccountLive {
    pub(super) async fn build(store: &Store, id: AccountId) -> Result<Arc<Self>, StoreError> {
        let scope = Scope::operator(id);
        let names = Names::read(store, &scope).await?;
        let (seq, entries) = store.all_entries(&scope).await?;
        let index = tokio::task::spawn_blocking(move || Index::load(entries, seq))
            .await
            .map_err(|e| StoreError::Engine(e.to_string()))?;
        // The names may be older than the entries; following from the older of the two repairs that.
        let applied = seq.min(names.catalog.head.seq);
        Ok(Arc::new(Self {
            id,
            next_due: AtomicI64::new(millis(index.next_due())),
            index: RwLock::new(index),
            names: RwLock::new(Arc::new(names)),
            applied: AtomicU64::new(applied.0),
            woken: Mutex::default(),
            following: tokio::sync::Mutex::default(),
        }))
    }

    /// The account.
    #[must_use]
    pub const fn id(&self) -> AccountId {
        self.id
    }

    /// Up to which change this has followed.
    #[must_use]
    pub fn seq(&self) -> Seq {
        Seq(self.applied.load(Ordering::Acquire))
    }

    /// When the next snooze ends; `i64::MAX` for never. Until then, and while [`AccountLive::seq`] is the same, a list is the same.
    #[must_use]
    pub fn next_due(&self) -> Timestamp {
        Timestamp(self.next_due.load(Ordering::Acquire))
    }

    /// Conversations held.
    #[must_use]
    pub fn conversations(&self) -> usize {
        self.read().len()
    }

    /// The names as of now.
    #[must_use]
    pub fn names(&self) -> Arc<Names> {
        self.names.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Answers a list. `now` must be one that [`Live::account`](super::accounts::Live::account) was given.
    #[must_use]
    pub fn list(&self, query: &Query, now: Timestamp) -> Page {
        self.read().list(query, now)
    }

    /// Reads the index together with the number of the last change that it has: none is applied meanwhile.
    pub async fn at_rest<T>(&self, read: impl FnOnce(&Index, Seq) -> T) -> T {
        let _turn = self.following.lock().await;
        read(&self.read(), self.seq())
    }

    /// Reads the index, for checks and measurements.
    pub fn read(&self) -> RwLockReadGuard<'_, Index> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Applies what the log has and this has not. One head look-up when there is nothing.
    pub(super) async fn catch_up(&self, store: &Store) -> Result<(), StoreError> {
        let scope = Scope::operator(self.id);
        let head = store.head(&scope).await?.seq;
        if head <= self.seq() {
            return Ok(());
        }
        let _turn = self.following.lock().await;
        if head <= self.seq() {
            // Another follower read it while this one waited its turn.
            return Ok(());
        }
        loop {
            let page = store.changes(&scope, self.seq(), CHANGES_A_READ).await?;
            self.apply(store, &scope, &page.changes).await?;
            if page.changes.is_empty() || self.seq() >= page.head.seq {
                return Ok(());
            }
        }
    }

    /// Applies changes that a follower has read, but for those that a request has applied already. Answers the
    /// change up to which all is applied.
    pub(super) async fn take_in(&self, store: &Store, changes: &[Change]) -> Result<Seq, StoreError> {
        let _turn = self.following.lock().await;
        let new = changes.partition_point(|change| change.seq <= self.seq());
        self.apply(store, &Scope::operator(self.id), &changes[new..]).await?;
        Ok(self.seq())
    }

    /// Applies changes that continue where this has come to. Called by one at a time.
    async fn apply(&self, store: &Store, scope: &Scope, changes: &[Change]) -> Result<(), StoreError> {
        let Some(last) = changes.last().map(|change| change.seq) else { return Ok(()) };
        let mut touched: BTreeMap<ConversationId, Seq> = BTreeMap::new();
        let mut names_changed = false;
        for change in changes {
            let affected = change.kind.affects();
            names_changed |= affected.contains(&Affected::Names);
            if affected.contains(&Affected::Conversation)
                && let Some(conversation) = change.conversation
            {
                touched.insert(conversation, change.seq);
            }
        }
        if names_changed {
            let names = Arc::new(Names::read(store, scope).await?);
            *self.names.write().unwrap_or_else(PoisonError::into_inner) = names;
        }
        self.replace(store, scope, &touched).await?;
        self.applied.store(last.0, Ordering::Release);
        Ok(())
    }

    async fn replace(
        &self,
        store: &Store,
        scope: &Scope,
        touched: &BTreeMap<ConversationId, Seq>,
    ) -> Result<(), StoreError> {
        let ids: Vec<ConversationId> = touched.keys().copied().collect();
        for ids in ids.chunks(ROWS_A_HOLD) {
            let entries = store.entries(scope, ids).await?;
            let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
            let mut gone: Vec<ConversationId> = ids.to_vec();
            for entry in &entries {
                gone.retain(|id| *id != entry.id);
                index.put(entry, touched.get(&entry.id).copied().unwrap_or_default());
            }
            for id in gone {
                index.remove(id);
            }
            self.next_due.store(millis(index.next_due()), Ordering::Release);
        }
        Ok(())
    }

    /// Takes the conversations whose snooze has ended: their rows and the log still say otherwise, until the
    /// worker that asks commits [`crewbox_core::conversation::Edit::WakeIfDue`] for each.
    #[must_use]
    pub fn take_woken(&self) -> Vec<ConversationId> {
        std::mem::take(&mut self.woken.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Lets snoozes that end by `now` take effect.
    pub(super) fn settle(&self, now: Timestamp) {
        if self.next_due.load(Ordering::Acquire) <= now.millis() {
            let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
            let woken = index.settle(now);
            self.woken.lock().unwrap_or_else(PoisonError::into_inner).extend(woken);
            self.next_due.store(millis(index.next_due()), Ordering::Release);
        }
    }
}

impl Names {
    /// The names as the store has them now.
    ///
    /// # Errors
    /// `NotFound(Account)`, engine errors.
    pub async fn read(store: &Store, scope: &Scope) -> Result<Self, StoreError> {
        let catalog = store.catalog(scope).await?;
        Ok(Self { keys: Keys::of(&catalog), catalog })
    }
}

fn millis(due: Option<Timestamp>) -> i64 {
    due.map_or(i64::MAX, Timestamp::millis)
}
