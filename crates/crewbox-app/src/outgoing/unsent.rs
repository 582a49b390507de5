//! A message that was not sent, as its writer wrote it: what failed is never lost.

use std::sync::Arc;

use crewbox_core::address_list::join;
use crewbox_core::draft::{DraftContent, DraftFile};
use crewbox_core::id::ConversationId;
use crewbox_core::message::{Address, Attachment, Direction, Mail};
use crewbox_core::outgoing::Outgoing;
use crewbox_core::own_addresses::OwnAddresses;
use crewbox_core::permission::Permission;
use crewbox_mail::{DirectionHint, ReadContext, new_text, read};
use crewbox_store::{BodyLimits, Op, OutboxStep};

use super::file::unsent_link;
use super::status::{no_message, record};
use crate::blocking::blocking;
use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::services::Services;

/// A message that was not sent.
#[derive(Debug)]
pub struct Unsent {
    /// The outbox's record, with the answer of the mail server.
    pub record: Outgoing,
    /// What its writer wrote, without the signature and the message below.
    pub text: String,
    /// What it takes to write it again, without its text.
    pub lines: DraftContent,
}

/// The message of a conversation that failed, if no later one of the conversation replaces it.
///
/// # Errors
/// [`Refusal::NotFound`] for a conversation that the caller does not see; the store's.
pub async fn unsent(
    services: &Services,
    caller: &Caller,
    conversation: ConversationId,
) -> Result<Option<Unsent>, Refusal> {
    caller.require(Permission::ReadInbox)?;
    match services.store().outgoing_failed_in(caller.scope(), conversation).await? {
        Some(record) => Ok(Some(opened(services, caller, record).await?)),
        None => Ok(None),
    }
}

/// Makes a failed message of a conversation the caller's draft there again, above what that draft has; `html` makes a
/// draft's body of the texts.
///
/// # Errors
/// [`Refusal::NotFound`] for a message that the caller does not see, that is of another conversation, or that did not fail;
/// the store's.
pub async fn rewrite(
    services: &Services,
    caller: &Caller,
    conversation: ConversationId,
    message_id: &str,
    html: impl Fn(&str) -> String,
) -> Result<(), Refusal> {
    caller.require(Permission::SendMail)?;
    let asked = record(services, caller, message_id).await?;
    let failed = services.store().outgoing_failed_in(caller.scope(), conversation).await?;
    let record = failed.filter(|failed| failed.id == asked.id).ok_or_else(no_message)?;
    let ops = into_draft(services, caller, record, html).await?;
    caller.commit(services, ops.into_iter().collect()).await?;
    Ok(())
}

/// Takes a message of a conversation back that waits to be sent, and makes it the caller's draft as [`rewrite`] does, both or
/// neither.
///
/// # Errors
/// [`Refusal::NotFound`] for a message that the caller does not see, or that is of another conversation;
/// [`Refusal::Conflict`] for one that is on its way or has left; the store's.
pub async fn take_back_to_draft(
    services: &Services,
    caller: &Caller,
    conversation: ConversationId,
    message_id: &str,
    html: impl Fn(&str) -> String,
) -> Result<(), Refusal> {
    caller.require(Permission::SendMail)?;
    let record = record(services, caller, message_id).await?;
    if record.conversation != conversation {
        return Err(no_message());
    }
    let take_back = Op::Outbox(OutboxStep::TakeBack(record.id));
    let draft = into_draft(services, caller, record, html).await?;
    caller.commit(services, [take_back].into_iter().chain(draft).collect()).await?;
    Ok(())
}

/// What makes a message the caller's draft in its conversation, above what that draft has; nothing where it is so already.
async fn into_draft(
    services: &Services,
    caller: &Caller,
    record: Outgoing,
    html: impl Fn(&str) -> String,
) -> Result<Option<Op>, Refusal> {
    let conversation = record.conversation;
    let Unsent { text, lines, .. } = opened(services, caller, record).await?;
    let held = services.store().draft(caller.scope(), conversation).await?;
    let body = html(&text);
    if held.content.body.starts_with(&body) {
        return Ok(None);
    }
    let attachments = [lines.attachments, held.content.attachments].concat();
    let content = DraftContent { body: body + &held.content.body, attachments, ..lines };
    Ok(Some(Op::SaveDraft { conversation, seen: held.version, content }))
}

