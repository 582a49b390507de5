//! Who calls a use case: the scope, the account's current names, and the time of the call.
//!
//! Owns the checks that every use case begins with: the permission, and whether a named campaign, mailbox or member is
//! one that the caller sees.

use std::sync::Arc;

use crewbox_core::change::Cause;
use crewbox_core::id::{CampaignId, MailboxId};
use crewbox_core::model::{Campaign, Mailbox};
use crewbox_core::permission::Permission;
use crewbox_core::time::Timestamp;
use crewbox_store::live::{AccountLive, Names};
use crewbox_store::{Batch, Catalog, Committed, Expectation, Op, Outcome, Scope, Store, StoreError, Thing};

use crate::changed::Changed;
use crate::once_keys::OnceKeys;
use crate::overtaken;
use crate::refusal::Refusal;
use crate::services::Services;

/// A caller of use cases.
#[derive(Clone, Debug)]
pub struct Caller {
    scope: Scope,
    names: Arc<Names>,
    /// The account in memory, for a caller who signed in to a server.
    live: Option<Arc<AccountLive>>,
    now: Timestamp,
    /// What causes the changes, where it is not what the scope says: a person or the system.
    cause: Option<Cause>,
    /// By which each batch of a repeated call happens once.
    once: Option<Arc<OnceKeys>>,
}

impl Caller {
    /// A caller who signed in to this account, which is caught up with the store.
    #[must_use]
    pub fn signed_in(scope: Scope, account: &Arc<AccountLive>, now: Timestamp) -> Self {
        Self { scope, names: account.names(), live: Some(Arc::clone(account)), now, cause: None, once: None }
    }

    /// The operator, or a worker, with a scope of their own: names are read from the store.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for an account that does not exist; the store's.
    pub async fn operator(store: &Store, scope: Scope, now: Timestamp) -> Result<Self, Refusal> {
        let names = Arc::new(Names::read(store, &scope).await?);
        Ok(Self { scope, names, live: None, now, cause: None, once: None })
    }

    /// The same caller, whose changes have this cause in the log.
    #[must_use]
    pub fn caused_by(self, cause: Cause) -> Self {
        Self { cause: Some(cause), ..self }
    }

    /// The same caller, each of whose batches happens once by these keys.
    #[must_use]
    pub fn once(self, once: Option<Arc<OnceKeys>>) -> Self {
        Self { once, ..self }
    }

    /// The same caller at another time, for a command that goes on for long.
    #[must_use]
    pub fn at(self, now: Timestamp) -> Self {
        Self { now, ..self }
    }

    /// What the caller may see.
    #[must_use]
    pub const fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The time of the call.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// The names of the account's members, clients, campaigns, mailboxes, categories and tags. Not narrowed to the
    /// scope: look up with [`Caller::campaign`] and [`Caller::mailbox`] what a caller named.
    #[must_use]
    pub fn names(&self) -> &Catalog {
        &self.names.catalog
    }

    /// The account in memory, which answers the lists.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`] for the operator.
    pub(crate) fn live(&self) -> Result<&AccountLive, Refusal> {
        self.live.as_deref().ok_or(Refusal::Unavailable("Lists are answered by a running server only"))
    }

    /// The same, to be read on another thread.
    ///
    /// # Errors
    /// As [`Caller::live`].
    pub(crate) fn live_account(&self) -> Result<Arc<AccountLive>, Refusal> {
        self.live()?;
        self.live.clone().ok_or(Refusal::Unavailable("Lists are answered by a running server only"))
    }

