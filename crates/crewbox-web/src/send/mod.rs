//! Answering and forwarding: what is asked becomes a draft, the draft a mail, the mail a row of the outbox.
//!
//! Owns the calls' shapes and which message is answered. Never sends: whatever stands in the outbox leaves by the
//! mail side, and what became of it is read from there.

mod draft;
mod status;

use std::sync::Arc;

use axum::http::HeaderValue;
use crewbox_core::id::{CampaignId, ClientId, ConversationId, MailboxId};
use crewbox_core::message::{Address, Direction, Message};
use crewbox_core::model::{Dialect, Mailbox};
use crewbox_core::outgoing::{Draft, Quoted};
use crewbox_core::time::Timestamp;
use crewbox_store::contract::Excerpt;
use crewbox_store::{Batch, BodyLimits, NewOutgoing, Op, OutboxStep, Outcome, StoreError, Thing};
use sha2::{Digest as _, Sha256};

pub(crate) use status::{status, take_back};

use crate::answer::{Answer, success};
use crate::call::{SignedCall, apart};
use crate::error::ApiError;
use crate::port::Answering;
use crate::request::Problems;
use draft::{Asked, MOST_UNDO};

/// A call that comes again without a key of its own is the same call for so long (the API's promise).
const SAME_FOR_MS: i64 = 60 * 1_000;
/// Bytes an `Idempotency-Key` may have.
pub(crate) const MOST_KEY: usize = 255;
const KEY: &str = "Idempotency-Key";
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// The message a call is about, and what it takes to answer it.
struct About {
    conversation: ConversationId,
    client: Option<ClientId>,
    message: Message,
    texts: Excerpt,
    /// Message-IDs of the thread up to that message, oldest first: as the message itself says, else as the conversation
    /// has them.
    thread: Vec<String>,
    /// Mailboxes it could leave through, the likeliest first.
    mailboxes: Vec<MailboxId>,
}

/// What was written down: its id and its Message-ID, in brackets.
type Written = (u64, String);

/// POST `/campaigns/{id}/reply-email-thread`.
pub(crate) async fn reply(call: SignedCall) -> Result<Answer, ApiError> {
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
    let mut about = about(&call, "email_stats_id", &stats_id, named.as_deref()).await?;
    let once = Once::of(&call, about.conversation)?;
    let (id, message_id) = match once.first(&call).await? {
        Some(first) => first,
        None => {
            let mailbox = mailbox(&call, &about)?;
            let said = said(&call, &about).await?;
            if !said.thread.is_empty() {
                about.thread = said.thread;
                about.thread.push(about.message.message_id.clone());
            }
            let to = match asked.to.is_empty() {
                true => whom(&call, &about, &mailbox, said.reply_to).await?,
                false => asked.to.clone(),
            };
            let subject = call.mail_out()?.reply_subject(&about.message.subject);
            let way = Way { mailbox, to, subject, forwarded: false };
            queue(&call, asked, way, about, once).await?
        }
    };
    if call.dialect() == Dialect::Live {
        return Ok(Answer::bytes(TEXT, "Email added to the queue, will be sent out soon!"));
    }
    let answer = success("Reply sent successfully").with("message_id", message_id).with("id", id);
    Ok(Answer::value(&answer))
}

/// POST `/campaigns/{id}/forward-email`.
pub(crate) async fn forward(call: SignedCall) -> Result<Answer, ApiError> {
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
    let about = about(&call, "stats_id", &stats_id, Some(&named)).await?;
    let once = Once::of(&call, about.conversation)?;
    let (_, message_id) = match once.first(&call).await? {
        Some(first) => first,
        None => {
            let mailbox = mailbox(&call, &about)?;
            let out = call.mail_out()?;
            let subject = subject.unwrap_or_else(|| out.forward_subject(&about.message.subject));
            let way = Way { mailbox, to: asked.to.clone(), subject, forwarded: true };
            queue(&call, asked, way, about, once).await?
        }
    };
    let answer =
        success("Email forwarded successfully").with("messageId", message_id).with("status", "success");
    Ok(Answer::value(&answer))
}

/// The message of a `stats_id`, which the body has under `key`, within the path's campaign; `named` chooses among its
/// conversation's by Message-ID or by our own id.
async fn about(call: &SignedCall, key: &str, stats_id: &str, named: Option<&str>) -> Result<About, ApiError> {
    let names = call.names();
    let campaign = call.campaign(&names, CampaignId(call.path_id("id")?))?.id;
    let scope = call.scope();
    let store = call.app.0.live.store();
    let unknown = || ApiError::NotFound(format!("{key} not found in this campaign"));
    let of_stats = store.messages_by_stats_id(scope, stats_id).await?;
    let conversation = of_stats.iter().find_map(|message| message.conversation).ok_or_else(unknown)?;
    let client = {
        let entry = call.account().read();
        let entry = entry.get(conversation).filter(|entry| entry.campaign == campaign);
        entry.ok_or_else(unknown)?.client
    };
    let history = store.history(scope, conversation, BodyLimits::NONE).await?.messages;
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
        // The newest of the thread that the `stats_id` stands for: their reply before our own mail, and what machines
        // report about that (a bounce has its `stats_id`) only when there is nothing else.
        None => {
            let of = |fits: &dyn Fn(&Message) -> bool| {
                history.iter().rposition(|(message, _)| message.stats_id == stats_id && fits(message))
            };
            let place = of(&is_reply).or_else(|| of(&|message| message.direction == Direction::Outbound));
            place.or_else(|| of(&|_| true)).ok_or_else(unknown)?
        }
    };
    let thread = history[..=place].iter().map(|(message, _)| message.message_id.clone()).collect();
    let newest = history.iter().rev().find_map(|(message, _)| message.mailbox);
    let chosen = history.get(place).ok_or_else(unknown)?.0.id;
    let (message, texts) = store.message(scope, chosen, BodyLimits::WHOLE).await?;
    let mailboxes = [message.mailbox, newest].into_iter().flatten().collect();
    Ok(About { conversation, client, message, texts, thread, mailboxes })
}

