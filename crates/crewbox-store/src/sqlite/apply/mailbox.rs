//! Mailboxes and their sealed passwords.

use crewbox_core::change::ChangeKind;
use crewbox_core::id::{ClientId, MailboxId, TagId};
use crewbox_core::model::MailboxSettings;
use crewbox_core::reach;
use rusqlite::{OptionalExtension as _, params};

use super::Apply;
use crate::contract::{MailboxChange, NewMailbox, Outcome, StoreError, Thing};
use crate::sqlite::codec;
use crate::sqlite::failure::{Result, not_found};
use crate::sqlite::ids::Table;
use crate::sqlite::secret::{self, Kind};

impl Apply<'_> {
    /// The mailbox, if the scope sees it, removed ones too.
    pub(super) fn seen_mailbox(&self, mailbox: MailboxId) -> Result<()> {
        let client: Option<Option<ClientId>> = self
            .statement("SELECT client_id FROM mailbox WHERE account_id = ?1 AND mailbox_id = ?2")?
            .query_row(params![self.account().get(), mailbox.get()], |row| codec::id(row, 0))
            .optional()?;
        match client {
            Some(client) if self.scope.sees(client) => Ok(()),
            _ => Err(not_found(Thing::Mailbox, mailbox.get())),
        }
    }

    pub(super) fn save_mailbox(&mut self, new: &NewMailbox) -> Result<Outcome> {
        let account = self.account().get();
        let email = new.email.to_lowercase();
        let settings = serde_json::to_string(&new.settings).map_err(|e| StoreError::Engine(e.to_string()))?;
        let held: Option<(u64, String, Option<ClientId>)> = self
            .statement(
                "SELECT mailbox_id, name, client_id FROM mailbox WHERE account_id = ?1 AND email = ?2",
            )?
            .query_row(params![account, email], |row| Ok((row.get(0)?, row.get(1)?, codec::id(row, 2)?)))
            .optional()?;
        let mut renamed = false;
        let id = match held {
            Some((id, name, before)) => {
                self.seen_mailbox(MailboxId(id))?;
                if new.client.is_some() {
                    self.require_client(new.client)?;
                }
                let client = reach::mailbox_client(before, new.client);
                self.execute(
                    "UPDATE mailbox SET name = ?3, settings = ?4, removed_at = NULL, client_id = ?5
                     WHERE account_id = ?1 AND mailbox_id = ?2",
                    params![account, id, new.name, settings, client.map(ClientId::get)],
                )?;
                renamed = name != new.name;
                id
            }
            None => {
                self.require_client(new.client)?;
                let id = self.next_id(Table::MAILBOX)?;
                self.execute(
                    "INSERT INTO mailbox (account_id, mailbox_id, email, name, client_id, settings, created_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                    params![
                        account,
                        id,
                        email,
                        new.name,
                        new.client.map(ClientId::get),
                        settings,
                        self.at.millis()
                    ],
                )?;
                id
            }
        };
        self.drop_secrets(MailboxId(id))?;
        let secrets = &new.secrets;
        for (kind, value) in [
            (Kind::Password, &secrets.password),
            (Kind::ImapPassword, &secrets.imap_password),
            (Kind::ClientSecret, &secrets.oauth_client_secret),
            (Kind::RefreshToken, &secrets.oauth_refresh_token),
        ] {
            if let Some(value) = value {
                self.seal_secret(MailboxId(id), kind, value)?;
            }
        }
        self.note_name(ChangeKind::MailboxSaved, id, renamed);
        self.try_afresh(MailboxId(id))?;
        Ok(Outcome::Id(id))
    }

    pub(super) fn change_mailbox(&mut self, id: MailboxId, change: &MailboxChange) -> Result<Outcome> {
        self.seen_mailbox(id)?;
        let account = self.account().get();
        let engine = |error: serde_json::Error| StoreError::Engine(error.to_string());
        let (name, client, settings): (String, Option<ClientId>, String) = self
            .statement(
                "SELECT name, client_id, settings FROM mailbox WHERE account_id = ?1 AND mailbox_id = ?2",
            )?
            .query_row(params![account, id.get()], |row| {
                Ok((row.get(0)?, codec::id(row, 1)?, row.get(2)?))
            })?;
        if change.client.is_some() {
            self.require_client(change.client)?;
        }
        let mut changed: MailboxSettings = serde_json::from_str(&settings).map_err(engine)?;
        if let Some(signature) = &change.signature {
            changed.signature = Some(signature.clone()).filter(|signature| !signature.is_empty());
        }
        let after = (
            change.name.clone().unwrap_or_else(|| name.clone()),
            reach::mailbox_client(client, change.client),
            serde_json::to_string(&changed).map_err(engine)?,
        );
        if after == (name.clone(), client, settings) {
            return Ok(Outcome::Done);
        }
        self.execute(
            "UPDATE mailbox SET name = ?3, client_id = ?4, settings = ?5
             WHERE account_id = ?1 AND mailbox_id = ?2",
            params![account, id.get(), after.0, after.1.map(ClientId::get), after.2],
        )?;
        self.note_name(ChangeKind::MailboxChanged, id.get(), after.0 != name);
        Ok(Outcome::Done)
    }

    pub(super) fn tag_mailboxes(
        &mut self,
        mailboxes: &[MailboxId],
        tags: &[TagId],
        on: bool,
    ) -> Result<Outcome> {
        self.require_tags(tags)?;
        let sql = if on {
            "INSERT OR IGNORE INTO mailbox_tag (account_id, mailbox_id, tag_id) VALUES (?1, ?2, ?3)"
        } else {
            "DELETE FROM mailbox_tag WHERE account_id = ?1 AND mailbox_id = ?2 AND tag_id = ?3"
        };
        for mailbox in mailboxes {
            self.seen_mailbox(*mailbox)?;
            let mut changed = 0;
            for tag in tags {
                changed += self.execute(sql, params![self.account().get(), mailbox.get(), tag.get()])?;
            }
            if changed > 0 {
                self.note(ChangeKind::MailboxChanged, mailbox.get());
            }
        }
        Ok(Outcome::Done)
    }

    pub(super) fn remove_mailbox(&mut self, mailbox: MailboxId) -> Result<Outcome> {
        self.seen_mailbox(mailbox)?;
        let removed = self.execute(
            "UPDATE mailbox SET removed_at = ?3
             WHERE account_id = ?1 AND mailbox_id = ?2 AND removed_at IS NULL",
            params![self.account().get(), mailbox.get(), self.at.millis()],
        )?;
        if removed > 0 {
            self.drop_secrets(mailbox)?;
            self.note(ChangeKind::MailboxRemoved, mailbox.get());
        }
        Ok(Outcome::Done)
    }

    /// Seals a value for its row, in place of an older one.
    pub(super) fn seal_secret(&self, mailbox: MailboxId, kind: Kind, value: &str) -> Result<()> {
        let identity = secret::identity(self.account(), mailbox, kind);
        let sealed = self.sealer.seal(&identity, value.as_bytes())?;
        self.execute(
            "INSERT OR REPLACE INTO secret (account_id, mailbox_id, kind, sealed) VALUES (?1, ?2, ?3, ?4)",
            params![self.account().get(), mailbox.get(), kind.name(), sealed],
        )?;
        Ok(())
    }

    fn drop_secrets(&self, mailbox: MailboxId) -> Result<()> {
        self.execute(
            "DELETE FROM secret WHERE account_id = ?1 AND mailbox_id = ?2",
            params![self.account().get(), mailbox.get()],
        )?;
        Ok(())
    }

    /// Drops every sealed value of the account, and with the last one of the server the check value: then the
    /// next start takes the key it finds, or makes one. Says how many mailboxes need a new log-in.
    pub(super) fn reset_secrets(&mut self) -> Result<Outcome> {
        let account = self.account().get();
        let bereft: Vec<u64> = self
            .statement(
                "SELECT DISTINCT s.mailbox_id FROM secret s
                 JOIN mailbox x ON x.account_id = s.account_id AND x.mailbox_id = s.mailbox_id
                 WHERE s.account_id = ?1 AND x.removed_at IS NULL",
            )?
            .query_map(params![account], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        let dropped = self.execute("DELETE FROM secret WHERE account_id = ?1", params![account])? as u64;
        let unsigned = "UPDATE webhook SET sealed = NULL WHERE account_id = ?1 AND sealed IS NOT NULL";
        let dropped = dropped + self.execute(unsigned, params![account])? as u64;
        if dropped > 0 {
            self.note(ChangeKind::SecretsReset, account);
        }
        for mailbox in &bereft {
            self.needs_login(MailboxId(*mailbox))?;
        }
        secret::forget_check_if_alone(self.db)?;
        Ok(Outcome::Count(bereft.len() as u64))
    }
}
