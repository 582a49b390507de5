//! What became of a message, and taking one back.

use crewbox_core::id::CampaignId;
use crewbox_core::outgoing::{Outgoing, OutgoingState};
use crewbox_store::{Op, OutboxStep, StoreError, Thing};

use crate::answer::Answer;
use crate::call::SignedCall;
use crate::error::ApiError;
use crate::object::Obj;
use crate::request::Problems;

/// GET `/master-inbox/reply-status`.
pub(crate) async fn status(call: SignedCall) -> Result<Answer, ApiError> {
    let mut problems = Problems::default();
    let message_id = call.query().get("message_id").map(|text| text.into_owned());
    let message_id = problems.required("message_id", message_id);
    problems.finish()?;
    let one = record(&call, &message_id).await?;
    let (name, said) = words(&one);
    let data = Obj::new()
        .with("message_id", format!("<{}>", one.message_id))
        .with("status", name)
        .with("status_message", said)
        .with("event_time", call.at(one.updated_at))
        .with("scheduled_time", one.scheduled_time.map(|at| call.at(at)))
        .with("email_stats_id", &one.stats_id);
    Ok(Answer::success("Reply status", data))
}

fn words(one: &Outgoing) -> (&'static str, String) {
    let answer = |otherwise: &str| one.answer.clone().unwrap_or_else(|| otherwise.to_owned());
    match one.state {
        OutgoingState::Queued if one.scheduled_time.is_some() && one.attempts == 0 => {
            ("SCHEDULED", "Waiting for its scheduled time.".to_owned())
        }
        OutgoingState::Queued => ("QUEUED", answer("Waiting to be sent.")),
        OutgoingState::Sending => ("SENDING", "Sending now.".to_owned()),
        OutgoingState::Accepted => ("COMPLETED", answer("The server accepted the message.")),
        OutgoingState::Failed => ("FAILED", answer("Sending failed.")),
        OutgoingState::Unknown => ("UNKNOWN", answer("The message may have been sent.")),
        OutgoingState::Cancelled => ("FAILED", "The message was taken back before it was sent.".to_owned()),
    }
}

/// DELETE `/campaigns/{id}/reply-email-thread/{message_id}`.
pub(crate) async fn take_back(call: SignedCall) -> Result<Answer, ApiError> {
    let names = call.names();
    let campaign = call.campaign(&names, CampaignId(call.path_id("id")?))?.id;
    let one = record(&call, &call.path_words("message_id")).await?;
    let entry = call.account().read().get(one.conversation).map(|entry| entry.campaign);
    if entry != Some(campaign) {
        return Err(ApiError::missing(Thing::Outgoing, 0));
    }
    call.commit(vec![Op::Outbox(OutboxStep::TakeBack(one.id))]).await?;
    let data = Obj::new().with("message_id", format!("<{}>", one.message_id));
    Ok(Answer::success("Reply taken back; it was not sent", data))
}

/// The outbox's record of a Message-ID, with or without brackets.
async fn record(call: &SignedCall, message_id: &str) -> Result<Outgoing, ApiError> {
    let bare = message_id.trim().trim_start_matches('<').trim_end_matches('>');
    match call.app.0.live.store().outgoing(call.scope(), bare).await {
        Err(StoreError::NotFound(..)) => Err(ApiError::missing(Thing::Outgoing, 0)),
        other => Ok(other?),
    }
}
