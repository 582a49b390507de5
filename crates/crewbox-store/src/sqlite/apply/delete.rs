//! Deleting a conversation, so that it stays deleted: its messages leave tombstones, by content and by identity, so
//! that a server that still has them does not bring them back.
//!
//! Places on servers stay and point at tombstones: the ledger counts them as held, and nothing is fetched again.

use crewbox_core::change::ChangeKind;
use crewbox_core::id::ConversationId;
use rusqlite::params;

use super::{Apply, Draft};
use crate::contract::{Outcome, StoreError, Thing};
use crate::sqlite::failure::{Result, not_found};
use crate::sqlite::ids::Table;

/// What stays of it. Parameters: account, conversation, now.
const BURY: &str = "INSERT OR REPLACE INTO tombstone
         (account_id, content, message_id, at, rfc_hash, digest, files_digest, direction)
     SELECT account_id, content, message_id, ?3, rfc_hash, digest, files_digest, direction FROM message
     WHERE account_id = ?1 AND conversation_id = ?2";

/// What goes, in this order. Parameters: account, conversation.
const CLEAR: &[&str] = &[
    "DELETE FROM message_body WHERE account_id = ?1 AND message_id IN
     (SELECT message_id FROM message WHERE account_id = ?1 AND conversation_id = ?2)",
    // Not the bytes another message or the quarantine has as well; equal bytes have equal Message-IDs.
    "DELETE FROM blob WHERE account_id = ?1 AND content IN
     (SELECT content FROM message WHERE account_id = ?1 AND conversation_id = ?2
      UNION ALL SELECT content FROM outgoing WHERE account_id = ?1 AND conversation_id = ?2)
     AND content NOT IN (SELECT content FROM quarantine WHERE account_id = ?1)
     AND content NOT IN (SELECT content FROM message WHERE account_id = ?1
         AND coalesce(conversation_id, 0) != ?2 AND rfc_hash IN
         (SELECT rfc_hash FROM message WHERE account_id = ?1 AND conversation_id = ?2))",
    "DELETE FROM relay_id WHERE account_id = ?1 AND outgoing_id IN
     (SELECT outgoing_id FROM outgoing WHERE account_id = ?1 AND conversation_id = ?2)",
    "DELETE FROM outgoing WHERE account_id = ?1 AND conversation_id = ?2",
    "DELETE FROM message WHERE account_id = ?1 AND conversation_id = ?2",
    "DELETE FROM participant WHERE account_id = ?1 AND conversation_id = ?2",
    "DELETE FROM conversation WHERE account_id = ?1 AND conversation_id = ?2",
];

impl Apply<'_> {
    pub(super) fn delete_conversation(&mut self, id: ConversationId) -> Result<Outcome> {
        let conversation = self.load(id)?;
        if !self.scope.sees(conversation.client) {
            return Err(not_found(Thing::Conversation, id.get()));
        }
        self.forget_responses()?;
        let (account, id_number) = (self.account().get(), id.get());
        // What is on its way can neither be called back nor forgotten.
        let leaving = self.find(
            "SELECT outgoing_id FROM outgoing WHERE account_id = ?1 AND conversation_id = ?2 AND state = 'sending'",
            params![account, id_number],
        )?;
        if let Some(leaving) = leaving {
            return Err(StoreError::Conflict(Thing::Outgoing, leaving).into());
        }
        self.execute(BURY, params![account, id_number, self.at.millis()])?;
        self.bury_unknown(id)?;
        for step in CLEAR {
            self.execute(step, params![account, id_number])?;
        }
        self.deleted = Some((id, conversation.client));
        self.drafts.push(Draft {
            kind: ChangeKind::ConversationDeleted,
            conversation: Some(id),
            subject: None,
            detail: Vec::new(),
        });
        Ok(Outcome::Done)
    }

    /// What may have left is no message yet, but a copy of it may turn up in Sent. That gets a tombstone too, with an
    /// id of its own.
    fn bury_unknown(&mut self, id: ConversationId) -> Result<()> {
        let account = self.account().get();
        let unknown: Vec<u64> = self
            .statement(
                "SELECT outgoing_id FROM outgoing WHERE account_id = ?1 AND conversation_id = ?2 AND state = 'unknown'",
            )?
            .query_map(params![account, id.get()], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        for outgoing in unknown {
            let message = self.next_id(Table::MESSAGE)?;
            self.execute(
                "INSERT OR REPLACE INTO tombstone
                     (account_id, content, message_id, at, rfc_hash, digest, direction)
                 SELECT account_id, content, ?3, ?4, rfc_hash, NULL, 'outbound' FROM outgoing
                 WHERE account_id = ?1 AND outgoing_id = ?2",
                params![account, outgoing, message, self.at.millis()],
            )?;
        }
        Ok(())
    }
}
