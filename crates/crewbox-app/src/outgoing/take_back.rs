//! Taking a message back before it leaves.

use crewbox_core::id::CampaignId;
use crewbox_core::outgoing::Outgoing;
use crewbox_core::permission::Permission;
use crewbox_store::{Op, OutboxStep, StoreError};

use super::status::{no_message, record};
use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::services::Services;

/// Takes a message of this campaign back, by its Message-ID; its record before that.
///
/// # Errors
/// [`Refusal::NotFound`] for a campaign or message that the caller does not see, or that do not belong together;
/// [`Refusal::Conflict`] for one that is on its way or has left; the store's.
pub async fn take_back(
    services: &Services,
    caller: &Caller,
    campaign: CampaignId,
    message_id: &str,
) -> Result<Outgoing, Refusal> {
    caller.require(Permission::SendMail)?;
    let campaign = caller.campaign_or_deleted(campaign)?.id;
    let one = record(services, caller, message_id).await?;
    match services.store().conversation(caller.scope(), one.conversation).await {
        Ok(held) if held.campaign == campaign => {}
        Ok(_) | Err(StoreError::NotFound(..)) => return Err(no_message()),
        Err(error) => return Err(error.into()),
    }
    caller.commit_one(services, Op::Outbox(OutboxStep::TakeBack(one.id))).await?;
    Ok(one)
}
