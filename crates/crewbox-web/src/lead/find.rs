//! Finding a lead by its address or its id, and the campaigns that it is in.

use crewbox_app::lead;
use crewbox_core::conversation::{Conversation, LeadStatus};
use crewbox_core::id::{CampaignId, CategoryId, ClientId, LeadId};
use crewbox_core::model::{self, CampaignStatus};
use crewbox_store::Catalog;
use utoipa::openapi::{RefOr, Schema};

use super::output::Lead;
use crate::answer::Json;
use crate::call::SignedCall;
use crate::declare::{Joined, output, query};
use crate::error::ApiError;
use crate::handler::{Path, Query};
use crate::object::{At, Put, Quoted};
use crate::schema::{Components, Describe, either};
use crate::value::{Nothing, Nullable, Trimmed};

/// Characters of an address to find: a line of a mail holds no more (RFC 5322).
const MAX_ADDRESS: usize = 998;

query! {
    /// Which lead.
    pub(crate) struct WhichLead {
        /// Its address, in any of its spellings.
        email: Trimmed<MAX_ADDRESS>,
    }
}

output! {
    /// What is known of a lead besides its fields.
    pub(crate) struct LeadDetails {
        /// When it was first added.
        created_at: At,
        /// The campaigns that it is in.
        lead_campaign_data: Vec<LeadCampaign>,
    }
}

output! {
    /// A campaign that a lead is in.
    pub(crate) struct LeadCampaign {
        /// The conversation with the lead in this campaign.
        campaign_lead_map_id: Quoted,
        /// The campaign.
        campaign_id: CampaignId,
        /// The campaign's name.
        campaign_name: String,
        /// The lead category; null for none.
        lead_category_id: Nullable<CategoryId>,
        /// How far the campaign is with the lead.
        status: LeadStatus,
        /// The client that the campaign belongs to; null for none.
        client_id: Nullable<ClientId>,
    }
}

output! {
    /// A campaign that a lead is in, by its own id.
    pub(crate) struct CampaignOfLead {
        /// The campaign.
        id: CampaignId,
        /// What the program that sends it does with it.
        status: CampaignStatus,
        /// Its name.
        name: String,
        /// The conversation with the lead in this campaign.
        campaign_lead_map_id: Quoted,
        /// How far the campaign is with the lead.
        lead_status: LeadStatus,
    }
}

/// A lead with its campaigns, or an object without keys where there is none.
pub(crate) struct FoundLead(Option<Joined<Lead, LeadDetails>>);

impl Put for FoundLead {
    fn put(&self, out: &mut Vec<u8>) {
        match &self.0 {
            Some(found) => found.put(out),
            None => Nothing.put(out),
        }
    }
}

impl Describe for FoundLead {
    fn schema(components: &mut Components) -> RefOr<Schema> {
        let found = Joined::<Lead, LeadDetails>::schema(components);
        either("The lead, or `{}` where no lead has this address.", [found, Nothing::schema(components)])
    }
}

/// GET `/leads/?email=`.
pub(crate) async fn find(
    call: SignedCall,
    Query(which): Query<WhichLead>,
) -> Result<Json<FoundLead>, ApiError> {
    let caller = call.caller();
    let found = lead::by_email(call.services(), &caller, &which.email.0).await?;
    let found = found.map(|(lead, conversations)| shown(&call, caller.names(), lead, &conversations));
    Ok(Json(FoundLead(found)))
}

/// GET `/leads/{id}`.
pub(crate) async fn get(
    call: SignedCall,
    Path(id): Path<LeadId>,
) -> Result<Json<Joined<Lead, LeadDetails>>, ApiError> {
    let caller = call.caller();
    let (lead, conversations) = lead::get(call.services(), &caller, id).await?;
    Ok(Json(shown(&call, caller.names(), lead, &conversations)))
}

/// GET `/leads/{id}/campaigns`.
pub(crate) async fn campaigns(
    call: SignedCall,
    Path(id): Path<LeadId>,
) -> Result<Json<Vec<CampaignOfLead>>, ApiError> {
    let caller = call.caller();
    let (_, conversations) = lead::get(call.services(), &caller, id).await?;
    let campaigns = conversations.iter().filter_map(|conversation| {
        let campaign = caller.names().campaign(conversation.campaign)?;
        Some(CampaignOfLead {
            id: campaign.id,
            status: campaign.status,
            name: campaign.name.clone(),
            campaign_lead_map_id: Quoted(conversation.id.get()),
            lead_status: conversation.lead_status,
        })
    });
    Ok(Json(campaigns.collect()))
}

fn shown(
    call: &SignedCall,
    names: &Catalog,
    lead: model::Lead,
    conversations: &[Conversation],
) -> Joined<Lead, LeadDetails> {
    let campaigns = conversations.iter().map(|conversation| in_campaign(names, conversation));
    let details =
        LeadDetails { created_at: call.at(lead.created_at), lead_campaign_data: campaigns.collect() };
    Joined(Lead::of(lead, lead::is_unsubscribed(conversations)), details)
}

fn in_campaign(catalog: &Catalog, conversation: &Conversation) -> LeadCampaign {
    let campaign = catalog.campaign(conversation.campaign);
    LeadCampaign {
        campaign_lead_map_id: Quoted(conversation.id.get()),
        campaign_id: conversation.campaign,
        campaign_name: campaign.map(|campaign| campaign.name.clone()).unwrap_or_default(),
        lead_category_id: conversation.category.into(),
        status: conversation.lead_status,
        client_id: conversation.client.into(),
    }
}
