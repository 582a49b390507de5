//! Erasing a person: their leads with all conversations, and their mail elsewhere. The log, ids and tombstones stay, so that
//! a server that still has the mail does not bring it back.
//!
//! All of it is one transaction: after a crash everything is erased or nothing. Files and the search index follow it (the
//! sweep removes files that only a tombstone knows, the search index reads the log).

use crewbox_core::address::{comparison_key, spellings};
use crewbox_core::change::{ChangeKind, Delta};
use crewbox_core::id::{ClientId, ConversationId, LeadId, MailboxId, MessageId, QuarantineId};
use rusqlite::{OptionalExtension as _, params};

use super::{Apply, Draft};
use crate::contract::{Erase, Erased, Outcome, Thing};
use crate::sqlite::codec;
use crate::sqlite::failure::{Result, not_found};
use crate::sqlite::ids::Table;

/// What stays of a message. Parameters: account, message, now.
const BURY: &str = "INSERT OR REPLACE INTO tombstone
         (account_id, content, message_id, at, rfc_hash, digest, files_digest, direction)
     SELECT account_id, content, message_id, ?3, rfc_hash, digest, files_digest, direction FROM message
     WHERE account_id = ?1 AND message_id = ?2";

/// What goes with a message, in this order. Parameters: account, message.
const CLEAR: &[&str] = &[
    "DELETE FROM message_body WHERE account_id = ?1 AND message_id = ?2",
    // Not the bytes that another message has as well; equal bytes have equal Message-IDs.
    "DELETE FROM blob WHERE account_id = ?1
     AND content = (SELECT content FROM message WHERE account_id = ?1 AND message_id = ?2)
     AND content NOT IN (SELECT content FROM quarantine WHERE account_id = ?1)
     AND content NOT IN (SELECT content FROM message WHERE account_id = ?1 AND message_id != ?2 AND rfc_hash =
         (SELECT rfc_hash FROM message WHERE account_id = ?1 AND message_id = ?2))",
    "DELETE FROM untracked WHERE account_id = ?1 AND message_id = ?2",
    "DELETE FROM untracked_reference WHERE account_id = ?1 AND message_id = ?2",
    "DELETE FROM message WHERE account_id = ?1 AND message_id = ?2",
];

/// What stays of a quarantined mail. Parameters: account, quarantined mail, the message id of its tombstone, now.
const BURY_QUARANTINED: &[&str] = &[
    "INSERT OR REPLACE INTO tombstone (account_id, content, message_id, at, direction)
     SELECT account_id, content, ?3, ?4, direction FROM quarantine WHERE account_id = ?1 AND quarantine_id = ?2",
    "INSERT OR REPLACE INTO message_location (account_id, mailbox_id, folder, uidvalidity, uid, message_id, gone_at)
     SELECT account_id, mailbox_id, folder, uidvalidity, uid, ?3, gone_at FROM quarantine_location
     WHERE account_id = ?1 AND quarantine_id = ?2 AND ?4 IS NOT NULL",
];

/// What goes with it. Parameters: account, quarantined mail. Its bytes are no message's: a mail is in one place.
const CLEAR_QUARANTINED: &[&str] = &[
    "DELETE FROM blob WHERE account_id = ?1
     AND content = (SELECT content FROM quarantine WHERE account_id = ?1 AND quarantine_id = ?2)",
    "DELETE FROM quarantine_location WHERE account_id = ?1 AND quarantine_id = ?2",
    "DELETE FROM quarantine WHERE account_id = ?1 AND quarantine_id = ?2",
];

