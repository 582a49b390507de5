//! The worker: a follower of the change log that writes down which events are to be delivered, and lets them be delivered.
//!
//! Owns which webhooks have a run and when the next one is due. The cursor is durable: it moves in the transaction that
//! writes the deliveries down, so that after a crash nothing is missing and nothing is queued twice.

use std::collections::{HashMap, HashSet};

use crewbox_core::change::{Affected, Change};
use crewbox_core::id::{AccountId, Seq, WebhookId};
use crewbox_core::time::{Clock, Timestamp};
use crewbox_core::webhook::Webhook;
use crewbox_store::contract::NewDelivery;
use crewbox_store::follow::{Follower, Then, reached_or_set_back};
use crewbox_store::{Batch, Live, Op, Scope, Store, StoreError};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::payload::RenderPayload;
use super::queue::deliveries;
use super::run::{latest, run};
use super::tools::Tools;
use crate::random::Random;
use crate::refusal::Refusal;
use crate::services::Services;

/// Deliveries written down in one transaction, to keep it below 20 ms.
const QUEUED_AT_ONCE: usize = 200;
/// Changes without an event after which the cursor is written down all the same: so many are read again after a restart
/// at the most, in some milliseconds.
const CURSOR_EVERY: u64 = 10_000;
/// How long deliveries are kept, in ms: 30 days. A receiver that was away for longer has to ask for what it missed.
const KEPT_MS: i64 = 30 * 86_400_000;
/// How long after a run that ended unexpectedly the next one begins, in ms.
const BROKEN_RETRY_MS: i64 = 60_000;

type Key = (AccountId, WebhookId);

/// The worker of all accounts' webhooks.
pub struct Deliveries {
    tools: Tools,
    random: Random,
    accounts: HashMap<AccountId, Account>,
    /// Runs, each ending with when its webhook's next delivery is due.
    runs: JoinSet<(Key, Option<Timestamp>)>,
    busy: HashSet<Key>,
    /// Webhooks that got something to deliver while they had a run, which may have looked before.
    again: HashSet<Key>,
    next: HashMap<Key, Timestamp>,
    /// The latest time that the clock showed.
    seen: Timestamp,
}

#[derive(Default)]
struct Account {
    webhooks: Vec<Webhook>,
    /// The cursor as it is written down.
    cursor: Seq,
}

impl Deliveries {
    /// With nothing to deliver yet. It ends soon after `stopped` says so.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`] in a process without a mail side.
    pub fn new(
        services: &Services,
        live: Live,
        clock: Clock,
        render: RenderPayload,
        stopped: watch::Receiver<bool>,
    ) -> Result<Self, Refusal> {
        let mail = services.mail()?;
        let (store, poster) = (services.store().clone(), mail.poster.clone());
        Ok(Self {
            tools: Tools { store, live, poster, clock, render, stopped },
            random: mail.random.clone(),
            accounts: HashMap::new(),
            runs: JoinSet::new(),
            busy: HashSet::new(),
            again: HashSet::new(),
            next: HashMap::new(),
            seen: Timestamp::MIN,
        })
    }

    /// Works until it is stopped.
    pub async fn work(mut self) {
        let (store, stopped) = (self.tools.store.clone(), self.tools.stopped.clone());
        if let Err(error) = store.follow(&mut self, stopped).await {
            tracing::error!(%error, "the change log cannot be followed for webhooks");
        }
        while self.runs.join_next().await.is_some() {}
    }

    fn store(&self) -> &Store {
        &self.tools.store
    }

    /// Whether a webhook has a run.
    #[cfg(test)]
    pub(super) fn is_busy(&self) -> bool {
        !self.busy.is_empty()
    }

    /// Reads which webhooks an account has, and lets each deliver what waits.
    async fn look(&mut self, account: AccountId) -> Result<(), StoreError> {
        let webhooks = self.store().webhooks(&Scope::operator(account)).await?;
        let ids: Vec<WebhookId> = webhooks.iter().map(|webhook| webhook.id).collect();
        self.accounts.entry(account).or_default().webhooks = webhooks;
        self.next.retain(|(of, webhook), _| *of != account || ids.contains(webhook));
        for webhook in ids {
            self.start((account, webhook));
        }
        Ok(())
    }

    /// Lets a webhook deliver what is due.
    fn start(&mut self, key: Key) {
        self.next.remove(&key);
        if !self.busy.insert(key) {
            self.again.insert(key);
            return;
        }
        let tools = self.tools.clone();
        self.runs.spawn(async move {
            let later = Timestamp((tools.clock)().0.saturating_add(BROKEN_RETRY_MS));
            // On a task of its own: a panic holds up no other webhook, and this one for a while only.
            let ended = tokio::spawn(run(tools, key.0, key.1)).await;
            (key, ended.unwrap_or(Some(later)))
        });
    }

