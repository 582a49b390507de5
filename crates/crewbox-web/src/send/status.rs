//! How far a message has come.

use crewbox_app::outgoing;
use crewbox_core::outgoing::{Outgoing, OutgoingState};

use super::text::{Exact, bracketed};
use crate::answer::Success;
use crate::call::SignedCall;
use crate::declare::{output, query};
use crate::error::ApiError;
use crate::handler::Query;
use crate::object::At;
use crate::value::Nullable;

query! {
    /// Which message.
    pub(crate) struct StatusQuery {
        /// Its Message-ID, with or without brackets.
        message_id: Exact,
    }
}

output! {
    /// How far a message has come.
    pub(crate) struct ReplyStatus {
        /// Its Message-ID.
        message_id: String,
        /// SCHEDULED, QUEUED, SENDING, COMPLETED, FAILED or UNKNOWN.
        status: &'static str,
        /// The same in one sentence; the server's own words where it gave any.
        status_message: String,
        /// When the status last changed.
        event_time: At,
        /// The time it is scheduled for; null for a message sent at once.
        scheduled_time: Nullable<At>,
        /// The `stats_id` of its message.
        email_stats_id: String,
    }
}

/// GET `/master-inbox/reply-status`.
pub(crate) async fn status(
    call: SignedCall,
    Query(asked): Query<StatusQuery>,
) -> Result<Success<ReplyStatus>, ApiError> {
    let one = outgoing::status(call.services(), &call.caller(), &asked.message_id.0).await?;
    let (status, status_message) = words(&one);
    let data = ReplyStatus {
        message_id: bracketed(&one.message_id),
        status,
        status_message,
        event_time: call.at(one.updated_at),
        scheduled_time: Nullable(one.scheduled_time.map(|at| call.at(at))),
        email_stats_id: one.stats_id,
    };
    Ok(Success { message: "Reply status", data })
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
