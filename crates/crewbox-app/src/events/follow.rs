//! The follower that hands new changes to those who read them.

use std::convert::Infallible;

use crewbox_core::change::Change;
use crewbox_core::id::{AccountId, Seq};
use crewbox_store::follow::{Follower, Then};
use crewbox_store::{Scope, StoreError};

use super::accounts::Events;

/// Follows the logs for [`Events`].
#[derive(Debug)]
pub struct EventsFollower(Events);

impl Events {
    /// What hands new changes to the readers, for `Store::follow`.
    #[must_use]
    pub fn follower(&self) -> EventsFollower {
        EventsFollower(self.clone())
    }
}

impl Follower for EventsFollower {
    const NAME: &'static str = "events";
    type Event = Infallible;

    /// Begins at the head: what was before, a reader finds in the log.
    async fn begin(&mut self, account: AccountId) -> Result<Seq, StoreError> {
        Ok(self.0.live.store().head(&Scope::operator(account)).await?.seq)
    }

    async fn follow(&mut self, account: AccountId, changes: &[Change]) -> Result<Seq, StoreError> {
        if let Some(hub) = self.0.read_by_somebody(account) {
            hub.recent().add(changes);
            hub.moved.send_replace(());
        }
        Ok(changes.last().map(|change| change.seq).unwrap_or_default())
    }

    async fn act(&mut self, event: Infallible) -> Then {
        match event {}
    }
}
