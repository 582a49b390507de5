//! Changing a lead, and removing one from a campaign.

use crewbox_app::lead;
use crewbox_core::id::{CampaignId, LeadId};
use crewbox_core::model::LeadFields;

use super::add::NewLead;
use super::output::Lead;
use crate::answer::Success;
use crate::call::SignedCall;
use crate::error::ApiError;
use crate::handler::{Body, Path};

/// POST `/campaigns/{id}/leads/{lead_id}`.
pub(crate) async fn change(
    call: SignedCall,
    Path((campaign, lead)): Path<(CampaignId, LeadId)>,
    Body(given): Body<NewLead>,
) -> Result<Success<Lead>, ApiError> {
    let (services, caller) = (call.services(), call.caller());
    let fields = LeadFields::from(given);
    let (changed, conversations) = lead::change(services, &caller, campaign, lead, fields).await?;
    let data = Lead::of(changed, lead::is_unsubscribed(&conversations));
    Ok(Success { message: "Lead updated successfully", data })
}

/// DELETE `/campaigns/{id}/leads/{lead_id}`.
pub(crate) async fn remove(
    call: SignedCall,
    Path((campaign, lead)): Path<(CampaignId, LeadId)>,
) -> Result<Success<&'static str>, ApiError> {
    lead::remove(call.services(), &call.caller(), campaign, lead).await?;
    Ok(Success { message: "Lead removed from the campaign", data: "success" })
}
