//! From content to a row of the outbox: what a reply and a forward share.

use crewbox_core::message::Address;
use crewbox_core::model::Mailbox;
use crewbox_core::outgoing::{Draft, Quoted};
use crewbox_mail::compose::{new_message_id, new_reference};
use crewbox_store::{Expectation, NewOutgoing, Op, OutboxStep, Outcome, StoreError, Thing};

use super::content::Content;
use super::file;
use super::queued::Queued;
use super::recipients::refuse_blocked;
use super::signature::below;
use super::target::Target;
use super::written::{Unwritten, written};
use crate::blocking::blocking;
use crate::caller::Caller;
use crate::idempotency::{Fingerprint, other_request};
use crate::refusal::{FieldError, Refusal};
use crate::services::Services;

/// How a message leaves.
pub(super) struct Way {
    pub(super) mailbox: Mailbox,
    pub(super) subject: String,
    pub(super) forwarded: bool,
    /// What must hold when it is queued.
    pub(super) expected: Option<Expectation>,
}

/// Builds the mail and puts it into the outbox. The content names its recipients.
pub(super) async fn queue(
    services: &Services,
    caller: &Caller,
    content: Content,
    way: Way,
    target: Target,
    fingerprint: Fingerprint,
) -> Result<Queued, Refusal> {
    let Way { mailbox, subject, forwarded, expected } = way;
    let field = |name: &'static str| if forwarded { field_of_forward(name) } else { name };
    let random = &services.mail()?.random;
    let message_id = new_message_id(random.bytes()?, &mailbox.email);
    let reference = new_reference(random.bytes()?);
    let not_before = content.not_before(caller.now());
    let scheduled_time = content.scheduled.filter(|time| *time > caller.now());
    let Content { html, to, cc, bcc, signature, files, .. } = content;
    refuse_blocked(services, caller, &[(field("to_email"), &to), ("cc", &cc), ("bcc", &bcc)]).await?;
    let attachments = file::load(services, caller, files, forwarded.then_some(&target.message)).await?;
    let Target { conversation, message, texts, thread, .. } = target;
    let draft = Draft {
        from: Address { name: mailbox.name.clone(), email: mailbox.email.clone() },
        to,
        cc,
        bcc,
        subject,
        signature: below(&html, signature, caller, &mailbox),
        html,
        in_reply_to: (!forwarded).then(|| message.message_id.clone()),
        references: if forwarded { Vec::new() } else { thread },
        quoted: Some(Quoted {
            forwarded,
            from: message.from,
            to: message.to,
            at: message.at,
            subject: message.subject,
            text: texts.text,
            html: texts.html,
        }),
        attachments,
        message_id: message_id.clone(),
        reference: reference.clone(),
        date: not_before,
    };
    let (store, scope) = (services.store().clone(), *caller.scope());
    let (mail, raw) =
        blocking(move || written(&store, &scope, &draft)).await?.map_err(|unwritten| match unwritten {
            Unwritten::Draft(error) => {
                let name = field(error.field);
                FieldError::says(name, error.sentence.replacen(error.field, name, 1)).into()
            }
            Unwritten::Store(refusal) => refusal,
        })?;
    // Once more by the addresses of the envelope: one domain can be written in two ways.
    let envelope = |email: &String| Address { name: String::new(), email: email.clone() };
    let recipients: Vec<Address> = mail.recipients.iter().map(envelope).collect();
    refuse_blocked(services, caller, &[(field("to_email"), &recipients)]).await?;
    let new = NewOutgoing {
        conversation,
        mailbox: mailbox.id,
        message_id,
        reference,
        stats_id: Some(message.stats_id).filter(|_| !forwarded),
        sender: mail.sender,
        recipients: mail.recipients,
        raw,
        not_before,
        scheduled_time,
        fingerprint: fingerprint.bytes,
        fingerprint_holds: fingerprint.holds,
        asked: fingerprint.asked,
    };
    let queueing = vec![Op::Outbox(OutboxStep::Queue(Box::new(new)))];
    let committed = match expected {
        Some(expected) => caller.try_commit_expecting(services, queueing, expected).await,
        None => caller.try_commit(services, queueing).await,
    };
    match committed {
        Ok(committed) => match committed.outcomes.into_iter().next() {
            Some(Outcome::Queued { id, message_id, .. }) => Ok(Queued { id, message_id }),
            _ => Err(Refusal::Internal("a queued message has no outcome".to_owned())),
        },
        // Two requests with one key came at once.
        Err(StoreError::Exists(Thing::Outgoing, _)) => Err(other_request()),
        Err(error) => Err(caller.refusal(error)),
    }
}

/// The name that a field of a draft has in a forward.
fn field_of_forward(field: &'static str) -> &'static str {
    match field {
        "to_email" => "to_emails",
        "subject" => "forward_email_subject",
        "email_body" => "forward_email_body",
        "attachments" => "message_id",
        other => other,
    }
}
