//! Saving an account that logs in by OAuth tokens, after its owner has signed in with a browser.

use crewbox_core::address::EmailAddress;
use crewbox_core::id::{ClientId, MailboxId};
use crewbox_core::model::{Mailbox, MailboxSettings, OAuth};
use crewbox_core::permission::Permission;
use crewbox_mail::oauth::Provider;
use crewbox_store::contract::{MailboxSecrets, NewMailbox};

use super::fields::{Line, MAX_NAME};
use super::save::commit;
use super::test::without_servers;
use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::services::Services;

/// An account whose owner has signed in.
pub struct SignIn {
    /// Its address: one that is known keeps its servers, and its name and client where none is given.
    pub address: EmailAddress,
    /// The name in From; the address for a new account without one.
    pub name: Option<Line<MAX_NAME>>,
    /// The client whose it is from now on.
    pub client: Option<ClientId>,
    /// The servers, by [`servers_to_sign_in`].
    pub servers: MailboxSettings,
    /// How tokens are asked for.
    pub oauth: OAuth,
    /// The secret of the OAuth client, where the provider gives one.
    pub client_secret: Option<String>,
    /// The refresh token.
    pub refresh_token: String,
}

/// The servers of an account that is going to log in by tokens: those it has, or the provider's.
///
/// # Errors
/// [`Refusal::Invalid`] for an account without servers and without a provider.
pub fn servers_to_sign_in(
    caller: &Caller,
    address: &EmailAddress,
    provider: Option<&Provider>,
) -> Result<MailboxSettings, Refusal> {
    caller.require(Permission::ManageMailboxes)?;
    let held = held(caller, address).filter(|held| !held.settings.imap_host.is_empty());
    match (held, provider) {
        (Some(held), _) => Ok(held.settings.clone()),
        (None, Some(provider)) => Ok(provider.settings(address.as_str())),
        (None, None) => Err(without_servers(address.as_str())),
    }
}

/// Saves an account whose owner has signed in; a running server connects to it. Its id.
///
/// # Errors
/// [`Refusal::NotFound`] for a client that does not exist; the store's.
pub async fn sign_in(services: &Services, caller: &Caller, command: SignIn) -> Result<MailboxId, Refusal> {
    caller.require(Permission::ManageMailboxes)?;
    let held = held(caller, &command.address);
    let email = command.address.as_str().to_owned();
    let name = command.name.map(Line::into_string).or_else(|| held.map(|held| held.name.clone()));
    let new = NewMailbox {
        name: name.unwrap_or_else(|| email.clone()),
        client: command.client.or_else(|| held.and_then(|held| held.client)),
        settings: MailboxSettings { oauth: Some(command.oauth), ..command.servers },
        secrets: MailboxSecrets {
            oauth_client_secret: command.client_secret,
            oauth_refresh_token: Some(command.refresh_token),
            ..MailboxSecrets::default()
        },
        email,
    };
    commit(services, caller, new, None).await
}

fn held<'c>(caller: &'c Caller, address: &EmailAddress) -> Option<&'c Mailbox> {
    let mut kept = caller.names().mailboxes.iter().filter(|held| held.removed_at.is_none());
    kept.find(|held| held.email == address.as_str())
}

impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignIn").field("address", &self.address).finish_non_exhaustive()
    }
}
