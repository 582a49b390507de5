//! What became of a campaign: its figures, and its sent mails one by one.

use crewbox_core::id::CampaignId;
use crewbox_core::permission::Permission;
use crewbox_store::contract::{CampaignFigures, SentPage, SentQuery};

use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::services::Services;

/// The figures of a campaign, as they are now.
///
/// # Errors
/// [`Refusal::NotFound`] for a campaign that the caller does not see; the store's.
pub async fn figures(
    services: &Services,
    caller: &Caller,
    campaign: CampaignId,
) -> Result<CampaignFigures, Refusal> {
    caller.require(Permission::ReadCampaigns)?;
    let campaign = caller.campaign(campaign)?.id;
    Ok(services.store().campaign_figures(caller.scope(), campaign).await?)
}

/// A page of the mails that were sent in a campaign, newest first.
///
/// # Errors
/// [`Refusal::NotFound`] for a campaign that the caller does not see; the store's.
pub async fn sent(
    services: &Services,
    caller: &Caller,
    campaign: CampaignId,
    query: &SentQuery,
) -> Result<SentPage, Refusal> {
    caller.require(Permission::ReadLeads)?;
    let campaign = caller.campaign(campaign)?.id;
    Ok(services.store().sent_mails(caller.scope(), campaign, query).await?)
}
