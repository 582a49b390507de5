//! Saving an account with its servers and its password.

use crewbox_core::address::EmailAddress;
use crewbox_core::id::{ClientId, MailboxId};
use crewbox_core::model::{MailboxSettings, Security};
use crewbox_core::permission::Permission;
use crewbox_store::contract::{MailboxSecrets, NewMailbox};
use crewbox_store::{Op, Outcome, Thing};

use super::fields::{Aliases, Host, Line, MAX_NAME, MAX_USER, Password, Port, Signature};
use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::services::Services;

/// An account to save.
#[derive(Clone, Debug)]
pub struct SaveMailbox {
    /// Its address: one that is known is saved again.
    pub address: EmailAddress,
    /// The name in From.
    pub name: Line<MAX_NAME>,
    /// The client whose it is.
    pub client: Option<ClientId>,
    /// The user name on both servers.
    pub user: Line<MAX_USER>,
    /// The user name on the IMAP server where it differs.
    pub imap_user: Option<Line<MAX_USER>>,
    /// The password on both servers.
    pub password: Password,
    /// The password on the IMAP server where it differs.
    pub imap_password: Option<Password>,
    /// The SMTP server.
    pub smtp: Server,
    /// The IMAP server.
    pub imap: Server,
    /// The HTML below what is sent with a signature.
    pub signature: Option<Signature>,
    /// Other addresses that its owner writes from, in place of those it had, learned ones too. None leaves them.
    pub aliases: Option<Aliases>,
}

/// A mail server.
#[derive(Clone, Debug)]
pub struct Server {
    /// Its host.
    pub host: Host,
    /// Its port.
    pub port: Port,
    /// How the connection is secured.
    pub security: Security,
}

impl SaveMailbox {
    /// How it is reached.
    pub(super) fn settings(&self) -> MailboxSettings {
        MailboxSettings {
            user: self.user.clone().into_string(),
            smtp_host: self.smtp.host.clone().into_string(),
            smtp_port: self.smtp.port.get(),
            smtp_security: self.smtp.security,
            imap_host: self.imap.host.clone().into_string(),
            imap_port: self.imap.port.get(),
            imap_security: self.imap.security,
            imap_user: self.imap_user.clone().map(Line::into_string),
            oauth: None,
            signature: self.signature.clone().map(Signature::into_string),
        }
    }
}

/// Saves an account; a running server connects to it. Its id.
///
/// # Errors
/// [`Refusal::NotFound`] for a client that does not exist; [`Refusal::Invalid`] for an alias that somebody else writes
/// from; the store's. Then nothing is saved.
pub async fn save(services: &Services, caller: &Caller, command: SaveMailbox) -> Result<MailboxId, Refusal> {
    caller.require(Permission::ManageMailboxes)?;
    let email = command.address.as_str().to_owned();
    let new = NewMailbox {
        email,
        name: command.name.clone().into_string(),
        client: command.client,
        settings: command.settings(),
        secrets: MailboxSecrets {
            password: Some(command.password.into_string()),
            imap_password: command.imap_password.map(Password::into_string),
            ..MailboxSecrets::default()
        },
    };
    commit(services, caller, new, command.aliases).await
}

/// Commits an account and its aliases as one batch, so that a refusal saves neither.
pub(super) async fn commit(
    services: &Services,
    caller: &Caller,
    new: NewMailbox,
    aliases: Option<Aliases>,
) -> Result<MailboxId, Refusal> {
    if let Some(client) = new.client.filter(|client| caller.names().client(*client).is_none()) {
        return Err(Refusal::NotFound(Thing::Client, client.get()));
    }
    let aliases =
        aliases.map(|aliases| Op::SetAliases { mailbox: new.email.clone(), aliases: aliases.into_strings() });
    let ops = std::iter::once(Op::SaveMailbox(Box::new(new))).chain(aliases).collect();
    match caller.commit(services, ops).await?.outcomes.first() {
        Some(Outcome::Id(id)) => Ok(MailboxId(*id)),
        other => Err(Refusal::Internal(format!("saving a mailbox gave {other:?}"))),
    }
}
