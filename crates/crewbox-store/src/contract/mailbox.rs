//! A mailbox to save or to change, and its passwords.

use crewbox_core::id::ClientId;
use crewbox_core::model::MailboxSettings;

/// A mailbox to save.
#[derive(Clone, Debug)]
pub struct NewMailbox {
    /// Address; stored in lower case.
    pub email: String,
    /// Display name.
    pub name: String,
    /// Whose.
    pub client: Option<ClientId>,
    /// Connection settings.
    pub settings: MailboxSettings,
    /// Passwords to seal; never readable through the contract but by [`crate::Store::mailbox_secrets`].
    pub secrets: MailboxSecrets,
}

/// What changes of a mailbox; none leaves what is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailboxChange {
    /// Display name.
    pub name: Option<String>,
    /// Whose.
    pub client: Option<ClientId>,
    /// HTML signature; an empty one takes it away.
    pub signature: Option<String>,
}

/// A mailbox's passwords. Never printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct MailboxSecrets {
    /// SMTP password (and IMAP's unless set).
    pub password: Option<String>,
    /// IMAP password where it differs.
    pub imap_password: Option<String>,
    /// The OAuth client's secret, where the provider gives one.
    pub oauth_client_secret: Option<String>,
    /// The OAuth refresh token.
    pub oauth_refresh_token: Option<String>,
}

impl std::fmt::Debug for MailboxSecrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MailboxSecrets(…)")
    }
}
