//! The worker that goes on with jobs whose driver is gone: after a crash or a restart at once, otherwise when a job has not
//! moved for some seconds.
//!
//! Owns no state that matters: which steps are done is in the store.

use std::collections::BTreeMap;

use crewbox_core::bulk::BulkState;
use crewbox_core::change::{Affected, Change};
use crewbox_core::id::{AccountId, BulkId, Seq};
use crewbox_core::time::{Clock, Timestamp};
use crewbox_store::follow::{Follower, Then, reached};
use crewbox_store::{Scope, Store, StoreError};

use super::run::step;

/// How long a job may stand still before this worker goes on with it, in ms: hundreds of steps.
const STALLED_MS: i64 = 10_000;
/// How long after a failed step it is tried again, in ms.
const RETRY_MS: i64 = 1_000;

/// Goes on with bulk actions.
pub struct BulkJobs {
    store: Store,
    clock: Clock,
    jobs: BTreeMap<(AccountId, BulkId), Watched>,
}

/// A job that is looked at.
#[derive(Clone, Copy, Debug)]
struct Watched {
    /// Its steps when it was looked at.
    steps: u64,
    /// When it is looked at again.
    at: Timestamp,
}

impl BulkJobs {
    /// Of all accounts. Run it with `Store::follow`.
    #[must_use]
    pub fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock, jobs: BTreeMap::new() }
    }

    /// Notes the jobs of an account that run and are not noted yet; each is looked at after `wait_ms`.
    async fn look(&mut self, account: AccountId, wait_ms: i64) -> Result<(), StoreError> {
        let scope = Scope::operator(account);
        let at = self.in_ms(wait_ms);
        for id in self.store.running_bulks(&scope).await? {
            let steps = self.store.bulk(&scope, id).await?.steps;
            self.jobs.entry((account, id)).or_insert(Watched { steps, at });
        }
        Ok(())
    }

    fn in_ms(&self, ms: i64) -> Timestamp {
        Timestamp((self.clock)().millis().saturating_add(ms))
    }

    /// Does a step of a job that has not moved since it was looked at. When it is looked at again; none once it has ended.
    async fn go_on(
        &self,
        (account, id): (AccountId, BulkId),
        seen: u64,
    ) -> Result<Option<Watched>, StoreError> {
        let scope = Scope::operator(account);
        let job = self.store.bulk(&scope, id).await?;
        if job.state != BulkState::Running {
            return Ok(None);
        }
        if job.steps != seen {
            return Ok(Some(Watched { steps: job.steps, at: self.in_ms(STALLED_MS) }));
        }
        step(&self.store, scope, &job, (self.clock)()).await?;
        Ok(Some(Watched { steps: job.steps + 1, at: self.in_ms(0) }))
    }
}

impl std::fmt::Debug for BulkJobs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BulkJobs").field("jobs", &self.jobs).finish_non_exhaustive()
    }
}

impl Follower for BulkJobs {
    const NAME: &'static str = "bulk actions";
    type Event = ();

    async fn begin(&mut self, account: AccountId) -> Result<Seq, StoreError> {
        // First the position, then the jobs: what is started between the two is followed.
        let seq = self.store.head(&Scope::operator(account)).await?.seq;
        self.look(account, 0).await?;
        Ok(seq)
    }

    async fn follow(&mut self, account: AccountId, changes: &[Change]) -> Result<Seq, StoreError> {
        if changes.iter().any(|change| change.affects(Affected::BulkJobs)) {
            self.look(account, STALLED_MS).await?;
        }
        Ok(changes.last().map(|change| change.seq).unwrap_or_default())
    }

    async fn wait(&mut self) {
        reached(self.jobs.values().map(|job| job.at).min(), &*self.clock).await;
    }

    async fn act(&mut self, (): ()) -> Then {
        let now = (self.clock)();
        // One step of each, so that they take turns and a stop is seen soon.
        let due: Vec<_> =
            self.jobs.iter().filter(|(_, job)| job.at <= now).map(|(id, job)| (*id, *job)).collect();
        for (id, job) in due {
            match self.go_on(id, job.steps).await {
                Ok(Some(next)) => {
                    self.jobs.insert(id, next);
                }
                Ok(None) => {
                    self.jobs.remove(&id);
                }
                Err(error) => {
                    tracing::warn!(bulk = id.1.get(), %error, "a bulk action cannot go on yet");
                    self.jobs.insert(id, Watched { at: self.in_ms(RETRY_MS), ..job });
                }
            }
        }
        Then::Continue
    }
}
