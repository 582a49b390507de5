//! Deleting a conversation.

use crewbox_app::{Refusal, conversation};
use crewbox_core::id::ConversationId;

use crate::answer::Success;
use crate::call::SignedCall;
use crate::declare::output;
use crate::error::ApiError;
use crate::handler::Path;
use crate::object::Quoted;

output! {
    /// A deleted conversation.
    pub(crate) struct Deleted {
        /// The conversation it was.
        email_lead_map_id: Quoted,
    }
}

/// DELETE `/master-inbox/{id}`.
pub(crate) async fn delete(
    call: SignedCall,
    Path(id): Path<ConversationId>,
) -> Result<Success<Deleted>, ApiError> {
    match conversation::delete(call.services(), &call.caller(), id).await {
        Err(Refusal::NotFound(..)) => Err(ApiError::missing_item(id)),
        Err(refusal) => Err(refusal.into()),
        Ok(_) => Ok(Success {
            message: "Conversation deleted with its messages",
            data: Deleted { email_lead_map_id: Quoted(id.get()) },
        }),
    }
}
