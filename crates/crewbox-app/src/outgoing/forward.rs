//! Forwarding a message.

use crewbox_core::id::CampaignId;
use crewbox_core::permission::Permission;
use crewbox_mail::compose::forward_subject;

use super::content::Content;
use super::queue::{Way, queue};
use super::queued::Queued;
use super::target::{Named, Target};
use crate::caller::Caller;
use crate::idempotency::{Fingerprint, Idempotency};
use crate::refusal::{FieldError, Refusal};
use crate::services::Services;

/// A forward. The files of the message go along.
#[derive(Debug)]
pub struct Forward {
    /// The conversation's campaign; none for any that the caller sees.
    pub campaign: Option<CampaignId>,
    /// The `stats_id` of a message of the thread.
    pub stats_id: String,
    /// The message to forward, by its Message-ID or our own id. None for the newest reply with the `stats_id`, else our
    /// own newest message.
    pub message: Option<String>,
    /// The subject; none for the message's own with `Fwd:`.
    pub subject: Option<String>,
    /// What to send above it, and its recipients: at least one.
    pub content: Content,
    /// How the request is known when it comes again.
    pub idempotency: Idempotency,
}

/// Puts a forward into the outbox; the message that is there. A request that came before gets the first one's message.
///
/// # Errors
/// As for [`reply`](super::reply()); fields have the names of a forward.
pub async fn forward(services: &Services, caller: &Caller, command: Forward) -> Result<Queued, Refusal> {
    caller.require(Permission::SendMail)?;
    let Forward { campaign, stats_id, message, subject, content, idempotency } = command;
    let mut problems = content.problems("forward_email_body");
    let field_left = |subject| content.field_left("forward_email_subject", subject);
    problems.extend(subject.as_deref().and_then(field_left));
    if content.to.is_empty() {
        problems.push(FieldError::of("to_emails", "is required"));
    }
    if !problems.is_empty() {
        return Err(Refusal::Invalid(problems));
    }
    let message = message.as_deref();
    let named = Named { campaign, stats_id: &stats_id, field: "stats_id", message, last_seen: None };
    let target = Target::find(services, caller, named).await?;
    let fingerprint = Fingerprint::of(caller, idempotency, target.conversation).await?;
    if let Some(first) = Queued::before(&fingerprint, services, caller).await? {
        return Ok(first);
    }
    let mailbox = target.mailbox(caller)?;
    let subject = subject.unwrap_or_else(|| forward_subject(&target.message.subject));
    let way = Way { mailbox, subject, forwarded: true, expected: None };
    queue(services, caller, content, way, target, fingerprint).await
}