    /// Writes deliveries down, and how far the log was looked through.
    async fn queue(
        &mut self,
        id: AccountId,
        cursor: Seq,
        queued: Vec<NewDelivery>,
    ) -> Result<(), StoreError> {
        let now = (self.tools.clock)();
        let mut webhooks: Vec<WebhookId> = queued.iter().map(|delivery| delivery.webhook).collect();
        webhooks.sort_unstable();
        webhooks.dedup();
        let forget_before = Timestamp(now.0.saturating_sub(KEPT_MS));
        let op = Op::QueueDeliveries { cursor, deliveries: queued, forget_before };
        self.store().commit(Batch::new(Scope::operator(id), now, vec![op])).await?;
        self.accounts.entry(id).or_default().cursor = cursor;
        for webhook in webhooks {
            self.start((id, webhook));
        }
        Ok(())
    }
}

impl std::fmt::Debug for Deliveries {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Deliveries")
            .field("busy", &self.busy)
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}

/// What the worker waits for besides the log.
#[derive(Debug)]
pub enum DeliveryEvent {
    /// A run has ended.
    #[doc(hidden)]
    Ended((AccountId, WebhookId), Option<Timestamp>),
    /// A delivery has fallen due.
    #[doc(hidden)]
    Due,
    /// The clock was set back.
    #[doc(hidden)]
    SetBack,
}

impl Follower for Deliveries {
    const NAME: &'static str = "webhooks";
    type Event = DeliveryEvent;

    async fn begin(&mut self, account: AccountId) -> Result<Seq, StoreError> {
        // Before the webhooks are read: one that is made meanwhile is followed.
        let head = self.store().head(&Scope::operator(account)).await?.seq;
        let cursor = self.store().webhook_cursor(&Scope::operator(account)).await?;
        self.look(account).await?;
        let held = self.accounts.entry(account).or_default();
        // Without a webhook, nothing behind the head is anybody's.
        let from = if held.webhooks.is_empty() { head } else { cursor.unwrap_or(head) };
        held.cursor = from;
        Ok(from)
    }

    async fn follow(&mut self, account: AccountId, changes: &[Change]) -> Result<Seq, StoreError> {
        let last = changes.last().map(|change| change.seq).unwrap_or_default();
        if changes.iter().any(|change| change.affects(Affected::Webhooks)) {
            self.look(account).await?;
        }
        let held = self.accounts.entry(account).or_default();
        if held.webhooks.is_empty() {
            held.cursor = last;
            return Ok(last);
        }
        let (webhooks, cursor) = (held.webhooks.clone(), held.cursor);
        let names = self.tools.live.account(account, (self.tools.clock)()).await?.names();
        let mut queued = Vec::new();
        for change in changes {
            let new = deliveries(self.store(), &names.catalog, &self.random, account, &webhooks, change);
            queued.extend(new.await?);
            if queued.len() >= QUEUED_AT_ONCE {
                self.queue(account, change.seq, queued).await?;
                return Ok(change.seq);
            }
        }
        if !queued.is_empty() || last.0 >= cursor.0.saturating_add(CURSOR_EVERY) {
            self.queue(account, last, queued).await?;
        }
        Ok(last)
    }

    async fn wait(&mut self) -> DeliveryEvent {
        let next = self.next.values().min().copied();
        tokio::select! {
            Some(Ok((key, next))) = self.runs.join_next() => DeliveryEvent::Ended(key, next),
            set_back = reached_or_set_back(next, &mut self.seen, &*self.tools.clock) => {
                if set_back { DeliveryEvent::SetBack } else { DeliveryEvent::Due }
            }
        }
    }

    async fn act(&mut self, event: DeliveryEvent) -> Then {
        match event {
            DeliveryEvent::Ended(key, next) => {
                self.busy.remove(&key);
                // A run that ended while the clock was set back has decided by the wrong one.
                let by_wrong_clock = next.is_some_and(|next| next > latest((self.tools.clock)()));
                if self.again.remove(&key) || by_wrong_clock {
                    self.start(key);
                } else if let Some(next) = next {
                    self.next.insert(key, next);
                }
            }
            DeliveryEvent::Due => {
                let now = (self.tools.clock)();
                let due: Vec<Key> =
                    self.next.iter().filter(|(_, at)| **at <= now).map(|(key, _)| *key).collect();
                for key in due {
                    self.start(key);
                }
            }
            // Each run corrects the times that the wrong clock led to.
            DeliveryEvent::SetBack => {
                for key in self.next.keys().copied().collect::<Vec<_>>() {
                    self.start(key);
                }
            }
        }
        Then::Continue
    }
}