fn is_reply(message: &Message) -> bool {
    message.direction == Direction::Inbound && message.class.is_reply()
}

/// The mailbox an answer leaves through.
fn mailbox(call: &SignedCall, about: &About) -> Result<Mailbox, ApiError> {
    let names = call.names();
    let usable = |id: &MailboxId| {
        let mailbox = names.catalog.mailbox(*id)?;
        let fits = mailbox.client.is_none() || mailbox.client == about.client;
        (mailbox.removed_at.is_none() && fits).then(|| mailbox.clone())
    };
    about.mailboxes.iter().find_map(usable).ok_or_else(|| {
        ApiError::Conflict("The e-mail account of this conversation was removed: connect it again".to_owned())
    })
}

/// What the message says of answers to it.
async fn said(call: &SignedCall, about: &About) -> Result<Answering, ApiError> {
    let raw = call.app.0.live.store().raw(call.scope(), about.message.id).await?;
    let out = Arc::clone(call.mail_out()?);
    apart(move || out.answering(&raw)).await
}

/// Whom an answer goes to that names nobody: where the writer wants answers, else the writer, else whom we wrote to,
/// else the lead. Never a machine that reports.
async fn whom(
    call: &SignedCall,
    about: &About,
    mailbox: &Mailbox,
    mut named: Vec<Address>,
) -> Result<Vec<Address>, ApiError> {
    let message = &about.message;
    let store = call.app.0.live.store();
    let mut to = match message.direction {
        Direction::Outbound => message.to.clone(),
        Direction::Inbound if message.class.is_reply() => {
            // A form that sends in the lead's name may name ourselves.
            named.retain(|one| !one.email.eq_ignore_ascii_case(&mailbox.email));
            if named.is_empty() { vec![message.from.clone()] } else { named }
        }
        Direction::Inbound => Vec::new(),
    };
    to.retain(|one| !one.email.is_empty());
    if to.is_empty() {
        let rows = store.rows(call.scope(), &[about.conversation], None).await?;
        to.extend(rows.into_iter().map(|row| Address { name: String::new(), email: row.lead.fields.email }));
    }
    Ok(to)
}

/// How a message leaves.
struct Way {
    mailbox: Mailbox,
    to: Vec<Address>,
    subject: String,
    forwarded: bool,
}

/// Writes the message down.
async fn queue(
    call: &SignedCall,
    mut asked: Asked,
    way: Way,
    about: About,
    once: Once,
) -> Result<Written, ApiError> {
    let Way { mailbox, to, subject, forwarded } = way;
    let field = move |name: &'static str| if forwarded { forwards(name) } else { name };
    let out = Arc::clone(call.mail_out()?);
    let (message_id, reference) = out.new_ids(&mailbox.email)?;
    let not_before = asked.not_before(call.now);
    let (cc, bcc) = (std::mem::take(&mut asked.cc), std::mem::take(&mut asked.bcc));
    refuse_blocked(call, &[(field("to_email"), &to), ("cc", &cc), ("bcc", &bcc)]).await?;
    let (html, signature) = (std::mem::take(&mut asked.html), asked.signature);
    let scheduled_time = asked.scheduled.filter(|time| *time > call.now);
    let attachments = asked.attachments(call, forwarded.then_some(&about.message)).await?;
    let draft = Draft {
        from: Address { name: mailbox.name.clone(), email: mailbox.email.clone() },
        to,
        cc,
        bcc,
        subject,
        html,
        signature: mailbox.settings.signature.clone().filter(|_| signature),
        quoted: Some(Quoted {
            forwarded,
            from: about.message.from.clone(),
            to: about.message.to.clone(),
            at: about.message.at,
            subject: about.message.subject.clone(),
            text: about.texts.text,
            html: about.texts.html,
        }),
        in_reply_to: (!forwarded).then(|| about.message.message_id.clone()),
        references: if forwarded { Vec::new() } else { about.thread },
        attachments,
        message_id: message_id.clone(),
        reference: reference.clone(),
        date: not_before,
    };
    let composed = apart(move || out.compose(&draft)).await?;
    let mail = composed.map_err(|problem| {
        let name = field(problem.field);
        ApiError::invalid(name, problem.sentence.replacen(problem.field, name, 1))
    })?;
    // Once more by the names they are sent to: one domain can be written in two ways.
    let said = |email: &String| Address { name: String::new(), email: email.clone() };
    let recipients: Vec<Address> = mail.recipients.iter().map(said).collect();
    refuse_blocked(call, &[(field("to_email"), &recipients)]).await?;
    let new = NewOutgoing {
        conversation: about.conversation,
        mailbox: mailbox.id,
        message_id,
        reference,
        stats_id: Some(about.message.stats_id.clone()).filter(|_| !forwarded),
        sender: mail.sender,
        recipients: mail.recipients,
        raw: mail.raw,
        not_before,
        scheduled_time,
        fingerprint: once.fingerprint,
        fingerprint_holds: once.holds,
        asked: once.asked,
    };
    let (scope, ops) = (*call.scope(), vec![Op::Outbox(OutboxStep::Queue(Box::new(new)))]);
    let batch = Batch::new(scope, call.now, ops);
    match call.app.0.live.store().commit(batch).await {
        Ok(committed) => match committed.outcomes.into_iter().next() {
            Some(Outcome::Queued { id, message_id, .. }) => Ok((id.get(), format!("<{message_id}>"))),
            _ => Err(ApiError::Internal("a queued message has no outcome".to_owned())),
        },
        // Two calls of one key came at once.
        Err(StoreError::Exists(Thing::Outgoing, _)) => Err(other_body()),
        Err(error) => Err(error.into()),
    }
}