impl Apply<'_> {
    pub(super) fn erase(&mut self, erase: &Erase) -> Result<Outcome> {
        let address = self.address_of(erase.lead)?;
        let mut erased = Erased::default();
        for lead in self.leads_at(&address)? {
            for conversation in self.conversations_of(lead)? {
                self.count_parts(conversation, &mut erased)?;
                self.delete_conversation(conversation)?;
                self.draft_erased(Some(conversation), None, Vec::new());
                erased.conversations += 1;
            }
            self.execute(
                "DELETE FROM lead WHERE account_id = ?1 AND lead_id = ?2",
                params![self.account().get(), lead.get()],
            )?;
            self.note(ChangeKind::LeadErased, lead.get());
            erased.leads += 1;
        }
        for message in &erase.messages {
            self.erase_message(*message, &mut erased)?;
        }
        for quarantined in &erase.quarantined {
            self.erase_quarantined(*quarantined, &mut erased)?;
        }
        erased.participations = self.forget_participant(&address)?;
        Ok(Outcome::Erased(erased))
    }

    fn address_of(&self, lead: LeadId) -> Result<String> {
        let found: Option<(String, Option<ClientId>)> = self
            .statement("SELECT email, client_id FROM lead WHERE account_id = ?1 AND lead_id = ?2")?
            .query_row(params![self.account().get(), lead.get()], |row| Ok((row.get(0)?, codec::id(row, 1)?)))
            .optional()?;
        let found = found.filter(|(_, client)| self.scope.sees(*client));
        found.map(|(email, _)| email).ok_or_else(|| not_found(Thing::Lead, lead.get()))
    }

    /// The leads with this address, in any of its spellings, that the scope sees.
    fn leads_at(&self, address: &str) -> Result<Vec<LeadId>> {
        let client = self.scope.client().map(ClientId::get);
        let mut leads = Vec::new();
        for spelling in spellings(address) {
            let mut statement = self.statement(
                "SELECT lead_id FROM lead WHERE account_id = ?1 AND email = ?2 AND (?3 IS NULL OR client_id = ?3)",
            )?;
            let found = statement
                .query_map(params![self.account().get(), spelling, client], |row| Ok(LeadId(row.get(0)?)))?;
            for lead in found {
                leads.push(lead?);
            }
        }
        Ok(leads)
    }

    fn conversations_of(&self, lead: LeadId) -> Result<Vec<ConversationId>> {
        Ok(self
            .statement("SELECT conversation_id FROM conversation WHERE account_id = ?1 AND lead_id = ?2")?
            .query_map(params![self.account().get(), lead.get()], |row| Ok(ConversationId(row.get(0)?)))?
            .collect::<rusqlite::Result<_>>()?)
    }

    /// Counts what goes with a conversation.
    fn count_parts(&self, conversation: ConversationId, erased: &mut Erased) -> Result<()> {
        let parts: [(&str, &mut u64); 6] = [
            ("message", &mut erased.messages),
            ("outgoing", &mut erased.outgoing),
            ("note", &mut erased.notes),
            ("task", &mut erased.tasks),
            ("reminder", &mut erased.reminders),
            ("draft", &mut erased.drafts),
        ];
        for (table, count) in parts {
            let sql = format!("SELECT count(*) FROM {table} WHERE account_id = ?1 AND conversation_id = ?2");
            *count += self.find(&sql, params![self.account().get(), conversation.get()])?.unwrap_or_default();
        }
        Ok(())
    }

    /// A message that is in no conversation of the person's: the conversation it is in becomes as if it had never been
    /// there. One that is gone meanwhile is passed over.
    fn erase_message(&mut self, id: MessageId, erased: &mut Erased) -> Result<()> {
        let account = self.account().get();
        let conversation: Option<Option<ConversationId>> = self
            .statement("SELECT conversation_id FROM message WHERE account_id = ?1 AND message_id = ?2")?
            .query_row(params![account, id.get()], |row| codec::id(row, 0))
            .optional()?;
        let Some(conversation) = conversation else { return Ok(()) };
        let is_seen = match conversation {
            Some(conversation) => self.scope.sees(self.load(conversation)?.client),
            None => self.scope.client().is_none(),
        };
        if !is_seen {
            return Err(not_found(Thing::Message, id.get()));
        }
        let before = conversation.map(|conversation| self.joined(conversation)).transpose()?;
        self.execute(BURY, params![account, id.get(), self.at.millis()])?;
        for step in CLEAR {
            self.execute(step, params![account, id.get()])?;
        }
        let detail = match conversation.zip(before) {
            Some((conversation, before)) => self.revise(conversation, &before)?,
            None => Vec::new(),
        };
        *if conversation.is_some() { &mut erased.messages } else { &mut erased.untracked } += 1;
        self.draft_erased(conversation, Some(id), detail);
        Ok(())
    }

    /// A quarantined mail never was a message; its tombstone gets a message id of its own.
    fn erase_quarantined(&mut self, id: QuarantineId, erased: &mut Erased) -> Result<()> {
        let account = self.account().get();
        let mailbox = self.find(
            "SELECT mailbox_id FROM quarantine WHERE account_id = ?1 AND quarantine_id = ?2",
            params![account, id.get()],
        )?;
        let Some(mailbox) = mailbox else { return Ok(()) };
        self.seen_mailbox(MailboxId(mailbox))?;
        let message = self.next_id(Table::MESSAGE)?;
        for step in BURY_QUARANTINED {
            self.execute(step, params![account, id.get(), message, self.at.millis()])?;
        }
        for step in CLEAR_QUARANTINED {
            self.execute(step, params![account, id.get()])?;
        }
        self.note(ChangeKind::QuarantineErased, id.get());
        erased.quarantined += 1;
        Ok(())
    }

    /// Removes the person from the participants of all conversations that the scope sees; of how many.
    fn forget_participant(&self, address: &str) -> Result<u64> {
        let account = self.account().get();
        let address = comparison_key(address);
        let conversations: Vec<ConversationId> = self
            .statement("SELECT conversation_id FROM participant WHERE account_id = ?1 AND email = ?2")?
            .query_map(params![account, address], |row| Ok(ConversationId(row.get(0)?)))?
            .collect::<rusqlite::Result<_>>()?;
        let mut forgotten = 0;
        for conversation in conversations {
            if self.scope.sees(self.load(conversation)?.client) {
                forgotten += self.execute(
                    "DELETE FROM participant WHERE account_id = ?1 AND conversation_id = ?2 AND email = ?3",
                    params![account, conversation.get(), address],
                )? as u64;
            }
        }
        Ok(forgotten)
    }

    fn draft_erased(
        &mut self,
        conversation: Option<ConversationId>,
        message: Option<MessageId>,
        detail: Vec<Delta>,
    ) {
        let subject = message.map(MessageId::get);
        self.drafts.push(Draft { kind: ChangeKind::TextErased, conversation, subject, detail });
    }
}
