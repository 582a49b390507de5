//! What a lead does in its campaign: resumed, and pushed to a sub-sequence.

use crewbox_app::conversation::{self, MAX_DELAY_DAYS, MAX_DELAY_SECONDS, Push};
use crewbox_core::id::{CampaignId, ConversationId};

use crate::answer::Success;
use crate::call::SignedCall;
use crate::change_seq::Numbered;
use crate::declare::{input, output};
use crate::error::ApiError;
use crate::handler::Body;
use crate::object::At;
use crate::value::{Count, Nullable};

/// Days that a lead waits before it goes on.
pub(crate) type DelayDays = Count<0, { MAX_DELAY_DAYS as u64 }>;
/// Seconds that a lead waits before a sub-sequence starts.
type DelaySeconds = Count<0, { MAX_DELAY_SECONDS as u64 }>;

input! {
    /// A lead to resume in its campaign.
    pub(crate) struct ResumeLead {
        /// The campaign of the conversation.
        campaign_id: CampaignId,
        /// The conversation: `campaign_lead_map_id` of a row.
        email_lead_map_id: ConversationId,
        /// Days until it goes on; 0 unless given.
        resume_delay_days: Option<DelayDays>,
    }
}

output! {
    /// A lead that goes on in its campaign.
    pub(crate) struct LeadResumed {
        /// The campaign.
        campaign_id: CampaignId,
        /// The conversation.
        email_lead_map_id: ConversationId,
        /// Days until it goes on.
        resume_delay_days: u64,
        /// When it goes on; null for a lead that is blocked or unsubscribed, which does not.
        will_resume_at: Nullable<At>,
    }
}

/// `/resume-lead`.
pub(crate) async fn resume(
    call: SignedCall,
    Body(given): Body<ResumeLead>,
) -> Result<Numbered<Success<LeadResumed>>, ApiError> {
    let days = given.resume_delay_days.map_or(0, |days| days.0);
    let (campaign, id) = (given.campaign_id, given.email_lead_map_id);
    let held =
        conversation::resume(call.services(), &call.caller(), Some(campaign), id, days.cast_signed()).await?;
    let data = LeadResumed {
        campaign_id: held.campaign,
        email_lead_map_id: held.id,
        resume_delay_days: days,
        will_resume_at: held.resumed.map(|resumed| call.at(resumed.until)).into(),
    };
    Ok(call.numbered(held.changes, Success { message: "Lead resumed successfully", data }))
}

input! {
    /// A lead to push to a sub-sequence.
    pub(crate) struct PushLead {
        /// The conversation: `campaign_lead_map_id` of a row.
        email_lead_map_id: ConversationId,
        /// A sub-sequence of its campaign.
        sub_sequence_id: CampaignId,
        /// Seconds until it starts; 0 unless given.
        sub_sequence_delay_time: Option<DelaySeconds>,
        /// Whether a reply in the campaign stops it; false unless given.
        stop_lead_on_parent_campaign_reply: Option<bool>,
    }
}

output! {
    /// A lead that was pushed to a sub-sequence.
    pub(crate) struct LeadPushed {
        /// The conversation.
        email_lead_map_id: ConversationId,
        /// Its campaign.
        parent_campaign_id: CampaignId,
        /// The sub-sequence.
        sub_sequence_id: Nullable<CampaignId>,
        /// When it starts.
        will_start_at: Nullable<At>,
        /// Whether a reply in the campaign stops it.
        stop_on_parent_reply: bool,
    }
}

/// POST `/master-inbox/push-to-subsequence`.
pub(crate) async fn push(
    call: SignedCall,
    Body(given): Body<PushLead>,
) -> Result<Numbered<Success<LeadPushed>>, ApiError> {
    let command = Push {
        conversation: given.email_lead_map_id,
        subsequence: given.sub_sequence_id,
        delay_seconds: given.sub_sequence_delay_time.map_or(0, |delay| delay.0).cast_signed(),
        stop_on_parent_reply: given.stop_lead_on_parent_campaign_reply.unwrap_or(false),
    };
    let held = conversation::push_to_subsequence(call.services(), &call.caller(), command).await?;
    let data = LeadPushed {
        email_lead_map_id: held.id,
        parent_campaign_id: held.campaign,
        sub_sequence_id: held.subsequence.into(),
        will_start_at: held.pushed.map(|pushed| call.at(pushed.start.until)).into(),
        stop_on_parent_reply: held.pushed.is_some_and(|pushed| pushed.stop_on_parent_reply),
    };
    Ok(call.numbered(held.changes, Success { message: "Lead pushed to subsequence successfully", data }))
}
