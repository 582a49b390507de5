//! Campaigns: making them, what they send from, their tags.

use crewbox_core::id::{CampaignId, ClientId, MailboxId, TagId};
use crewbox_core::model::Campaign;
use crewbox_core::permission::{Denied, Permission};
use crewbox_store::{Op, Thing};

use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::services::Services;

/// The campaigns that the caller sees, newest first; only those of a client where one is named.
///
/// # Errors
/// [`Refusal::Forbidden`].
pub fn list(caller: &Caller, client: Option<ClientId>) -> Result<Vec<&Campaign>, Refusal> {
    caller.require(Permission::ReadCampaigns)?;
    let scope = caller.scope();
    let seen = caller.names().campaigns.iter().rev().filter(|campaign| scope.sees(campaign.client));
    Ok(seen.filter(|campaign| client.is_none() || campaign.client == client).collect())
}

/// One campaign.
///
/// # Errors
/// [`Refusal::NotFound`] for a campaign that the caller does not see.
pub fn get(caller: &Caller, id: CampaignId) -> Result<&Campaign, Refusal> {
    caller.require(Permission::ReadCampaigns)?;
    caller.campaign(id)
}

/// Makes a campaign. It belongs to the caller's client where the caller is restricted to one.
///
/// # Errors
/// [`Refusal::Forbidden`] where a restricted caller names another client; [`Refusal::NotFound`] for a client that does
/// not exist; the store's.
pub async fn create(
    services: &Services,
    caller: &Caller,
    name: String,
    client: Option<ClientId>,
) -> Result<CampaignId, Refusal> {
    caller.require(Permission::ManageCampaigns)?;
    let client = match (caller.scope().client(), client) {
        (Some(own), Some(asked)) if own != asked => return Err(Refusal::Forbidden(Denied::OtherClient)),
        (own, asked) => own.or(asked),
    };
    if let Some(client) = client {
        caller.names().client(client).ok_or(Refusal::NotFound(Thing::Client, client.get()))?;
    }
    Ok(CampaignId(caller.make(services, Op::AddCampaign { name, client, parent: None }).await?))
}

/// Makes a sub-sequence of a campaign, with the campaign's client.
///
/// # Errors
/// [`Refusal::NotFound`] for a campaign that the caller does not see; the store's.
pub async fn create_subsequence(
    services: &Services,
    caller: &Caller,
    parent: CampaignId,
    name: String,
) -> Result<CampaignId, Refusal> {
    caller.require(Permission::ManageCampaigns)?;
    let parent = caller.campaign(parent)?;
    let op = Op::AddCampaign { name, client: parent.client, parent: Some(parent.id) };
    Ok(CampaignId(caller.make(services, op).await?))
}

/// Lets a campaign send from these mailboxes, besides those it has.
///
/// # Errors
/// [`Refusal::NotFound`] for a campaign or mailbox that the caller does not see; the store's.
pub async fn add_mailboxes(
    services: &Services,
    caller: &Caller,
    campaign: CampaignId,
    mailboxes: Vec<MailboxId>,
) -> Result<(), Refusal> {
    caller.require(Permission::ManageCampaigns)?;
    let campaign = caller.campaign(campaign)?.id;
    for mailbox in &mailboxes {
        caller.mailbox(*mailbox)?;
    }
    caller.commit(services, vec![Op::AddCampaignMailboxes { campaign, mailboxes }]).await?;
    Ok(())
}

/// Replaces a campaign's tags.
///
/// # Errors
/// [`Refusal::NotFound`] for a campaign that the caller does not see, or a tag that the caller does not see; the store's.
pub async fn set_tags(
    services: &Services,
    caller: &Caller,
    campaign: CampaignId,
    tags: Vec<TagId>,
) -> Result<(), Refusal> {
    caller.require(Permission::ManageCampaigns)?;
    let campaign = caller.campaign(campaign)?.id;
    if let Some(tag) = tags.iter().find(|tag| caller.tag(**tag).is_none()) {
        return Err(Refusal::NotFound(Thing::Tag, tag.get()));
    }
    caller.commit(services, vec![Op::SetCampaignTags { campaign, tags }]).await?;
    Ok(())
}
