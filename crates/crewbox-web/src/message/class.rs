//! Correcting what a message is taken for, and ending a correction.

use crewbox_app::message::{self, Corrected};
use crewbox_core::id::{ConversationId, MessageId};
use crewbox_core::message::Class;

use super::name::NamedMessage;
use crate::answer::Success;
use crate::call::SignedCall;
use crate::change_seq::Numbered;
use crate::declare::{input, output};
use crate::error::ApiError;
use crate::handler::{Body, Path};
use crate::object::At;
use crate::value::{Nullable, wire_names};

wire_names!(Class {
    Human = "human",
    Automatic = "automatic",
    Bounce = "bounce",
    Delayed = "delayed",
    Feedback = "feedback",
    Unsubscribe = "unsubscribe",
    Calendar = "calendar",
    Receipt = "receipt",
});

input! {
    /// A correction of a message's class, or the end of one.
    pub(crate) struct Correction {
        /// The right class, or null to give the message back to its reading.
        class: Nullable<Class>,
    }
}

output! {
    /// A message's class after a correction, or after the end of one.
    pub(crate) struct CorrectedClass {
        /// The message.
        message_id: MessageId,
        /// What it is now taken for.
        class: Class,
        /// Whether a person set it.
        corrected: bool,
        /// Its conversation; null while it belongs to none.
        email_lead_map_id: Nullable<ConversationId>,
        /// When a person set it; null where the message was given back to its reading.
        updated_at: Nullable<At>,
    }
}

/// PATCH `/messages/{id}/class`.
pub(crate) async fn correct(
    call: SignedCall,
    Path(NamedMessage(id)): Path<NamedMessage>,
    Body(correction): Body<Correction>,
) -> Result<Numbered<Success<CorrectedClass>>, ApiError> {
    let class = correction.class.0;
    let corrected = message::correct(call.services(), &call.caller(), id, class).await?;
    let Corrected { class, conversation, corrected_at } = corrected.value;
    let data = CorrectedClass {
        message_id: id,
        class,
        corrected: corrected_at.is_some(),
        email_lead_map_id: conversation.into(),
        updated_at: corrected_at.map(|at| call.at(at)).into(),
    };
    Ok(call.numbered(corrected.changes, Success { message: "Message class updated", data }))
}
