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
        let account = self.accounts.entry(id).or_default();
        // If this fails, it is tried again by whoever called; a due time would be passed over and over.
        account.due = None;
        let live = self.live.account(id, clock::now()).await?;
        // First the position, then the due time, then what has ended: what happens between two of these is followed, or
        // looked at again at once.
        let seq = live.seq();
        let due = live.next_due();
        account.ended.extend(live.take_woken());
        account.due = Some(due).filter(|due| due.0 < i64::MAX);
        // Read after what has ended was taken: a time before its end would leave the snooze as it is.
        let now = clock::now();
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
    use crewbox_core::model::Role;
    use crewbox_store::contract::NewAccount;
    use crewbox_store::{NewMember, Open, Outcome};

    use super::*;

    #[tokio::test]
    async fn a_deleted_conversation_keeps_no_other_from_waking() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&Open::server(dir.path())).unwrap();
        let owner = NewMember {
            name: "Ann".to_owned(),
            email: "ann@us.test".to_owned(),
            role: Role::Owner,
            client: None,
            password_hash: None,
        };
        let at = Timestamp(1_700_000_000_000);
        let new = NewAccount { name: "Us".to_owned(), owner };
        let account = store.create_account(new, at).await.unwrap().account;
        let commit = async |at, op| {
            let batch = Batch::new(Scope::operator(account), at, vec![op]);
            store.commit(batch).await.unwrap().outcomes.swap_remove(0)
        };
        let campaign = Op::AddCampaign { name: "Spring".to_owned(), client: None, parent: None };
        let Outcome::Id(campaign) = commit(at, campaign).await else { panic!() };
        let leads = ["lea@lead.test", "max@lead.test"]
            .map(|email| crewbox_core::model::LeadFields { email: email.to_owned(), ..Default::default() });
        let leads = Op::AddLeads { campaign: campaign.into(), leads: leads.to_vec() };
        let Outcome::Leads(leads) = commit(at, leads).await else { panic!() };
        let until = Timestamp(at.0 + 1_000);
        for lead in &leads {
            let edit = Edit::Snooze(Some(until));
            commit(at, Op::Edit { conversation: lead.conversation, edit }).await;
        }
        let ids: Vec<ConversationId> = leads.iter().map(|lead| lead.conversation).collect();
        commit(at, Op::DeleteConversation(ids[0])).await;
        write(&store, account, &ids, until).await.unwrap();
        let left = store.conversation(&Scope::operator(account), ids[1]).await.unwrap();
        assert_eq!(left.snoozed_until, None);
        store.close().await;
    }
}
