//! Driving a job: step after step, each a transaction of its own.

use crewbox_core::bulk::{Bulk, BulkState};
use crewbox_core::change::Cause;
use crewbox_core::id::{AccountId, BulkId};
use crewbox_core::time::Timestamp;
use crewbox_store::{Batch, Op, Scope, Store, StoreError};

/// Places at which a test lets the process die: before a step, and after it is committed.
pub const CRASH_POINTS: &[&str] = &["bulk.before-step", "bulk.stepped"];

/// Does the next step of a job that runs. A step that another driver has done meanwhile is not done again.
pub(super) async fn step(store: &Store, scope: Scope, job: &Bulk, now: Timestamp) -> Result<(), StoreError> {
    crewbox_crash::point("bulk.before-step");
    let op = Op::BulkStep { bulk: job.id, step: job.steps };
    store.commit(Batch::new(scope, now, vec![op]).caused_by(Cause::Bulk(job.id))).await?;
    crewbox_crash::point("bulk.stepped");
    Ok(())
}

/// Drives a job until it has ended.
pub(super) async fn to_end(
    store: &Store,
    account: AccountId,
    id: BulkId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let scope = Scope::operator(account);
    loop {
        let job = store.bulk(&scope, id).await?;
        if job.state != BulkState::Running {
            return Ok(());
        }
        step(store, scope, &job, now).await?;
    }
}
