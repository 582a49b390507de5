//! What a follower and a log are.

use std::future::{Future, pending};

use crewbox_core::change::Change;
use crewbox_core::id::{AccountId, Seq};

use super::heads::LogHeads;
use crate::contract::StoreError;

/// A part of the program that follows the change log of every account.
pub trait Follower: Send {
    /// Its name, in logs.
    const NAME: &'static str;
    /// What it waits for besides the log; [`std::convert::Infallible`] where there is nothing.
    type Event: Send;

    /// Prepares an account that is new to this follower, and answers the change after which it continues: its
    /// durable cursor, or, without one, the head as of which it has just read what it needs. Called again after
    /// an error.
    ///
    /// # Errors
    /// Whatever keeps it from that; the account is tried again later, the others go on.
    fn begin(&mut self, account: AccountId) -> impl Future<Output = Result<Seq, StoreError>> + Send;

    /// Takes in some changes, in their order and without a gap; never none. Answers the change after which it
    /// continues: usually the last one's. The same changes come again after an error or a restart.
    ///
    /// # Errors
    /// Whatever keeps it from that; the account is tried again later, the others go on.
    fn follow(
        &mut self,
        account: AccountId,
        changes: &[Change],
    ) -> impl Future<Output = Result<Seq, StoreError>> + Send;

    /// Waits for an event besides the log: a due time ([`reached`](super::reached)), a task that ended. Dropped and called again
    /// whenever something else happens, so it must lose nothing when it is dropped.
    fn wait(&mut self) -> impl Future<Output = Self::Event> + Send {
        pending()
    }

    /// Handles such an event.
    fn act(&mut self, event: Self::Event) -> impl Future<Output = Then> + Send;
}

/// What follows an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// Every account continues from where it is.
    Continue,
    /// Every account begins again, because what the follower had made of the log is lost.
    BeginAgain,
}

/// A log that can be followed.
pub trait Log: Send + Sync {
    /// The heads of its accounts' logs, which a watcher keeps.
    fn heads(&self) -> &LogHeads;

    /// At most `limit` changes after `since`, ascending without a gap.
    fn changes_after(
        &self,
        account: AccountId,
        since: Seq,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<Change>, StoreError>> + Send;
}
