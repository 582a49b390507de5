//! A message whose class turns out to be another one: a person says so, or it is read again by better rules. Its
//! conversation becomes what it would be if the class had been right from the start.
//!
//! Gathers the conversation's past; what follows from it is the core's to say.

use crewbox_core::change::{ChangeKind, Delta, Field};
use crewbox_core::conversation::MessageFacts;
use crewbox_core::conversation::replay::{Edited, Joined, edit_of};
use crewbox_core::id::{ConversationId, MailboxId, MessageId};
use crewbox_core::message::{Class, Direction, Mail, Verdict};
use crewbox_core::time::Timestamp;
use rusqlite::{OptionalExtension as _, params};

use super::{Apply, Draft};
use crate::contract::{Outcome, Thing};
use crate::sqlite::codec::{self, Named as _};
use crate::sqlite::failure::{Result, not_found};

/// What decided the class then. Names nobody: evidence stays when a person is erased, and the log says who it was.
const EVIDENCE: &str = "A member set the class.";

/// The messages of a conversation in the order in which they joined it. Parameters: account, conversation.
const MESSAGES: &str = "SELECT message_id, direction, class, at, mailbox_id, about_another, backfill,
         coalesce(joined_at, at) AS joined
     FROM message WHERE account_id = ?1 AND conversation_id = ?2 ORDER BY joined, message_id";

/// What people did to it, in order. Parameters likewise. The kinds are [`REPLAYED`] as the index has them.
///
/// [`REPLAYED`]: crewbox_core::conversation::replay::REPLAYED
pub(in crate::sqlite) const EDITS: &str = "SELECT at, kind, detail FROM change_log
     WHERE account_id = ?1 AND conversation_id = ?2
         AND kind IN ('read_changed', 'category_changed', 'archived_changed', 'snooze_changed')
     ORDER BY seq";

/// A message whose class a person may set.
struct Correctable {
    conversation: Option<ConversationId>,
    class: Class,
    corrected_at: Option<Timestamp>,
    mailbox: Option<MailboxId>,
}

impl Apply<'_> {
    pub(super) fn correct_class(&mut self, id: MessageId, class: Class) -> Result<Outcome> {
        let Correctable { conversation, class: was, corrected_at, .. } = self.correctable(id)?;
        if let Some(at) = corrected_at.filter(|_| was == class) {
            return Ok(Outcome::Corrected { conversation, at });
        }
        let verdict = Verdict::of(class, EVIDENCE.to_owned());
        self.judge(id, conversation, was, &verdict, ChangeKind::ClassCorrected)?;
        Ok(Outcome::Corrected { conversation, at: self.at })
    }

    /// The class becomes what the message's reading says.
    pub(super) fn end_correction(&mut self, id: MessageId, mail: &Mail) -> Result<Outcome> {
        let Correctable { conversation, class: was, corrected_at, mailbox } = self.correctable(id)?;
        if corrected_at.is_none() {
            return Ok(Outcome::CorrectionEnded { conversation, class: was });
        }
        let verdict = self.settled(mail, mailbox)?;
        self.judge(id, conversation, was, verdict, ChangeKind::ClassCorrectionEnded)?;
        Ok(Outcome::CorrectionEnded { conversation, class: verdict.class })
    }

    /// A message that came in and that the scope may see.
    fn correctable(&self, id: MessageId) -> Result<Correctable> {
        let gone = || not_found(Thing::Message, id.get());
        let found = self
            .statement(
                "SELECT conversation_id, class, nullif(corrected_at, 0), mailbox_id FROM message
                 WHERE account_id = ?1 AND message_id = ?2 AND direction = ?3",
            )?
            .query_row(params![self.account().get(), id.get(), Direction::Inbound.name()], |row| {
                Ok(Correctable {
                    conversation: codec::id(row, 0)?,
                    class: codec::named(row, 1)?,
                    corrected_at: codec::time(row, 2)?,
                    mailbox: codec::id(row, 3)?,
                })
            })
            .optional()?
            .ok_or_else(gone)?;
        let is_seen = match found.conversation {
            Some(conversation) => self.scope.sees(self.load(conversation)?.client),
            // Untracked mail is nobody's but the account's.
            None => self.scope.client().is_none(),
        };
        if is_seen { Ok(found) } else { Err(gone()) }
    }

    /// Gives a message another verdict, by a person or by its reading again, and computes its conversation again.
    fn judge(
        &mut self,
        id: MessageId,
        conversation: Option<ConversationId>,
        was: Class,
        verdict: &Verdict,
        kind: ChangeKind,
    ) -> Result<()> {
        let before = conversation.map(|conversation| self.joined(conversation)).transpose()?;
        let corrected_at = if kind == ChangeKind::ClassCorrected { self.at.millis() } else { 0 };
        self.execute(
            "UPDATE message SET class = ?3, evidence = ?4, suspected = ?5, corrected_at = ?6
             WHERE account_id = ?1 AND message_id = ?2",
            params![
                self.account().get(),
                id.get(),
                verdict.class.name(),
                verdict.evidence,
                verdict.suspected.map(Class::name),
                corrected_at
            ],
        )?;
        let (before_class, after_class) = (Some(was.number()), Some(verdict.class.number()));
        let mut detail = vec![Delta { field: Field::Class, before: before_class, after: after_class }];
        if let Some((conversation, before)) = conversation.zip(before) {
            detail.extend(self.revise(conversation, &before)?);
        }
        self.drafts.push(Draft { kind, conversation, subject: Some(id.get()), detail });
        Ok(())
    }

    /// Puts a conversation right after its messages were `before` and are now what their rows say. What changed of it;
    /// the caller's change has to carry that.
    pub(super) fn revise(&self, id: ConversationId, before: &[Joined]) -> Result<Vec<Delta>> {
        let (after, edits) = (self.joined(id)?, self.edits(id)?);
        let mut conversation = self.load(id)?;
        let detail = conversation.revise(before, &after, &edits, self.at);
        if !detail.is_empty() {
            self.save(&conversation)?;
        }
        Ok(detail)
    }

    /// A conversation's messages in the order in which they joined it.
    pub(super) fn joined(&self, id: ConversationId) -> Result<Vec<Joined>> {
        Ok(self
            .statement(MESSAGES)?
            .query_map(params![self.account().get(), id.get()], |row| {
                let facts = MessageFacts {
                    id: MessageId(row.get(0)?),
                    direction: codec::named(row, 1)?,
                    class: codec::named(row, 2)?,
                    at: Timestamp(row.get(3)?),
                    mailbox: codec::id(row, 4)?,
                    about_another: row.get(5)?,
                };
                Ok(Joined { facts, arrival: codec::arrival(row, 6)?, at: Timestamp(row.get(7)?) })
            })?
            .collect::<rusqlite::Result<_>>()?)
    }

    pub(super) fn edits(&self, id: ConversationId) -> Result<Vec<Edited>> {
        let logged: Vec<Option<Edited>> = self
            .statement(EDITS)?
            .query_map(params![self.account().get(), id.get()], |row| {
                let at = Timestamp(row.get(0)?);
                let kind = ChangeKind::from_name(row.get_ref(1)?.as_str()?);
                let detail = codec::read_deltas(row, 2)?;
                Ok(kind.and_then(|kind| edit_of(kind, at, &detail)).map(|edit| Edited { at, edit }))
            })?
            .collect::<rusqlite::Result<_>>()?;
        Ok(logged.into_iter().flatten().collect())
    }
}
