//! The follower that keeps every account in memory up to date, so that the next request finds little to read.
//! Requests do not depend on it: each applies what it finds missing itself.

use std::convert::Infallible;

use crewbox_core::change::Change;
use crewbox_core::id::{AccountId, Seq};

use super::accounts::Live;
use crate::contract::StoreError;
use crate::follow::{Follower, Then};

/// Follows the logs for a [`Live`].
#[derive(Debug)]
pub struct LiveFollower(Live);

impl Live {
    /// What keeps the accounts up to date between requests, for [`Store::follow`](crate::Store::follow).
    #[must_use]
    pub fn follower(&self) -> LiveFollower {
        LiveFollower(self.clone())
    }
}

impl Follower for LiveFollower {
    const NAME: &'static str = "live accounts";
    type Event = Infallible;

    async fn begin(&mut self, account: AccountId) -> Result<Seq, StoreError> {
        Ok(self.0.held(account).await?.seq())
    }

    async fn follow(&mut self, account: AccountId, changes: &[Change]) -> Result<Seq, StoreError> {
        self.0.held(account).await?.take_in(self.0.store(), changes).await
    }

    async fn act(&mut self, event: Infallible) -> Then {
        match event {}
    }
}
