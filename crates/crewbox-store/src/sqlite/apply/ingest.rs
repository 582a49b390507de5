//! Taking a message in: the same message or a new one, its place, its rows, and what it does to its
//! conversation. What we sent ourselves is known again here, wherever a copy of it turns up.

use crewbox_core::change::ChangeKind;
use crewbox_core::conversation::{Edit, MessageFacts};
use crewbox_core::duplicate::{self, Deleted, Stored};
use crewbox_core::id::{AccountId, ConversationId, MailboxId, MessageId};
use crewbox_core::message::{Class, Direction, Mail, Verdict, derived_id};
use crewbox_core::threading::{Participant, Placement, is_about_another};
use crewbox_core::time::Timestamp;
use rusqlite::{OptionalExtension as _, Row, params};
use sha2::{Digest as _, Sha256};

use super::{Apply, Draft};
use crate::contract::{Ingested, Location, Outcome};
use crate::sqlite::blob::{Bytes, ReadyBlob};
use crate::sqlite::codec::{self, Named as _};
use crate::sqlite::failure::{Result, io};
use crate::sqlite::ids::Table;
use crate::sqlite::prepare::{MailColumns, ReadyIngest};

/// Where a new message goes.
struct Place {
    conversation: Option<ConversationId>,
    reason: String,
    stats_id: Option<String>,
    participants: Vec<Participant>,
}

