//! Replies of each campaign.

use crewbox_app::analytics::{self, CampaignFiguresOf};
use crewbox_core::id::CampaignId;

use super::parameters::WhichRows;
use crate::answer::Success;
use crate::call::SignedCall;
use crate::declare::output;
use crate::error::ApiError;
use crate::handler::Filters;

output! {
    /// Replies of each campaign.
    pub(crate) struct CampaignResponses {
        /// The campaigns in which anything happened, ascending by id; deleted ones too.
        campaign_wise_response_stats: Vec<ResponsesOfCampaign>,
    }
}

output! {
    /// Replies in a campaign. Each is of the sentiment that the lead's category has now.
    pub(crate) struct ResponsesOfCampaign {
        /// The campaign.
        email_campaign_id: CampaignId,
        /// Its name.
        email_campaign_name: String,
        /// Leads that a mail was sent to.
        leads_contacted: u64,
        /// Of these, those that have never replied.
        not_replied: u64,
        /// Replies by people.
        total_response: u64,
        /// Leads that replied.
        total_unique_response: u64,
        /// Replies of leads without a category.
        unrecognised_response: u64,
        /// Replies of leads whose category is a positive one.
        total_positive_response: u64,
        /// Replies of leads whose category is a negative one.
        total_negative_response: u64,
        /// Replies of leads whose category is a neutral one.
        total_neutral_response: u64,
    }
}

/// GET `/analytics/campaign/response-stats`.
pub(crate) async fn by_campaign(
    call: SignedCall,
    Filters(which): Filters<WhichRows>,
) -> Result<Success<CampaignResponses>, ApiError> {
    let (selection, page) = which.page();
    let found = analytics::by_campaign(call.services(), &call.caller(), &selection).await?;
    let data = CampaignResponses { campaign_wise_response_stats: page.of(found).map(shown).collect() };
    Ok(Success { message: "Campaign wise response stats", data })
}

fn shown(of: CampaignFiguresOf) -> ResponsesOfCampaign {
    let CampaignFiguresOf { id, name, figures } = of;
    ResponsesOfCampaign {
        email_campaign_id: id,
        email_campaign_name: name,
        leads_contacted: figures.leads_written_to,
        not_replied: figures.leads_without_reply,
        total_response: figures.replied,
        total_unique_response: figures.leads_replied,
        unrecognised_response: figures.replies_uncategorised,
        total_positive_response: figures.replies_positive,
        total_negative_response: figures.replies_negative,
        total_neutral_response: figures.replies_neutral,
    }
}
