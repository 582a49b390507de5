//! One reader of the changes of an account, from a number on.

use std::cmp::Ordering;
use std::sync::Arc;

use crewbox_core::change::Change;
use crewbox_core::id::{MAX_ID, Seq};
use crewbox_core::permission::Permission;
use crewbox_store::{Scope, Store};
use tokio::sync::watch;

use super::accounts::Events;
use super::hub::Hub;
use super::recent::After;
use crate::caller::Caller;
use crate::changes;
use crate::refusal::Refusal;

/// Changes handed out at a time: some ten kilobytes of JSON, so that what a slow reader has not taken is little.
const PAGE: usize = 32;

/// A reader of an account's changes, or of those of a client. It sees each change once, in the order of the log.
#[derive(Debug)]
pub struct ChangeReader {
    store: Store,
    scope: Scope,
    hub: Arc<Hub>,
    moved: watch::Receiver<()>,
    /// The last change looked at, as the account numbers it.
    walked: Seq,
    /// The last change handed out, as the reader sees it.
    position: Seq,
    /// Whether all changes after `position` come through the hub.
    is_caught_up: bool,
}

/// What a reader gets.
#[derive(Debug)]
pub enum Changed {
    /// The next changes, at least one.
    Changes(Vec<Arc<Change>>),
    /// The log does not have all changes after the reader's position: what the reader derived from them has to be read
    /// again. The reader goes on after this one.
    Resync(Seq),
}

impl Events {
    /// Reads the changes after this one; without one, those after the newest.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`]; the store's.
    pub async fn read(&self, caller: &Caller, since: Option<Seq>) -> Result<ChangeReader, Refusal> {
        caller.require(Permission::ReadChanges)?;
        let (store, scope) = (self.live.store().clone(), *caller.scope());
        // Before the head is read: a change after it then comes through the hub or is found in the log.
        let hub = self.hub(scope.account());
        let moved = hub.moved.subscribe();
        let head = store.head(&scope).await?.seq;
        let newest = store.seq_as_seen(&scope, head).await?;
        let position = since.unwrap_or(newest);
        let walked = match position.cmp(&newest) {
            Ordering::Less => store.seq_of_account(&scope, position).await?,
            Ordering::Equal => head,
            // The log is asked about a change that it does not have.
            Ordering::Greater => Seq(MAX_ID),
        };
        Ok(ChangeReader { store, scope, hub, moved, walked, position, is_caught_up: false })
    }
}

impl ChangeReader {
    /// Moves with each change of a key, a member or another name.
    #[must_use]
    pub fn renamed(&self) -> watch::Receiver<()> {
        self.hub.renamed.subscribe()
    }

    /// The last change that was handed out, or after which the reader began, as the reader sees it.
    #[must_use]
    pub const fn position(&self) -> Seq {
        self.position
    }

    /// The next changes; waits until there is one. Loses nothing when it is dropped and called again.
    ///
    /// # Errors
    /// The store's.
    pub async fn next(&mut self) -> Result<Changed, Refusal> {
        loop {
            if let Some(changed) = self.try_next().await? {
                return Ok(changed);
            }
            // The sender is in the hub, which this reader keeps.
            let _ = self.moved.changed().await;
        }
    }

    /// The next changes that are there already.
    ///
    /// # Errors
    /// The store's.
    pub async fn try_next(&mut self) -> Result<Option<Changed>, Refusal> {
        // Whatever moves from here on is seen by the next wait.
        self.moved.mark_unchanged();
        loop {
            let after = self.hub.recent().after(self.walked, PAGE);
            match after {
                After::These(changes) => {
                    // What others see alone is passed over.
                    if let Some(changed) = self.handed_out(changes) {
                        return Ok(Some(changed));
                    }
                }
                After::Nothing if self.is_caught_up => return Ok(None),
                After::Nothing | After::InLog => return self.read_log().await,
            }
        }
    }

    async fn read_log(&mut self) -> Result<Option<Changed>, Refusal> {
        let head = self.store.head(&self.scope).await?.seq;
        let page = match changes::read(&self.store, &self.scope, self.position, PAGE as u32).await {
            Ok(page) => page,
            Err(Refusal::Gone(_)) => {
                (self.walked, self.position) = (head, self.store.seq_as_seen(&self.scope, head).await?);
                return Ok(Some(Changed::Resync(self.position)));
            }
            Err(error) => return Err(error),
        };
        if page.head.seq < self.position {
            // The reader knows changes that the log does not have: an older copy of the data was put back.
            (self.walked, self.position) = (head, page.head.seq);
            return Ok(Some(Changed::Resync(self.position)));
        }
        self.is_caught_up = page.changes.is_empty();
        if self.is_caught_up {
            // The rest up to here was of no interest to the reader.
            self.walked = head;
        }
        Ok(self.handed_out(page.changes.into_iter().map(Arc::new).collect()))
    }

    /// Those of these changes that the reader sees, if any.
    fn handed_out(&mut self, mut changes: Vec<Arc<Change>>) -> Option<Changed> {
        let client = self.scope.client();
        self.walked = changes.last()?.seq;
        changes.retain(|change| change.seq_for(client).is_some_and(|seq| seq > self.position));
        self.position = changes.last()?.seq_for(client)?;
        Some(Changed::Changes(changes))
    }
}
