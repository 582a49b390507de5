//! The worker that writes to the log that snoozes have ended. Lists are right without it, to the second; this is
//! for whoever follows the log.
//!
//! Owns the due times. Sleeps until the next one, and learns of others from the log.

use std::collections::BTreeMap;

use crewbox_core::change::Change;
use crewbox_core::conversation::Edit;
use crewbox_core::id::{AccountId, ConversationId, Seq};
use crewbox_core::time::{Clock, Timestamp};
use crewbox_store::follow::{Follower, Then, reached};
use crewbox_store::{Batch, Live, Op, Scope, Store, StoreError};

/// Snoozes ended in one transaction, to keep it below 20 ms.
const WAKES_A_BATCH: usize = 200;
/// How long after a failed write it is tried again, in ms.
const RETRY_MS: i64 = 1_000;

/// Ends snoozes in the log.
pub struct Snoozes {
    live: Live,
    clock: Clock,
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
    /// Of all accounts. Run it with `Store::follow`.
    #[must_use]
    pub fn new(live: Live, clock: Clock) -> Self {
        Self { live, clock, accounts: BTreeMap::new() }
    }

    /// Ends what is due in an account, and notes when the next snooze ends.
    async fn look(&mut self, id: AccountId) -> Result<Seq, StoreError> {
        let account = self.accounts.entry(id).or_default();
        // If this fails, it is tried again by whoever called; a due time would be passed over and over.
        account.due = None;
        let live = self.live.account(id, (self.clock)()).await?;
        // First the position, then the due time, then what has ended: what happens between two of these is followed, or
        // looked at again at once.
        let seq = live.seq();
        let due = live.next_due();
        account.ended.extend(live.take_woken());
        account.due = Some(due).filter(|due| due.0 < i64::MAX);
        // Read after what has ended was taken: a time before its end would leave the snooze as it is.
        let now = (self.clock)();
        while !account.ended.is_empty() {
            let some = account.ended.len().min(WAKES_A_BATCH);
            if let Err(error) = write(self.live.store(), id, &account.ended[..some], now).await {
                tracing::warn!(account = %id, %error, "ended snoozes could not be written yet");
                account.due = Some(Timestamp(now.0.saturating_add(RETRY_MS)));
                break;
            }
            account.ended.drain(..some);
        }
        Ok(seq)
    }
}

impl std::fmt::Debug for Snoozes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snoozes").field("accounts", &self.accounts.len()).finish_non_exhaustive()
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
        reached(self.accounts.values().filter_map(|account| account.due).min(), &*self.clock).await;
    }

    async fn act(&mut self, (): ()) -> Then {
        let now = (self.clock)();
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

/// Writes that these snoozes have ended. A conversation that was deleted meanwhile has none any more, and must not keep
/// the others of its batch from ending.
async fn write(
    store: &Store,
    account: AccountId,
    ended: &[ConversationId],
    at: Timestamp,
) -> Result<(), StoreError> {
    let commit = async |ended: &[ConversationId]| {
        let wake =
            |conversation: &ConversationId| Op::Edit { conversation: *conversation, edit: Edit::WakeIfDue };
        let ops = ended.iter().map(wake).collect();
        store.commit(Batch::new(Scope::operator(account), at, ops)).await.map(|_| ())
    };
    match commit(ended).await {
        Err(StoreError::NotFound(..)) => {}
        other => return other,
    }
    for conversation in ended {
        match commit(std::slice::from_ref(conversation)).await {
            Err(StoreError::NotFound(..)) => {}
            other => other?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crewbox_testkit::account::{NOW, TestAccount};

    use super::*;

    #[tokio::test]
    async fn a_deleted_conversation_keeps_no_other_from_waking() {
        let account = TestAccount::new().await;
        let campaign = account.campaign("Spring", None).await;
        let ids = account.leads(campaign, &["lea@lead.test", "max@lead.test"]).await;
        let until = Timestamp(NOW.0 + 1_000);
        for conversation in &ids {
            let edit = Edit::Snooze(Some(until));
            account.commit(Op::Edit { conversation: *conversation, edit }).await;
        }
        account.commit(Op::DeleteConversation(ids[0])).await;
        write(&account.store, account.operator.account(), &ids, until).await.unwrap();
        let left = account.store.conversation(&account.operator, ids[1]).await.unwrap();
        assert_eq!(left.snoozed_until, None);
        account.store.close().await;
    }
}
