//! What the members of each account did, in memory: read from what is kept, and brought up to the log whenever somebody
//! asks. Changed conversations are computed again from their past, whatever the change was.
//!
//! Owns no truth: all of it can be dropped and computed again. Keeping it is the follower's part (`team/follow.rs`).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use crewbox_core::change::{Affected, Change, ChangeKind};
use crewbox_core::id::{AccountId, ConversationId, Seq};
use crewbox_core::team::{Activities, Activity};
use crewbox_core::time::Timestamp;
use crewbox_store::contract::{ConversationActivities, NewActivities};
use crewbox_store::{Batch, Op, Scope, Store, StoreError};
use tokio::sync::Mutex as AsyncMutex;

/// Changes read at a time.
const CHANGES_A_READ: u32 = 1_000;
/// Pasts read at a time.
const PASTS_A_READ: usize = 200;
/// Conversations kept in one transaction, to keep it below 20 ms.
const CONVERSATIONS_A_BATCH: usize = 200;

/// What members did, of all accounts of a process. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct TeamActivities(Arc<Mutex<HashMap<AccountId, Place>>>);

type Place = Arc<AsyncMutex<Option<AccountActivities>>>;

/// Those of one account.
#[derive(Debug)]
struct AccountActivities {
    activities: Activities,
    /// The change up to which they follow the log.
    seq: Seq,
    /// The change up to which they are kept.
    kept: Option<Seq>,
    /// Conversations whose activities are not kept as they are now.
    unkept: BTreeMap<ConversationId, Vec<Activity>>,
}

impl TeamActivities {
    /// Reads an account's activities, which include every change up to now.
    ///
    /// # Errors
    /// The store's.
    pub async fn read<T>(
        &self,
        store: &Store,
        account: AccountId,
        read: impl FnOnce(&Activities) -> T,
    ) -> Result<T, StoreError> {
        let place = self.place(account);
        let mut held = place.lock().await;
        Ok(read(&caught_up(&mut held, store, account).await?.activities))
    }

    /// Reads what is kept of every account, so that nobody waits for it later. What nothing is kept of yet is left to the
    /// follower: computing a long past takes many times as long.
    ///
    /// # Errors
    /// The store's.
    pub async fn load_kept(&self, store: &Store) -> Result<(), StoreError> {
        for account in store.accounts().await? {
            let place = self.place(account.id);
            let mut held = place.lock().await;
            if held.is_none() {
                *held = AccountActivities::kept(store, &Scope::operator(account.id)).await?;
            }
        }
        Ok(())
    }

    /// Brings an account's activities up to the log; the change up to which they are, and whether some are not kept.
    pub(crate) async fn follow(&self, store: &Store, account: AccountId) -> Result<(Seq, bool), StoreError> {
        let place = self.place(account);
        let mut held = place.lock().await;
        let account = caught_up(&mut held, store, account).await?;
        Ok((account.seq, account.kept != Some(account.seq)))
    }

    /// Keeps what is not kept of an account.
    pub(crate) async fn keep(
        &self,
        store: &Store,
        account: AccountId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let place = self.place(account);
        let (seq, unkept) = {
            let mut held = place.lock().await;
            let Some(held) = held.as_mut() else { return Ok(()) };
            (held.seq, std::mem::take(&mut held.unkept).into_iter().collect::<Vec<_>>())
        };
        let kept = keep(store, account, now, seq, &unkept).await;
        let mut held = place.lock().await;
        if let Some(held) = held.as_mut() {
            match kept {
                Ok(()) => held.kept = Some(seq),
                // What has changed since is newer.
                Err(_) => unkept.into_iter().for_each(|(id, activities)| {
                    held.unkept.entry(id).or_insert(activities);
                }),
            }
        }
        kept
    }

    fn place(&self, account: AccountId) -> Place {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(places.entry(account).or_default())
    }
}

