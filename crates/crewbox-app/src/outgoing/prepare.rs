//! What an answer starts with, before anybody writes: its recipients, its subject and the files that go along.

use crewbox_core::id::MessageId;
use crewbox_core::message::Address;
use crewbox_core::permission::Permission;
use crewbox_core::recipients::Recipients;
use crewbox_mail::answering;
use crewbox_mail::compose::{forward_subject, reply_subject};

use super::recipients;
use super::target::{Named, Target};
use crate::blocking::blocking;
use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::services::Services;

/// How a message is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AnswerKind {
    /// To its writer.
    #[default]
    Reply,
    /// To its writer and everybody else who got it.
    ReplyToAll,
    /// To somebody else, with the message and its files.
    Forward,
}

/// What an answer starts with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// The message that is answered.
    pub message: MessageId,
    /// To; empty for a forward.
    pub to: Vec<Address>,
    /// Cc.
    pub cc: Vec<Address>,
    /// The subject, with its prefix.
    pub subject: String,
    /// The names of the files that go along.
    pub files: Vec<String>,
}

/// What an answer to a message of this thread starts with; without `message`, to the one that a reply would answer.
///
/// # Errors
/// As for [`reply`](super::reply()).
pub async fn prepare(
    services: &Services,
    caller: &Caller,
    stats_id: &str,
    message: Option<&str>,
    kind: AnswerKind,
) -> Result<Prepared, Refusal> {
    caller.require(Permission::SendMail)?;
    let named = Named { campaign: None, stats_id, field: "stats_id", message, last_seen: None };
    let target = Target::find(services, caller, named).await?;
    let answered = &target.message;
    if kind == AnswerKind::Forward {
        return Ok(Prepared {
            message: answered.id,
            to: Vec::new(),
            cc: Vec::new(),
            subject: forward_subject(&answered.subject),
            files: answered.attachments.iter().map(|file| file.file_name.clone()).collect(),
        });
    }
    let mailbox = target.mailbox(caller)?;
    let raw = services.store().raw(caller.scope(), answered.id).await?;
    let reply_to = blocking(move || answering(&raw)).await?.reply_to;
    let to_all = kind == AnswerKind::ReplyToAll;
    let Recipients { to, cc } =
        recipients::of_reply(services, caller, &target, &mailbox, &reply_to, to_all).await?;
    let subject = reply_subject(&answered.subject);
    Ok(Prepared { message: answered.id, to, cc, subject, files: Vec::new() })
}
