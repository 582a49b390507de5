//! Replying in a conversation.

use crewbox_core::id::{CampaignId, NoteId};
use crewbox_core::permission::Permission;
use crewbox_mail::answering;
use crewbox_mail::compose::reply_subject;
use crewbox_store::Expectation;
use crewbox_store::contract::Seen;

use super::content::Content;
use super::queue::{Way, queue};
use super::queued::Queued;
use super::recipients;
use super::target::{Named, Target};
use crate::blocking::blocking;
use crate::caller::Caller;
use crate::idempotency::{Fingerprint, Idempotency};
use crate::refusal::{FieldError, Refusal};
use crate::services::Services;

/// A reply.
#[derive(Debug)]
pub struct Reply {
    /// The conversation's campaign; none for any that the caller sees.
    pub campaign: Option<CampaignId>,
    /// The `stats_id` of a message of the thread.
    pub stats_id: String,
    /// The message to answer, by its Message-ID or our own id. None for the newest reply with the `stats_id`, else our
    /// own newest message.
    pub message: Option<String>,
    /// Where the content names no recipient, everybody who got the message is one, and not its writer alone.
    pub to_all: bool,
    /// The subject; none for the message's own with `Re:`.
    pub subject: Option<String>,
    /// The last message of the conversation that the caller has seen, by its Message-ID or our own id: nothing is sent if
    /// somebody else has replied or written a note since.
    pub last_seen: Option<String>,
    /// The last note that the caller has seen besides: those up to it are nothing new.
    pub last_note: Option<NoteId>,
    /// Sent whatever others have written since.
    pub force: bool,
    /// What to send.
    pub content: Content,
    /// How the request is known when it comes again.
    pub idempotency: Idempotency,
}

/// Puts a reply into the outbox; the message that is there. A request that came before gets the first one's message.
///
/// # Errors
/// [`Refusal::NotFound`] for a campaign that the caller does not see; [`Refusal::NoMatch`] for a `stats_id` or message
/// that is not in it; [`Refusal::Invalid`] for recipients, files or values that cannot be sent, and for a key that came
/// before with another request; [`Refusal::Conflict`] when the mailbox was removed, and when somebody else has replied or
/// written a note since the caller looked; [`Refusal::Unavailable`] without a mail side; the store's.
pub async fn reply(services: &Services, caller: &Caller, command: Reply) -> Result<Queued, Refusal> {
    caller.require(Permission::SendMail)?;
    let Reply {
        campaign,
        stats_id,
        message,
        to_all,
        subject,
        last_seen,
        last_note,
        force,
        mut content,
        idempotency,
    } = command;
    let mut problems = content.problems("email_body");
    problems.extend(subject.as_deref().and_then(|subject| content.field_left("subject", subject)));
    if content.html.trim().is_empty() {
        problems.push(FieldError::of("email_body", "is required"));
    }
    if !problems.is_empty() {
        return Err(Refusal::Invalid(problems));
    }
    let named = Named {
        campaign,
        stats_id: &stats_id,
        field: "email_stats_id",
        message: message.as_deref(),
        last_seen: last_seen.as_deref(),
    };
    let mut target = Target::find(services, caller, named).await?;
    let fingerprint = Fingerprint::of(caller, idempotency, target.conversation).await?;
    if let Some(first) = Queued::before(&fingerprint, services, caller).await? {
        return Ok(first);
    }
    let mailbox = target.mailbox(caller)?;
    let raw = services.store().raw(caller.scope(), target.message.id).await?;
    let header = blocking(move || answering(&raw)).await?;
    if !header.thread.is_empty() {
        // The message's own header names its thread; the conversation may hold several.
        target.thread = header.thread;
        target.thread.push(target.message.message_id.clone());
    }
    if content.to.is_empty() {
        let found =
            recipients::of_reply(services, caller, &target, &mailbox, &header.reply_to, to_all).await?;
        content.to = found.to;
        if content.cc.is_empty() {
            content.cc = found.cc;
        }
    }
    let subject = subject.unwrap_or_else(|| reply_subject(&target.message.subject));
    // In the transaction, so that nobody's reply comes between.
    let expected = target
        .last_seen
        .filter(|_| !force)
        .map(|message| Seen { message, note: last_note })
        .map(|seen| Expectation::NothingNewer(target.conversation, seen, caller.scope().actor()));
    let way = Way { mailbox, subject, forwarded: false, expected };
    queue(services, caller, content, way, target, fingerprint).await
}
