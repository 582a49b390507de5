//! The newest change of each account's log, as far as this process knows, and who waits for it to move.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crewbox_core::id::{AccountId, Seq};
use tokio::sync::watch;

/// The heads of all accounts' logs. The writer moves them after each commit, the watcher after other processes'.
#[derive(Debug, Default)]
pub struct LogHeads {
    heads: Mutex<BTreeMap<AccountId, Seq>>,
    moved: watch::Sender<()>,
}

impl LogHeads {
    /// Moves heads forward and wakes those who wait, if any head has moved.
    pub(crate) fn publish(&self, heads: impl IntoIterator<Item = (AccountId, Seq)>) {
        let mut moved = false;
        let mut known = self.lock();
        for (account, head) in heads {
            let before = known.entry(account).or_default();
            // A look that began before a commit may end after it: a head never moves back.
            if *before < head {
                *before = head;
                moved = true;
            }
        }
        drop(known);
        if moved {
            self.moved.send_replace(());
        }
    }

    /// Resolves each time a head has moved since the last time it was asked.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<()> {
        self.moved.subscribe()
    }

    /// One account's head; none while it is not known.
    #[must_use]
    pub fn of(&self, account: AccountId) -> Option<Seq> {
        self.lock().get(&account).copied()
    }

    /// Calls `each` with every account and its head, ascending by account.
    pub(super) fn for_each(&self, mut each: impl FnMut(AccountId, Seq)) {
        self.lock().iter().for_each(|(account, head)| each(*account, *head));
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<AccountId, Seq>> {
        self.heads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
