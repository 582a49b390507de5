//! Correcting what a message is taken for, and ending a correction.

use crewbox_app::message::{self, Corrected};
use crewbox_core::message::Class;

use crate::answer::Answer;
use crate::call::SignedCall;
use crate::error::ApiError;
use crate::object::Obj;
use crate::request::Problems;

/// PATCH `/messages/{id}/class`. A class of `null` gives the message back to its reading.
pub(crate) async fn correct(call: SignedCall) -> Result<Answer, ApiError> {
    let id = call.path_message()?;
    let class = {
        let json = call.json()?;
        let mut problems = Problems::default();
        let body = call.object(&json, &mut problems)?;
        let names: Vec<&str> = Class::ALL.iter().map(|class| class.name()).collect();
        let place = body.choice("class", &names, &mut problems);
        if !body.has("class") {
            problems.required::<usize>("class", None);
        }
        problems.finish()?;
        place.map(|place| Class::ALL[place])
    };
    let Corrected { class, conversation, corrected_at } =
        message::correct(call.services(), &call.caller(), id, class).await?;
    let data = Obj::new()
        .with("message_id", id)
        .with("class", class.name())
        .with("corrected", corrected_at.is_some())
        .with("email_lead_map_id", conversation)
        .with("updated_at", corrected_at.map(|at| call.at(at)));
    Ok(Answer::success("Message class updated", data))
}
