//! Taking in a raw mail that is posted to an account: the same way in as for mail that is fetched from its server.

use std::io::{self, BufReader};
use std::sync::Arc;

use bytes::Bytes;
use crewbox_core::id::{MailboxId, QuarantineId};
use crewbox_core::own_addresses::OwnAddresses;
use crewbox_core::permission::Permission;
use crewbox_core::time::Timestamp;
use crewbox_mail::form::{self, NotMailForm};
use crewbox_mail::intake::{Incoming, Taken};
use crewbox_mail::{Container, DirectionHint, Marks, NotMail, origin};
use crewbox_store::contract::MailBytes;
use crewbox_store::{Ingested, StoreError};

use crate::caller::Caller;
use crate::refusal::{FieldError, Refusal};
use crate::services::Services;

/// A raw mail for an account.
#[derive(Clone, Debug)]
pub struct Deliver {
    /// The account.
    pub mailbox: MailboxId,
    /// The mail, byte for byte.
    pub raw: MailBytes,
    /// When it was received, if the caller knows; else what its own headers say.
    pub received_at: Option<Timestamp>,
}

/// What became of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivered {
    /// It is stored, in its conversation or untracked.
    Stored(Ingested),
    /// It could not be read safely and is kept raw; with the reason, in words.
    Quarantined(QuarantineId, String),
}

/// Takes in a mail.
///
/// # Errors
/// [`Refusal::NotFound`] for an account that the caller does not see; [`Refusal::Invalid`] for what is no mail, or a draft
/// of the account's owner, which was never sent; the store's. Then nothing is stored.
pub async fn deliver(services: &Services, caller: &Caller, command: Deliver) -> Result<Delivered, Refusal> {
    caller.require(Permission::DeliverMail)?;
    let mailbox = caller.mailbox(command.mailbox)?.id;
    let mail = services.mail()?;
    let Looked { form, start } = look(command.raw.clone()).await?;
    if let Err(not) = form {
        return Err(FieldError::of("body", format!("cannot be taken in: {}", not.why)).into());
    }
    let own = Arc::new(services.store().own_addresses(caller.scope(), mailbox).await?);
    if is_draft(&start, &own) {
        // Whoever posts a draft by mistake must learn that nothing was stored.
        let rest = "is a draft (X-Unsent or X-Gmail-Labels says so): it was never sent, and is not stored";
        return Err(FieldError::of("body", rest).into());
    }
    let incoming = Incoming {
        raw: command.raw,
        mailbox,
        own,
        location: None,
        backfill: false,
        seen: None,
        connected_at: None,
        received_at: command.received_at,
        fallback_at: None,
        direction: None,
    };
    match mail.intake.take(caller.scope(), caller.now(), vec![incoming]).await?.pop() {
        Some(Taken::Stored(ingested)) => Ok(Delivered::Stored(ingested)),
        Some(Taken::Quarantined(id, reason)) => Ok(Delivered::Quarantined(id, reason)),
        None => Err(Refusal::Internal("a delivered mail has no outcome".to_owned())),
    }
}

/// Bytes of a mail that its header is looked for in: more than is looked at of any header.
const START_BYTES: usize = 1024 * 1024;

/// What a posted mail looks like.
struct Looked {
    form: Result<(), NotMailForm>,
    /// The start of the mail.
    start: Bytes,
}

/// Looks at a mail, which may be in a file: off the runtime's threads.
async fn look(raw: MailBytes) -> Result<Looked, Refusal> {
    let looked = tokio::task::spawn_blocking(move || -> io::Result<Looked> {
        let start = raw.start(START_BYTES)?;
        let form = form::of_post(&start, || BufReader::new(raw.reader()));
        Ok(Looked { form, start })
    });
    let looked = looked.await.map_err(|error| Refusal::Internal(format!("looking at a mail: {error}")))?;
    looked.map_err(|error| StoreError::OutOfResources(format!("reading a posted mail: {error}")).into())
}

/// Whether a mail is a draft: its header says so, and it is one of our own. What others send is mail, whatever their
/// programs left in its header.
fn is_draft(raw: &[u8], own: &OwnAddresses) -> bool {
    Marks::read(raw, Container::File).not_mail == Some(NotMail::Draft)
        && own.include(&origin(raw, own, DirectionHint::None).from.email)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_is_one_of_our_own_that_was_never_sent() {
        let own = OwnAddresses::new(["ann@us.test"]);
        for (header, draft) in [
            ("X-Unsent: 1\nFrom: ann@us.test\nTo: lea@lead.test", true),
            ("X-Gmail-Labels: Drafts,Opened\nFrom: ann@us.test\nTo: lea@lead.test", true),
            ("X-Gmail-Labels: Sent\nFrom: ann@us.test\nTo: lea@lead.test", false),
            ("From: ann@us.test\nTo: lea@lead.test", false),
            ("X-Unsent: 1\nFrom: lea@lead.test\nTo: ann@us.test", false),
            ("X-Gmail-Labels: Drafts\nFrom: lea@lead.test\nTo: ann@us.test", false),
        ] {
            assert_eq!(is_draft(format!("{header}\n\nText").as_bytes(), &own), draft, "{header}");
        }
    }
}
