//! The outbox: each message on its way out, step by step, and the copies of it that turn up.
//!
//! Owns the rule that a message whose fate is unknown is never queued again, and that whatever is known to have
//! left is one message of its conversation, however many copies of it are seen.

use crewbox_core::change::{ChangeKind, Delta, Field};
use crewbox_core::conversation::Edit;
use crewbox_core::id::{ConversationId, MailboxId, MemberId, MessageId, OutgoingId};
use crewbox_core::message::{Direction, Mail};
use crewbox_core::outgoing::{Move, Outgoing, OutgoingState, SentCopy};
use crewbox_core::time::Timestamp;
use rusqlite::{OptionalExtension as _, params};

use super::ingest::stats_id;
use super::{Apply, Draft};
use crate::contract::{Ingested, NewOutgoing, OutboxStep, Outcome, StoreError, Thing};
use crate::sqlite::blob::ReadyBlob;
use crate::sqlite::codec::{self, Named as _, OUTGOING};
use crate::sqlite::failure::{Failure, Result, not_found};
use crate::sqlite::ids::Table;
use crate::sqlite::prepare::ReadyAccept;
use crate::sqlite::read;

/// What moves with a state.
#[derive(Default)]
struct Moved<'a> {
    next_try: Option<Timestamp>,
    answer: Option<&'a str>,
    /// The try failed for now.
    failed_try: bool,
}