/// What the forwarding call names a field of a draft.
fn forwards(field: &'static str) -> &'static str {
    match field {
        "to_email" => "to_emails",
        "subject" => "forward_email_subject",
        "email_body" => "forward_email_body",
        "attachments" => "message_id",
        other => other,
    }
}

/// Nobody of a blocked domain is written to.
async fn refuse_blocked(call: &SignedCall, lists: &[(&str, &[Address])]) -> Result<(), ApiError> {
    let store = call.app.0.live.store();
    for (field, list) in lists {
        let domains: Vec<String> =
            list.iter().filter_map(|one| Some(one.email.rsplit_once('@')?.1.to_lowercase())).collect();
        let blocked = store.blocked(call.scope(), &domains).await?;
        if let Some((domain, _)) = domains.iter().zip(blocked).find(|(_, blocked)| *blocked) {
            return Err(ApiError::invalid(field, format!("{domain} is blocked: nobody there is written to")));
        }
    }
    Ok(())
}

/// What makes a call the same as one before.
struct Once {
    fingerprint: [u8; 32],
    /// For how long, in milliseconds; none for ever.
    holds: Option<i64>,
    /// Digest of the body.
    asked: [u8; 32],
}

impl Once {
    /// By the caller's key, or without one by the body; either way within one member, call and conversation, so that
    /// nobody is answered with what is not theirs to see.
    fn of(call: &SignedCall, conversation: ConversationId) -> Result<Self, ApiError> {
        let key = call.idempotency.as_ref().map(HeaderValue::as_bytes).filter(|key| !key.is_empty());
        if key.is_some_and(|key| key.len() > MOST_KEY) {
            let text = format!("{KEY} is longer than {MOST_KEY} bytes");
            return Err(ApiError::invalid(KEY, text));
        }
        let member = call.scope().actor().map_or(0, |member| member.get());
        let path = call.uri.path().trim_end_matches('/').as_bytes();
        let asked: [u8; 32] = Sha256::digest(&call.body).into();
        let label = Sha256::new()
            .chain_update(if key.is_some() { b"key//" } else { b"body/" })
            .chain_update(member.to_be_bytes())
            .chain_update(conversation.get().to_be_bytes())
            .chain_update((path.len() as u64).to_be_bytes())
            .chain_update(path);
        let fingerprint = label.chain_update(key.unwrap_or(&asked)).finalize().into();
        Ok(Self { fingerprint, holds: key.is_none().then_some(SAME_FOR_MS), asked })
    }

    /// What the first such call wrote down, whatever has become of the mailbox or the recipient since.
    async fn first(&self, call: &SignedCall) -> Result<Option<Written>, ApiError> {
        let since = self.holds.map(|holds| Timestamp(call.now.millis().saturating_sub(holds)));
        let store = call.app.0.live.store();
        match store.outgoing_asked(call.scope(), &self.fingerprint, since).await? {
            Some((_, _, asked)) if asked != self.asked => Err(other_body()),
            found => Ok(found.map(|(id, message_id, _)| (id.get(), format!("<{message_id}>")))),
        }
    }
}

fn other_body() -> ApiError {
    let text =
        format!("{KEY} was used before with another body: nothing is sent; a new message needs a new key");
    ApiError::invalid(KEY, text)
}

impl Asked {
    /// When it may leave.
    fn not_before(&self, now: Timestamp) -> Timestamp {
        self.scheduled.unwrap_or(now).max(now.plus_seconds(self.undo_seconds.min(MOST_UNDO)))
    }
}
