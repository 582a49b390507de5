//! Replying.

use axum::http::HeaderValue;
use crewbox_app::outgoing::{self, Content, MAX_HEADER, MAX_HTML, MAX_UNDO_SECONDS, Reply};
use crewbox_core::id::{CampaignId, OutgoingId};
use crewbox_core::model::Dialect;
use crewbox_core::time::Timestamp;
use utoipa::openapi::{Content as MediaType, Response};

use super::addresses::Addresses;
use super::files::Files;
use super::text::{Html, bracketed};
use crate::answer::{Answer, Done, IntoAnswer};
use crate::call::SignedCall;
use crate::declare::{input, output};
use crate::error::ApiError;
use crate::handler::{Body, Path};
use crate::idempotency::idempotency;
use crate::schema::{Components, text};
use crate::value::{Count, NonBlank, Trimmed};

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

input! {
    /// A reply.
    pub(crate) struct ReplyBody {
        /// The thread to answer: `stats_id` of one of its messages.
        email_stats_id: NonBlank<MAX_HEADER>,
        /// The answer, as HTML.
        email_body: Html<MAX_HTML>,
        /// The recipients, as one text with commas or an array. Unless given: where the writer wants answers
        /// (Reply-To), else the writer, else the recipients of our own message, else the lead.
        to_email: Option<Addresses>,
        /// Further recipients, as one text with commas or an array.
        cc: Option<Addresses>,
        /// Recipients nobody else sees, as one text with commas or an array.
        bcc: Option<Addresses>,
        /// Not before this time.
        scheduled_time: Option<Timestamp>,
        /// 0 to 60: for so long it can be taken back.
        undo_seconds: Option<Count<0, MAX_UNDO_SECONDS>>,
        /// The message to answer, by Message-ID or by our id. Unless given: the newest reply of the thread, else our
        /// own message.
        reply_message_id: Option<Trimmed<MAX_HEADER>>,
        /// Put the e-mail account's signature below.
        add_signature: Option<bool>,
        /// Files to attach.
        attachments: Option<Files>,
    }
}

output! {
    /// A queued reply.
    pub(crate) struct QueuedReply {
        /// Its Message-ID.
        message_id: String,
        /// Its id in the outbox.
        id: OutgoingId,
    }
}

/// What a reply is answered: an object, or in the live dialect a sentence.
pub(crate) enum ReplyAnswer {
    Object(Done<QueuedReply>),
    Sentence(&'static str),
}

impl IntoAnswer for ReplyAnswer {
    fn into_answer(self) -> Answer {
        match self {
            Self::Object(done) => done.into_answer(),
            Self::Sentence(sentence) => Answer::bytes(TEXT, sentence),
        }
    }

    fn describe(components: &mut Components) -> Response {
        let mut response = Done::<QueuedReply>::describe(components);
        response.description = "Done; plain text for a key of the live dialect.".to_owned();
        let sentence = MediaType::new(Some(text(None)));
        response.content.insert("text/plain".to_owned(), sentence.into());
        response
    }
}

/// POST `/campaigns/{id}/reply-email-thread`.
pub(crate) async fn reply(
    call: SignedCall,
    Path(campaign): Path<CampaignId>,
    Body(given): Body<ReplyBody>,
) -> Result<ReplyAnswer, ApiError> {
    let command = Reply {
        campaign,
        stats_id: given.email_stats_id.0,
        message: given.reply_message_id.map(|id| id.0),
        content: Content {
            html: given.email_body.0,
            to: given.to_email.unwrap_or_default().0,
            cc: given.cc.unwrap_or_default().0,
            bcc: given.bcc.unwrap_or_default().0,
            scheduled: given.scheduled_time,
            undo_seconds: given.undo_seconds.map_or(0, |seconds| seconds.0),
            signature: given.add_signature.unwrap_or(false),
            files: given.attachments.unwrap_or_default().0,
        },
        idempotency: idempotency(&call),
    };
    let queued = outgoing::reply(call.services(), &call.caller(), command).await?;
    if call.dialect() == Dialect::Live {
        return Ok(ReplyAnswer::Sentence("Email added to the queue, will be sent out soon!"));
    }
    let more = QueuedReply { message_id: bracketed(&queued.message_id), id: queued.id };
    Ok(ReplyAnswer::Object(Done { message: "Reply sent successfully", more }))
}
