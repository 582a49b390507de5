//! Campaigns: making them, showing them, what they send from, their tags.

mod history;
mod lead;

use crewbox_core::id::{CampaignId, ClientId, MailboxId, TagId};
use crewbox_core::model::Campaign;
use crewbox_store::contract::Catalog;
use crewbox_store::{Op, Thing};

pub(crate) use history::message_history;
pub(crate) use lead::{add_leads, is_address, lead_by_email, leads};

use crate::account::MAX_NAME;
use crate::answer::Answer;
use crate::call::Call;
use crate::error::ApiError;
use crate::object::Obj;
use crate::request::Problems;

/// E-mail accounts or tags a call names at the most.
const MAX_IDS: usize = 1_000;

/// POST `/campaigns/create`.
pub(crate) async fn create(call: Call) -> Result<Answer, ApiError> {
    let (name, client) = {
        let json = call.json()?;
        let mut problems = Problems::default();
        let body = call.object(&json, &mut problems)?;
        let name = body.words("name", MAX_NAME, &mut problems);
        let client = body.id("client_id", &mut problems).map(ClientId);
        problems.finish()?;
        (name.unwrap_or_else(|| "Untitled campaign".to_owned()), client)
    };
    let client = match (call.scope()?.client(), client) {
        (Some(own), Some(asked)) if own != asked => {
            return Err(ApiError::Forbidden("This key may make campaigns of its own client only"));
        }
        (own, asked) => own.or(asked),
    };
    if let Some(client) = client.filter(|_| call.scope().is_ok()) {
        call.names()?.catalog.client(client).ok_or_else(|| ApiError::missing(Thing::Client, client.get()))?;
    }
    let id = call.make(Op::AddCampaign { name: name.clone(), client, parent: None }).await?;
    Ok(Answer::value(
        &Obj::new().with("ok", true).with("id", id).with("name", name).with("created_at", call.at(call.now)),
    ))
}

/// POST `/campaigns/create-subsequence`.
pub(crate) async fn create_subsequence(call: Call) -> Result<Answer, ApiError> {
    let names = call.names()?;
    let (parent, name) = {
        let json = call.json()?;
        let mut problems = Problems::default();
        let body = call.object(&json, &mut problems)?;
        let parent = body.id("parent_campaign_id", &mut problems);
        let parent = CampaignId(problems.required("parent_campaign_id", parent));
        let name = body.words("subsequence_name", MAX_NAME, &mut problems);
        problems.finish()?;
        (parent, name.unwrap_or_else(|| "Untitled sub-sequence".to_owned()))
    };
    let parent = call.campaign(&names, parent)?;
    let client = parent.client;
    let id = call.make(Op::AddCampaign { name, client, parent: Some(parent.id) }).await?;
    Ok(Answer::value(&Obj::new().with("ok", true).with("id", id)))
}

/// GET `/campaigns/`.
pub(crate) async fn list(call: Call) -> Result<Answer, ApiError> {
    let names = call.names()?;
    let scope = call.scope()?;
    let mut problems = Problems::default();
    let client = call.query().number("client_id", 0, i64::MAX, &mut problems);
    let tags = call.query().boolean("include_tags", &mut problems).unwrap_or(false);
    problems.finish()?;
    let client = client.and_then(|id| u64::try_from(id).ok()).map(ClientId);
    let campaigns = names.catalog.campaigns.iter().rev();
    let seen = campaigns
        .filter(|campaign| scope.sees(campaign.client))
        .filter(|campaign| client.is_none() || campaign.client == client);
    let rows: Vec<Obj> = seen.map(|campaign| object(&call, &names.catalog, campaign, tags)).collect();
    Ok(Answer::value(&rows))
}

/// GET `/campaigns/{id}`.
pub(crate) async fn get(call: Call) -> Result<Answer, ApiError> {
    let names = call.names()?;
    let mut problems = Problems::default();
    let tags = call.query().boolean("include_tags", &mut problems).unwrap_or(false);
    problems.finish()?;
    let campaign = call.campaign(&names, CampaignId(call.path_id("id")?))?;
    Ok(Answer::value(&object(&call, &names.catalog, campaign, tags)))
}

fn object(call: &Call, catalog: &Catalog, campaign: &Campaign, tags: bool) -> Obj {
    let object = Obj::new()
        .with("id", campaign.id)
        .with("name", &campaign.name)
        .with("client_id", campaign.client)
        .with("parent_campaign_id", campaign.parent)
        .with("created_at", call.at(campaign.created_at));
    let tags = tags.then(|| {
        let tags = campaign.tags.iter().filter_map(|tag| catalog.tag(*tag));
        tags.map(|tag| Obj::new().with("id", tag.id).with("name", &tag.name)).collect::<Vec<_>>()
    });
    object.maybe("tags", tags)
}

/// POST `/campaigns/{id}/email-accounts`.
pub(crate) async fn add_mailboxes(call: Call) -> Result<Answer, ApiError> {
    let names = call.names()?;
    let campaign = call.campaign(&names, CampaignId(call.path_id("id")?))?.id;
    let mailboxes: Vec<MailboxId> =
        ids(&call, "email_account_ids", false)?.into_iter().map(MailboxId).collect();
    for mailbox in &mailboxes {
        call.mailbox(&names, *mailbox)?;
    }
    let data = Obj::new().with("campaign_id", campaign).with("email_account_ids", mailboxes.clone());
    call.commit(vec![Op::AddCampaignMailboxes { campaign, mailboxes }]).await?;
    Ok(Answer::success("Email accounts added to the campaign", data))
}

/// POST `/campaigns/{id}/tags`.
pub(crate) async fn set_tags(call: Call) -> Result<Answer, ApiError> {
    let names = call.names()?;
    let campaign = call.campaign(&names, CampaignId(call.path_id("id")?))?.id;
    let tags: Vec<TagId> = ids(&call, "tag_ids", true)?.into_iter().map(TagId).collect();
    if let Some(tag) = tags.iter().find(|tag| names.catalog.tag(**tag).is_none()) {
        return Err(ApiError::missing(Thing::Tag, tag.get()));
    }
    let data = Obj::new().with("campaign_id", campaign).with("tag_ids", tags.clone());
    call.commit(vec![Op::SetCampaignTags { campaign, tags }]).await?;
    Ok(Answer::success("Campaign tags updated", data))
}

/// The ids of a body's one key, which must be there; empty only where that says something.
fn ids(call: &Call, key: &str, may_be_empty: bool) -> Result<Vec<u64>, ApiError> {
    let json = call.json()?;
    let mut problems = Problems::default();
    let body = call.object(&json, &mut problems)?;
    let ids = body.ids(key, Some(MAX_IDS), &mut problems);
    let ids = if may_be_empty && body.get(key).is_some() {
        ids.unwrap_or_default()
    } else {
        problems.required(key, ids)
    };
    problems.finish()?;
    Ok(ids)
}
