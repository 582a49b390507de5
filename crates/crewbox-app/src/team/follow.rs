//! The follower that keeps what members did, so that a start reads it instead of computing it. Figures are right without
//! it, to the change: whoever asks for them applies what is missing.
//!
//! Keeps some seconds after the first change that is not kept: each time is one more transaction of the one writer.

use std::collections::BTreeMap;
use std::time::Duration;

use crewbox_core::change::Change;
use crewbox_core::id::{AccountId, Seq};
use crewbox_core::time::Clock;
use crewbox_store::follow::{Follower, Then};
use crewbox_store::{Store, StoreError};
use tokio::time::Instant;

use crate::team_activities::TeamActivities;

/// How long activities that are not kept wait for others.
const KEEP_AFTER: Duration = Duration::from_secs(5);

/// Keeps what members did.
pub struct TeamFollower {
    store: Store,
    activities: TeamActivities,
    clock: Clock,
    /// When the activities of an account are kept next.
    due: BTreeMap<AccountId, Instant>,
}

impl TeamFollower {
    /// Of all accounts. Run it with `Store::follow`.
    #[must_use]
    pub fn new(store: Store, activities: TeamActivities, clock: Clock) -> Self {
        Self { store, activities, clock, due: BTreeMap::new() }
    }

    async fn look(&mut self, account: AccountId) -> Result<Seq, StoreError> {
        let (seq, is_unkept) = self.activities.follow(&self.store, account).await?;
        if is_unkept {
            self.due.entry(account).or_insert_with(|| Instant::now() + KEEP_AFTER);
        }
        Ok(seq)
    }
}

impl std::fmt::Debug for TeamFollower {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TeamFollower").field("due", &self.due).finish_non_exhaustive()
    }
}

impl Follower for TeamFollower {
    const NAME: &'static str = "team";
    type Event = ();

    async fn begin(&mut self, account: AccountId) -> Result<Seq, StoreError> {
        self.look(account).await
    }

    async fn follow(&mut self, account: AccountId, _: &[Change]) -> Result<Seq, StoreError> {
        self.look(account).await
    }

    async fn wait(&mut self) {
        match self.due.values().min() {
            Some(due) => tokio::time::sleep_until(*due).await,
            None => std::future::pending().await,
        }
    }

    async fn act(&mut self, (): ()) -> Then {
        let now = Instant::now();
        let due: Vec<AccountId> =
            self.due.iter().filter(|(_, at)| **at <= now).map(|(account, _)| *account).collect();
        for account in due {
            self.due.remove(&account);
            if let Err(error) = self.activities.keep(&self.store, account, (self.clock)()).await {
                tracing::warn!(%account, %error, "what members did cannot be kept yet");
                self.due.insert(account, now + KEEP_AFTER);
            }
        }
        Then::Continue
    }
}
