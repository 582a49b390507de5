//! The engine's logs as followers see them, and how the heads of all accounts are kept.
//!
//! A look compares the 48 bytes that every commit changes (`heads.rs`), and reads the heads of all accounts with one
//! statement when they have changed. So an idle process makes one read a look, however many accounts and followers
//! there are. Commits of this process need no look: the writer publishes them.

use std::sync::Arc;

use crewbox_core::change::Change;
use crewbox_core::id::{AccountId, Seq};

use super::watch::Watcher;
use super::{Engine, Result, Shared, read};
use crate::contract::{Scope, StoreError};
use crate::follow::{Log, LogHeads};

impl Engine {
    /// Starts the watcher, unless it runs: a server's runs from the start, a command's once somebody follows.
    pub(crate) fn watch(&self) -> Result<()> {
        let mut threads = self.threads();
        if threads.watcher.is_none() {
            let failed = |source| StoreError::Io { doing: "starting the watcher thread".to_owned(), source };
            threads.watcher = Some(Watcher::start(looking(self.shared.clone())).map_err(failed)?);
        }
        Ok(())
    }
}

impl Log for Shared {
    fn heads(&self) -> &LogHeads {
        &self.log_heads
    }

    async fn changes_after(&self, account: AccountId, since: Seq, limit: u32) -> Result<Vec<Change>> {
        let scope = Scope::operator(account);
        Ok(self.readers.snapshot(|db| read::log::changes(db, &scope, since, limit))?.changes)
    }
}

impl Log for Engine {
    fn heads(&self) -> &LogHeads {
        self.shared.heads()
    }

    async fn changes_after(&self, account: AccountId, since: Seq, limit: u32) -> Result<Vec<Change>> {
        self.shared.changes_after(account, since, limit).await
    }
}

/// What the watcher does at each look.
fn looking(shared: Arc<Shared>) -> impl FnMut() + Send + 'static {
    let (mut seen, mut is_failing) = (None, false);
    move || {
        // Before the heads are read: a commit in between is found again by the next look.
        let header = shared.heads.header();
        if header.is_some() && header == seen {
            return;
        }
        match shared.readers.with(read::log::heads) {
            Ok(heads) => {
                shared.log_heads.publish(heads);
                (seen, is_failing) = (header, false);
            }
            Err(error) if !is_failing => {
                tracing::warn!(%error, "the heads of the change logs cannot be read yet");
                is_failing = true;
            }
            Err(_) => {}
        }
    }
}
