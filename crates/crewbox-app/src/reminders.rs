//! The worker that writes to the log that the time of a reminder has come. Lists are right without it, to the second; this
//! is for whoever follows the log.
//!
//! Owns the due times. Sleeps until the next one, and learns of others from the log.

use std::collections::BTreeMap;

use crewbox_core::change::{Affected, Change};
use crewbox_core::id::{AccountId, Seq};
use crewbox_core::time::{Clock, Timestamp};
use crewbox_store::follow::{Follower, Then, reached};
use crewbox_store::{Batch, Op, Scope, Store, StoreError};

/// Reminders reported in one transaction, to keep it below 20 ms.
const REMINDERS_A_BATCH: u32 = 200;
/// How long after a failed write it is tried again, in ms.
const RETRY_MS: i64 = 1_000;

/// Reports reminders as due in the log.
pub struct DueReminders {
    store: Store,
    clock: Clock,
    /// When the next reminder of an account falls due, or a failed write is tried again.
    next: BTreeMap<AccountId, Timestamp>,
}

impl DueReminders {
    /// Of all accounts. Run it with `Store::follow`.
    #[must_use]
    pub fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock, next: BTreeMap::new() }
    }

    /// Reports what is due in an account, and notes when the next reminder falls due.
    async fn look(&mut self, account: AccountId) -> Result<(), StoreError> {
        // If this fails, it is tried again by whoever called; a due time would be passed over and over.
        self.next.remove(&account);
        let scope = Scope::operator(account);
        loop {
            let now = (self.clock)();
            let found = self.store.due_reminders(&scope, now, REMINDERS_A_BATCH).await?;
            if found.due.is_empty() {
                if let Some(next) = found.next {
                    self.next.insert(account, next);
                }
                return Ok(());
            }
            let ops = found.due.into_iter().map(Op::ReminderDue).collect();
            self.store.commit(Batch::new(scope, now, ops)).await?;
        }
    }

    /// The same, where nobody tries it again.
    async fn look_or_retry(&mut self, account: AccountId) {
        if let Err(error) = self.look(account).await {
            tracing::warn!(%account, %error, "reminders cannot be reported as due yet");
            let retry = Timestamp((self.clock)().millis().saturating_add(RETRY_MS));
            self.next.insert(account, retry);
        }
    }
}

impl std::fmt::Debug for DueReminders {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DueReminders").field("next", &self.next).finish_non_exhaustive()
    }
}

impl Follower for DueReminders {
    const NAME: &'static str = "reminders";
    type Event = ();

    async fn begin(&mut self, account: AccountId) -> Result<Seq, StoreError> {
        // First the position, then the due times: what happens between the two is followed.
        let seq = self.store.head(&Scope::operator(account)).await?.seq;
        self.look_or_retry(account).await;
        Ok(seq)
    }

    async fn follow(&mut self, account: AccountId, changes: &[Change]) -> Result<Seq, StoreError> {
        let last = changes.last().map(|change| change.seq).unwrap_or_default();
        if changes.iter().any(|change| change.kind.affects().contains(&Affected::Reminders)) {
            self.look_or_retry(account).await;
        }
        Ok(last)
    }

    async fn wait(&mut self) {
        reached(self.next.values().min().copied(), &*self.clock).await;
    }

