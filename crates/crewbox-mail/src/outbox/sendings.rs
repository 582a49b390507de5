//! The sendings under way: which mailboxes are busy with one, and what each ended with.
//!
//! Owns the tasks. A task that panics ends like any other, so that its mailbox never stays busy. Decides nothing about
//! messages.

use std::collections::HashMap;
use std::future::Future;

use crewbox_core::id::{AccountId, MailboxId, OutgoingId};
use tokio::task::{Id, JoinSet};

use super::sending::Ran;

/// The mailbox of a sending, within its account.
pub(super) type Key = (AccountId, MailboxId);

/// A sending that has ended.
pub(super) struct Ended {
    /// The mailbox, which is free again.
    pub(super) key: Key,
    /// The message.
    pub(super) outgoing: OutgoingId,
    /// How it went; none if its task panicked.
    pub(super) ran: Option<Ran>,
}

/// All sendings under way, at most one for each mailbox.
#[derive(Default)]
pub(super) struct Sendings {
    tasks: JoinSet<Ran>,
    busy: HashMap<Id, (Key, OutgoingId)>,
}

impl Sendings {
    /// Starts one.
    pub(super) fn start(
        &mut self,
        key: Key,
        outgoing: OutgoingId,
        sending: impl Future<Output = Ran> + Send + 'static,
    ) {
        let task = self.tasks.spawn(sending).id();
        self.busy.insert(task, (key, outgoing));
    }

    /// Whether a mailbox is sending.
    pub(super) fn is_busy(&self, key: Key) -> bool {
        self.busy.values().any(|(busy, _)| *busy == key)
    }

    /// The next that ends; none if none is under way.
    pub(super) async fn next(&mut self) -> Option<Ended> {
        loop {
            let (task, ran) = match self.tasks.join_next_with_id().await? {
                Ok((task, ran)) => (task, Some(ran)),
                Err(error) => (error.id(), None),
            };
            if let Some((key, outgoing)) = self.busy.remove(&task) {
                return Some(Ended { key, outgoing, ran });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_sending_that_panics_leaves_its_mailbox_free() {
        let mut sendings = Sendings::default();
        let (panics, works) = ((AccountId(1), MailboxId(1)), (AccountId(1), MailboxId(2)));
        sendings.start(panics, OutgoingId(7), async { panic!("made to") });
        let ended = sendings.next().await.unwrap();
        assert!(ended.key == panics && ended.outgoing == OutgoingId(7) && ended.ran.is_none());
        sendings.start(works, OutgoingId(8), async { Ran::idle() });
        assert!(!sendings.is_busy(panics) && sendings.is_busy(works));
        assert!(sendings.next().await.unwrap().ran.is_some());
        assert!(sendings.next().await.is_none());
    }
}
