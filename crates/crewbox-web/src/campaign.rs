//! Campaigns: making them, showing them, what they send from, their tags.

use crewbox_app::campaign;
use crewbox_core::id::{CampaignId, ClientId, MailboxId, TagId};
use crewbox_core::model;
use crewbox_store::contract::Catalog;

use crate::answer::{Json, Success};
use crate::call::SignedCall;
use crate::declare::{input, output, query};
use crate::error::ApiError;
use crate::handler::{Body, Path, Query};
use crate::object::At;
use crate::tags::Tag;
use crate::value::{AnyIds, FromZero, Ids, MAX_NAME, NonBlank, Nullable};

/// E-mail accounts or tags a call names at the most.
const MAX_IDS: usize = 1_000;

input! {
    /// A campaign to make.
    pub(crate) struct NewCampaign {
        /// Its name; `Untitled campaign` unless given.
        name: Option<NonBlank<MAX_NAME>>,
        /// The client it belongs to; that of the key unless given.
        client_id: Option<ClientId>,
    }
}

output! {
    /// A campaign that was made.
    pub(crate) struct CampaignCreated {
        /// Always true.
        ok: bool,
        /// Its id.
        id: CampaignId,
        /// Its name.
        name: String,
        /// When it was made.
        created_at: At,
    }
}

input! {
    /// A sub-sequence to make.
    pub(crate) struct NewSubsequence {
        /// The campaign it belongs to.
        parent_campaign_id: CampaignId,
        /// Its name; `Untitled sub-sequence` unless given.
        subsequence_name: Option<NonBlank<MAX_NAME>>,
    }
}

output! {
    /// A sub-sequence that was made.
    pub(crate) struct SubsequenceCreated {
        /// Always true.
        ok: bool,
        /// Its id.
        id: CampaignId,
    }
}

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
        /// Its name.
        name: String,
        /// The client it belongs to.
        client_id: Nullable<ClientId>,
        /// The campaign that it is a sub-sequence of.
        parent_campaign_id: Nullable<CampaignId>,
        /// When it was made.
        created_at: At,
        /// Its tags, where `include_tags` asks for them.
        tags: Option<Vec<Tag>>,
    }
}

input! {
    /// E-mail accounts to send from.
    pub(crate) struct SendingAccounts {
        /// Their ids; they are added to those that the campaign has.
        email_account_ids: Ids<MailboxId, MAX_IDS>,
    }
}

output! {
    /// E-mail accounts that were added to a campaign.
    pub(crate) struct AccountsAdded {
        /// The campaign.
        campaign_id: CampaignId,
        /// The accounts of the call.
        email_account_ids: Vec<MailboxId>,
    }
}

input! {
    /// The tags of a campaign.
    pub(crate) struct CampaignTags {
        /// All its tags; an empty array takes all from it.
        tag_ids: AnyIds<TagId, MAX_IDS>,
    }
}

output! {
    /// The tags that a campaign now has.
    pub(crate) struct TagsSet {
        /// The campaign.
        campaign_id: CampaignId,
        /// All its tags.
        tag_ids: Vec<TagId>,
    }
}

/// POST `/campaigns/create`.
pub(crate) async fn create(
    call: SignedCall,
    Body(new): Body<NewCampaign>,
) -> Result<Json<CampaignCreated>, ApiError> {
    let name = new.name.map_or_else(|| "Untitled campaign".to_owned(), |name| name.0);
    let id = campaign::create(call.services(), &call.caller(), name.clone(), new.client_id).await?;
    Ok(Json(CampaignCreated { ok: true, id, name, created_at: call.at(call.now) }))
}

/// POST `/campaigns/create-subsequence`.
pub(crate) async fn create_subsequence(
    call: SignedCall,
    Body(new): Body<NewSubsequence>,
) -> Result<Json<SubsequenceCreated>, ApiError> {
    let name = new.subsequence_name.map_or_else(|| "Untitled sub-sequence".to_owned(), |name| name.0);
    let (services, caller) = (call.services(), call.caller());
    let id = campaign::create_subsequence(services, &caller, new.parent_campaign_id, name).await?;
    Ok(Json(SubsequenceCreated { ok: true, id }))
}

/// GET `/campaigns/`.
pub(crate) async fn list(
    call: SignedCall,
    Query(which): Query<WhichCampaigns>,
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
    let tags = || {
        let tags = campaign.tags.iter().filter_map(|tag| catalog.tag(*tag));
        tags.map(|tag| Tag { id: tag.id, name: tag.name.clone() }).collect()
    };
    Campaign {
        id: campaign.id,
        name: campaign.name.clone(),
        client_id: campaign.client.into(),
        parent_campaign_id: campaign.parent.into(),
        created_at: call.at(campaign.created_at),
        tags: with_tags.then(tags),
    }
}

/// POST `/campaigns/{id}/email-accounts`.
pub(crate) async fn add_mailboxes(
    call: SignedCall,
    Path(id): Path<CampaignId>,
    Body(accounts): Body<SendingAccounts>,
) -> Result<Success<AccountsAdded>, ApiError> {
    let mailboxes = accounts.email_account_ids.0;
    campaign::add_mailboxes(call.services(), &call.caller(), id, mailboxes.clone()).await?;
    let data = AccountsAdded { campaign_id: id, email_account_ids: mailboxes };
    Ok(Success { message: "Email accounts added to the campaign", data })
}

/// POST `/campaigns/{id}/tags`.
pub(crate) async fn set_tags(
    call: SignedCall,
    Path(id): Path<CampaignId>,
    Body(new): Body<CampaignTags>,
) -> Result<Success<TagsSet>, ApiError> {
    let tags = new.tag_ids.0;
    campaign::set_tags(call.services(), &call.caller(), id, tags.clone()).await?;
    let data = TagsSet { campaign_id: id, tag_ids: tags };
    Ok(Success { message: "Campaign tags updated", data })
}
