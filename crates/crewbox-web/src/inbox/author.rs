//! What the things that members add to a conversation share in answers: their author, and the error for a conversation
//! that is missing.

use crewbox_app::Refusal;
use crewbox_core::id::{ConversationId, MemberId};

use crate::call::SignedCall;
use crate::declare::output;
use crate::error::ApiError;
use crate::value::Nullable;

output! {
    /// Who wrote or added something.
    pub(crate) struct Author {
        /// The member.
        id: MemberId,
        /// The member's name.
        name: String,
    }
}

impl Author {
    /// The author with the name that the member has now; null for the operator.
    pub(crate) fn of(call: &SignedCall, author: Option<MemberId>) -> Nullable<Self> {
        let names = call.names();
        let named = |id: MemberId| {
            let name = names.catalog.member(id).map_or_else(String::new, |member| member.name.clone());
            Self { id, name }
        };
        Nullable(author.map(named))
    }
}

/// A refusal of a call with the conversation in its path, in the words of the calls that read one.
pub(super) fn of_missing_item(refusal: Refusal, id: ConversationId) -> ApiError {
    match refusal {
        Refusal::NotFound(..) => ApiError::missing_item(id),
        other => other.into(),
    }
}
