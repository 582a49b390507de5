//! Campaigns: making them, what their sender does with them, what they send from, their tags.

use crewbox_core::id::{CampaignId, ClientId, MailboxId, TagId};
use crewbox_core::model::{Campaign, CampaignSettings, CampaignStatus};
use crewbox_core::permission::{Denied, Permission};
use crewbox_store::{Op, Thing};

use crate::caller::Caller;
use crate::refusal::{FieldError, Given, Refusal};
use crate::services::Services;

/// The campaigns that the caller sees, newest first; only those of a client where one is named.
///
/// # Errors
/// [`Refusal::Forbidden`].
pub fn list(caller: &Caller, client: Option<ClientId>) -> Result<Vec<&Campaign>, Refusal> {
    caller.require(Permission::ReadCampaigns)?;
    let seen = caller.campaigns().rev();
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

/// Sets what a campaign's sender does with it.
///
/// # Errors
/// [`Refusal::NotFound`] for a campaign that the caller does not see; the store's.
pub async fn set_status(
    services: &Services,
    caller: &Caller,
    campaign: CampaignId,
    status: CampaignStatus,
) -> Result<(), Refusal> {
    caller.require(Permission::ManageCampaigns)?;
    let campaign = caller.campaign(campaign)?.id;
    caller.commit_one(services, Op::SetCampaignStatus { campaign, status }).await?;
    Ok(())
}

/// What changes of a campaign; what is not given stays.
#[derive(Clone, Debug, Default)]
pub struct ChangeCampaign {
    /// Its name.
    pub name: Option<String>,
    /// Its client, which a campaign keeps for life: another one is refused.
    pub client: Option<ClientId>,
    /// Its sender's settings.
    pub settings: CampaignSettings,
}

/// Changes a campaign's name and settings.
///
/// # Errors
/// [`Refusal::NotFound`] for a campaign that the caller does not see; [`Refusal::Invalid`] for another client; the store's.
pub async fn change(
    services: &Services,
    caller: &Caller,
    campaign: CampaignId,
    command: ChangeCampaign,
) -> Result<(), Refusal> {
    caller.require(Permission::ManageCampaigns)?;
    let held = caller.campaign(campaign)?;
    if let Some(client) = command.client.filter(|client| held.client != Some(*client)) {
        let error = FieldError::of("client_id", "cannot change: a campaign stays with its client");
        return Err(error.given(Given::Number(client.get())).into());
    }
    let settings = Box::new(held.settings.clone().changed_by(command.settings));
    let mut ops = vec![Op::SetCampaignSettings { campaign, settings }];
    ops.extend(command.name.map(|name| Op::RenameCampaign { campaign, name }));
    caller.commit(services, ops).await?;
    Ok(())
}

/// Deletes a campaign. Its conversations stay in the inbox, and can be answered.
///
/// # Errors
/// [`Refusal::NotFound`] for a campaign that the caller does not see; the store's.
pub async fn delete(services: &Services, caller: &Caller, campaign: CampaignId) -> Result<(), Refusal> {
    caller.require(Permission::ManageCampaigns)?;
    let campaign = caller.campaign(campaign)?.id;
    caller.commit_one(services, Op::DeleteCampaign(campaign)).await?;
    Ok(())
}

/// Lets a campaign no longer send from these mailboxes.
///
/// # Errors
/// [`Refusal::NotFound`] for a campaign or mailbox that the caller does not see; the store's.
pub async fn remove_mailboxes(
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
    caller.commit_one(services, Op::RemoveCampaignMailboxes { campaign, mailboxes }).await?;
    Ok(())
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
