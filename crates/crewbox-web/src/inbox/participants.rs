//! Who takes part in a conversation besides its lead: reading them, and detaching one.

use crewbox_app::conversation;
use crewbox_core::id::ConversationId;

use super::author::of_missing_item;
use crate::answer::{Json, Success};
use crate::call::SignedCall;
use crate::change_seq::Numbered;
use crate::declare::output;
use crate::error::ApiError;
use crate::handler::Path;
use crate::object::{At, Quoted};
use crate::send::Exact;

output! {
    /// Somebody who writes in a conversation besides its lead.
    pub(crate) struct Participant {
        /// Their address.
        email: String,
        /// False for somebody who joined only because they answered a message that we sent: check who it is.
        confirmed: bool,
        /// When they were first seen in the conversation.
        since: At,
        /// How many messages of the conversation came from them.
        message_count: u64,
    }
}

output! {
    /// Who takes part in a conversation.
    pub(crate) struct Participants {
        /// Always true.
        ok: bool,
        /// The participants in the order of their addresses, without the lead.
        data: Vec<Participant>,
    }
}

output! {
    /// A participant who was detached.
    pub(crate) struct Detached {
        /// The conversation.
        email_lead_map_id: Quoted,
        /// Their address.
        email: String,
        /// How many messages left the conversation; they are untracked replies now. 0 where they were detached already.
        detached: u64,
    }
}

/// GET `/master-inbox/{id}/participants`.
pub(crate) async fn list(
    call: SignedCall,
    Path(id): Path<ConversationId>,
) -> Result<Json<Participants>, ApiError> {
    let people = conversation::participants(call.services(), &call.caller(), id).await;
    let people = people.map_err(|refusal| of_missing_item(refusal, id))?;
    let shown = people.into_iter().map(|person| Participant {
        email: person.email,
        confirmed: person.confirmed,
        since: call.at(person.since),
        message_count: person.messages.len() as u64,
    });
    Ok(Json(Participants { ok: true, data: shown.collect() }))
}

/// DELETE `/master-inbox/{id}/participants/{email}`.
pub(crate) async fn detach(
    call: SignedCall,
    Path((id, email)): Path<(ConversationId, Exact)>,
) -> Result<Numbered<Success<Detached>>, ApiError> {
    let detached = conversation::detach(call.services(), &call.caller(), id, &email.0).await?;
    let (moved, changes) = detached.parts();
    let data = Detached {
        email_lead_map_id: Quoted(moved.conversation.get()),
        email: email.0,
        detached: moved.messages,
    };
    Ok(call.numbered(changes, Success { message: "Participant detached", data }))
}