impl Apply<'_> {
    pub(super) fn ingest(&mut self, ready: &ReadyIngest) -> Result<Outcome> {
        let (ingest, mail) = (&ready.ingest, &ready.ingest.mail);
        if let Some(location) = &ingest.location {
            self.finished(ingest.mailbox, location)?;
        }
        let sent = match mail.direction {
            Direction::Outbound => self.sent_record(mail, ready.columns.rfc_hash, ingest.mailbox)?,
            Direction::Inbound => None,
        };
        let held = match self.held(mail, &ready.columns)? {
            None => sent.as_ref().map(|sent| self.sent_before(sent)).transpose()?.flatten(),
            found => found,
        };
        if let Some(mut held) = held {
            self.repair_blob(&ready.blob)?;
            if let Some(location) = &ingest.location {
                self.locate_again(&held, ingest.mailbox, location)?;
            }
            if let Some(sent) = &sent {
                self.settle(sent, held.message)?;
            }
            if held.conversation.is_none()
                && (held.direction, mail.direction) == (Direction::Inbound, Direction::Inbound)
            {
                held.conversation = self.place_copy(held.message, ingest)?;
            }
            return Ok(Outcome::Ingested(held));
        }
        let mut facts = self.facts(mail, ingest.mailbox)?;
        facts.sent = sent.as_ref().map(|sent| (sent.conversation, sent.stats_id.clone()));
        let verdict = self.verdict(mail, &facts)?;
        let place = Place::of((ingest.place)(mail, &facts));
        let mut conversation = place.conversation.map(|id| self.load(id)).transpose()?;
        let about_another = match &conversation {
            Some(conversation) => is_about_another(&mail.failed_recipients, &self.lead_email(conversation)?),
            None => false,
        };
        let id = MessageId(self.next_id(Table::MESSAGE)?);
        self.insert_blob(&ready.blob)?;
        self.insert_message(id, ready, &place, verdict, about_another)?;
        if let Some(location) = &ingest.location {
            self.locate(id, ingest.mailbox, location)?;
        }
        match &mut conversation {
            Some(conversation) => {
                self.remember(conversation, &place.participants)?;
                let facts = MessageFacts {
                    id,
                    direction: mail.direction,
                    class: verdict.class,
                    at: mail.at,
                    mailbox: Some(ingest.mailbox),
                    about_another,
                };
                self.react(conversation, &Edit::Message { facts, arrival: ingest.arrival })?;
                let conversation = conversation.id;
                self.draw(id, conversation, ingest)?;
            }
            None => {
                self.note(ChangeKind::MessageUntracked, id.get());
                self.keep_untracked(id, mail)?;
            }
        }
        if let Some(sent) = &sent {
            self.settle(sent, id)?;
        }
        Ok(Outcome::Ingested(Ingested {
            message: id,
            direction: mail.direction,
            conversation: place.conversation,
            duplicate: false,
        }))
    }

    /// The same message, if it is held, or was and has been deleted: deleted mail does not come back, and its
    /// tombstone answers as the duplicate it is, with the id the message had. What is the same, [`duplicate`] says.
    fn held(&self, mail: &Mail, columns: &MailColumns) -> Result<Option<Ingested>> {
        if let Some(message) = self.deleted_before(mail, columns)? {
            let direction = mail.direction;
            return Ok(Some(Ingested { message, direction, conversation: None, duplicate: true }));
        }
        let mut statement = self.statement(
            "SELECT message_id, direction, conversation_id, content, digest, files_digest, attachments FROM message
             WHERE account_id = ?1 AND rfc_hash = ?2 AND rfc_id = ?3 ORDER BY message_id",
        )?;
        let mut rows = statement.query(params![self.account().get(), columns.rfc_hash, mail.message_id])?;
        while let Some(row) = rows.next()? {
            let stored = Stored {
                content: row.get(3)?,
                digest: row.get(4)?,
                files_digest: row.get(5)?,
                same_attachment_list: row.get_ref(6)?.as_str().is_ok_and(|list| list == columns.attachments),
                direction: codec::named(row, 1)?,
            };
            if duplicate::is_stored(mail, &stored) {
                return Ok(Some(held(row)?));
            }
        }
        if mail.own_message_id { self.held_without_id(mail) } else { Ok(None) }
    }

    /// The id that this mail had before it was deleted.
    fn deleted_before(&self, mail: &Mail, columns: &MailColumns) -> Result<Option<MessageId>> {
        let mut statement = self.statement(
            "SELECT message_id, content, digest, files_digest, direction FROM tombstone
             WHERE account_id = ?1 AND content = ?2
             UNION ALL SELECT message_id, content, digest, files_digest, direction FROM tombstone
             WHERE account_id = ?1 AND rfc_hash = ?3",
        )?;
        let mut rows = statement.query(params![self.account().get(), mail.content, columns.rfc_hash])?;
        while let Some(row) = rows.next()? {
            let deleted = Deleted {
                content: row.get(1)?,
                digest: row.get(2)?,
                files_digest: row.get(3)?,
                direction: codec::maybe_named(row, 4)?,
            };
            if duplicate::is_deleted(mail, &deleted) {
                return Ok(Some(MessageId(row.get(0)?)));
            }
        }
        Ok(None)
    }

    /// The same bytes, stored by a version that did not find their Message-ID, under the id derived from them.
    fn held_without_id(&self, mail: &Mail) -> Result<Option<Ingested>> {
        let id = derived_id(&mail.content);
        Ok(self
            .statement(
                "SELECT message_id, direction, conversation_id FROM message
                 WHERE account_id = ?1 AND rfc_hash = ?2 AND rfc_id = ?3 AND content = ?4
                 ORDER BY message_id LIMIT 1",
            )?
            .query_row(params![self.account().get(), codec::rfc_hash(&id), id, mail.content], held)
            .optional()?)
    }

    pub(super) fn locate_again(
        &mut self,
        held: &Ingested,
        mailbox: MailboxId,
        location: &Location,
    ) -> Result<()> {
        self.seen_mailbox(mailbox)?;
        if self.locate(held.message, mailbox, location)? {
            self.drafts.push(Draft {
                kind: ChangeKind::MessageLocated,
                conversation: held.conversation,
                subject: Some(held.message.get()),
                detail: Vec::new(),
            });
        }
        Ok(())
    }

    /// Whether the place is news. A server that used a UID again, under the same UIDVALIDITY, is believed: the
    /// place is the newer message's, and the older one stays held.
    fn locate(&self, message: MessageId, mailbox: MailboxId, location: &Location) -> Result<bool> {
        let added = self.execute(
            "INSERT INTO message_location (account_id, mailbox_id, folder, uidvalidity, uid, message_id)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (account_id, mailbox_id, folder, uidvalidity, uid)
             DO UPDATE SET message_id = excluded.message_id, gone_at = NULL
             WHERE message_id != excluded.message_id OR gone_at IS NOT NULL",
            params![
                self.account().get(),
                mailbox.get(),
                location.folder,
                location.uidvalidity,
                location.uid,
                message.get()
            ],
        )?;
        if added > 0 {
            self.enter(mailbox, location, "held")?;
        }
        Ok(added > 0)
    }

    /// Keeps the folder's figures true between two comparisons: a mail at or below the live cursor was missing until
    /// now, one above it is new on the server, too. `as_what` is the figure it adds to.
    pub(super) fn enter(&self, mailbox: MailboxId, at: &Location, as_what: &str) -> Result<()> {
        let figure = format!("$.{as_what}");
        self.execute(
            "UPDATE folder SET ledger = json_set(ledger,
                 ?6, json_extract(ledger, ?6) + 1,
                 '$.server', json_extract(ledger, '$.server') + (live_uid < ?5),
                 '$.missing', max(0, json_extract(ledger, '$.missing') - (live_uid >= ?5)))
             WHERE account_id = ?1 AND mailbox_id = ?2 AND folder = ?3 AND uidvalidity = ?4
                 AND ledger IS NOT NULL",
            params![self.account().get(), mailbox.get(), at.folder, at.uidvalidity, at.uid, figure],
        )?;
        Ok(())
    }

    /// The sweep runs in transactions, too: a file that is there now stays there until the row is.
    pub(super) fn insert_blob(&self, blob: &ReadyBlob) -> Result<()> {
        if let Bytes::File(file) = &blob.bytes {
            let doing = || "looking for the file of a large mail before its row is written".to_owned();
            std::fs::metadata(file).map_err(|source| io(file, doing, source))?;
        }
        self.execute(
            "INSERT OR IGNORE INTO blob (account_id, content, size, data) VALUES (?1, ?2, ?3, ?4)",
            params![self.account().get(), blob.content, blob.size, blob.data()],
        )?;
        self.repair_blob(blob)
    }

    /// Replaces what the row has of these bytes where it differs: they came in again, so damage heals. The file of a
    /// large mail was written again already. No change of the log says so, because the mail is what it was.
    pub(super) fn repair_blob(&self, blob: &ReadyBlob) -> Result<()> {
        self.execute(
            "UPDATE blob SET size = ?3, data = ?4 WHERE account_id = ?1 AND content = ?2
             AND (size IS NOT ?3 OR data IS NOT ?4)",
            params![self.account().get(), blob.content, blob.size, blob.data()],
        )?;
        Ok(())
    }

    fn insert_message(
        &self,
        id: MessageId,
        ready: &ReadyIngest,
        place: &Place,
        verdict: &Verdict,
        about_another: bool,
    ) -> Result<()> {
        let (mail, columns, account) = (&ready.ingest.mail, &ready.columns, self.account());
        let stats_id = place.stats_id.clone().unwrap_or_else(|| fresh_stats_id(account, id));
        self.execute(
            "INSERT INTO message (account_id, message_id, conversation_id, mailbox_id, rfc_id, rfc_hash, digest,
                 content, stats_id, direction, class, evidence, reason, from_name, from_email, to_list, cc_list,
                 subject, at, returns_at, folds, attachments, size, decoded_lossy, notice, backfill, suspected,
                 joined_at, about_another, files_digest)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
                 ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30)",
            params![
                account.get(),
                id.get(),
                place.conversation.map(ConversationId::get),
                ready.ingest.mailbox.get(),
                mail.message_id,
                columns.rfc_hash,
                mail.digest,
                mail.content,
                stats_id,
                mail.direction.name(),
                verdict.class.name(),
                verdict.evidence,
                place.reason,
                mail.from.name,
                mail.from.email,
                columns.to,
                columns.cc,
                mail.subject,
                mail.at.millis(),
                verdict.returns_at.map(Timestamp::millis),
                columns.folds,
                columns.attachments,
                mail.size,
                mail.decoded_lossy,
                mail.notice,
                codec::arrival_number(ready.ingest.arrival),
                verdict.suspected.map(Class::name),
                self.at.millis(),
                about_another,
                mail.files_digest
            ],
        )?;
        self.execute(
            "INSERT INTO message_body (account_id, message_id, body_text, body_html, sanitiser)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            params![account.get(), id.get(), mail.text, mail.html, mail.sanitiser],
        )?;
        Ok(())
    }
}

