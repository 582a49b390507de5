//! Reminders of conversations: their operations, their row, and the conversation's earliest one.

use crewbox_core::change::{ChangeKind, Delta};
use crewbox_core::conversation::Edit;
use crewbox_core::id::{ConversationId, ReminderId};
use crewbox_core::reminder::{Reminder, ReminderEdit};
use crewbox_core::time::Timestamp;
use rusqlite::{Row, params};

use super::Apply;
use super::part::table_of;
use crate::contract::{HeldReminder, NewReminder, Outcome, StoreError, Thing};
use crate::sqlite::codec;
use crate::sqlite::failure::{Failure, Result};
use crate::sqlite::read::part::{Added, by_id};
use crate::sqlite::read::part_undo::{Aspect, PartRow};

impl Apply<'_> {
    pub(super) fn add_reminder(&mut self, new: &NewReminder) -> Result<Outcome> {
        let Reminder { message, at, done_at, waiting } = &new.reminder;
        let (at, done_at) = (at.millis(), done_at.map(Timestamp::millis));
        let before = self.drafts.len();
        let outcome = self.add_part::<HeldReminder>(
            &new.part,
            ChangeKind::ReminderSet,
            &[
                ("message", message),
                ("remind_at", &at),
                ("done_at", &done_at),
                ("waiting", waiting),
                ("stats_id", &new.stats_id),
            ],
        )?;
        if self.drafts.len() > before {
            let detail = self.remind(new.part.conversation)?;
            if let Some(draft) = self.drafts.last_mut() {
                draft.detail.extend(detail);
            }
        }
        Ok(outcome)
    }

    pub(super) fn change_reminder(&mut self, id: ReminderId, edit: &ReminderEdit) -> Result<Outcome> {
        let HeldReminder { conversation, mut reminder, .. } = by_id(self.db, &self.scope, id.get())?;
        let effect = reminder.apply(edit, self.at);
        let row = self.part_row(table_of::<HeldReminder>()?, conversation, id.get())?;
        if effect.content || effect.done.is_some() {
            self.save_reminder(conversation, id, &reminder)?;
        }
        if effect.content {
            self.draft_reminder(
                (ChangeKind::ReminderChanged, Aspect::Content),
                conversation,
                id,
                row.as_ref(),
            )?;
        }
        if let Some(done) = effect.done {
            let kind = if done { ChangeKind::ReminderDone } else { ChangeKind::ReminderReopened };
            self.draft_reminder((kind, Aspect::Done), conversation, id, row.as_ref())?;
        }
        Ok(Outcome::Done)
    }

    pub(super) fn delete_reminder(&mut self, id: ReminderId) -> Result<Outcome> {
        let HeldReminder { conversation, .. } = by_id(self.db, &self.scope, id.get())?;
        let outcome =
            self.delete_part::<HeldReminder>(conversation, id.get(), ChangeKind::ReminderDeleted)?;
        let detail = self.remind(conversation)?;
        if let Some(draft) = self.drafts.last_mut() {
            draft.detail.extend(detail);
        }
        Ok(outcome)
    }

    pub(super) fn reminder_due(&mut self, id: ReminderId) -> Result<Outcome> {
        let held = by_id::<HeldReminder>(self.db, &self.scope, id.get());
        let HeldReminder { conversation, mut reminder, .. } = match held {
            Err(Failure::Answer(StoreError::NotFound(..))) => return Ok(Outcome::Done),
            other => other?,
        };
        if reminder.fall_due(self.at) {
            self.save_reminder(conversation, id, &reminder)?;
            self.draft_part(ChangeKind::ReminderDue, conversation, id.get(), Vec::new());
        }
        Ok(Outcome::Done)
    }

    fn save_reminder(
        &self,
        conversation: ConversationId,
        id: ReminderId,
        reminder: &Reminder,
    ) -> Result<usize> {
        let Reminder { message, at, done_at, waiting } = reminder;
        self.execute(
            "UPDATE reminder SET message = ?4, remind_at = ?5, done_at = ?6, waiting = ?7
             WHERE account_id = ?1 AND conversation_id = ?2 AND reminder_id = ?3",
            params![
                self.account().get(),
                conversation.get(),
                id.get(),
                message,
                at.millis(),
                done_at.map(Timestamp::millis),
                waiting
            ],
        )
    }

    fn draft_reminder(
        &mut self,
        kind: (ChangeKind, Aspect),
        conversation: ConversationId,
        id: ReminderId,
        before: Option<&PartRow>,
    ) -> Result<()> {
        let detail = self.remind(conversation)?;
        self.draft_kept(table_of::<HeldReminder>()?, (conversation, id.get()), kind, before)?;
        if let Some(draft) = self.drafts.last_mut() {
            draft.detail.extend(detail);
        }
        Ok(())
    }

    /// Puts the conversation's earliest open reminder right; what that changed.
    pub(super) fn remind(&mut self, conversation: ConversationId) -> Result<Vec<Delta>> {
        let earliest: Option<i64> = self
            .statement(
                "SELECT min(remind_at) FROM reminder
                 WHERE account_id = ?1 AND conversation_id = ?2 AND done_at IS NULL",
            )?
            .query_row(params![self.account().get(), conversation.get()], |row| row.get(0))?;
        let mut conversation = self.load(conversation)?;
        let detail = conversation.apply(&Edit::Reminded(earliest.map(Timestamp)), self.at);
        if !detail.is_empty() {
            self.save(&conversation)?;
        }
        Ok(detail)
    }
}

impl Added for HeldReminder {
    const TABLE: &'static str = "reminder";
    const COLUMNS: &'static str = "t.reminder_id, t.conversation_id, t.member_id, t.created_at, t.message, \
         t.remind_at, t.done_at, t.waiting, t.stats_id";
    const THING: Thing = Thing::Reminder;

    fn of_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: ReminderId(row.get(0)?),
            conversation: row.get::<_, u64>(1)?.into(),
            author: codec::id(row, 2)?,
            created_at: Timestamp(row.get(3)?),
            reminder: Reminder {
                message: row.get(4)?,
                at: Timestamp(row.get(5)?),
                done_at: codec::time(row, 6)?,
                waiting: row.get(7)?,
            },
            stats_id: row.get(8)?,
        })
    }
}
