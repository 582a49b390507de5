//! The follower that hands new changes to those who read them.

use std::collections::HashMap;
use std::future::pending;
use std::time::Duration;

use crewbox_core::change::{Affected, Change};
use crewbox_core::id::{AccountId, Seq};
use crewbox_store::follow::{Follower, Then};
use crewbox_store::{Scope, StoreError};
use tokio::time::{Instant, sleep_until};

use super::accounts::Events;

/// Changes within this time are evaluated together, and a row that has several of them is told once: a person sees no
/// difference, and a busy account costs five evaluations a second at the most.
pub const TOGETHER: Duration = Duration::from_millis(200);
/// After a failure it is tried again after this.
const RETRY: Duration = Duration::from_secs(1);

/// Follows the logs for [`Events`].
#[derive(Debug)]
pub struct EventsFollower {
    events: Events,
    /// When an account is evaluated the next time.
    due: HashMap<AccountId, Instant>,
    /// Before this, it is not evaluated again.
    not_before: HashMap<AccountId, Instant>,
}

impl Events {
    /// What hands new changes to the readers, for `Store::follow`.
    #[must_use]
    pub fn follower(&self) -> EventsFollower {
        EventsFollower { events: self.clone(), due: HashMap::new(), not_before: HashMap::new() }
    }
}

impl Follower for EventsFollower {
    const NAME: &'static str = "events";
    type Event = ();

    /// Begins at the head: what was before, a reader finds in the log.
    async fn begin(&mut self, account: AccountId) -> Result<Seq, StoreError> {
        let head = self.events.live.store().head(&Scope::operator(account)).await?.seq;
        self.due.insert(account, Instant::now());
        if let Some(hub) = self.events.read_by_somebody(account) {
            // Readers that were there before read the log up to the head once more.
            hub.moved.send_replace(());
        }
        Ok(head)
    }

    async fn follow(&mut self, account: AccountId, changes: &[Change]) -> Result<Seq, StoreError> {
        if let Some(hub) = self.events.read_by_somebody(account) {
            hub.recent().add(changes);
            if changes.iter().any(|change| change.affects(Affected::Names)) {
                hub.renamed.send_replace(());
            }
            hub.moved.send_replace(());
            let now = Instant::now();
            let at = self.not_before.get(&account).map_or(now, |at| now.max(*at));
            self.due.entry(account).or_insert(at);
        }
        Ok(changes.last().map(|change| change.seq).unwrap_or_default())
    }

    async fn wait(&mut self) {
        match self.due.values().min() {
            Some(at) => sleep_until(*at).await,
            None => pending().await,
        }
    }

    async fn act(&mut self, (): ()) -> Then {
        let now = Instant::now();
        self.not_before.retain(|_, at| *at > now);
        let due: Vec<AccountId> =
            self.due.iter().filter(|(_, at)| **at <= now).map(|(account, _)| *account).collect();
        for account in due {
            self.due.remove(&account);
            match self.events.evaluate_new(account).await {
                Ok(true) => {
                    self.not_before.insert(account, Instant::now() + TOGETHER);
                }
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(%account, ?error, "subscriptions cannot be served yet");
                    self.due.insert(account, Instant::now() + RETRY);
                }
            }
        }
        Then::Continue
    }
}
