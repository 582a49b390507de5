//! How deliveries of a campaign's events went, and trying those again that failed.

use crewbox_core::id::CampaignId;
use crewbox_core::permission::Permission;
use crewbox_core::time::Timestamp;
use crewbox_store::contract::{Delivery, DeliveryCounts};
use crewbox_store::{Op, Outcome};

use crate::caller::Caller;
use crate::refusal::{FieldError, Refusal};
use crate::services::Services;

/// Failed deliveries that a summary lists.
pub const MOST_FAILURES: u32 = 100;
/// Deliveries that one call lets try again: what is more takes another call, so that other writes get their turn.
pub const MOST_RETRIGGERED: u32 = 1_000;

/// How deliveries went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliverySummary {
    /// How many there were.
    pub counts: DeliveryCounts,
    /// Those that failed, newest first, at most [`MOST_FAILURES`].
    pub failed: Vec<Delivery>,
}

/// How the deliveries of a campaign's events went whose time is within a stretch, both ends included.
///
/// # Errors
/// [`Refusal::NotFound`] for a campaign that the caller does not see; [`Refusal::Invalid`] for an end before the start;
/// the store's.
pub async fn summary(
    services: &Services,
    caller: &Caller,
    campaign: CampaignId,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
) -> Result<DeliverySummary, Refusal> {
    caller.require(Permission::ManageWebhooks)?;
    let between = stretch(from, to)?;
    let store = services.store();
    let (counts, failed) = store.delivery_summary(caller.scope(), campaign, between, MOST_FAILURES).await?;
    Ok(DeliverySummary { counts, failed })
}

/// Lets the failed ones of them be tried again, at once and with the usual retries; how many, at most
/// [`MOST_RETRIGGERED`].
///
/// # Errors
/// As [`summary`].
pub async fn retrigger(
    services: &Services,
    caller: &Caller,
    campaign: CampaignId,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
) -> Result<u64, Refusal> {
    caller.require(Permission::ManageWebhooks)?;
    let (from, to) = stretch(from, to)?;
    let op = Op::RetriggerDeliveries { campaign, from, to, most: MOST_RETRIGGERED };
    match caller.commit_one(services, op).await? {
        Outcome::Count(count) => Ok(count),
        other => Err(Refusal::Internal(format!("trying deliveries again gave {other:?}"))),
    }
}

fn stretch(from: Option<Timestamp>, to: Option<Timestamp>) -> Result<(Timestamp, Timestamp), Refusal> {
    let (from, to) = (from.unwrap_or(Timestamp(0)), to.unwrap_or(Timestamp::MAX));
    if to < from {
        return Err(FieldError::of("toTime", "must not be before fromTime").into());
    }
    Ok((from, to))
}
