//! Sealed values at rest: their rows, their identities, and the check value by which the key is known again.

use crewbox_core::id::{AccountId, MailboxId};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::failure::{Result, not_found};
use crate::contract::{MailboxSecrets, Scope, StoreError, Thing};
use crate::seal::Sealer;

/// What is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// SMTP's password.
    Password,
    /// IMAP's, where it differs.
    ImapPassword,
    /// The OAuth client's.
    ClientSecret,
    /// What new tokens are had for.
    RefreshToken,
    /// Nobody's: proves the key.
    Check,
}

impl Kind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::ImapPassword => "imap_password",
            Self::ClientSecret => "oauth_client_secret",
            Self::RefreshToken => "oauth_refresh_token",
            Self::Check => "check",
        }
    }
}

/// The row a value is sealed for: moved to another row it does not open.
pub(super) fn identity(account: AccountId, mailbox: MailboxId, kind: Kind) -> Vec<u8> {
    format!("secret/{account}/{mailbox}/{}", kind.name()).into_bytes()
}

/// The check value, if the store has one.
pub(super) fn check_value(db: &Connection) -> Result<Option<Vec<u8>>> {
    Ok(db
        .query_row(
            "SELECT sealed FROM secret WHERE account_id = 0 AND mailbox_id = 0 AND kind = ?1",
            params![Kind::Check.name()],
            |row| row.get(0),
        )
        .optional()?)
}

/// Keeps the first check value; another process's is not written over.
pub(super) fn keep_check_value(db: &Connection, sealed: &[u8]) -> Result<()> {
    db.execute(
        "INSERT OR IGNORE INTO secret (account_id, mailbox_id, kind, sealed) VALUES (0, 0, ?1, ?2)",
        params![Kind::Check.name(), sealed],
    )?;
    Ok(())
}

/// Drops the check value when nothing else is sealed.
pub(super) fn forget_check_if_alone(db: &Connection) -> Result<()> {
    db.execute(
        "DELETE FROM secret WHERE account_id = 0 AND NOT EXISTS (SELECT 1 FROM secret WHERE account_id > 0)
             AND NOT EXISTS (SELECT 1 FROM webhook WHERE sealed IS NOT NULL)",
        [],
    )?;
    Ok(())
}

/// A mailbox's passwords, unsealed.
pub(super) fn read(
    db: &Connection,
    sealer: &Sealer,
    scope: &Scope,
    mailbox: MailboxId,
) -> Result<MailboxSecrets> {
    let client = db
        .prepare_cached("SELECT client_id FROM mailbox WHERE account_id = ?1 AND mailbox_id = ?2")?
        .query_row(params![scope.account().get(), mailbox.get()], |row| super::codec::id(row, 0))
        .optional()?;
    if !client.is_some_and(|client| scope.sees(client)) {
        return Err(not_found(Thing::Mailbox, mailbox.get()));
    }
    let open = |kind: Kind| -> Result<Option<String>> {
        let sealed: Option<Vec<u8>> = db
            .prepare_cached(
                "SELECT sealed FROM secret WHERE account_id = ?1 AND mailbox_id = ?2 AND kind = ?3",
            )?
            .query_row(params![scope.account().get(), mailbox.get(), kind.name()], |row| row.get(0))
            .optional()?;
        let Some(sealed) = sealed else { return Ok(None) };
        let plain = sealer.unseal(&identity(scope.account(), mailbox, kind), &sealed)?;
        let text = String::from_utf8(plain);
        Ok(Some(text.map_err(|_| StoreError::Engine("a sealed value is not text".to_owned()))?))
    };
    Ok(MailboxSecrets {
        password: open(Kind::Password)?,
        imap_password: open(Kind::ImapPassword)?,
        oauth_client_secret: open(Kind::ClientSecret)?,
        oauth_refresh_token: open(Kind::RefreshToken)?,
    })
}
