//! Merging a conversation into another one, and splitting messages off one.

use crewbox_app::conversation;
use crewbox_core::id::{CampaignId, ConversationId, MessageId};

use crate::answer::Success;
use crate::call::SignedCall;
use crate::change_seq::Numbered;
use crate::declare::{input, output};
use crate::error::ApiError;
use crate::handler::{Body, Path};
use crate::object::Quoted;

input! {
    /// Where to merge a conversation into.
    pub(crate) struct MergeInto {
        /// The conversation that takes all messages: `campaign_lead_map_id` of a row.
        into_email_lead_map_id: ConversationId,
    }
}

input! {
    /// What to split off.
    pub(crate) struct SplitOff {
        /// The first message to move. What was exchanged with the same person after it is moved too.
        message_id: MessageId,
        /// The campaign of the new conversation; that of the conversation unless given.
        campaign_id: Option<CampaignId>,
    }
}

output! {
    /// Messages that were moved.
    pub(crate) struct MovedMessages {
        /// The conversation that they are in now.
        email_lead_map_id: Quoted,
        /// How many; 0 where they were there already.
        moved: u64,
    }
}

/// POST `/master-inbox/{id}/merge`.
pub(crate) async fn merge(
    call: SignedCall,
    Path(from): Path<ConversationId>,
    Body(given): Body<MergeInto>,
) -> Result<Numbered<Success<MovedMessages>>, ApiError> {
    let into = given.into_email_lead_map_id;
    let moved = conversation::merge(call.services(), &call.caller(), from, into).await?;
    let data = MovedMessages { email_lead_map_id: Quoted(moved.conversation.get()), moved: moved.messages };
    Ok(call.numbered(moved.changes, Success { message: "Conversations merged", data }))
}

/// POST `/master-inbox/{id}/split`.
pub(crate) async fn split(
    call: SignedCall,
    Path(from): Path<ConversationId>,
    Body(given): Body<SplitOff>,
) -> Result<Numbered<Success<MovedMessages>>, ApiError> {
    let (message, campaign) = (given.message_id, given.campaign_id);
    let moved = conversation::split(call.services(), &call.caller(), from, message, campaign).await?;
    let data = MovedMessages { email_lead_map_id: Quoted(moved.conversation.get()), moved: moved.messages };
    Ok(call.numbered(moved.changes, Success { message: "Messages split off", data }))
}
