//! Trying the servers of an account.

use crewbox_core::id::MailboxId;
use crewbox_core::permission::Permission;
use crewbox_mail::Credentials;
use crewbox_mail::probe::{self, Tried};

use super::fields::Password;
use super::save::SaveMailbox;
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

/// Tries the servers of an account that is not saved yet, likewise.
///
/// # Errors
/// [`Refusal::Forbidden`]; [`Refusal::Unavailable`] without a mail side.
pub async fn try_unsaved(
    services: &Services,
    caller: &Caller,
    command: &SaveMailbox,
) -> Result<Vec<Tried>, Refusal> {
    caller.require(Permission::ManageMailboxes)?;
    let mail = services.mail()?;
    let settings = command.settings();
    let password = command.password.clone().into_string();
    let imap_password = command.imap_password.clone().map_or_else(|| password.clone(), Password::into_string);
    let imap_user = settings.imap_user.clone().unwrap_or_else(|| settings.user.clone());
    let imap = Credentials::Password(imap_user, imap_password);
    let smtp = Credentials::Password(settings.user.clone(), password);
    Ok(probe::test(&mail.net, command.address.as_str(), &settings, &imap, &smtp).await)
}

/// The refusal to connect to the servers of an account that has none.
pub(super) fn without_servers(address: &str) -> Refusal {
    let sentence = format!("{address} has no servers yet: save it with its servers first");
    FieldError::says("imap_host", sentence).into()
}
