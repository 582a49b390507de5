//! Listing a campaign's leads.

use crewbox_app::lead;
use crewbox_core::conversation::{Conversation, Flags, LeadStatus};
use crewbox_core::id::{CampaignId, CategoryId};
use crewbox_core::model;
use crewbox_store::contract::LeadQuery;

use super::output::Lead;
use crate::answer::Json;
use crate::call::SignedCall;
use crate::declare::{output, query};
use crate::error::ApiError;
use crate::handler::{Path, Query};
use crate::object::{At, Quoted};
use crate::value::{Count, FromZero, Nullable};

/// Leads a page holds at the most, and unless asked for fewer.
const MAX_LIMIT: u64 = 100;

query! {
    /// Which leads.
    pub(crate) struct WhichLeads {
        /// Leads to return.
        limit: Count<1, MAX_LIMIT> = Count(MAX_LIMIT),
        /// Leads to skip.
        offset: FromZero = Count(0),
        /// Only leads with this status.
        status: Option<LeadStatus>,
        /// Only leads of this category.
        lead_category_id: Option<FromZero>,
    }
}

output! {
    /// A page of a campaign's leads.
    pub(crate) struct LeadPage {
        /// Leads on all pages.
        total_leads: Quoted,
        /// Leads that were skipped.
        offset: u64,
        /// Leads that were asked for.
        limit: u32,
        /// The leads, the latest one added first.
        data: Vec<CampaignLead>,
    }
}

output! {
    /// A lead in a campaign.
    pub(crate) struct CampaignLead {
        /// The conversation with the lead in this campaign.
        campaign_lead_map_id: Quoted,
        /// The lead category; null for none.
        lead_category_id: Nullable<CategoryId>,
        /// How far the campaign is with the lead.
        status: LeadStatus,
        /// When it was added to the campaign.
        created_at: At,
        /// The lead.
        lead: Lead,
    }
}

/// GET `/campaigns/{id}/leads`.
pub(crate) async fn list(
    call: SignedCall,
    Path(campaign): Path<CampaignId>,
    Query(which): Query<WhichLeads>,
) -> Result<Json<LeadPage>, ApiError> {
    let asked = LeadQuery {
        limit: which.limit.as_u32(),
        offset: which.offset.0,
        status: which.status,
        category: which.lead_category_id.map(|id| CategoryId(id.0)),
    };
    let page = lead::list(call.services(), &call.caller(), campaign, &asked).await?;
    let leads = page.rows.into_iter().map(|(conversation, lead)| in_campaign(&call, &conversation, lead));
    Ok(Json(LeadPage {
        total_leads: Quoted(page.total),
        offset: asked.offset,
        limit: asked.limit,
        data: leads.collect(),
    }))
}

fn in_campaign(call: &SignedCall, conversation: &Conversation, lead: model::Lead) -> CampaignLead {
    CampaignLead {
        campaign_lead_map_id: Quoted(conversation.id.get()),
        lead_category_id: conversation.category.into(),
        status: conversation.lead_status,
        created_at: call.at(conversation.created_at),
        lead: Lead::of(lead, conversation.flags.has(Flags::UNSUBSCRIBED)),
    }
}
