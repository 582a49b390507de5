//! Undoing that a person put an untracked message, and its thread, into a conversation.
//!
//! Owns what is kept of a message while it is attached. The conversation becomes what it would be if the messages had never
//! been in it; mail that has come into it since stays.

use crewbox_core::change::ChangeKind;
use crewbox_core::id::{ConversationId, MessageId, Seq};
use rusqlite::{OptionalExtension as _, params};

use super::{Apply, Draft};
use crate::contract::{Outcome, StoreError, Thing};
use crate::sqlite::codec;
use crate::sqlite::failure::{Result, not_found};

/// What is kept. Parameters: account, message, the message that was attached by hand, conversation, now.
const KEEP: &str = "INSERT OR REPLACE INTO attached (account_id, message_id, first_id, conversation_id, since, reason,
         stats_id, mailbox_id, backfill, at, refs, listed, failed_recipients)
     SELECT m.account_id, m.message_id, ?3, ?4, ?5, m.reason, m.stats_id, m.mailbox_id, m.backfill, u.at, u.refs,
         u.listed, u.failed_recipients
     FROM message m JOIN untracked u ON u.account_id = m.account_id AND u.message_id = m.message_id
     WHERE m.account_id = ?1 AND m.message_id = ?2";

/// Gives it back, in this order. Parameters: account, message.
const GIVE_BACK: [&str; 3] = [
    "UPDATE message SET conversation_id = NULL, joined_at = NULL, about_another = 0,
         (reason, stats_id, mailbox_id, backfill) = (SELECT reason, stats_id, mailbox_id, backfill FROM attached a
             WHERE a.account_id = ?1 AND a.message_id = ?2)
     WHERE account_id = ?1 AND message_id = ?2",
    "INSERT OR REPLACE INTO untracked (account_id, message_id, at, refs, listed, failed_recipients)
     SELECT account_id, message_id, at, refs, listed, failed_recipients FROM attached
     WHERE account_id = ?1 AND message_id = ?2",
    "DELETE FROM attached WHERE account_id = ?1 AND message_id = ?2",
];

/// The change that put a message into a conversation.
struct Attached {
    conversation: ConversationId,
    message: MessageId,
    at: i64,
}

impl Apply<'_> {
    /// Keeps what an untracked message is, before it comes into a conversation because `first` was attached by hand.
    pub(super) fn keep_attached(
        &self,
        message: MessageId,
        first: MessageId,
        conversation: ConversationId,
    ) -> Result<()> {
        let account = self.account().get();
        self.execute(
            KEEP,
            params![account, message.get(), first.get(), conversation.get(), self.at.millis()],
        )?;
        Ok(())
    }

    pub(super) fn unattach(&mut self, change: Seq) -> Result<Outcome> {
        let attached = self.attached_by(change)?;
        let (account, conversation) = (self.account().get(), attached.conversation);
        let messages = self.attached_with(&attached, change)?;
        if messages.is_empty() {
            return Ok(Outcome::Count(0));
        }
        let before = self.joined(conversation)?;
        for message in &messages {
            let refs: Vec<String> = self
                .statement("SELECT refs FROM attached WHERE account_id = ?1 AND message_id = ?2")?
                .query_row(params![account, message.get()], |row| codec::listed(row, 0))?;
            for step in GIVE_BACK {
                self.execute(step, params![account, message.get()])?;
            }
            self.keep_references(*message, &refs)?;
        }
        // Whoever has become a participant by it.
        self.execute(
            "DELETE FROM participant WHERE account_id = ?1 AND conversation_id = ?2 AND since = ?3",
            params![account, conversation.get(), attached.at],
        )?;
        let mut detail = self.revise(conversation, &before)?;
        for message in &messages {
            self.drafts.push(Draft {
                kind: ChangeKind::MessageDetached,
                conversation: Some(conversation),
                subject: Some(message.get()),
                detail: std::mem::take(&mut detail),
            });
        }
        Ok(Outcome::Count(messages.len() as u64))
    }

    fn attached_by(&self, change: Seq) -> Result<Attached> {
        let found = self
            .statement(
                "SELECT conversation_id, subject_id, at FROM change_log
                 WHERE account_id = ?1 AND seq = ?2 AND kind = 'message_attached' AND conversation_id IS NOT NULL",
            )?
            .query_row(params![self.account().get(), change.0], |row| {
                let (conversation, message) = (ConversationId(row.get(0)?), MessageId(row.get(1)?));
                Ok(Attached { conversation, message, at: row.get(2)? })
            })
            .optional()?;
        // Untracked mail is the whole account's.
        found.filter(|_| self.scope.client().is_none()).ok_or_else(|| not_found(Thing::Change, change.0))
    }

    /// The messages that a change put into the conversation: one that was attached by hand with those that followed it then.
    fn attached_with(&self, attached: &Attached, change: Seq) -> Result<Vec<MessageId>> {
        let Attached { conversation, message, at } = *attached;
        let found: Vec<(MessageId, Option<ConversationId>)> = self
            .statement(
                "SELECT a.message_id, m.conversation_id FROM attached a
                 JOIN message m ON m.account_id = a.account_id AND m.message_id = a.message_id
                 WHERE a.account_id = ?1 AND (a.first_id = ?2 OR a.message_id = ?2) AND a.conversation_id = ?3
                     AND a.since = ?4
                 ORDER BY a.message_id != ?2, a.message_id",
            )?
            .query_map(params![self.account().get(), message.get(), conversation.get(), at], |row| {
                Ok((MessageId(row.get(0)?), codec::id(row, 1)?))
            })?
            .collect::<rusqlite::Result<_>>()?;
        if !found.iter().any(|(id, _)| *id == message) {
            return match self.loose(message)? {
                None => Err(not_found(Thing::Message, message.get())),
                Some(loose) if loose.conversation.is_none() => Ok(Vec::new()),
                // An earlier version attached it, or it was attached again.
                Some(_) => Err(not_found(Thing::Change, change.0)),
            };
        }
        let elsewhere = found.iter().find(|(_, there)| *there != Some(conversation));
        match elsewhere {
            Some((moved, _)) => Err(StoreError::NotFound(Thing::Message, moved.get()).into()),
            None => Ok(found.into_iter().map(|(id, _)| id).collect()),
        }
    }
}
