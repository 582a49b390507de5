//! Forwarding.

use crewbox_app::outgoing::{self, Content, Forward, MAX_HEADER, MAX_HTML};
use crewbox_core::id::CampaignId;

use super::addresses::Addresses;
use super::text::{Html, Line, bracketed};
use crate::answer::Done;
use crate::call::SignedCall;
use crate::declare::{input, output};
use crate::error::ApiError;
use crate::handler::{Body, Path};
use crate::idempotency::idempotency;
use crate::value::NonBlank;

input! {
    /// A forward.
    pub(crate) struct ForwardBody {
        /// The campaign of the thread, where the path does not name it; found by the thread unless given.
        campaign_id: Option<CampaignId>,
        /// The thread it belongs to.
        stats_id: NonBlank<MAX_HEADER>,
        /// The message to forward: its Message-ID or its id.
        message_id: NonBlank<MAX_HEADER>,
        /// The subject; the message's own with `Fwd:`, unless given.
        forward_email_subject: Option<Line<MAX_HEADER>>,
        /// The recipients, as one text with commas or an array.
        to_emails: Addresses,
        /// What to say above it, as HTML.
        forward_email_body: Option<Html<MAX_HTML>>,
    }
}

output! {
    /// A queued forward.
    pub(crate) struct QueuedForward {
        /// Its Message-ID.
        message_id as "messageId": String,
        /// Always `success`.
        status: &'static str,
    }
}

/// POST `/campaigns/{id}/forward-email`.
pub(crate) async fn forward(
    call: SignedCall,
    Path(campaign): Path<CampaignId>,
    Body(given): Body<ForwardBody>,
) -> Result<Done<QueuedForward>, ApiError> {
    send(call, Some(campaign), given).await
}

/// POST `/email-campaigns/forward-reply-email`: the older name.
pub(crate) async fn forward_reply(
    call: SignedCall,
    Body(given): Body<ForwardBody>,
) -> Result<Done<QueuedForward>, ApiError> {
    let campaign = given.campaign_id;
    send(call, campaign, given).await
}

async fn send(
    call: SignedCall,
    campaign: Option<CampaignId>,
    given: ForwardBody,
) -> Result<Done<QueuedForward>, ApiError> {
    let html = given.forward_email_body.map(|html| html.0).unwrap_or_default();
    let command = Forward {
        campaign,
        stats_id: given.stats_id.0,
        message: Some(given.message_id.0),
        subject: given.forward_email_subject.map(|subject| subject.0),
        content: Content { html, to: given.to_emails.0, ..Content::default() },
        idempotency: idempotency(&call),
    };
    let queued = outgoing::forward(call.services(), &call.caller(), command).await?;
    let more = QueuedForward { message_id: bracketed(&queued.message_id), status: "success" };
    Ok(Done { message: "Email forwarded successfully", more })
}
