//! Answering and forwarding: what is asked becomes a draft, the draft a mail, the mail a row of the outbox.
//!
//! Owns the calls' shapes and which message is answered. Never sends: whatever stands in the outbox leaves by the
//! mail side, and what became of it is read from there.

mod draft;
mod status;

use axum::http::HeaderValue;
use crewbox_core::id::{CampaignId, ConversationId, MailboxId};
use crewbox_core::message::{Address, Bodies, Direction, Message};
use crewbox_core::model::{Dialect, Mailbox};
use crewbox_core::outgoing::{Draft, Quoted};
use crewbox_core::time::Timestamp;
use crewbox_store::{NewOutgoing, Op, OutboxStep, Outcome, Thing};
use sha2::{Digest as _, Sha256};

pub(crate) use status::{status, take_back};

use crate::answer::{Answer, success};
use crate::call::Call;
use crate::error::ApiError;
use crate::object::Obj;
use crate::request::Problems;
use draft::Asked;

/// A call that comes again without a key of its own is the same call for so long (the API's promise).
const SAME_FOR_MS: i64 = 60 * 1_000;
/// The longest undo window, in seconds.
const MOST_UNDO: i64 = 60;
/// Bytes an `Idempotency-Key` may have.
const MOST_KEY: usize = 255;
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// The message a call is about, and what it takes to answer it.
struct About {
    conversation: ConversationId,
    message: Message,
    bodies: Bodies,
    /// Message-IDs of the conversation up to that message, oldest first.
    thread: Vec<String>,
    mailbox: Mailbox,
}

/// POST `/campaigns/{id}/reply-email-thread`.
pub(crate) async fn reply(call: Call) -> Result<Answer, ApiError> {
    let (asked, stats_id, named) = {
        let json = call.json()?;
        let mut problems = Problems::default();
        let body = call.object(&json, &mut problems)?;
        let stats_id = body.words("email_stats_id", draft::MAX_NAME, &mut problems);
        let stats_id = problems.required("email_stats_id", stats_id);
        let named = body.words_or_none("reply_message_id", draft::MAX_NAME, &mut problems);
        let asked = Asked::reply(&body, &mut problems);
        problems.finish()?;
        (asked, stats_id, named)
    };
    let about = about(&call, &stats_id, named.as_deref()).await?;
    let to = match (asked.to.is_empty(), about.message.direction) {
        (false, _) => asked.to.clone(),
        (true, Direction::Inbound) => vec![about.message.from.clone()],
        (true, Direction::Outbound) => about.message.to.clone(),
    };
    let out = call.mail_out()?;
    let subject = out.reply_subject(&about.message.subject);
    let (id, message_id) = queue(&call, asked, to, subject, about, false).await?;
    if call.dialect() == Dialect::Live {
        return Ok(Answer::bytes(TEXT, "Email added to the queue, will be sent out soon!"));
    }
    let answer = success("Reply sent successfully").with("message_id", message_id).with("id", id);
    Ok(Answer::value(&answer))
}

/// POST `/campaigns/{id}/forward-email`.
pub(crate) async fn forward(call: Call) -> Result<Answer, ApiError> {
    let (asked, stats_id, named, subject) = {
        let json = call.json()?;
        let mut problems = Problems::default();
        let body = call.object(&json, &mut problems)?;
        let stats_id = body.words("stats_id", draft::MAX_NAME, &mut problems);
        let stats_id = problems.required("stats_id", stats_id);
        let named = body.words("message_id", draft::MAX_NAME, &mut problems);
        let named = problems.required("message_id", named);
        let subject = draft::line(&body, "forward_email_subject", &mut problems);
        let asked = Asked::forward(&body, &mut problems);
        problems.finish()?;
        (asked, stats_id, named, subject)
    };
    let about = about(&call, &stats_id, Some(&named)).await?;
    let out = call.mail_out()?;
    let subject = subject.unwrap_or_else(|| out.forward_subject(&about.message.subject));
    let to = asked.to.clone();
    let (_, message_id) = queue(&call, asked, to, subject, about, true).await?;
    let answer = Obj::new()
        .with("ok", true)
        .with("success", true)
        .with("messageId", message_id)
        .with("status", "success");
    Ok(Answer::value(&answer))
}

