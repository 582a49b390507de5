//! Delivering what is due to one webhook, until nothing is. A webhook has one run at a time, so that a slow receiver holds
//! up its own deliveries and no others; each holds a few deliveries in memory, however many wait.

use std::sync::Arc;

use crewbox_core::id::{AccountId, WebhookId};
use crewbox_core::time::Timestamp;
use crewbox_core::webhook::{LONGEST_WAIT_MS, Webhook};
use crewbox_store::contract::{Delivery, Tried};
use crewbox_store::{Batch, Op, Scope, StoreError};
use tokio::task::JoinSet;

use super::attempt::{attempt, broken};
use super::tools::Tools;

/// Deliveries to one receiver under way at once: a payload is up to half a megabyte, and there may be a hundred
/// receivers.
const AT_ONCE: u32 = 2;
/// How long after the store could not be read or written a run is begun again, in ms.
const RETRY_MS: i64 = 1_000;

/// Delivers what is due; when the next delivery is, if one waits.
pub(super) async fn run(tools: Tools, account: AccountId, webhook: WebhookId) -> Option<Timestamp> {
    match run_until_idle(&tools, account, webhook).await {
        Ok(next) => next,
        Err(error) => {
            tracing::warn!(%account, %webhook, %error, "webhook events cannot be delivered yet");
            Some(Timestamp((tools.clock)().0.saturating_add(RETRY_MS)))
        }
    }
}

async fn run_until_idle(
    tools: &Tools,
    account: AccountId,
    id: WebhookId,
) -> Result<Option<Timestamp>, StoreError> {
    let scope = Scope::operator(account);
    correct(tools, &scope, id).await?;
    loop {
        let mut waiting = tools.store.deliveries_waiting(&scope, id, AT_ONCE).await?;
        let now = (tools.clock)();
        let next = waiting.first().map(|delivery| delivery.next_try);
        waiting.retain(|delivery| delivery.next_try <= now);
        if waiting.is_empty() {
            return Ok(next);
        }
        // Read each time: its address may have been changed, or it deleted.
        let all = tools.store.webhooks(&scope).await?;
        let Some(webhook) = all.into_iter().find(|webhook| webhook.id == id) else { return Ok(None) };
        let Some(tried) = try_all(tools, account, Arc::new(webhook), waiting).await? else {
            // The server stops: what was under way is delivered again after the next start.
            return Ok(None);
        };
        for one in tried.iter().filter(|tried| tried.error.is_some()) {
            let (delivery, status, state) = (one.delivery, one.status, one.state);
            tracing::info!(%account, webhook = %id, %delivery, ?status, ?state, "a webhook delivery failed");
        }
        let noted = Op::NoteTries { webhook: id, tries: tried };
        tools.store.commit(Batch::new(scope, (tools.clock)(), vec![noted])).await?;
    }
}

/// Makes due what waits for a time that no retry leads to: the clock was wrong when that time was decided. Without it such a
/// delivery waits for years, although nothing is wrong any more.
async fn correct(tools: &Tools, scope: &Scope, webhook: WebhookId) -> Result<(), StoreError> {
    let now = (tools.clock)();
    let latest = latest(now);
    if tools.store.delivery_waits_after(scope, webhook, latest).await? {
        let due = Op::TryDeliveriesNow { webhook, latest };
        tools.store.commit(Batch::new(*scope, now, vec![due])).await?;
    }
    Ok(())
}

/// The latest time that a delivery can wait for, by this clock.
pub(super) fn latest(now: Timestamp) -> Timestamp {
    Timestamp(now.0.saturating_add(LONGEST_WAIT_MS))
}

/// Tries deliveries side by side; none where the server stops meanwhile.
async fn try_all(
    tools: &Tools,
    account: AccountId,
    webhook: Arc<Webhook>,
    deliveries: Vec<Delivery>,
) -> Result<Option<Vec<Tried>>, StoreError> {
    let names = tools.live.account(account, (tools.clock)()).await?.names();
    let mut tries = JoinSet::new();
    for delivery in deliveries {
        let (tools, webhook, names) = (tools.clone(), Arc::clone(&webhook), Arc::clone(&names));
        tries.spawn(async move {
            let scope = Scope::operator(account);
            let one = delivery.clone();
            let own = tools.clone();
            // On a task of its own: a panic is a failed try and not the end of the run.
            let tried =
                tokio::spawn(async move { attempt(&own, &names.catalog, &scope, &webhook, &one).await });
            tried.await.unwrap_or_else(|_| Ok(broken(&tools, &delivery)))
        });
    }
    let mut stopped = tools.stopped.clone();
    let mut tried = Vec::new();
    loop {
        tokio::select! {
            biased;
            // An error means that the sender is gone, with whoever could stop this.
            _ = stopped.wait_for(|stopped| *stopped) => return Ok(None),
            one = tries.join_next() => match one {
                Some(Ok(one)) => tried.push(one?),
                // It only waits for the task within; it cannot panic.
                Some(Err(_)) => {}
                None => return Ok(Some(tried)),
            }
        }
    }
}
