//! Trying the servers of an account.

use crewbox_core::id::MailboxId;
use crewbox_core::permission::Permission;
use crewbox_mail::probe::{self, Tried};

use crate::caller::Caller;
use crate::refusal::{FieldError, Refusal};
use crate::services::Services;

/// Tries the servers of an account step by step, and changes nothing. A step that fails is a result, not an error.
///
/// # Errors
/// [`Refusal::NotFound`] for an account that the caller does not see; [`Refusal::Invalid`] for one without servers, as an
/// import makes it; [`Refusal::MailServer`] where its provider gives no
/// token; the store's.
pub async fn test(services: &Services, caller: &Caller, id: MailboxId) -> Result<Vec<Tried>, Refusal> {
    caller.require(Permission::ManageMailboxes)?;
    let mailbox = caller.mailbox(id)?;
    if mailbox.settings.imap_host.is_empty() {
        return Err(without_servers(&mailbox.email));
    }
    let mail = services.mail()?;
    let known =
        probe::credentials(&mail.tokens, services.store(), caller.scope(), mailbox, caller.now()).await;
    let (imap, smtp) = known.map_err(|failure| Refusal::MailServer(probe::sentence(&failure)))?;
    Ok(probe::test(&mail.net, &mailbox.email, &mailbox.settings, &imap, &smtp).await)
}

/// The refusal to connect to the servers of an account that has none.
pub(super) fn without_servers(address: &str) -> Refusal {
    let sentence = format!("{address} has no servers yet: save it with its servers first");
    FieldError::says("imap_host", sentence).into()
}