async fn opened(services: &Services, caller: &Caller, record: Outgoing) -> Result<Unsent, Refusal> {
    let raw = services.store().outgoing_raw(caller.scope(), record.id).await?;
    let own = Arc::new(OwnAddresses::new([&record.sender]));
    let context = ReadContext {
        own,
        received_at: None,
        fallback_at: None,
        now: caller.now(),
        direction: DirectionHint::Decided(Direction::Outbound),
    };
    let mail = blocking(move || read(&raw, &context)).await?;
    let mail = mail.map_err(|error| Refusal::Internal(format!("a mail of ours cannot be read: {error}")))?;
    let (text, mut lines) = as_written(&record.recipients, &mail);
    let mut files = mail.attachments;
    if lines.forward {
        // Those of the forwarded message go along by themselves.
        let held = services.store().history(caller.scope(), record.conversation, BodyLimits::NONE).await?;
        let along: Vec<&Attachment> =
            held.messages.iter().flat_map(|(message, _)| &message.attachments).collect();
        let is_same = |one: &Attachment, other: &Attachment| {
            (&one.file_name, one.file_size) == (&other.file_name, other.file_size)
        };
        files.retain(|file| !along.iter().any(|other| is_same(file, other)));
    }
    let link = |file: Attachment| DraftFile { url: unsent_link(record.id, file.index), name: file.file_name };
    lines.attachments = files.into_iter().map(link).collect();
    Ok(Unsent { record, text, lines })
}

/// The text of a mail to these recipients, and its lines.
fn as_written(recipients: &[String], mail: &Mail) -> (String, DraftContent) {
    let is_named =
        |email: &str| mail.to.iter().chain(&mail.cc).any(|one| one.email.eq_ignore_ascii_case(email));
    let hidden = recipients.iter().filter(|email| !is_named(email));
    let hidden: Vec<Address> =
        hidden.map(|email| Address { name: String::new(), email: email.clone() }).collect();
    let lines = DraftContent {
        to: join(&mail.to),
        cc: join(&mail.cc),
        bcc: join(&hidden),
        subject: mail.subject.clone(),
        // An answer names what it answers.
        forward: mail.references.is_empty(),
        ..DraftContent::default()
    };
    (new_text(&mail.text, &mail.folds).trim().to_owned(), lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_becomes_what_its_writer_wrote() {
        let raw = "From: bo@us.test\r\nTo: Ada <ada@lead.test>\r\nCc: cy@lead.test\r\nSubject: Re: Prices\r\n\
                   References: <a@lead.test>\r\nIn-Reply-To: <a@lead.test>\r\n\r\nYes, *10* sharp.\r\nBo\r\n\r\n-- \r\nBo Lind\r\n\r\n\
                   On Mon, 1 Jan 2024 10:00:00 +0000, Ada <ada@lead.test> wrote:\r\n> Does it suit?\r\n";
        let context = ReadContext {
            own: Arc::new(OwnAddresses::new(["bo@us.test"])),
            received_at: None,
            fallback_at: None,
            now: crewbox_core::time::Timestamp(0),
            direction: DirectionHint::Decided(Direction::Outbound),
        };
        let mail = read(raw.as_bytes(), &context).unwrap();
        let recipients = ["ada@lead.test", "cy@lead.test", "boss@us.test"].map(str::to_owned);
        let (text, lines) = as_written(&recipients, &mail);
        assert_eq!(text, "Yes, *10* sharp.\nBo");
        let DraftContent { to, cc, bcc, subject, forward, .. } = lines;
        assert_eq!(
            [to, cc, bcc, subject],
            ["Ada <ada@lead.test>", "cy@lead.test", "boss@us.test", "Re: Prices"]
        );
        assert!(!forward);
    }
}