/// The message of a `stats_id`, within the path's campaign; `named` chooses among its conversation's by
/// Message-ID or by our own id.
async fn about(call: &Call, stats_id: &str, named: Option<&str>) -> Result<About, ApiError> {
    let names = call.names()?;
    let campaign = call.campaign(&names, CampaignId(call.path_id("id")?))?.id;
    let scope = call.scope()?;
    let store = call.app.0.live.store();
    let unknown = || ApiError::NotFound("email_stats_id not found in this campaign".to_owned());
    let of_stats = store.messages_by_stats_id(scope, stats_id).await?;
    let conversation = of_stats.iter().find_map(|(message, _)| message.conversation).ok_or_else(unknown)?;
    let client = {
        let entry = call.account()?.read();
        let entry = entry.get(conversation).filter(|entry| entry.campaign == campaign);
        entry.ok_or_else(unknown)?.client
    };
    let history = store.history(scope, conversation).await?;
    let place = match named {
        Some(named) => {
            let bare = named.trim().trim_start_matches('<').trim_end_matches('>');
            let number = bare.trim_start_matches("msg_").parse::<u64>().ok();
            let found = history
                .iter()
                .position(|(message, _)| message.message_id == bare || number == Some(message.id.get()));
            found.ok_or_else(|| {
                ApiError::NotFound("The message named is not in this conversation".to_owned())
            })?
        }
        // The newest of the thread that the `stats_id` stands for, theirs before ours.
        None => {
            let of = |direction: Option<Direction>| {
                history.iter().rposition(|(message, _)| {
                    message.stats_id == stats_id && direction.is_none_or(|wanted| message.direction == wanted)
                })
            };
            of(Some(Direction::Inbound)).or_else(|| of(None)).ok_or_else(unknown)?
        }
    };
    let thread = history[..=place].iter().map(|(message, _)| message.message_id.clone()).collect();
    let newest = history.iter().rev().find_map(|(message, _)| message.mailbox);
    let (message, bodies) = history.into_iter().nth(place).ok_or_else(unknown)?;
    let mailbox = [message.mailbox, newest]
        .into_iter()
        .flatten()
        .find_map(|id: MailboxId| {
            let mailbox = names.catalog.mailbox(id)?;
            let fits = mailbox.client.is_none() || mailbox.client == client;
            (mailbox.removed_at.is_none() && fits).then(|| mailbox.clone())
        })
        .ok_or_else(|| {
            ApiError::Conflict(
                "The e-mail account of this conversation was removed: connect it again".to_owned(),
            )
        })?;
    Ok(About { conversation, message, bodies, thread, mailbox })
}

