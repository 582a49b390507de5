//! Taking a participant out of a conversation because a person says so, and undoing that.
//!
//! What the participant wrote there becomes untracked mail, and their later mail does not come in again. What we sent
//! stays. The log has one change of the conversation, followed by one of each message; undoing goes by these.

use std::collections::HashSet;

use crewbox_core::address::comparison_key;
use crewbox_core::change::{ChangeKind, Delta, Field};
use crewbox_core::conversation::replay::{Edited, Joined};
use crewbox_core::conversation::{Edit, Flags};
use crewbox_core::id::{ConversationId, MessageId, Seq};
use crewbox_core::message::{Direction, Mail};
use crewbox_core::time::Timestamp;
use rusqlite::{OptionalExtension as _, params};

use super::regroup::{is_human_reply, was_unread};
use super::{Apply, Draft};
use crate::contract::{DetachedMail, Outcome, StoreError, Thing};
use crate::sqlite::codec;
use crate::sqlite::failure::{Result, not_found};

const DETACHED: &str =
    "It was taken out of a conversation by hand: its sender does not take part in that one.";
const REATTACHED: &str = "Its sender was detached from this conversation by hand, and that was undone.";

impl Apply<'_> {
    pub(super) fn detach(
        &mut self,
        from: ConversationId,
        email: &str,
        mails: &[DetachedMail],
    ) -> Result<Outcome> {
        let account = self.account().get();
        let conversation = self.seen(from)?;
        let email = comparison_key(email);
        if email == comparison_key(&self.lead_email(&conversation)?) {
            return Err(StoreError::Conflict(Thing::Lead, conversation.lead.get()).into());
        }
        let detached = self.execute(
            "UPDATE participant SET detached_at = ?4
             WHERE account_id = ?1 AND conversation_id = ?2 AND email = ?3 AND detached_at IS NULL",
            params![account, from.get(), email, self.at.millis()],
        )?;
        if detached == 0 {
            return Ok(Outcome::Moved { conversation: from, messages: 0 });
        }
        let before = self.joined(from)?;
        let messages = self.written_by(from, &email)?;
        for message in &messages {
            self.make_untracked(*message, mails)?;
        }
        let unread = conversation.flags.has(Flags::UNREAD)
            && has_unread_reply(&self.joined(from)?, &self.edits(from)?);
        let detail = self.regroup(from, &before, unread)?;
        let count = messages.len() as u64;
        self.draft_moves(ChangeKind::ParticipantDetached, from, count, detail);
        for message in messages {
            self.drafts.push(Draft {
                kind: ChangeKind::MessageDetached,
                conversation: Some(from),
                subject: Some(message.get()),
                detail: Vec::new(),
            });
        }
        Ok(Outcome::Moved { conversation: from, messages: count })
    }

    pub(super) fn reattach(&mut self, change: Seq) -> Result<Outcome> {
        let account = self.account().get();
        let (at, from, detail): (i64, ConversationId, Vec<Delta>) = self
            .statement(
                "SELECT at, conversation_id, detail FROM change_log WHERE account_id = ?1 AND seq = ?2
                     AND kind = 'participant_detached'",
            )?
            .query_row(params![account, change.0], |row| {
                Ok((row.get(0)?, ConversationId(row.get(1)?), codec::read_deltas(row, 2)?))
            })
            .optional()?
            .ok_or_else(|| not_found(Thing::Change, change.0))?;
        let moved = detail.iter().find(|delta| delta.field == Field::MovedMessages);
        let conversation = self.seen(from)?;
        let before = self.joined(from)?;
        let messages: Vec<MessageId> = self
            .statement(
                "SELECT subject_id FROM change_log WHERE account_id = ?1 AND seq > ?2 AND seq <= ?2 + ?3
                     AND kind = 'message_detached' ORDER BY seq",
            )?
            .query_map(params![account, change.0, moved.and_then(|delta| delta.after).unwrap_or(0)], |row| {
                Ok(MessageId(row.get(0)?))
            })?
            .collect::<rusqlite::Result<_>>()?;
        let there: HashSet<MessageId> = before.iter().map(|joined| joined.facts.id).collect();
        let messages: Vec<MessageId> = messages.into_iter().filter(|id| !there.contains(id)).collect();
        for message in &messages {
            let back = self.execute(
                "UPDATE message SET conversation_id = ?3, reason = ?4
                 WHERE account_id = ?1 AND message_id = ?2 AND conversation_id IS NULL",
                params![account, message.get(), from.get(), REATTACHED],
            )?;
            if back == 0 {
                return Err(not_found(Thing::Message, message.get()));
            }
            self.forget_untracked(*message)?;
        }
        let joins_again = self.execute(
            "UPDATE participant SET detached_at = NULL
             WHERE account_id = ?1 AND conversation_id = ?2 AND detached_at = ?3",
            params![account, from.get(), at],
        )?;
        if joins_again == 0 && messages.is_empty() {
            return Ok(Outcome::Moved { conversation: from, messages: 0 });
        }
        let unread = conversation.flags.has(Flags::UNREAD) || was_unread(&detail) == Some(true);
        let detail = self.regroup(from, &before, unread)?;
        let count = messages.len() as u64;
        self.draft_moves(ChangeKind::ParticipantReattached, from, count, detail);
        for message in messages {
            self.drafts.push(Draft {
                kind: ChangeKind::MessageMoved,
                conversation: Some(from),
                subject: Some(message.get()),
                detail: Vec::new(),
            });
        }
        Ok(Outcome::Moved { conversation: from, messages: count })
    }

    /// Lets an address take part again that a person detached: a person attaches its mail.
    pub(super) fn end_detachment(&self, conversation: ConversationId, email: &str) -> Result<()> {
        self.execute(
            "UPDATE participant SET detached_at = NULL
             WHERE account_id = ?1 AND conversation_id = ?2 AND email = ?3",
            params![self.account().get(), conversation.get(), comparison_key(email)],
        )?;
        Ok(())
    }

    fn draft_moves(&mut self, kind: ChangeKind, of: ConversationId, count: u64, changed: Vec<Delta>) {
        let after = i64::try_from(count).ok();
        let mut detail = vec![Delta { field: Field::MovedMessages, before: Some(0), after }];
        detail.extend(changed);
        self.drafts.push(Draft { kind, conversation: Some(of), subject: None, detail });
    }

    /// What came in from an address, oldest first.
    fn written_by(&self, conversation: ConversationId, email: &str) -> Result<Vec<MessageId>> {
        let mut statement = self.statement(
            "SELECT message_id, from_email FROM message
             WHERE account_id = ?1 AND conversation_id = ?2 AND direction = 'inbound' ORDER BY at, message_id",
        )?;
        let mut rows = statement.query(params![self.account().get(), conversation.get()])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let sender = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
            if comparison_key(sender) == email {
                found.push(MessageId(row.get(0)?));
            }
        }
        Ok(found)
    }

    /// Takes a message out of its conversation. What was not read again of it, such as one that came in meanwhile, names
    /// nothing.
    fn make_untracked(&self, id: MessageId, mails: &[DetachedMail]) -> Result<()> {
        let loose = self.loose(id)?.ok_or_else(|| not_found(Thing::Message, id.get()))?;
        let again = mails.iter().find(|mail| mail.message == id);
        self.execute(
            "UPDATE message SET conversation_id = NULL, reason = ?3 WHERE account_id = ?1 AND message_id = ?2",
            params![self.account().get(), id.get(), DETACHED],
        )?;
        let mail = Mail {
            references: again.map(|mail| mail.references.clone()).unwrap_or_default(),
            failed_recipients: again.map(|mail| mail.failed_recipients.clone()).unwrap_or_default(),
            ..loose.mail.to_mail()
        };
        debug_assert_eq!(mail.direction, Direction::Inbound, "what we sent stays in its conversation");
        self.keep_untracked(id, &mail)
    }
}

/// Whether a reply by a person came in after a person last marked the conversation as read.
fn has_unread_reply(joined: &[Joined], edits: &[Edited]) -> bool {
    let marked = edits.iter().filter(|edited| edited.edit == Edit::Read(true)).map(|edited| edited.at);
    let read_at = marked.max().unwrap_or(Timestamp::MIN);
    joined.iter().any(|joined| is_human_reply(joined) && joined.at > read_at)
}
