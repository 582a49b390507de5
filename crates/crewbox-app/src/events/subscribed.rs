//! One reader of subscriptions: what it is told first, and then what each stretch of the log means for it.

use std::sync::Arc;

use crewbox_core::id::{MemberId, Seq};
use crewbox_core::permission::Permission;
use crewbox_core::time::{Clock, Timestamp};
use crewbox_store::{Live, Scope};
use tokio::sync::watch;

use super::accounts::Events;
use super::evaluate::{Evaluated, Seen, evaluate};
use super::group::Group;
use super::hub::Hub;
use super::subscription::{Part, Subscribe, Subscription, Update, check};
use crate::caller::Caller;
use crate::refusal::{FieldError, Refusal};
use crate::services::Services;

/// Subscriptions of one reader at the most: a page has about five.
pub const MAX_SUBSCRIPTIONS: usize = 16;

/// A reader of subscriptions. Each stretch of the log is told once, in order.
pub struct SubscriptionReader {
    live: Live,
    clock: Clock,
    scope: Scope,
    hub: Arc<Hub>,
    /// Marks the hub as one with readers of this kind.
    _mark: Arc<()>,
    subscriptions: Vec<Subscription>,
    groups: Vec<Arc<Group>>,
    evaluated: watch::Receiver<Seq>,
    /// What is told first.
    first: Option<Update>,
    /// Before this change, others did not evaluate what this reader follows.
    joined: Seq,
    /// The last change of what was told, as the account numbers it.
    walked: Seq,
    /// The newest change up to there that the reader sees, as it sees it.
    position: Seq,
}

impl Events {
    /// Follows subscriptions: from their present state on, or, for a reader that connects again, from the changes after
    /// `since` on.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`]; [`Refusal::Invalid`]; [`Refusal::NotFound`] for a conversation; the store's.
    pub async fn subscribe(
        &self,
        services: &Services,
        caller: &Caller,
        subscribe: Vec<Subscribe>,
        since: Option<Seq>,
    ) -> Result<SubscriptionReader, Refusal> {
        caller.require(Permission::ReadChanges)?;
        caller.require(Permission::ReadInbox)?;
        let wrong: Vec<FieldError> = subscribe
            .iter()
            .enumerate()
            .filter_map(|(place, one)| check(one, &format!("subscriptions[{place}]")))
            .collect();
        if !wrong.is_empty() {
            return Err(Refusal::Invalid(wrong));
        }
        for one in &subscribe {
            if let Subscribe::Conversation(id) = one {
                services.store().conversation(caller.scope(), *id).await?;
            }
        }
        let scope = *caller.scope();
        let account = scope.account();
        let reader = (scope.actor().unwrap_or(MemberId(0)), scope.client());
        let hub = self.hub(account);
        let mut shared = hub.shared.lock().await;
        let now = (self.clock)();
        let live = self.live.account(account, now).await?;
        let mut subscriptions: Vec<Subscription> = subscribe
            .into_iter()
            .map(|one| Subscription::of(one, reader, caller.names(), |group| shared.group(group)))
            .collect();
        // The rows and the number of the change belong together: what is told later begins exactly there.
        let (seq, first) = live
            .at_rest(|index, seq| {
                let list = |query: &_| index.list(query, now);
                let first = subscriptions.iter_mut().map(|one| one.first(&list)).collect::<Vec<_>>();
                (seq, first)
            })
            .await;
        hub.evaluate(&mut shared, &self.live, account, now, seq).await?;
        let mark = Arc::clone(&shared.mark);
        drop(shared);
        let store = self.live.store();
        let newest = store.seq_as_seen(&scope, seq).await?;
        let resumed = since.filter(|since| *since <= newest);
        let is_told = |part: &Part| resumed.is_none() || matches!(part, Part::Counts(_));
        let parts: Vec<(usize, Part)> = first
            .into_iter()
            .enumerate()
            .filter_map(|(place, part)| Some((place, part.filter(is_told)?)))
            .collect();
        let position = resumed.unwrap_or(newest);
        let walked = match resumed {
            Some(since) => store.seq_of_account(&scope, since).await?,
            None => seq,
        };
        Ok(SubscriptionReader {
            live: self.live.clone(),
            clock: Arc::clone(&self.clock),
            scope,
            evaluated: hub.evaluated.subscribe(),
            hub: Arc::clone(&hub),
            _mark: mark,
            groups: subscriptions.iter().flat_map(Subscription::groups).collect(),
            subscriptions,
            first: (!parts.is_empty()).then_some(Update { seq: position, parts }),
            joined: seq,
            walked,
            position,
        })
    }
}

impl SubscriptionReader {
    /// Moves with each change of a key, a member or another name.
    #[must_use]
    pub fn renamed(&self) -> watch::Receiver<()> {
        self.hub.renamed.subscribe()
    }

    /// Whether it begins with news of the present state, and not after a change that its client knows.
    #[must_use]
    pub fn begins_with_news(&self) -> bool {
        self.first.is_some() && self.walked == self.joined
    }

    /// The change up to which everything was told, as the reader sees it.
    #[must_use]
    pub const fn position(&self) -> Seq {
        self.position
    }

    /// The next news; waits until there are some. Loses nothing when it is dropped and called again.
    ///
    /// # Errors
    /// The store's.
    pub async fn next(&mut self) -> Result<Update, Refusal> {
        loop {
            if let Some(update) = self.try_next().await? {
                return Ok(update);
            }
            // The sender is in the hub, which this reader keeps.
            let _ = self.evaluated.changed().await;
        }
    }

    /// The news that are there already.
    ///
    /// # Errors
    /// The store's.
    pub async fn try_next(&mut self) -> Result<Option<Update>, Refusal> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        // Whatever is evaluated from here on is seen by the next wait.
        let newest = *self.evaluated.borrow_and_update();
        let client = self.scope.client();
        while self.walked < newest {
            let is_shared = |evaluated: &Arc<Evaluated>| {
                self.walked >= self.joined && !matches!(evaluated.seen_by(client), Seen::Unknown)
            };
            let evaluated = match self.hub.evaluated_from(self.walked).filter(is_shared) {
                Some(evaluated) => evaluated,
                None => self.evaluate_alone(newest).await?,
            };
            self.position = match (client, evaluated.seen_by(client)) {
                (None, _) => evaluated.to,
                (Some(_), Seen::Changes(stretch)) => stretch.newest(client).unwrap_or(self.position),
                (Some(_), Seen::Resync | Seen::Unknown) => {
                    self.live.store().seq_as_seen(&self.scope, evaluated.to).await?
                }
            };
            self.walked = evaluated.to;
            let news = self.subscriptions.iter_mut().enumerate();
            let parts: Vec<(usize, Part)> =
                news.filter_map(|(place, one)| Some((place, one.news(&evaluated, client)?))).collect();
            if !parts.is_empty() {
                return Ok(Some(Update { seq: self.position, parts }));
            }
        }
        Ok(None)
    }

    /// For a reader that is not where the others are: it has connected again, or reads slowly.
    async fn evaluate_alone(&self, to: Seq) -> Result<Arc<Evaluated>, Refusal> {
        let now: Timestamp = (self.clock)();
        let (account, only) = (self.scope.account(), self.scope.client());
        let stretch = (self.walked, to);
        Ok(Arc::new(evaluate(&self.live, account, now, stretch, &self.groups, only).await?))
    }
}

impl std::fmt::Debug for SubscriptionReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SubscriptionReader").field("position", &self.walked).finish_non_exhaustive()
    }
}
