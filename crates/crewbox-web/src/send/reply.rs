//! Replying.

use crewbox_app::outgoing::{self, Content, MAX_HEADER, MAX_HTML, MAX_UNDO_SECONDS, Reply, SignatureOf};
use crewbox_core::id::{CampaignId, OutgoingId};
use crewbox_core::model::Dialect;
use crewbox_core::time::Timestamp;

use super::addresses::Addresses;
use super::files::Files;
use super::text::{Html, bracketed};
use crate::answer::Done;
use crate::call::SignedCall;
use crate::declare::{input, output};
use crate::error::ApiError;
use crate::handler::{Body, Path};
use crate::idempotency::idempotency;
use crate::value::{Count, NonBlank, Trimmed};

input! {
    /// A reply.
    pub(crate) struct ReplyBody {
        /// The campaign of the thread, where the path does not name it; found by the thread unless given.
        campaign_id: Option<CampaignId>,
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
        /// The last message of the conversation that you have seen, by Message-ID or by our id. If somebody else has
        /// replied or written a note since, nothing is sent and the answer is 409.
        last_seen_message_id: Option<Trimmed<MAX_HEADER>>,
        /// Send whatever others have written since.
        force: Option<bool>,
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

/// POST `/campaigns/{id}/reply-email-thread`.
pub(crate) async fn reply(
    call: SignedCall,
    Path(campaign): Path<CampaignId>,
    Body(given): Body<ReplyBody>,
) -> Result<Done<QueuedReply>, ApiError> {
    send(call, Some(campaign), given).await
}

/// POST `/email-campaigns/send-email-thread`: the older name.
pub(crate) async fn send_thread(
    call: SignedCall,
    Body(given): Body<ReplyBody>,
) -> Result<Done<QueuedReply>, ApiError> {
    let campaign = given.campaign_id;
    send(call, campaign, given).await
}

async fn send(
    call: SignedCall,
    campaign: Option<CampaignId>,
    given: ReplyBody,
) -> Result<Done<QueuedReply>, ApiError> {
    let command = Reply {
        campaign,
        stats_id: given.email_stats_id.0,
        message: given.reply_message_id.map(|id| id.0),
        to_all: false,
        subject: None,
        last_seen: given.last_seen_message_id.map(|id| id.0),
        last_note: None,
        force: given.force.unwrap_or(false),
        content: Content {
            html: given.email_body.0,
            to: given.to_email.unwrap_or_default().0,
            cc: given.cc.unwrap_or_default().0,
            bcc: given.bcc.unwrap_or_default().0,
            scheduled: given.scheduled_time,
            undo_seconds: given.undo_seconds.map_or(0, |seconds| seconds.0),
            signature: match given.add_signature {
                Some(true) => SignatureOf::Mailbox,
                _ => SignatureOf::Nobody,
            },
            refuses_fields: false,
            files: given.attachments.unwrap_or_default().0,
        },
        idempotency: idempotency(&call),
    };
    let queued = outgoing::reply(call.services(), &call.caller(), command).await?;
    let more = QueuedReply { message_id: bracketed(&queued.message_id), id: queued.id };
    let message = match call.dialect() {
        Dialect::Documented => "Reply sent successfully",
        Dialect::Live => "Email added to the queue, will be sent out soon!",
    };
    Ok(Done { message, more })
}