impl Apply<'_> {
    pub(super) fn queue(&mut self, new: &NewOutgoing, blob: &ReadyBlob) -> Result<Outcome> {
        let conversation = self.load(new.conversation)?;
        if !self.scope.sees(conversation.client) {
            return Err(not_found(Thing::Conversation, new.conversation.get()));
        }
        if let Some((id, message_id)) = self.queued_before(new)? {
            return Ok(Outcome::Queued { id, message_id, repeated: true });
        }
        self.connected_mailbox(new.mailbox)?;
        let id = OutgoingId(self.next_id(Table::OUTGOING)?);
        let account = self.account();
        let fresh = || stats_id(&format!("outgoing/{account}/{id}"));
        self.insert_blob(blob)?;
        self.execute(
            "INSERT INTO outgoing (account_id, outgoing_id, conversation_id, mailbox_id, member_id, rfc_id, rfc_hash,
                 reference, stats_id, state, sender, recipients, not_before, scheduled_time, next_try, attempts,
                 copy, content, size, fingerprint, asked, created_at, updated_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'queued', ?10, ?11, ?12, ?13, ?12, 0, 'later', ?14, ?15,
                 ?16, ?17, ?18, ?18)",
            params![
                account.get(),
                id.get(),
                new.conversation.get(),
                new.mailbox.get(),
                self.scope.actor().map(MemberId::get),
                new.message_id,
                codec::rfc_hash(&new.message_id),
                new.reference,
                new.stats_id.clone().unwrap_or_else(fresh),
                new.sender,
                codec::list(&new.recipients),
                new.not_before.millis(),
                new.scheduled_time.map(Timestamp::millis),
                blob.content,
                blob.size,
                new.fingerprint,
                new.asked,
                self.at.millis()
            ],
        )?;
        let detail = self.reschedule(new.conversation)?;
        self.progress(ChangeKind::MessageQueued, new.conversation, id, detail);
        Ok(Outcome::Queued { id, message_id: new.message_id.clone(), repeated: false })
    }

    /// The message a first such call made, unless it has failed or was taken back.
    fn queued_before(&self, new: &NewOutgoing) -> Result<Option<(OutgoingId, String)>> {
        let within = new.fingerprint_holds.map(|holds| self.at.within(holds));
        let before = read::outbox::asked_before(self.db, &self.scope, &new.fingerprint, within.as_ref())?;
        match before {
            Some((id, _, asked)) if asked != new.asked => {
                Err(StoreError::Exists(Thing::Outgoing, id.get()).into())
            }
            found => Ok(found.map(|(id, message_id, _)| (id, message_id))),
        }
    }

    pub(super) fn outbox(&mut self, step: &OutboxStep) -> Result<Outcome> {
        match step {
            OutboxStep::TakeBack(id) => self.move_to(*id, OutgoingState::Cancelled, &Moved::default()),
            OutboxStep::TryAgain(id) => self.try_again(*id),
            OutboxStep::Start(id) => self.move_to(*id, OutgoingState::Sending, &Moved::default()),
            OutboxStep::Later { id, next_try, answer } => {
                let moved = Moved { next_try: Some(*next_try), answer: Some(answer), failed_try: true };
                self.move_to(*id, OutgoingState::Queued, &moved)
            }
            // One that is on its way must not become queued by this.
            OutboxStep::TryNow(id) if self.record(*id)?.state != OutgoingState::Queued => Ok(Outcome::Done),
            OutboxStep::TryNow(id) => {
                let moved = Moved { next_try: Some(self.at), ..Moved::default() };
                self.move_to(*id, OutgoingState::Queued, &moved)
            }
            OutboxStep::Fail(id, answer) => {
                self.move_to(*id, OutgoingState::Failed, &Moved { answer: Some(answer), ..Moved::default() })
            }
            OutboxStep::Lose(id, answer) => {
                self.move_to(*id, OutgoingState::Unknown, &Moved { answer: Some(answer), ..Moved::default() })
            }
            OutboxStep::Copied(id) => self.copied(*id),
            OutboxStep::Queue(_) | OutboxStep::Accept { .. } => {
                Err(StoreError::Engine("an operation was not made ready".to_owned()).into())
            }
        }
    }

    /// A record the scope sees: its conversation's client decides.
    fn record(&self, id: OutgoingId) -> Result<Outgoing> {
        let sql = format!("SELECT {OUTGOING} FROM outgoing o WHERE o.account_id = ?1 AND o.outgoing_id = ?2");
        let found = self
            .statement(&sql)?
            .query_row(params![self.account().get(), id.get()], codec::outgoing)
            .optional()?;
        let missing = || not_found(Thing::Outgoing, id.get());
        let found = found.ok_or_else(missing)?;
        if self.scope.sees(self.load(found.conversation)?.client) { Ok(found) } else { Err(missing()) }
    }

    fn move_to(&mut self, id: OutgoingId, state: OutgoingState, moved: &Moved<'_>) -> Result<Outcome> {
        let record = self.record(id)?;
        match record.state.move_to(state) {
            Move::Allowed => {}
            Move::Already => return Ok(Outcome::Done),
            Move::Conflict => return Err(conflict(id)),
        }
        self.execute(
            "UPDATE outgoing SET state = ?3, next_try = coalesce(?4, next_try), answer = coalesce(?5, answer),
                 attempts = attempts + ?6, updated_at = ?7
             WHERE account_id = ?1 AND outgoing_id = ?2",
            params![
                self.account().get(),
                id.get(),
                state.name(),
                moved.next_try.map(Timestamp::millis),
                moved.answer,
                moved.failed_try,
                self.at.millis()
            ],
        )?;
        let mut detail = self.reschedule(record.conversation)?;
        let kind = if state == OutgoingState::Cancelled {
            ChangeKind::MessageTakenBack
        } else {
            ChangeKind::MessageProgressed
        };
        detail.push(state_delta(record.state, state));
        self.progress(kind, record.conversation, id, detail);
        Ok(Outcome::Done)
    }

    /// A message that failed was given to nobody, so that sending it again sends it once.
    fn try_again(&mut self, id: OutgoingId) -> Result<Outcome> {
        let record = self.record(id)?;
        if !read::outbox::is_failed(self.db, &self.scope, id)? {
            return Err(conflict(id));
        }
        self.execute(
            "UPDATE outgoing SET state = 'queued', next_try = ?3, attempts = 0, updated_at = ?3
             WHERE account_id = ?1 AND outgoing_id = ?2",
            params![self.account().get(), id.get(), self.at.millis()],
        )?;
        let mut detail = self.reschedule(record.conversation)?;
        detail.push(state_delta(record.state, OutgoingState::Queued));
        self.progress(ChangeKind::MessageProgressed, record.conversation, id, detail);
        Ok(Outcome::Done)
    }

    fn progress(
        &mut self,
        kind: ChangeKind,
        conversation: ConversationId,
        id: OutgoingId,
        detail: Vec<Delta>,
    ) {
        self.drafts.push(Draft { kind, conversation: Some(conversation), subject: Some(id.get()), detail });
    }

    /// Puts the conversation's earliest scheduled time right; what that changed.
    fn reschedule(&mut self, conversation: ConversationId) -> Result<Vec<Delta>> {
        let earliest: Option<i64> = self
            .statement(
                "SELECT min(scheduled_time) FROM outgoing
                 WHERE account_id = ?1 AND conversation_id = ?2 AND state = 'queued'",
            )?
            .query_row(params![self.account().get(), conversation.get()], |row| row.get(0))?;
        let mut conversation = self.load(conversation)?;
        let detail = conversation.apply(&Edit::Scheduled(earliest.map(Timestamp)), self.at);
        if !detail.is_empty() {
            self.save(&conversation)?;
        }
        Ok(detail)
    }

    fn copied(&mut self, id: OutgoingId) -> Result<Outcome> {
        let record = self.record(id)?;
        if record.copy == SentCopy::Wanted {
            self.set_copy(id, SentCopy::Done)?;
            self.progress(ChangeKind::MessageProgressed, record.conversation, id, Vec::new());
        }
        Ok(Outcome::Done)
    }

    fn set_copy(&self, id: OutgoingId, copy: SentCopy) -> Result<()> {
        self.execute(
            "UPDATE outgoing SET copy = ?3 WHERE account_id = ?1 AND outgoing_id = ?2",
            params![self.account().get(), id.get(), copy.name()],
        )?;
        Ok(())
    }

    pub(super) fn accept(&mut self, ready: &ReadyAccept) -> Result<Outcome> {
        let record = self.record(ready.id)?;
        let seen_before = match record.state.move_to(OutgoingState::Accepted) {
            Move::Allowed => false,
            Move::Already => true,
            Move::Conflict => return Err(conflict(ready.id)),
        };
        if ready.ingest.ingest.mail.direction != Direction::Outbound
            || ready.ingest.ingest.mail.message_id != record.message_id
        {
            return Err(StoreError::Engine("an accepted message is not the one queued".to_owned()).into());
        }
        for relay_id in &ready.relay_ids {
            self.execute(
                "INSERT OR IGNORE INTO relay_id (account_id, id_hash, relay_id, outgoing_id) VALUES (?1, ?2, ?3, ?4)",
                params![self.account().get(), codec::rfc_hash(relay_id), relay_id, ready.id.get()],
            )?;
        }
        // Accepted twice, or a copy in Sent was quicker: all that is known of it is written, and its copy is as it was.
        if seen_before && let Some(held) = self.sent_before(&record)? {
            return Ok(Outcome::Ingested(held));
        }
        let outcome = self.ingest(&ready.ingest)?;
        if seen_before {
            return Ok(outcome);
        }
        if ready.copy {
            self.set_copy(ready.id, SentCopy::Wanted)?;
        }
        self.execute(
            "UPDATE outgoing SET answer = ?3 WHERE account_id = ?1 AND outgoing_id = ?2",
            params![self.account().get(), ready.id.get(), ready.answer],
        )?;
        Ok(outcome)
    }

    /// The outbox's record of a mail that looks like one we sent: by its Message-ID, or by the reference in
    /// its header where a provider wrote another Message-ID over ours. Only through the mailbox it left by,
    /// unless the reference, which nobody can guess, says so.
    pub(super) fn sent_record(
        &self,
        mail: &Mail,
        rfc_hash: i64,
        mailbox: MailboxId,
    ) -> Result<Option<Outgoing>> {
        let account = self.account().get();
        if let Some(reference) = &mail.crewbox_ref {
            let sql =
                format!("SELECT {OUTGOING} FROM outgoing o WHERE o.account_id = ?1 AND o.reference = ?2");
            let found =
                self.statement(&sql)?.query_row(params![account, reference], codec::outgoing).optional()?;
            if found.is_some() {
                return Ok(found);
            }
        }
        let sql = format!(
            "SELECT {OUTGOING} FROM outgoing o
             WHERE o.account_id = ?1 AND o.rfc_hash = ?2 AND o.rfc_id = ?3 AND o.mailbox_id = ?4
             ORDER BY o.outgoing_id LIMIT 1"
        );
        Ok(self
            .statement(&sql)?
            .query_row(params![account, rfc_hash, mail.message_id, mailbox.get()], codec::outgoing)
            .optional()?)
    }

    /// The message a record has become already.
    pub(super) fn sent_before(&self, sent: &Outgoing) -> Result<Option<Ingested>> {
        let Some(message) = sent.message else { return Ok(None) };
        Ok(self
            .statement("SELECT conversation_id FROM message WHERE account_id = ?1 AND message_id = ?2")?
            .query_row(params![self.account().get(), message.get()], |row| {
                Ok(Ingested {
                    message,
                    direction: Direction::Outbound,
                    conversation: codec::id(row, 0)?,
                    duplicate: true,
                })
            })
            .optional()?)
    }

    /// It has left: here it is as a message. A copy that was still wanted is here, too, unless this is the very
    /// step that says so.
    pub(super) fn settle(&mut self, sent: &Outgoing, message: MessageId) -> Result<()> {
        match sent.state.move_to(OutgoingState::Accepted) {
            Move::Allowed => {}
            Move::Already if sent.copy == SentCopy::Wanted => return self.copied(sent.id).map(|_| ()),
            // Or taken back or given up, and sent all the same by somebody else: the message is there.
            Move::Already | Move::Conflict => return Ok(()),
        }
        self.execute(
            "UPDATE outgoing SET state = 'accepted', message_id = ?3, copy = 'done', updated_at = ?4
             WHERE account_id = ?1 AND outgoing_id = ?2",
            params![self.account().get(), sent.id.get(), message.get(), self.at.millis()],
        )?;
        let mut detail = self.reschedule(sent.conversation)?;
        detail.push(state_delta(sent.state, OutgoingState::Accepted));
        self.progress(ChangeKind::MessageProgressed, sent.conversation, sent.id, detail);
        Ok(())
    }
}

fn state_delta(before: OutgoingState, after: OutgoingState) -> Delta {
    Delta { field: Field::OutgoingState, before: Some(before as i64), after: Some(after as i64) }
}

fn conflict(id: OutgoingId) -> Failure {
    StoreError::Conflict(Thing::Outgoing, id.get()).into()
}
