//! The revenue of a conversation.

use crewbox_app::conversation::{self, Triage};
use crewbox_app::{Caller, FieldError, Refusal};
use crewbox_core::id::ConversationId;

use crate::answer::Success;
use crate::call::SignedCall;
use crate::change_seq::Numbered;
use crate::checked::{Check, Checked};
use crate::declare::{Required, input, output};
use crate::error::ApiError;
use crate::object::At;
use crate::value::Money;

input! {
    /// The revenue of a conversation.
    pub(crate) struct SetRevenue {
        /// The conversation: `campaign_lead_map_id` of a row.
        email_lead_map_id: Required<ConversationId>,
        /// The revenue, from 0; kept to the nearest hundredth.
        revenue: Money,
    }
}

impl Check for SetRevenue {
    fn check(&self, caller: &Caller) -> Result<Vec<FieldError>, Refusal> {
        conversation::check_triage(caller, Triage::Revenue(self.revenue.0))
    }
}

output! {
    /// A conversation's revenue.
    pub(crate) struct RevenueSet {
        /// The conversation.
        email_lead_map_id: ConversationId,
        /// Its revenue.
        revenue: Money,
        /// When the conversation last changed.
        updated_at: At,
    }
}

/// `/update-revenue`.
pub(crate) async fn revenue(
    call: SignedCall,
    body: Checked<SetRevenue>,
) -> Result<Numbered<Success<RevenueSet>>, ApiError> {
    let caller = call.caller();
    let given = body.read(&call, &caller)?;
    let (action, id) = (Triage::Revenue(given.revenue.0), given.email_lead_map_id.get()?);
    let held = conversation::triage(call.services(), &caller, id, action).await?;
    let data = RevenueSet {
        email_lead_map_id: held.id,
        revenue: Money(held.revenue_cents),
        updated_at: call.at(held.updated_at),
    };
    Ok(call.numbered(held.changes, Success { message: "Revenue updated successfully", data }))
}
