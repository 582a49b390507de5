//! What mailbox workers write besides mail: leases, folders, cursors, attempts, the state of a mailbox's connection.
//!
//! Owns the rules that make a worker's batch safe to repeat and harmless when late: a cursor of another
//! UIDVALIDITY is ignored, a live cursor only rises, a history cursor only falls, and a worker whose lease was
//! taken over writes nothing at all.

use crewbox_core::change::ChangeKind;
use crewbox_core::id::MailboxId;
use crewbox_core::mailbox::{Condition, Folder, Ledger, Status};
use rusqlite::{OptionalExtension as _, params};

use super::Apply;
use crate::contract::{Outcome, StoreError, SyncStep, Thing};
use crate::sqlite::codec::Named as _;
use crate::sqlite::failure::{Failure, Result};

/// What a folder is called in messages and rows: mailbox, name, UIDVALIDITY.
struct Place<'a> {
    mailbox: MailboxId,
    folder: &'a str,
    uidvalidity: u32,
}

impl Apply<'_> {
    pub(super) fn sync(&mut self, mailbox: MailboxId, step: &SyncStep) -> Result<Outcome> {
        self.connected_mailbox(mailbox)?;
        match step {
            SyncStep::TakeLease => return self.take_lease(mailbox),
            SyncStep::Fence(lease) => self.fence(mailbox, *lease)?,
            SyncStep::Status(status) => {
                let smtp_error = self.status(mailbox)?.smtp_error;
                self.set_status(mailbox, &Status { smtp_error, ..status.clone() })?;
            }
            SyncStep::SmtpError(error) => {
                let status = self.status(mailbox)?;
                self.set_status(mailbox, &Status { smtp_error: error.clone(), ..status })?;
            }
            SyncStep::Folder(folder) => self.set_folder(mailbox, folder)?,
            SyncStep::Cursor { folder, uidvalidity, live, history } => {
                let place = Place { mailbox, folder, uidvalidity: *uidvalidity };
                self.move_cursor(&place, *live, *history)?;
            }
            SyncStep::Begin { folder, uidvalidity, uids, alone } => {
                self.begin(&Place { mailbox, folder, uidvalidity: *uidvalidity }, uids, *alone)?;
            }
            SyncStep::ClearAttempts { folder, uidvalidity, uids, alone } => {
                self.clear_attempts(&Place { mailbox, folder, uidvalidity: *uidvalidity }, uids, *alone)?;
            }
            SyncStep::Compared { folder, uidvalidity, gone, back, ledger } => {
                self.compared(&Place { mailbox, folder, uidvalidity: *uidvalidity }, gone, back, ledger)?;
            }
        }
        Ok(Outcome::Done)
    }

    /// The mailbox, seen and not removed.
    pub(super) fn connected_mailbox(&self, mailbox: MailboxId) -> Result<()> {
        self.seen_mailbox(mailbox)?;
        self.require(
            Thing::Mailbox,
            "SELECT 1 FROM mailbox WHERE account_id = ?1 AND mailbox_id = ?2 AND removed_at IS NULL",
            mailbox.get(),
        )
    }

    /// Notes once per batch that a mailbox was read further, however many steps that took.
    fn synced(&mut self, mailbox: MailboxId) {
        let noted = self
            .drafts
            .iter()
            .any(|draft| draft.kind == ChangeKind::MailboxSynced && draft.subject == Some(mailbox.get()));
        if !noted {
            self.note(ChangeKind::MailboxSynced, mailbox.get());
        }
    }

    fn take_lease(&mut self, mailbox: MailboxId) -> Result<Outcome> {
        let fresh = json(&Status::default())?;
        let lease = self
            .statement(
                "INSERT INTO mailbox_state (account_id, mailbox_id, status, since, lease)
                 VALUES (?1, ?2, ?3, ?4, 1)
                 ON CONFLICT (account_id, mailbox_id) DO UPDATE SET lease = lease + 1 RETURNING lease",
            )?
            .query_row(params![self.account().get(), mailbox.get(), fresh, self.at.millis()], |row| {
                row.get(0)
            })?;
        self.note(ChangeKind::MailboxLeased, mailbox.get());
        Ok(Outcome::Id(lease))
    }

    fn fence(&self, mailbox: MailboxId, lease: u64) -> Result<()> {
        let held = self.find(
            "SELECT lease FROM mailbox_state WHERE account_id = ?1 AND mailbox_id = ?2",
            params![self.account().get(), mailbox.get()],
        )?;
        if held == Some(lease) { Ok(()) } else { Err(StoreError::LeaseLost(mailbox.get()).into()) }
    }

    fn status(&self, mailbox: MailboxId) -> Result<Status> {
        let text: Option<String> = self
            .statement("SELECT status FROM mailbox_state WHERE account_id = ?1 AND mailbox_id = ?2")?
            .query_row(params![self.account().get(), mailbox.get()], |row| row.get(0))
            .optional()?;
        match text {
            Some(text) => serde_json::from_str(&text).map_err(unreadable),
            None => Ok(Status::default()),
        }
    }

    pub(super) fn set_status(&mut self, mailbox: MailboxId, status: &Status) -> Result<()> {
        if self.status(mailbox)? == *status {
            return Ok(());
        }
        self.execute(
            "INSERT INTO mailbox_state (account_id, mailbox_id, status, since, lease)
             VALUES (?1, ?2, ?3, ?4, 0)
             ON CONFLICT (account_id, mailbox_id) DO UPDATE SET status = excluded.status, since = excluded.since",
            params![self.account().get(), mailbox.get(), json(status)?, self.at.millis()],
        )?;
        self.note(ChangeKind::MailboxStateChanged, mailbox.get());
        Ok(())
    }

    /// A mailbox was saved again: what was refused before is tried again.
    pub(super) fn try_afresh(&mut self, mailbox: MailboxId) -> Result<()> {
        let held = self.status(mailbox)?;
        if held == Status::default() { Ok(()) } else { self.set_status(mailbox, &Status::default()) }
    }

    /// The mailbox lost its password: somebody must act.
    pub(super) fn needs_login(&mut self, mailbox: MailboxId) -> Result<()> {
        let detail = "Its password was dropped: save the mailbox again with its password.".to_owned();
        let status = Status { condition: Condition::NeedsLogin, detail: Some(detail), ..Status::default() };
        self.set_status(mailbox, &status)
    }

    fn set_folder(&mut self, mailbox: MailboxId, folder: &Folder) -> Result<()> {
        let account = self.account().get();
        let ledger = folder.ledger.as_ref().map(json).transpose()?;
        self.execute(
            "INSERT INTO folder (account_id, mailbox_id, folder, role, uidvalidity, start_uid, live_uid,
                 history_uid, since, ledger)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             ON CONFLICT (account_id, mailbox_id, folder) DO UPDATE SET role = excluded.role,
                 uidvalidity = excluded.uidvalidity, start_uid = excluded.start_uid,
                 live_uid = excluded.live_uid, history_uid = excluded.history_uid, ledger = excluded.ledger",
            params![
                account,
                mailbox.get(),
                folder.name,
                folder.role.name(),
                folder.uidvalidity,
                folder.start,
                folder.live,
                folder.history,
                folder.since.millis(),
                ledger
            ],
        )?;
        // A UIDVALIDITY that comes back (a server restored from a copy) means other mails by the same numbers.
        self.execute(
            "DELETE FROM fetch_attempt WHERE account_id = ?1 AND mailbox_id = ?2 AND folder = ?3",
            params![account, mailbox.get(), folder.name],
        )?;
        for forgotten in [
            "DELETE FROM message_location
             WHERE account_id = ?1 AND mailbox_id = ?2 AND folder = ?3 AND uidvalidity = ?4",
            "DELETE FROM quarantine_location
             WHERE account_id = ?1 AND mailbox_id = ?2 AND folder = ?3 AND uidvalidity = ?4",
        ] {
            self.execute(forgotten, params![account, mailbox.get(), folder.name, folder.uidvalidity])?;
        }
        self.synced(mailbox);
        Ok(())
    }

    fn move_cursor(&mut self, at: &Place<'_>, live: u32, history: u32) -> Result<()> {
        let moved = self.execute(
            "UPDATE folder SET live_uid = max(live_uid, ?5), history_uid = max(1, min(history_uid, ?6))
             WHERE account_id = ?1 AND mailbox_id = ?2 AND folder = ?3 AND uidvalidity = ?4
                 AND (live_uid < ?5 OR history_uid > ?6)",
            params![self.account().get(), at.mailbox.get(), at.folder, at.uidvalidity, live, history],
        )?;
        if moved > 0 {
            self.synced(at.mailbox);
        }
        Ok(())
    }

    fn begin(&mut self, at: &Place<'_>, uids: &[u32], alone: bool) -> Result<()> {
        for uid in uids {
            self.execute(
                "INSERT INTO fetch_attempt (account_id, mailbox_id, folder, uidvalidity, uid, deaths)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (account_id, mailbox_id, folder, uidvalidity, uid)
                 DO UPDATE SET deaths = deaths + excluded.deaths",
                params![self.account().get(), at.mailbox.get(), at.folder, at.uidvalidity, uid, alone],
            )?;
        }
        self.synced(at.mailbox);
        Ok(())
    }

    /// The mail at this place is dealt with.
    pub(super) fn finished(&self, mailbox: MailboxId, at: &crate::contract::Location) -> Result<()> {
        self.execute(
            "DELETE FROM fetch_attempt WHERE account_id = ?1 AND mailbox_id = ?2 AND folder = ?3
                 AND uidvalidity = ?4 AND uid = ?5",
            params![self.account().get(), mailbox.get(), at.folder, at.uidvalidity, at.uid],
        )?;
        Ok(())
    }

    fn clear_attempts(&mut self, at: &Place<'_>, uids: &[u32], alone: bool) -> Result<()> {
        let sql = if alone {
            "UPDATE fetch_attempt SET deaths = deaths - 1 WHERE account_id = ?1 AND mailbox_id = ?2
                 AND folder = ?3 AND uidvalidity = ?4 AND uid = ?5 AND deaths > 0"
        } else {
            "DELETE FROM fetch_attempt WHERE account_id = ?1 AND mailbox_id = ?2
                 AND folder = ?3 AND uidvalidity = ?4 AND uid = ?5 AND deaths = 0"
        };
        let mut calmed = 0;
        for uid in uids {
            calmed += self.execute(
                sql,
                params![self.account().get(), at.mailbox.get(), at.folder, at.uidvalidity, uid],
            )?;
        }
        if calmed > 0 {
            self.synced(at.mailbox);
        }
        Ok(())
    }

    fn compared(&mut self, at: &Place<'_>, gone: &[u32], back: &[u32], ledger: &Ledger) -> Result<()> {
        let account = self.account().get();
        let present = self.exists_folder(at)?;
        if !present {
            return Ok(());
        }
        let mut news = 0;
        let since = |uid: &u32| (*uid, Some(self.at.millis()));
        for (uid, gone_at) in gone.iter().map(since).chain(back.iter().map(|uid| (*uid, None))) {
            for table in ["message_location", "quarantine_location"] {
                let sql = format!(
                    "UPDATE {table} SET gone_at = ?6 WHERE account_id = ?1 AND mailbox_id = ?2 AND folder = ?3
                         AND uidvalidity = ?4 AND uid = ?5 AND (gone_at IS NULL) != (?6 IS NULL)"
                );
                news += self.execute(
                    &sql,
                    params![account, at.mailbox.get(), at.folder, at.uidvalidity, uid, gone_at],
                )?;
            }
        }
        let held: Option<String> = self
            .statement("SELECT ledger FROM folder WHERE account_id = ?1 AND mailbox_id = ?2 AND folder = ?3")?
            .query_row(params![account, at.mailbox.get(), at.folder], |row| row.get(0))?;
        let before: Option<Ledger> = held.as_deref().and_then(|text| serde_json::from_str(text).ok());
        self.execute(
            "UPDATE folder SET ledger = ?4 WHERE account_id = ?1 AND mailbox_id = ?2 AND folder = ?3",
            params![account, at.mailbox.get(), at.folder, json(ledger)?],
        )?;
        if news > 0 || before != Some(*ledger) {
            self.synced(at.mailbox);
        }
        Ok(())
    }

    fn exists_folder(&self, at: &Place<'_>) -> Result<bool> {
        Ok(self
            .statement(
                "SELECT 1 FROM folder
                 WHERE account_id = ?1 AND mailbox_id = ?2 AND folder = ?3 AND uidvalidity = ?4",
            )?
            .exists(params![self.account().get(), at.mailbox.get(), at.folder, at.uidvalidity])?)
    }

    pub(super) fn renew_token(&mut self, mailbox: MailboxId, token: &str) -> Result<Outcome> {
        self.connected_mailbox(mailbox)?;
        self.seal_secret(mailbox, crate::sqlite::secret::Kind::RefreshToken, token)?;
        self.note(ChangeKind::SecretRenewed, mailbox.get());
        Ok(Outcome::Done)
    }
}

fn json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(unreadable)
}

fn unreadable(error: serde_json::Error) -> Failure {
    StoreError::Engine(error.to_string()).into()
}
