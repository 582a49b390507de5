//! Assigning a conversation.

use crewbox_app::conversation::{self, Assign};
use crewbox_core::id::{ConversationId, MemberId};

use crate::answer::Success;
use crate::call::SignedCall;
use crate::change_seq::Numbered;
use crate::declare::{input, output};
use crate::error::ApiError;
use crate::handler::Body;
use crate::object::At;
use crate::value::Nullable;

input! {
    /// An assignment.
    pub(crate) struct Assignment {
        /// The conversation: `campaign_lead_map_id` of a row.
        email_lead_map_id: ConversationId,
        /// A member, or null for nobody.
        team_member_id: Nullable<MemberId>,
    }
}

output! {
    /// A conversation's owner.
    pub(crate) struct Assigned {
        /// The conversation.
        email_lead_map_id: ConversationId,
        /// Its owner; null for nobody.
        team_member_id: Nullable<MemberId>,
        /// When it was assigned; null while it has no owner.
        assigned_at: Nullable<At>,
    }
}

/// `/update-team-member`.
pub(crate) async fn assign(
    call: SignedCall,
    Body(given): Body<Assignment>,
) -> Result<Numbered<Success<Assigned>>, ApiError> {
    let member = given.team_member_id.0;
    let command = Assign { conversation: given.email_lead_map_id, member };
    let conversation = conversation::assign(call.services(), &call.caller(), command).await?;
    let data = Assigned {
        email_lead_map_id: conversation.id,
        team_member_id: Nullable(conversation.owner),
        assigned_at: Nullable(conversation.assigned_at.map(|at| call.at(at))),
    };
    let message = if member.is_some() {
        "Team member assigned successfully"
    } else {
        "Team member unassigned successfully"
    };
    Ok(call.numbered(conversation.changes, Success { message, data }))
}
