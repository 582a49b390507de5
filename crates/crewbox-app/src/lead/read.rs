//! Reading leads: a page of a campaign's, all of them, one by its address or its id.

use crewbox_core::conversation::{Conversation, Flags};
use crewbox_core::id::{CampaignId, ConversationId, LeadId};
use crewbox_core::lead::shown_as_one;
use crewbox_core::model::Lead;
use crewbox_core::permission::Permission;
use crewbox_store::contract::{LeadPage, LeadQuery};

use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::services::Services;

/// Leads that one read of an export returns: some hundred kilobytes, and a few milliseconds.
const EXPORTED_AT_ONCE: u32 = 500;

/// A page of a campaign's leads.
///
/// # Errors
/// [`Refusal::NotFound`] for a campaign that the caller does not see; the store's.
pub async fn list(
    services: &Services,
    caller: &Caller,
    campaign: CampaignId,
    query: &LeadQuery,
) -> Result<LeadPage, Refusal> {
    caller.require(Permission::ReadLeads)?;
    let campaign = caller.campaign(campaign)?.id;
    Ok(services.store().leads(caller.scope(), campaign, query).await?)
}

/// The next leads of a campaign, newest first, for a caller who wants all of them: those before a conversation, or the
/// newest ones. Empty at the end.
///
/// # Errors
/// [`Refusal::NotFound`] for a campaign that the caller does not see; the store's.
pub async fn export(
    services: &Services,
    caller: &Caller,
    campaign: CampaignId,
    before: Option<ConversationId>,
) -> Result<Vec<(Conversation, Lead)>, Refusal> {
    caller.require(Permission::ReadLeads)?;
    let campaign = caller.campaign(campaign)?.id;
    let store = services.store();
    Ok(store.leads_before(caller.scope(), campaign, before, EXPORTED_AT_ONCE).await?)
}

/// The lead with this address, in any of its spellings, and its conversations, ascending. Callers who see the whole
/// account get the leads of all clients as one ([`shown_as_one`]). None where the caller sees no such lead.
///
/// # Errors
/// [`Refusal::Forbidden`]; the store's.
pub async fn by_email(
    services: &Services,
    caller: &Caller,
    email: &str,
) -> Result<Option<(Lead, Vec<Conversation>)>, Refusal> {
    caller.require(Permission::ReadLeads)?;
    let found = services.store().leads_by_email(caller.scope(), email).await?;
    let (leads, conversations): (Vec<Lead>, Vec<Vec<Conversation>>) = found.into_iter().unzip();
    let mut conversations = conversations.concat();
    conversations.sort_unstable_by_key(|conversation| conversation.id);
    Ok(shown_as_one(leads).map(|lead| (lead, conversations)))
}

/// The conversations of a lead, and those of the other leads with its address that the caller sees, ascending.
///
/// # Errors
/// [`Refusal::NotFound`] for a lead that the caller does not see; the store's.
pub(super) async fn of_person(
    services: &Services,
    caller: &Caller,
    id: LeadId,
) -> Result<Vec<Conversation>, Refusal> {
    let (lead, _) = services.store().lead(caller.scope(), id).await?;
    let found = services.store().leads_by_email(caller.scope(), &lead.fields.email).await?;
    let mut conversations: Vec<Conversation> =
        found.into_iter().flat_map(|(_, conversations)| conversations).collect();
    conversations.sort_unstable_by_key(|conversation| conversation.id);
    Ok(conversations)
}

/// Whether the lead of these conversations unsubscribed in one of them.
#[must_use]
pub fn is_unsubscribed(conversations: &[Conversation]) -> bool {
    conversations.iter().any(|one| one.flags.has(Flags::UNSUBSCRIBED))
}

/// One lead with its conversations, ascending.
///
/// # Errors
/// [`Refusal::NotFound`] for a lead that the caller does not see; the store's.
pub async fn get(
    services: &Services,
    caller: &Caller,
    id: LeadId,
) -> Result<(Lead, Vec<Conversation>), Refusal> {
    caller.require(Permission::ReadLeads)?;
    Ok(services.store().lead(caller.scope(), id).await?)
}
