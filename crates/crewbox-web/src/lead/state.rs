//! The actions on a lead of a campaign, named by the campaign and the lead.

use crewbox_app::conversation::{self, Triage};
use crewbox_core::id::{CampaignId, CategoryId, ConversationId, LeadId};

use crate::answer::Json;
use crate::call::SignedCall;
use crate::change_seq::Numbered;
use crate::declare::{input, output};
use crate::error::ApiError;
use crate::handler::{Body, Path};
use crate::inbox::DelayDays;
use crate::value::{Nullable, OrBlank};

/// What such an action answers.
pub(super) const DONE: LeadActionDone = LeadActionDone { ok: true, data: "success" };

output! {
    /// An action that succeeded.
    pub(crate) struct LeadActionDone {
        /// Always true.
        ok: bool,
        /// Always `success`.
        data: &'static str,
    }
}

input! {
    /// When a lead goes on.
    pub(crate) struct ResumeInCampaign {
        /// Days until it goes on; 0 unless given.
        resume_lead_with_delay_days: Option<DelayDays>,
    }
}

input! {
    /// A category for a lead.
    pub(crate) struct LeadCategory {
        /// A category, or null for none. An empty text is taken for null.
        category_id: Nullable<OrBlank<CategoryId>>,
        /// Also pauses the lead in the campaign.
        pause_lead: Option<bool>,
    }
}

/// POST `/campaigns/{id}/leads/{lead_id}/pause`.
pub(crate) async fn pause(
    call: SignedCall,
    Path(named): Path<(CampaignId, LeadId)>,
) -> Result<Numbered<Json<LeadActionDone>>, ApiError> {
    let id = conversation_of(&call, named).await?;
    let held = conversation::pause(call.services(), &call.caller(), id).await?;
    Ok(call.numbered(held.changes, Json(DONE)))
}

/// POST `/campaigns/{id}/leads/{lead_id}/resume`.
pub(crate) async fn resume(
    call: SignedCall,
    Path(named): Path<(CampaignId, LeadId)>,
    Body(given): Body<ResumeInCampaign>,
) -> Result<Numbered<Json<LeadActionDone>>, ApiError> {
    let id = conversation_of(&call, named).await?;
    let days = given.resume_lead_with_delay_days.map_or(0, |days| days.0).cast_signed();
    let held = conversation::resume(call.services(), &call.caller(), None, id, days).await?;
    Ok(call.numbered(held.changes, Json(DONE)))
}

/// POST `/campaigns/{id}/leads/{lead_id}/unsubscribe`.
pub(crate) async fn unsubscribe(
    call: SignedCall,
    Path(named): Path<(CampaignId, LeadId)>,
) -> Result<Numbered<Json<LeadActionDone>>, ApiError> {
    let id = conversation_of(&call, named).await?;
    let held = conversation::unsubscribe(call.services(), &call.caller(), id).await?;
    Ok(call.numbered(held.changes, Json(DONE)))
}

/// POST `/campaigns/{id}/leads/{lead_id}/category`.
pub(crate) async fn category(
    call: SignedCall,
    Path(named): Path<(CampaignId, LeadId)>,
    Body(given): Body<LeadCategory>,
) -> Result<Numbered<Json<LeadActionDone>>, ApiError> {
    let id = conversation_of(&call, named).await?;
    let (services, caller) = (call.services(), call.caller());
    let category = given.category_id.0.map(|id| id.0);
    let held = if given.pause_lead == Some(true) {
        conversation::categorise_and_pause(services, &caller, id, category).await?
    } else {
        conversation::triage(services, &caller, id, Triage::Category(category)).await?
    };
    Ok(call.numbered(held.changes, Json(DONE)))
}

async fn conversation_of(
    call: &SignedCall,
    (campaign, lead): (CampaignId, LeadId),
) -> Result<ConversationId, ApiError> {
    let row = conversation::of_lead(call.services(), &call.caller(), campaign, lead).await?;
    Ok(row.conversation.id)
}
