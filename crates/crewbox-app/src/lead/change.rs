//! Changing a lead, and removing one from a campaign.

use crewbox_core::address::EmailAddress;
use crewbox_core::conversation::Conversation;
use crewbox_core::id::{CampaignId, LeadId};
use crewbox_core::model::{Lead, LeadFields};
use crewbox_core::permission::Permission;
use crewbox_store::{Op, Outcome, StoreError, Thing};

use super::add::{MAX_CUSTOM_FIELDS, problems_of};
use crate::caller::Caller;
use crate::refusal::{FieldError, Given, Refusal};
use crate::services::Services;

/// Changes a lead that is in this campaign, in all campaigns that it is in; it and its conversations as they are then. Fields that are not given,
/// and an empty address, stay; custom fields are merged by their names.
///
/// # Errors
/// [`Refusal::NotFound`] for a campaign that the caller does not see, or a lead that it does not have;
/// [`Refusal::Invalid`] for values that a lead may not have; [`Refusal::Conflict`] for the address of another lead; the
/// store's.
pub async fn change(
    services: &Services,
    caller: &Caller,
    campaign: CampaignId,
    lead: LeadId,
    mut fields: LeadFields,
) -> Result<(Lead, Vec<Conversation>), Refusal> {
    caller.require(Permission::AddLeads)?;
    let lead = member(services, caller, campaign, lead).await?.lead;
    let mut errors = problems_of("", &fields);
    match EmailAddress::parse(fields.email.trim()) {
        _ if fields.email.is_empty() => {}
        Ok(address) => address.as_str().clone_into(&mut fields.email),
        Err(_) => errors.push(FieldError::of("email", "must be an e-mail address")),
    }
    if !errors.is_empty() {
        return Err(Refusal::Invalid(errors));
    }
    let op = Op::ChangeLead { lead, fields: Box::new(fields) };
    match caller.try_commit(services, vec![op]).await {
        Err(StoreError::Exists(..)) => {
            Err(Refusal::Conflict("Another lead has this address already".to_owned()))
        }
        Err(other) => Err(other.into()),
        Ok(committed) => match committed.outcomes.as_slice() {
            [Outcome::Count(given)] => {
                let sentence = format!("custom_fields cannot exceed {MAX_CUSTOM_FIELDS} fields");
                let given = usize::try_from(*given).unwrap_or(usize::MAX);
                let count = Given::Count { given, most: MAX_CUSTOM_FIELDS };
                Err(FieldError::says("custom_fields", sentence).given(count).into())
            }
            _ => Ok(services.store().lead(caller.scope(), lead).await?),
        },
    }
}

/// Removes a lead from a campaign: its conversation there goes with its messages for good, the lead itself stays.
///
/// # Errors
/// [`Refusal::NotFound`] for a campaign that the caller does not see, or a lead that it does not have;
/// [`Refusal::Conflict`] while a message is being sent; the store's.
pub async fn remove(
    services: &Services,
    caller: &Caller,
    campaign: CampaignId,
    lead: LeadId,
) -> Result<(), Refusal> {
    caller.require(Permission::DeleteConversations)?;
    let conversation = member(services, caller, campaign, lead).await?.id;
    caller.commit_one(services, Op::DeleteConversation(conversation)).await?;
    Ok(())
}

/// The conversation of a lead in a campaign.
async fn member(
    services: &Services,
    caller: &Caller,
    campaign: CampaignId,
    lead: LeadId,
) -> Result<Conversation, Refusal> {
    let campaign = caller.campaign(campaign)?.id;
    match services.store().conversation_of(caller.scope(), campaign, lead).await {
        // The store names the lead's id, which is not that of a conversation.
        Err(StoreError::NotFound(..)) => Err(Refusal::NotFound(Thing::Conversation, 0)),
        other => Ok(other?),
    }
}