async fn keep(
    store: &Store,
    account: AccountId,
    now: Timestamp,
    seq: Seq,
    unkept: &[(ConversationId, Vec<Activity>)],
) -> Result<(), StoreError> {
    let mut parts: Vec<NewActivities> = unkept
        .chunks(CONVERSATIONS_A_BATCH)
        .map(|some| NewActivities { seq: None, conversations: some.to_vec() })
        .collect();
    // The position last: a crash between two parts computes some again.
    parts.push(NewActivities { seq: Some(seq), conversations: Vec::new() });
    for part in parts {
        store.commit(Batch::new(Scope::operator(account), now, vec![Op::KeepActivities(part)])).await?;
    }
    Ok(())
}

/// The account, up to the head of its log.
async fn caught_up<'a>(
    held: &'a mut Option<AccountActivities>,
    store: &Store,
    account: AccountId,
) -> Result<&'a mut AccountActivities, StoreError> {
    let scope = Scope::operator(account);
    if held.is_none() {
        let kept = AccountActivities::kept(store, &scope).await?;
        *held = Some(match kept {
            Some(kept) => kept,
            None => AccountActivities::computed(store, &scope).await?,
        });
    }
    let ready = held.as_mut().ok_or_else(|| StoreError::Engine("activities are not loaded".to_owned()))?;
    ready.follow(store, &scope).await?;
    Ok(ready)
}

impl AccountActivities {
    /// What is kept; none where nothing is.
    async fn kept(store: &Store, scope: &Scope) -> Result<Option<Self>, StoreError> {
        let kept = store.kept_activities(scope).await?;
        let Some(seq) = kept.seq else { return Ok(None) };
        let build = move || {
            let mut activities = Activities::default();
            for ConversationActivities { conversation, campaign, activities: of_this } in kept.conversations {
                activities.put(conversation, campaign, &of_this);
            }
            activities
        };
        // Of a large account it takes a second, for which the runtime's threads have better use.
        let failed = |error| StoreError::Engine(format!("what members did cannot be put together: {error}"));
        let activities = tokio::task::spawn_blocking(build).await.map_err(failed)?;
        Ok(Some(Self { activities, seq, kept: Some(seq), unkept: BTreeMap::new() }))
    }

    /// All of it, computed from the pasts of all conversations.
    async fn computed(store: &Store, scope: &Scope) -> Result<Self, StoreError> {
        // First the position: what happens meanwhile is computed once more.
        let seq = store.head(scope).await?.seq;
        let mut account =
            Self { activities: Activities::default(), seq, kept: None, unkept: BTreeMap::new() };
        let mut after = ConversationId(0);
        loop {
            let ids = store.conversations_with_past(scope, after, PASTS_A_READ as u32).await?;
            let Some(last) = ids.last() else { return Ok(account) };
            after = *last;
            account.compute(store, scope, &ids).await?;
        }
    }

    async fn follow(&mut self, store: &Store, scope: &Scope) -> Result<(), StoreError> {
        while self.seq < store.head(scope).await?.seq {
            let page = store.changes(scope, self.seq, CHANGES_A_READ).await?;
            let Some(last) = page.changes.last().map(|change| change.seq) else { break };
            let touched = page.changes.iter().filter(|change| may_change_activities(change));
            let touched: BTreeSet<ConversationId> =
                touched.filter_map(|change| change.conversation).collect();
            self.compute(store, scope, &touched.into_iter().collect::<Vec<_>>()).await?;
            self.seq = last;
        }
        Ok(())
    }

    /// Computes the activities of these conversations.
    async fn compute(
        &mut self,
        store: &Store,
        scope: &Scope,
        ids: &[ConversationId],
    ) -> Result<(), StoreError> {
        for ids in ids.chunks(PASTS_A_READ) {
            let pasts = store.pasts(scope, ids).await?;
            let mut gone: BTreeSet<ConversationId> = ids.iter().copied().collect();
            for found in pasts {
                gone.remove(&found.conversation);
                let activities = found.past.activities();
                self.activities.put(found.conversation, found.campaign, &activities);
                self.unkept.insert(found.conversation, activities);
            }
            for conversation in gone {
                self.activities.remove(conversation);
                self.unkept.insert(conversation, Vec::new());
            }
        }
        Ok(())
    }
}

/// Whether a change can be one of a conversation's past. A lead that was just added has none.
fn may_change_activities(change: &Change) -> bool {
    change.affects(Affected::Conversation) && change.kind != ChangeKind::ConversationCreated
}