/// A held message, of a row with its id, direction and conversation.
fn held(row: &Row<'_>) -> rusqlite::Result<Ingested> {
    Ok(Ingested {
        message: MessageId(row.get(0)?),
        direction: codec::named(row, 1)?,
        conversation: codec::id(row, 2)?,
        duplicate: true,
    })
}

impl Place {
    fn of(placement: Placement) -> Self {
        match placement {
            Placement::Joins { conversation, reason, participants, stats_id } => {
                Self { conversation: Some(conversation), reason, stats_id, participants }
            }
            Placement::Untracked { reason } => {
                Self { conversation: None, reason, stats_id: None, participants: Vec::new() }
            }
        }
    }
}

/// A `stats_id` in a UUID's form, derived from what never repeats, so that no randomness is needed.
fn fresh_stats_id(account: AccountId, message: MessageId) -> String {
    stats_id(&format!("stats/{account}/{message}"))
}

/// The `stats_id` made of this label, which is used once.
pub(super) fn stats_id(label: &str) -> String {
    let digest = Sha256::digest(label.as_bytes());
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    // RFC 9562: version 8 (custom), variant 10.
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let number = u128::from_be_bytes(bytes);
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        number >> 96,
        number >> 80 & 0xffff,
        number >> 64 & 0xffff,
        number >> 48 & 0xffff,
        number & 0xffff_ffff_ffff
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_stats_id_looks_like_a_uuid_and_is_the_messages_own() {
        let id = fresh_stats_id(AccountId(1), MessageId(2));
        assert_eq!(id.len(), 36);
        assert_eq!(id.as_bytes()[14], b'8', "version: {id}");
        assert_eq!(id, fresh_stats_id(AccountId(1), MessageId(2)));
        assert_ne!(id, fresh_stats_id(AccountId(12), MessageId(2)));
    }
}
