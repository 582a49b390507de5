//! The worker that writes to the log that snoozes have ended. Lists are right without it, to the second; this is
//! for whoever follows the log.
//!
//! Owns the due times. Sleeps until the next one, and learns of others from the log.

use std::collections::BTreeMap;

use crewbox_core::change::Change;
use crewbox_core::conversation::Edit;
use crewbox_core::id::{AccountId, ConversationId, Seq};
use crewbox_core::time::Timestamp;
use crewbox_store::follow::{Follower, Then, reached};
use crewbox_store::{Batch, Live, Op, Scope, Store, StoreError};

use crate::clock;

/// Snoozes ended in one transaction, to keep it below 20 ms.
const WAKES_A_BATCH: usize = 200;
/// How long after a failed write it is tried again, in ms.
const RETRY_MS: i64 = 1_000;

/// Ends snoozes in the log.
pub(crate) struct Snoozes {
    live: Live,
    accounts: BTreeMap<AccountId, Account>,
}

#[derive(Default)]
struct Account {
    /// When to look again: the next snooze ends, or a failed write is tried again.
    due: Option<Timestamp>,
    /// Conversations whose snooze has ended in memory and not yet in the log.
    ended: Vec<ConversationId>,
}

impl Snoozes {
    /// Of all accounts.
    pub(crate) fn new(live: Live) -> Self {
        Self { live, accounts: BTreeMap::new() }
    }

    /// Ends what is due in an account, and notes when the next snooze ends.
    async fn look(&mut self, id: AccountId) -> Result<Seq, StoreError> {
        let now = clock::now();
        let account = self.accounts.entry(id).or_default();
        // If this fails, it is tried again by whoever called; a due time would be passed over and over.
        account.due = None;
        let live = self.live.account(id, now).await?;
        account.ended.extend(live.take_woken());
        account.due = Some(live.next_due()).filter(|due| due.0 < i64::MAX);
        while !account.ended.is_empty() {
            let some = account.ended.len().min(WAKES_A_BATCH);
            if let Err(error) = write(self.live.store(), id, &account.ended[..some], now).await {
                tracing::warn!(account = %id, %error, "ended snoozes could not be written yet");
                account.due = Some(Timestamp(now.0.saturating_add(RETRY_MS)));
                break;
            }
            account.ended.drain(..some);
        }
        Ok(live.seq())
    }
}

impl Follower for Snoozes {
    const NAME: &'static str = "snoozes";
    type Event = ();

    async fn begin(&mut self, account: AccountId) -> Result<Seq, StoreError> {
        self.look(account).await
    }

    async fn follow(&mut self, account: AccountId, changes: &[Change]) -> Result<Seq, StoreError> {
        let last = changes.last().map(|change| change.seq).unwrap_or_default();
        // Any change of a conversation may bring a due time or take one away.
        if changes.iter().any(|change| change.conversation.is_some()) {
            self.look(account).await?;
        }
        Ok(last)
    }

    async fn wait(&mut self) {
        reached(self.accounts.values().filter_map(|account| account.due).min(), &clock::now).await;
    }

    async fn act(&mut self, (): ()) -> Then {
        let now = clock::now();
        let is_due = |account: &Account| account.due.is_some_and(|due| due <= now);
        let due: Vec<AccountId> =
            self.accounts.iter().filter(|(_, account)| is_due(account)).map(|(id, _)| *id).collect();
        for id in due {
            if let Err(error) = self.look(id).await {
                tracing::warn!(account = %id, %error, "snoozes cannot be ended yet");
                self.accounts.entry(id).or_default().due = Some(Timestamp(now.0.saturating_add(RETRY_MS)));
            }
        }
        Then::Continue
    }
}

async fn write(
    store: &Store,
    account: AccountId,
    ended: &[ConversationId],
    at: Timestamp,
) -> Result<(), StoreError> {
    let wake =
        |conversation: &ConversationId| Op::Edit { conversation: *conversation, edit: Edit::WakeIfDue };
    let ops = ended.iter().map(wake).collect();
    store.commit(Batch::new(Scope::operator(account), at, ops)).await?;
    Ok(())
}