/// Writes the message down; its id and its Message-ID, in brackets.
async fn queue(
    call: &Call,
    asked: Asked,
    to: Vec<Address>,
    subject: String,
    about: About,
    forwarded: bool,
) -> Result<(u64, String), ApiError> {
    let attachments = asked.attachments(call, if forwarded { Some(&about.message) } else { None }).await?;
    let out = call.mail_out()?;
    let mailbox = &about.mailbox;
    let (message_id, reference) = out.new_ids(&mailbox.email)?;
    let not_before = asked.not_before(call.now);
    let draft = Draft {
        from: Address { name: mailbox.name.clone(), email: mailbox.email.clone() },
        to,
        cc: asked.cc,
        bcc: asked.bcc,
        subject,
        html: asked.html,
        signature: mailbox.settings.signature.clone().filter(|_| asked.signature),
        quoted: Some(Quoted {
            forwarded,
            from: about.message.from.clone(),
            to: about.message.to.clone(),
            at: about.message.at,
            subject: about.message.subject.clone(),
            text: about.bodies.text,
            html: about.bodies.html,
        }),
        in_reply_to: (!forwarded).then(|| about.message.message_id.clone()),
        references: if forwarded { Vec::new() } else { about.thread },
        attachments,
        message_id: message_id.clone(),
        reference: reference.clone(),
        date: not_before,
    };
    let mut recipients: Vec<String> =
        draft.to.iter().chain(&draft.cc).chain(&draft.bcc).map(|one| one.email.to_lowercase()).collect();
    recipients.sort_unstable();
    recipients.dedup();
    refuse_blocked(call, &recipients).await?;
    let raw = out.compose(&draft).map_err(|problem| ApiError::invalid(problem.field, problem.sentence))?;
    let (fingerprint, fingerprint_holds) = fingerprint(call, about.conversation)?;
    let new = NewOutgoing {
        conversation: about.conversation,
        mailbox: mailbox.id,
        message_id,
        reference,
        stats_id: Some(about.message.stats_id.clone()).filter(|_| !forwarded),
        sender: mailbox.email.clone(),
        recipients,
        raw,
        not_before,
        scheduled_time: asked.scheduled.filter(|time| *time > call.now),
        fingerprint,
        fingerprint_holds,
    };
    let committed = call.commit(vec![Op::Outbox(OutboxStep::Queue(Box::new(new)))]).await?;
    match committed.outcomes.into_iter().next() {
        Some(Outcome::Queued { id, message_id, .. }) => Ok((id.get(), format!("<{message_id}>"))),
        _ => Err(ApiError::Internal("a queued message has no outcome".to_owned())),
    }
}

/// Nobody of a blocked domain is written to.
async fn refuse_blocked(call: &Call, recipients: &[String]) -> Result<(), ApiError> {
    let domains: Vec<String> =
        recipients.iter().filter_map(|one| Some(one.rsplit_once('@')?.1.to_owned())).collect();
    let blocked = call.app.0.live.store().blocked(call.scope()?, &domains).await?;
    match domains.iter().zip(blocked).find(|(_, blocked)| *blocked) {
        Some((domain, _)) => {
            Err(ApiError::invalid("to_email", format!("{domain} is blocked: nobody there is written to")))
        }
        None => Ok(()),
    }
}

/// What makes a call the same as one before, and for how long.
fn fingerprint(call: &Call, conversation: ConversationId) -> Result<([u8; 32], Option<i64>), ApiError> {
    let member = call.scope()?.actor().map_or(0, |member| member.get());
    let path = call.uri.path().trim_end_matches('/');
    match &call.idempotency {
        Some(key) if key.len() > MOST_KEY => Err(ApiError::invalid(
            "Idempotency-Key",
            format!("Idempotency-Key is longer than {MOST_KEY} bytes"),
        )),
        Some(key) if !key.is_empty() => {
            let label = Sha256::new().chain_update(b"key/").chain_update(member.to_be_bytes());
            Ok((label.chain_update(key.as_bytes()).finalize().into(), None))
        }
        _ => {
            let label = Sha256::new().chain_update(b"body/").chain_update(member.to_be_bytes());
            let label = label.chain_update(conversation.get().to_be_bytes()).chain_update(path.as_bytes());
            Ok((label.chain_update(&call.body).finalize().into(), Some(SAME_FOR_MS)))
        }
    }
}

/// The outbox's record of a Message-ID, with or without brackets.
async fn record(call: &Call, message_id: &str) -> Result<crewbox_core::outgoing::Outgoing, ApiError> {
    let bare = message_id.trim().trim_start_matches('<').trim_end_matches('>');
    match call.app.0.live.store().outgoing(call.scope()?, bare).await {
        Err(crewbox_store::StoreError::NotFound(..)) => Err(ApiError::missing(Thing::Outgoing, 0)),
        other => Ok(other?),
    }
}

impl Asked {
    /// When it may leave.
    fn not_before(&self, now: Timestamp) -> Timestamp {
        self.scheduled.unwrap_or(now).max(now.plus_seconds(self.undo_seconds.min(MOST_UNDO)))
    }
}
