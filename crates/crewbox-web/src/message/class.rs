//! Correcting what a message is taken for, and ending a correction.

use crewbox_core::message::{Class, Direction};
use crewbox_store::{BodyLimits, Op, Outcome};

use crate::answer::Answer;
use crate::call::SignedCall;
use crate::error::ApiError;
use crate::object::Obj;
use crate::request::Problems;

const SENT: &str = "The message was sent by us: only a message that came in has a class to correct";

/// PATCH `/messages/{id}/class`. A class of `null` gives the message back to its reading.
pub(crate) async fn correct(call: SignedCall) -> Result<Answer, ApiError> {
    let message = call.path_message()?;
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
    let scope = *call.scope();
    let (held, _) = call.app.0.live.store().message(&scope, message, BodyLimits::NONE).await?;
    if held.direction == Direction::Outbound {
        return Err(ApiError::invalid("class", SENT));
    }
    let op = match class {
        Some(class) => Op::CorrectClass { message, class },
        None => {
            let mail = call.app.0.mail.reread(&scope, message, call.now).await?;
            Op::EndCorrection { message, mail }
        }
    };
    let (class, conversation, corrected_at) = match (call.commit(vec![op]).await?.outcomes.as_slice(), class)
    {
        ([Outcome::Corrected { conversation, at }], Some(class)) => (class, *conversation, Some(*at)),
        ([Outcome::CorrectionEnded { conversation, class }], None) => (*class, *conversation, None),
        _ => return Err(ApiError::Internal("a corrected message has no outcome".to_owned())),
    };
    let data = Obj::new()
        .with("message_id", message)
        .with("class", class.name())
        .with("corrected", corrected_at.is_some())
        .with("email_lead_map_id", conversation)
        .with("updated_at", corrected_at.map(|at| call.at(at)));
    Ok(Answer::success("Message class updated", data))
}
