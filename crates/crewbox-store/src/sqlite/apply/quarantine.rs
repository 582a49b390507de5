//! Mail that could not be read: kept raw, its places known, and taken in after all when it can be.

use crewbox_core::change::ChangeKind;
use crewbox_core::id::{MailboxId, QuarantineId};
use rusqlite::params;

use super::Apply;
use crate::contract::{Location, Outcome, Thing};
use crate::sqlite::failure::Result;
use crate::sqlite::ids::Table;
use crate::sqlite::prepare::{ReadyIngest, ReadyQuarantine};

impl Apply<'_> {
    pub(super) fn quarantine(&mut self, ready: &ReadyQuarantine) -> Result<Outcome> {
        let account = self.account().get();
        self.seen_mailbox(ready.mailbox)?;
        if let Some(location) = &ready.location {
            self.finished(ready.mailbox, location)?;
        }
        let held = "SELECT quarantine_id FROM quarantine WHERE account_id = ?1 AND content = ?2";
        let (id, new) = match self.find(held, params![account, ready.blob.content])? {
            Some(id) => (id, false),
            None => (self.insert_quarantined(ready)?, true),
        };
        let located = match &ready.location {
            Some(location) => self.locate_quarantined(id, ready.mailbox, location)?,
            None => false,
        };
        if new {
            self.note(ChangeKind::MessageQuarantined, id);
        } else if located {
            self.note(ChangeKind::MessageLocated, id);
        }
        Ok(Outcome::Quarantined(QuarantineId(id)))
    }

    fn insert_quarantined(&mut self, ready: &ReadyQuarantine) -> Result<u64> {
        let id = self.next_id(Table::Quarantine)?;
        self.insert_blob(&ready.blob)?;
        let location = ready.location.as_ref();
        self.execute(
            "INSERT INTO quarantine (account_id, quarantine_id, mailbox_id, folder, uidvalidity, uid, reason,
                 content, size, received_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            params![
                self.account().get(),
                id,
                ready.mailbox.get(),
                location.map(|l| &l.folder),
                location.map(|l| l.uidvalidity),
                location.map(|l| l.uid),
                ready.reason,
                ready.blob.content,
                ready.blob.size,
                self.at.millis()
            ],
        )?;
        Ok(id)
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
        Ok(added > 0)
    }

    /// The mail can be read: it is taken in at every place it was seen at, and its quarantine ends.
    pub(super) fn release(&mut self, id: QuarantineId, ready: &ReadyIngest) -> Result<Outcome> {
        let account = self.account().get();
        self.require(
            Thing::Quarantine,
            "SELECT 1 FROM quarantine WHERE account_id = ?1 AND quarantine_id = ?2",
            id.get(),
        )?;
        self.seen_mailbox(ready.ingest.mailbox)?;
        let outcome = self.ingest(ready)?;
        if let Outcome::Ingested(ingested) = &outcome {
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
        self.note(ChangeKind::QuarantineReleased, id.get());
        Ok(outcome)
    }
}
