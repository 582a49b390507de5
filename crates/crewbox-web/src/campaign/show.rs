//! Showing campaigns.

use crewbox_app::campaign;
use crewbox_core::id::{AccountId, CampaignId, ClientId};
use crewbox_core::model::{self, CampaignStatus};
use crewbox_store::contract::Catalog;

use crate::answer::Json;
use crate::call::SignedCall;
use crate::declare::{output, query};
use crate::error::ApiError;
use crate::handler::{Filters, Path, Query};
use crate::object::{At, Null};
use crate::tags::TagOf;
use crate::value::{FromZero, Nullable, wire_names};

wire_names!(CampaignStatus {
    Active = "ACTIVE",
    Paused = "PAUSED",
    Stopped = "STOPPED",
    Completed = "COMPLETED",
    Archived = "ARCHIVED",
    Drafted = "DRAFTED",
});

query! {
    /// Which campaigns.
    pub(crate) struct WhichCampaigns {
        /// Only the campaigns of this client.
        client_id: Option<FromZero>,
        /// Show the tags of each campaign.
        include_tags: bool = false,
    }
}

query! {
    /// What to show of a campaign.
    pub(crate) struct WithTags {
        /// Show its tags.
        include_tags: bool = false,
    }
}

output! {
    /// A campaign.
    pub(crate) struct Campaign {
        /// Its id.
        id: CampaignId,
        /// The account that it is in.
        user_id: AccountId,
        /// When it was made.
        created_at: At,
        /// When its status or settings last changed; when it was made, if never.
        updated_at: At,
        /// What the program that sends it does with it, as it was told here.
        status: CampaignStatus,
        /// Its name.
        name: String,
        /// What is not tracked; null unless it was set.
        track_settings: Nullable<Vec<String>>,
        /// Always null: schedules are not kept.
        scheduler_cron_value: Null,
        /// Always null: schedules are not kept.
        min_time_btwn_emails: Null,
        /// Always null: schedules are not kept.
        max_leads_per_day: Null,
        /// When its sender stops writing to a lead; null unless it was set.
        stop_lead_settings: Nullable<String>,
        /// The text with the link to unsubscribe; null unless it was set.
        unsubscribe_text: Nullable<String>,
        /// Whether it is sent as plain text; null unless it was set.
        send_as_plain_text: Nullable<bool>,
        /// Whether it is always sent as plain text; null unless it was set.
        force_plain_text: Nullable<bool>,
        /// How many of a day's mails are follow-ups, in percent; null unless it was set.
        follow_up_percentage: Nullable<u32>,
        /// Whether its sender matches providers; null unless it was set.
        enable_ai_esp_matching: Nullable<bool>,
        /// The client it belongs to.
        client_id: Nullable<ClientId>,
        /// The campaign that it is a sub-sequence of.
        parent_campaign_id: Nullable<CampaignId>,
        /// Its tags, where `include_tags` asks for them.
        tags: Option<Vec<TagOf>>,
    }
}

/// GET `/campaigns/`.
pub(crate) async fn list(
    call: SignedCall,
    Filters(which): Filters<WhichCampaigns>,
) -> Result<Json<Vec<Campaign>>, ApiError> {
    let caller = call.caller();
    let campaigns = campaign::list(&caller, which.client_id.map(|id| ClientId(id.0)))?.into_iter();
    let shown = campaigns.map(|campaign| shown(&call, caller.names(), campaign, which.include_tags));
    Ok(Json(shown.collect()))
}

/// GET `/campaigns/{id}`.
pub(crate) async fn get(
    call: SignedCall,
    Path(id): Path<CampaignId>,
    Query(with): Query<WithTags>,
) -> Result<Json<Campaign>, ApiError> {
    let caller = call.caller();
    let campaign = campaign::get(&caller, id)?;
    Ok(Json(shown(&call, caller.names(), campaign, with.include_tags)))
}

fn shown(call: &SignedCall, catalog: &Catalog, campaign: &model::Campaign, with_tags: bool) -> Campaign {
    let tags = || campaign.tags.iter().filter_map(|tag| catalog.tag(*tag)).map(TagOf::from).collect();
    let settings = campaign.settings.clone();
    Campaign {
        id: campaign.id,
        user_id: call.scope().account(),
        created_at: call.at(campaign.created_at),
        updated_at: call.at(campaign.updated_at),
        status: campaign.status,
        name: campaign.name.clone(),
        track_settings: settings.track_settings.into(),
        scheduler_cron_value: Null,
        min_time_btwn_emails: Null,
        max_leads_per_day: Null,
        stop_lead_settings: settings.stop_lead_settings.into(),
        unsubscribe_text: settings.unsubscribe_text.into(),
        send_as_plain_text: settings.send_as_plain_text.into(),
        force_plain_text: settings.force_plain_text.into(),
        follow_up_percentage: settings.follow_up_percentage.into(),
        enable_ai_esp_matching: settings.enable_ai_esp_matching.into(),
        client_id: campaign.client.into(),
        parent_campaign_id: campaign.parent.into(),
        tags: with_tags.then(tags),
    }
}
