//! What a lead does in its campaign: paused, resumed, unsubscribed, pushed to a sub-sequence.
//!
//! Crewbox sends no campaigns. It keeps these decisions for whoever does: they are in the row and in the change log.

use crewbox_core::conversation::{Conversation, Edit};
use crewbox_core::id::{CampaignId, ConversationId};
use crewbox_core::permission::Permission;
use crewbox_store::Thing;

use super::triage::edited;
use crate::caller::Caller;
use crate::changed::Changed;
use crate::refusal::{FieldError, Refusal};
use crate::services::Services;

/// The longest delay, in days: ten years. What is later is never.
pub const MAX_DELAY_DAYS: i64 = 3_650;
/// Seconds of a day.
const DAY_SECONDS: i64 = 86_400;
/// The longest delay, in seconds.
pub const MAX_DELAY_SECONDS: i64 = MAX_DELAY_DAYS * DAY_SECONDS;

/// Pauses a lead in its campaign; the conversation after it. Without effect where the lead may not be written to.
///
/// # Errors
/// [`Refusal::NotFound`] for a conversation that the caller does not see; the store's.
pub async fn pause(
    services: &Services,
    caller: &Caller,
    conversation: ConversationId,
) -> Result<Changed<Conversation>, Refusal> {
    caller.require(Permission::Triage)?;
    edited(services, caller, conversation, Edit::Pause).await
}

/// Lets a lead go on in its campaign after some days; the conversation after it. Without effect where the lead may not
/// be written to. `campaign` must be the conversation's, where it is named.
///
/// # Errors
/// [`Refusal::NotFound`] for a campaign or conversation that the caller does not see; [`Refusal::Invalid`] for a delay
/// that is negative or over [`MAX_DELAY_DAYS`]; the store's.
pub async fn resume(
    services: &Services,
    caller: &Caller,
    campaign: Option<CampaignId>,
    conversation: ConversationId,
    delay_days: i64,
) -> Result<Changed<Conversation>, Refusal> {
    caller.require(Permission::Triage)?;
    if !(0..=MAX_DELAY_DAYS).contains(&delay_days) {
        let rest = format!("must be between 0 and {MAX_DELAY_DAYS}");
        return Err(FieldError::of("resume_delay_days", rest).into());
    }
    if let Some(campaign) = campaign {
        let campaign = caller.campaign_or_deleted(campaign)?.id;
        // A conversation's campaign never changes, so that it cannot between this look-up and the commit.
        if services.store().conversation(caller.scope(), conversation).await?.campaign != campaign {
            return Err(Refusal::NotFound(Thing::Conversation, conversation.get()));
        }
    }
    edited(services, caller, conversation, Edit::Resume(delay_days * DAY_SECONDS)).await
}

/// Unsubscribes a lead from its campaign; the conversation after it.
///
/// # Errors
/// [`Refusal::NotFound`] for a conversation that the caller does not see; the store's.
pub async fn unsubscribe(
    services: &Services,
    caller: &Caller,
    conversation: ConversationId,
) -> Result<Changed<Conversation>, Refusal> {
    caller.require(Permission::Triage)?;
    edited(services, caller, conversation, Edit::Unsubscribe).await
}

/// A lead to push to a sub-sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Push {
    /// The lead's conversation.
    pub conversation: ConversationId,
    /// A sub-sequence of its campaign.
    pub subsequence: CampaignId,
    /// When it starts, in seconds from now.
    pub delay_seconds: i64,
    /// Whether a reply in the campaign stops it.
    pub stop_on_parent_reply: bool,
}

/// Pushes a lead to a sub-sequence of its campaign; the conversation after it.
///
/// # Errors
/// [`Refusal::NotFound`] for a conversation that the caller does not see; [`Refusal::NoMatch`] for what is no
/// sub-sequence of its campaign; [`Refusal::Invalid`] for a delay that is negative or over [`MAX_DELAY_SECONDS`]; the
/// store's.
pub async fn push_to_subsequence(
    services: &Services,
    caller: &Caller,
    command: Push,
) -> Result<Changed<Conversation>, Refusal> {
    caller.require(Permission::Triage)?;
    let Push { conversation, subsequence, delay_seconds: delay, stop_on_parent_reply } = command;
    if !(0..=MAX_DELAY_SECONDS).contains(&delay) {
        let rest = format!("must be between 0 and {MAX_DELAY_SECONDS}");
        return Err(FieldError::of("sub_sequence_delay_time", rest).into());
    }
    let held = services.store().conversation(caller.scope(), conversation).await?;
    let found = caller.names().campaign(subsequence).filter(|found| found.parent == Some(held.campaign));
    let unknown = || Refusal::NoMatch("sub_sequence_id not found in this campaign".to_owned());
    let subsequence = found.ok_or_else(unknown)?.id;
    edited(services, caller, conversation, Edit::Push { subsequence, delay, stop_on_parent_reply }).await
}