    /// Requires a permission: the first line of every use case.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub fn require(&self, permission: Permission) -> Result<(), Refusal> {
        permission
            .check(self.scope.role(), self.scope.client().is_some())
            .and_then(|()| permission.check_key(self.scope.level()))
            .map_err(Refusal::Forbidden)
    }

    /// A campaign that the caller sees and that is not deleted.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub fn campaign(&self, id: CampaignId) -> Result<&Campaign, Refusal> {
        let found = self.campaign_or_deleted(id)?;
        if found.deleted_at.is_some() {
            return Err(Refusal::NotFound(Thing::Campaign, id.get()));
        }
        Ok(found)
    }

    /// A campaign that the caller sees, also a deleted one: its conversations are still read and answered.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub fn campaign_or_deleted(&self, id: CampaignId) -> Result<&Campaign, Refusal> {
        let found = self.names().campaign(id).filter(|campaign| self.scope.sees(campaign.client));
        found.ok_or(Refusal::NotFound(Thing::Campaign, id.get()))
    }

    /// The campaigns that the caller sees and that are not deleted, ascending.
    pub(crate) fn campaigns(&self) -> impl DoubleEndedIterator<Item = &Campaign> {
        let seen = |campaign: &&Campaign| campaign.deleted_at.is_none() && self.scope.sees(campaign.client);
        self.names().campaigns.iter().filter(seen)
    }

    /// A mailbox that the caller sees and that is not removed.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub fn mailbox(&self, id: MailboxId) -> Result<&Mailbox, Refusal> {
        let seen = |mailbox: &&Mailbox| mailbox.removed_at.is_none() && self.scope.sees(mailbox.client);
        self.names().mailbox(id).filter(seen).ok_or(Refusal::NotFound(Thing::Mailbox, id.get()))
    }

    /// Commits operations as this caller, at the time of the call.
    pub(crate) async fn commit(&self, services: &Services, ops: Vec<Op>) -> Result<Committed, Refusal> {
        self.try_commit(services, ops).await.map_err(|error| self.refusal(error))
    }

    /// The store's error, with the names of this caller's account.
    pub(crate) fn refusal(&self, error: StoreError) -> Refusal {
        match error {
            StoreError::Overtaken(overtaken) => {
                Refusal::Conflict(overtaken::sentence(&overtaken, self.names()))
            }
            other => other.into(),
        }
    }

    /// The same with the store's own error, for a use case that means something of its own by one.
    pub(crate) async fn try_commit(
        &self,
        services: &Services,
        ops: Vec<Op>,
    ) -> Result<Committed, StoreError> {
        services.store().commit(self.batch(ops)).await
    }

    /// The same, unless the expectation does not hold.
    pub(crate) async fn try_commit_expecting(
        &self,
        services: &Services,
        ops: Vec<Op>,
        expectation: Expectation,
    ) -> Result<Committed, StoreError> {
        services.store().commit(self.batch(ops).expecting(expectation)).await
    }

    /// Commits one operation, once for this key: a repetition changes nothing.
    pub(crate) async fn commit_once(&self, services: &Services, op: Op, key: String) -> Result<(), Refusal> {
        let committed = services.store().commit(self.batch(vec![op]).once(key)).await;
        committed.map(|_| ()).map_err(|error| self.refusal(error))
    }

    /// Commits one operation that is no part of what the call does.
    pub(crate) async fn commit_plainly(&self, services: &Services, op: Op) -> Result<(), Refusal> {
        let batch = Batch::new(self.scope, self.now, vec![op]);
        services.store().commit(batch).await.map(|_| ()).map_err(|error| self.refusal(error))
    }

    fn batch(&self, ops: Vec<Op>) -> Batch {
        let batch = Batch::new(self.scope, self.now, ops);
        let batch = match self.cause {
            Some(cause) => batch.caused_by(cause),
            None => batch,
        };
        match &self.once {
            Some(keys) => batch.once(keys.next()),
            None => batch,
        }
    }

    /// Commits one operation that makes something; its id.
    pub(crate) async fn make(&self, services: &Services, op: Op) -> Result<u64, Refusal> {
        match self.commit_one(services, op).await? {
            Outcome::Id(id) => Ok(id),
            other => Err(Refusal::Internal(format!("an operation that makes something gave {other:?}"))),
        }
    }

    /// Commits one operation; its outcome.
    pub(crate) async fn commit_one(&self, services: &Services, op: Op) -> Result<Outcome, Refusal> {
        Ok(self.change(services, op).await?.value)
    }

    /// The same with the numbers of the changes.
    pub(crate) async fn change(&self, services: &Services, op: Op) -> Result<Changed<Outcome>, Refusal> {
        let Committed { outcomes, changes, .. } = self.commit(services, vec![op]).await?;
        let missing = || Refusal::Internal("an operation has no outcome".to_owned());
        Ok(Changed { value: outcomes.into_iter().next().ok_or_else(missing)?, changes })
    }
}
