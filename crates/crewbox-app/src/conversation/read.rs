//! Reading one conversation and its messages.
//!
//! Owns who may read them. How much of a text is read is up to the caller: what is not asked for is not read.

use crewbox_core::id::{CampaignId, ConversationId, LeadId};
use crewbox_core::permission::Permission;
use crewbox_core::time::Timestamp;
use crewbox_store::contract::HistoryPage;
use crewbox_store::{BodyLimits, Row, StoreError, Thing};

use super::list::rows;
use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::services::Services;

/// Asks for one conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadConversation {
    /// Which one.
    pub conversation: ConversationId,
    /// How much of its last message's texts; none for no last message at all.
    pub last_message: Option<BodyLimits>,
}

/// A conversation with its lead and its last message.
///
/// # Errors
/// [`Refusal::NotFound`] for a conversation that the caller does not see; the store's.
pub async fn read(services: &Services, caller: &Caller, command: ReadConversation) -> Result<Row, Refusal> {
    caller.require(Permission::ReadInbox)?;
    let ReadConversation { conversation, last_message } = command;
    let found = rows(services, caller, &[conversation], last_message).await?;
    found.into_iter().next().ok_or(Refusal::NotFound(Thing::Conversation, conversation.get()))
}

/// The conversation of a lead in a campaign, with the lead and without its last message.
///
/// # Errors
/// [`Refusal::NotFound`] for a campaign that the caller does not see, or a lead that it does not have; the store's.
pub async fn of_lead(
    services: &Services,
    caller: &Caller,
    campaign: CampaignId,
    lead: LeadId,
) -> Result<Row, Refusal> {
    caller.require(Permission::ReadInbox)?;
    let campaign = caller.campaign_or_deleted(campaign)?.id;
    let held = match services.store().conversation_of(caller.scope(), campaign, lead).await {
        // The store names the lead's id, which is not that of a conversation.
        Err(StoreError::NotFound(..)) => return Err(Refusal::NotFound(Thing::Conversation, 0)),
        other => other?,
    };
    read(services, caller, ReadConversation { conversation: held.id, last_message: None }).await
}

/// The messages of a conversation, oldest first: the newest ones, as far as the limits allow. Where a time is given, only
/// those after it.
///
/// # Errors
/// [`Refusal::NotFound`] for a conversation that the caller does not see; the store's.
pub async fn history(
    services: &Services,
    caller: &Caller,
    conversation: ConversationId,
    after: Option<Timestamp>,
    limits: BodyLimits,
) -> Result<HistoryPage, Refusal> {
    caller.require(Permission::ReadInbox)?;
    Ok(services.store().history_after(caller.scope(), conversation, after, limits).await?)
}
