//! The signature below an answer.

use crewbox_core::id::MailboxId;
use crewbox_core::model::Mailbox;
use crewbox_core::permission::Permission;
use crewbox_core::signature::{html, is_in};

use super::content::SignatureOf;
use crate::caller::Caller;
use crate::refusal::Refusal;

/// The signature that an answer of the caller through a mailbox gets, as HTML: the caller's own, else the mailbox's.
///
/// # Errors
/// [`Refusal::Forbidden`].
pub fn signature(caller: &Caller, mailbox: Option<MailboxId>) -> Result<Option<String>, Refusal> {
    caller.require(Permission::SendMail)?;
    let mailbox = mailbox.and_then(|id| caller.names().mailbox(id));
    Ok(of_writer(caller).or_else(|| mailbox.and_then(of_mailbox)))
}

/// The signature that is put below a message; none where the message has it already.
pub(super) fn below(message: &str, whose: SignatureOf, caller: &Caller, mailbox: &Mailbox) -> Option<String> {
    let signature = match whose {
        SignatureOf::Nobody => None,
        SignatureOf::Mailbox => of_mailbox(mailbox),
        SignatureOf::Writer => of_writer(caller).or_else(|| of_mailbox(mailbox)),
    };
    // Who asks for the mailbox's has always got it.
    signature.filter(|signature| whose == SignatureOf::Mailbox || !is_in(message, signature))
}

fn of_writer(caller: &Caller) -> Option<String> {
    let member = caller.names().member(caller.scope().actor()?)?;
    member.signature.as_deref().map(html)
}

fn of_mailbox(mailbox: &Mailbox) -> Option<String> {
    mailbox.settings.signature.clone().filter(|signature| !signature.trim().is_empty())
}