    async fn act(&mut self, (): ()) -> Then {
        let now = (self.clock)();
        let due: Vec<AccountId> =
            self.next.iter().filter(|(_, at)| **at <= now).map(|(account, _)| *account).collect();
        for account in due {
            self.look_or_retry(account).await;
        }
        Then::Continue
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    use bytes::Bytes;
    use crewbox_core::change::ChangeKind;
    use crewbox_core::id::ConversationId;
    use crewbox_core::reminder::ReminderEdit;
    use crewbox_testkit::account::{NOW, TestAccount};

    use super::*;
    use crate::conversation::{SetReminder, change_reminder, delete_reminder, set_reminder};
    use crate::{Caller, Idempotency, Services};

    async fn caller(account: &TestAccount) -> (Services, Caller) {
        let services = Services::new(account.store.clone());
        (services, Caller::operator(&account.store, account.operator, NOW).await.unwrap())
    }

    fn in_ms(conversation: ConversationId, ms: i64) -> SetReminder {
        let request = Bytes::copy_from_slice(&ms.to_be_bytes());
        SetReminder {
            conversation,
            message: "Call".to_owned(),
            at: Timestamp(NOW.millis() + ms),
            stats_id: None,
            idempotency: Idempotency { key: None, action: "set-reminder".to_owned(), request },
        }
    }

    /// The reminders that the log reports as due.
    async fn reported(account: &TestAccount) -> Vec<u64> {
        let changes = account.store.changes(&account.operator, Seq(0), 1_000).await.unwrap().changes;
        let due = changes.into_iter().filter(|change| change.kind == ChangeKind::ReminderDue);
        due.filter_map(|change| change.subject).collect()
    }

    #[tokio::test]
    async fn each_reminder_is_reported_once_when_its_time_has_come_and_after_a_restart() {
        let account = TestAccount::new().await;
        let campaign = account.campaign("Spring", None).await;
        let id = account.leads(campaign, &["lea@lead.test"]).await[0];
        let time = Arc::new(AtomicI64::new(NOW.millis()));
        let clock: Clock = {
            let time = Arc::clone(&time);
            Arc::new(move || Timestamp(time.load(Ordering::Relaxed)))
        };
        let (services, by) = caller(&account).await;
        let mut set = Vec::new();
        // The first one is due in 1970.
        for ms in [-NOW.millis(), 1_000, 2_000, 3_000, 9_000] {
            set.push(set_reminder(&services, &by, in_ms(id, ms)).await.unwrap().id);
        }
        let of = account.operator.account();
        let mut worker = DueReminders::new(account.store.clone(), Arc::clone(&clock));
        worker.begin(of).await.unwrap();
        assert_eq!(reported(&account).await, [set[0].get()]);
        assert_eq!(worker.next.get(&of), Some(&Timestamp(NOW.millis() + 1_000)));
        worker.act(()).await;
        assert_eq!(reported(&account).await.len(), 1, "nothing more is due");
        // One is done and one is deleted before their time.
        let done = ReminderEdit { done: Some(true), ..ReminderEdit::default() };
        change_reminder(&services, &by, set[2], done).await.unwrap();
        delete_reminder(&services, &by, set[3]).await.unwrap();
        time.fetch_add(5_000, Ordering::Relaxed);
        worker.act(()).await;
        assert_eq!(reported(&account).await, [set[0].get(), set[1].get()]);
        assert_eq!(worker.next.get(&of), Some(&Timestamp(NOW.millis() + 9_000)));

        let account = account.reopened().await;
        time.fetch_add(5_000, Ordering::Relaxed);
        let mut worker = DueReminders::new(account.store.clone(), clock);
        worker.begin(of).await.unwrap();
        assert_eq!(reported(&account).await, [set[0].get(), set[1].get(), set[4].get()]);
        assert_eq!(worker.next.get(&of), None);
        assert_eq!(account.store.check(&account.operator).await.unwrap(), []);
        account.store.close().await;
    }

    #[tokio::test]
    async fn a_conversation_has_the_time_of_its_earliest_open_reminder() {
        let account = TestAccount::new().await;
        let campaign = account.campaign("Spring", None).await;
        let id = account.leads(campaign, &["lea@lead.test"]).await[0];
        let (services, by) = caller(&account).await;
        let held = async || account.store.conversation(&account.operator, id).await.unwrap().reminder_time;
        let ms = |ms: i64| Some(Timestamp(NOW.millis() + ms));
        let late = set_reminder(&services, &by, in_ms(id, 9)).await.unwrap().id;
        assert_eq!(held().await, ms(9));
        let early = set_reminder(&services, &by, in_ms(id, 5)).await.unwrap().id;
        assert_eq!(held().await, ms(5));
        let edit = |at, done| ReminderEdit { message: None, at, done };
        change_reminder(&services, &by, early, edit(ms(11), None)).await.unwrap();
        assert_eq!(held().await, ms(9));
        change_reminder(&services, &by, late, edit(None, Some(true))).await.unwrap();
        assert_eq!(held().await, ms(11));
        let next = account.store.next_reminders(&account.operator, &[id]).await.unwrap();
        assert_eq!(next[0].as_ref().map(|next| next.id), Some(early));
        delete_reminder(&services, &by, early).await.unwrap();
        assert_eq!(held().await, None);
        change_reminder(&services, &by, late, edit(None, Some(false))).await.unwrap();
        assert_eq!(held().await, ms(9));
        assert_eq!(account.store.check(&account.operator).await.unwrap(), []);
        account.commit(Op::DeleteConversation(id)).await;
        assert_eq!(account.store.check(&account.operator).await.unwrap(), []);
        account.store.close().await;
    }
}
