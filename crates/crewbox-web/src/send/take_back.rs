//! Taking a message back before it leaves.

use crewbox_app::outgoing;
use crewbox_core::id::CampaignId;

use super::text::{Exact, bracketed};
use crate::answer::Success;
use crate::call::SignedCall;
use crate::declare::output;
use crate::error::ApiError;
use crate::handler::Path;

output! {
    /// A message that is not sent.
    pub(crate) struct TakenBack {
        /// Its Message-ID.
        message_id: String,
    }
}

/// DELETE `/campaigns/{id}/reply-email-thread/{message_id}`.
pub(crate) async fn take_back(
    call: SignedCall,
    Path((campaign, message_id)): Path<(CampaignId, Exact)>,
) -> Result<Success<TakenBack>, ApiError> {
    let one = outgoing::take_back(call.services(), &call.caller(), campaign, &message_id.0).await?;
    let data = TakenBack { message_id: bracketed(&one.message_id) };
    Ok(Success { message: "Reply taken back; it was not sent", data })
}
