//! Correcting what a message is taken for.

use crewbox_core::message::{Class, Direction};
use crewbox_store::{BodyLimits, Op, Outcome};

use crate::answer::Answer;
use crate::call::SignedCall;
use crate::error::ApiError;
use crate::object::Obj;
use crate::request::Problems;

const SENT: &str = "The message was sent by us: only a message that came in has a class to correct";

/// PATCH `/messages/{id}/class`.
pub(crate) async fn correct(call: SignedCall) -> Result<Answer, ApiError> {
    let message = call.path_message()?;
    let class = {
        let json = call.json()?;
        let mut problems = Problems::default();
        let body = call.object(&json, &mut problems)?;
        let names: Vec<&str> = Class::ALL.iter().map(|class| class.name()).collect();
        let place = body.choice("class", &names, &mut problems);
        let place = problems.required("class", place);
        problems.finish()?;
        Class::ALL[place]
    };
    let (held, _) = call.app.0.live.store().message(call.scope(), message, BodyLimits::NONE).await?;
    if held.direction == Direction::Outbound {
        return Err(ApiError::invalid("class", SENT));
    }
    match call.commit(vec![Op::CorrectClass { message, class }]).await?.outcomes.as_slice() {
        [Outcome::Corrected { conversation, at }] => {
            let data = Obj::new()
                .with("message_id", message)
                .with("class", class.name())
                .with("email_lead_map_id", *conversation)
                .with("updated_at", call.at(*at));
            Ok(Answer::success("Message class updated", data))
        }
        _ => Err(ApiError::Internal("a corrected message has no outcome".to_owned())),
    }
}
