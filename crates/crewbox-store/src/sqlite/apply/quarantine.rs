//! Mail that could not be read: kept raw, its places known, and taken in after all when it can be.

use crewbox_core::change::ChangeKind;
use crewbox_core::id::{MailboxId, MessageId, QuarantineId};
use crewbox_core::message::Direction;
use crewbox_core::time::Timestamp;
use rusqlite::{OptionalExtension as _, params};

use super::Apply;
use crate::contract::{Ingested, Location, Outcome, StoreError, Thing};
use crate::sqlite::codec::{self, Named as _};
use crate::sqlite::failure::{Result, not_found};
use crate::sqlite::ids::Table;
use crate::sqlite::prepare::{ReadyIngest, ReadyQuarantine};

impl Apply<'_> {
    pub(super) fn quarantine(&mut self, ready: &ReadyQuarantine) -> Result<Outcome> {
        let account = self.account().get();
        let new = &ready.new;
        self.seen_mailbox(new.mailbox)?;
        if let Some(location) = &new.location {
            self.finished(new.mailbox, location)?;
        }
        let quarantined = "SELECT quarantine_id FROM quarantine WHERE account_id = ?1 AND content = ?2";
        let quarantined = self.find(quarantined, params![account, ready.blob.content])?;
        if quarantined.is_none()
            && let Some(held) = self.held_as_message(ready.blob.content)?
        {
            self.repair_blob(&ready.blob)?;
            if let Some(location) = &new.location {
                self.locate_again(&held, new.mailbox, location)?;
            }
            return Ok(Outcome::Ingested(held));
        }
        let (id, is_new) = match quarantined {
            Some(id) => {
                self.repair_blob(&ready.blob)?;
                (id, false)
            }
            None => (self.insert_quarantined(ready)?, true),
        };
        let located = match &new.location {
            Some(location) => self.locate_quarantined(id, new.mailbox, location)?,
            None => false,
        };
        if is_new {
            self.note(ChangeKind::MessageQuarantined, id);
        } else if located {
            self.note(ChangeKind::MessageLocated, id);
        }
        Ok(Outcome::Quarantined(QuarantineId(id)))
    }

    fn insert_quarantined(&mut self, ready: &ReadyQuarantine) -> Result<u64> {
        let id = self.next_id(Table::QUARANTINE)?;
        self.insert_blob(&ready.blob)?;
        let new = &ready.new;
        let location = new.location.as_ref();
        self.execute(
            "INSERT INTO quarantine (account_id, quarantine_id, mailbox_id, folder, uidvalidity, uid, reason,
                 content, size, received_at, mail_at, backfill, direction, reader)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
            params![
                self.account().get(),
                id,
                new.mailbox.get(),
                location.map(|l| &l.folder),
                location.map(|l| l.uidvalidity),
                location.map(|l| l.uid),
                new.reason,
                ready.blob.content,
                ready.blob.size,
                self.at.millis(),
                new.received_at.map(Timestamp::millis),
                new.backfill,
                new.direction.map(Direction::name),
                new.reader
            ],
        )?;
        Ok(id)
    }

    /// Written down before the mail is read, since the reader may not live to say so.
    pub(super) fn try_quarantined(&mut self, id: QuarantineId, reader: &str) -> Result<Outcome> {
        let before: Option<Option<String>> = self
            .statement("SELECT reader FROM quarantine WHERE account_id = ?1 AND quarantine_id = ?2")?
            .query_row(params![self.account().get(), id.get()], |row| row.get(0))
            .optional()?;
        match before {
            None => Err(not_found(Thing::Quarantine, id.get())),
            Some(None) => Ok(Outcome::Done),
            Some(Some(before)) if before == reader => {
                Err(StoreError::Conflict(Thing::Quarantine, id.get()).into())
            }
            Some(Some(_)) => {
                self.execute(
                    "UPDATE quarantine SET reader = ?3 WHERE account_id = ?1 AND quarantine_id = ?2",
                    params![self.account().get(), id.get(), reader],
                )?;
                self.note(ChangeKind::MessageQuarantined, id.get());
                Ok(Outcome::Done)
            }
        }
    }

    /// Written down after the mail was read, before anything else can fail.
    pub(super) fn survived_quarantined(&mut self, id: QuarantineId) -> Result<Outcome> {
        let cleared = self.execute(
            "UPDATE quarantine SET reader = NULL
             WHERE account_id = ?1 AND quarantine_id = ?2 AND reader IS NOT NULL",
            params![self.account().get(), id.get()],
        )?;
        if cleared > 0 {
            self.note(ChangeKind::MessageQuarantined, id.get());
        }
        Ok(Outcome::Done)
    }

    /// Whether the place is news.
    fn locate_quarantined(&self, id: u64, mailbox: MailboxId, at: &Location) -> Result<bool> {
        let added = self.execute(
            "INSERT INTO quarantine_location (account_id, mailbox_id, folder, uidvalidity, uid, quarantine_id)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (account_id, mailbox_id, folder, uidvalidity, uid)
             DO UPDATE SET quarantine_id = excluded.quarantine_id, gone_at = NULL
             WHERE quarantine_id != excluded.quarantine_id OR gone_at IS NOT NULL",
            params![self.account().get(), mailbox.get(), at.folder, at.uidvalidity, at.uid, id],
        )?;
        if added > 0 {
            self.enter(mailbox, at, "quarantined")?;
        }
        Ok(added > 0)
    }

    /// The mail can be read: it is taken in at every place it was seen at, and its quarantine ends.
    pub(super) fn release(&mut self, id: QuarantineId, ready: &ReadyIngest) -> Result<Outcome> {
        self.require(
            Thing::Quarantine,
            "SELECT 1 FROM quarantine WHERE account_id = ?1 AND quarantine_id = ?2",
            id.get(),
        )?;
        self.seen_mailbox(ready.ingest.mailbox)?;
        let outcome = self.ingest(ready)?;
        self.end_quarantine(id, &outcome, ready)?;
        Ok(outcome)
    }

    /// Takes a mail in. Where the same bytes are in quarantine, they can be read now, and it ends.
    pub(super) fn take_in(&mut self, ready: &ReadyIngest) -> Result<Outcome> {
        let outcome = self.ingest(ready)?;
        let quarantined = self.find(
            "SELECT quarantine_id FROM quarantine WHERE account_id = ?1 AND content = ?2",
            params![self.account().get(), ready.blob.content],
        )?;
        if let Some(id) = quarantined {
            self.end_quarantine(QuarantineId(id), &outcome, ready)?;
        }
        Ok(outcome)
    }

    fn end_quarantine(&mut self, id: QuarantineId, outcome: &Outcome, ready: &ReadyIngest) -> Result<()> {
        let account = self.account().get();
        if let Outcome::Ingested(ingested) = outcome {
            self.execute(
                "INSERT OR REPLACE INTO message_location
                     (account_id, mailbox_id, folder, uidvalidity, uid, message_id, gone_at)
                 SELECT account_id, mailbox_id, folder, uidvalidity, uid, ?3, gone_at FROM quarantine_location
                 WHERE account_id = ?1 AND quarantine_id = ?2",
                params![account, id.get(), ingested.message.get()],
            )?;
        }
        for table in ["quarantine_location", "quarantine"] {
            let sql = format!("DELETE FROM {table} WHERE account_id = ?1 AND quarantine_id = ?2");
            self.execute(&sql, params![account, id.get()])?;
        }
        // It may be a copy of a message that was held already, under other bytes.
        let (content, rfc_hash) = (ready.blob.content, ready.columns.rfc_hash);
        self.execute(
            "DELETE FROM blob WHERE account_id = ?1 AND content = ?2
             AND content NOT IN (SELECT content FROM message WHERE account_id = ?1 AND rfc_hash = ?3)
             AND content NOT IN (SELECT content FROM outgoing WHERE account_id = ?1 AND rfc_hash = ?3)",
            params![account, content, rfc_hash],
        )?;
        self.note(ChangeKind::QuarantineReleased, id.get());
        Ok(())
    }

    /// The message or the tombstone with these bytes. They were read before, so what cannot be read now is held
    /// already.
    fn held_as_message(&self, content: [u8; 32]) -> Result<Option<Ingested>> {
        let account = self.account().get();
        let duplicate = |id: u64, direction, conversation| Ingested {
            message: MessageId(id),
            direction,
            conversation,
            duplicate: true,
        };
        let buried: Option<(u64, Direction)> = self
            .statement(
                "SELECT message_id, coalesce(direction, 'inbound') FROM tombstone
                 WHERE account_id = ?1 AND content = ?2",
            )?
            .query_row(params![account, content], |row| Ok((row.get(0)?, codec::named(row, 1)?)))
            .optional()?;
        if let Some((id, direction)) = buried {
            return Ok(Some(duplicate(id, direction, None)));
        }
        let blob = "SELECT 1 FROM blob WHERE account_id = ?1 AND content = ?2";
        if !self.statement(blob)?.exists(params![account, content])? {
            return Ok(None);
        }
        // Messages have no index by content, and need none: hardly ever is there such a blob.
        Ok(self
            .statement(
                "SELECT message_id, direction, conversation_id FROM message
                 WHERE account_id = ?1 AND content = ?2 ORDER BY message_id LIMIT 1",
            )?
            .query_row(params![account, content], |row| {
                Ok(duplicate(row.get(0)?, codec::named(row, 1)?, codec::id(row, 2)?))
            })
            .optional()?)
    }
}
