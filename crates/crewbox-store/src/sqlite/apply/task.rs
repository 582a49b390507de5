//! Tasks on conversations: their operations, their row, and when the conversation's earliest one is due.

use crewbox_core::change::ChangeKind;
use crewbox_core::conversation::Edit;
use crewbox_core::id::{ConversationId, TaskId};
use crewbox_core::task::{Task, TaskEdit};
use crewbox_core::time::Timestamp;
use rusqlite::{Row, params};

use super::Apply;
use super::part::table_of;
use crate::contract::{HeldTask, NewTask, Outcome, Thing};
use crate::sqlite::codec::{self, Named as _};
use crate::sqlite::failure::Result;
use crate::sqlite::read::part::{Added, by_id};
use crate::sqlite::read::part_undo::Aspect;

impl Apply<'_> {
    pub(super) fn add_task(&mut self, new: &NewTask) -> Result<Outcome> {
        let Task { name, description, priority, due_at, done_at } = &new.task;
        let (due_at, done_at) = (due_at.map(Timestamp::millis), done_at.map(Timestamp::millis));
        let before = self.drafts.len();
        let outcome = self.add_part::<HeldTask>(
            &new.part,
            ChangeKind::TaskAdded,
            &[
                ("name", name),
                ("description", description),
                ("priority", &priority.name()),
                ("due_at", &due_at),
                ("done_at", &done_at),
            ],
        )?;
        self.note_next_task(new.part.conversation, before)?;
        Ok(outcome)
    }

    pub(super) fn change_task(&mut self, id: TaskId, edit: &TaskEdit) -> Result<Outcome> {
        let HeldTask { conversation, mut task, .. } = by_id(self.db, &self.scope, id.get())?;
        let effect = task.apply(edit, self.at);
        let before = self.drafts.len();
        let (table, part) = (table_of::<HeldTask>()?, (conversation, id.get()));
        let row = self.part_row(table, part.0, part.1)?;
        if effect.content || effect.done.is_some() {
            self.execute(
                "UPDATE task SET name = ?4, description = ?5, priority = ?6, due_at = ?7, done_at = ?8
                 WHERE account_id = ?1 AND conversation_id = ?2 AND task_id = ?3",
                params![
                    self.account().get(),
                    conversation.get(),
                    id.get(),
                    task.name,
                    task.description,
                    task.priority.name(),
                    task.due_at.map(Timestamp::millis),
                    task.done_at.map(Timestamp::millis)
                ],
            )?;
        }
        if effect.content {
            self.draft_kept(table, part, (ChangeKind::TaskChanged, Aspect::Content), row.as_ref())?;
        }
        if let Some(done) = effect.done {
            let kind = if done { ChangeKind::TaskDone } else { ChangeKind::TaskReopened };
            self.draft_kept(table, part, (kind, Aspect::Done), row.as_ref())?;
        }
        self.note_next_task(conversation, before)?;
        Ok(Outcome::Done)
    }

    pub(super) fn delete_task(&mut self, id: TaskId) -> Result<Outcome> {
        let held: HeldTask = by_id(self.db, &self.scope, id.get())?;
        let before = self.drafts.len();
        let outcome = self.delete_part::<HeldTask>(held.conversation, id.get(), ChangeKind::TaskDeleted)?;
        self.note_next_task(held.conversation, before)?;
        Ok(outcome)
    }

    /// Puts right when the conversation's earliest open task is due, if changes were drafted since there were `before`
    /// of them. The first of these says what that changed.
    pub(super) fn note_next_task(&mut self, conversation: ConversationId, before: usize) -> Result<()> {
        if self.drafts.len() == before {
            return Ok(());
        }
        let earliest: Option<i64> = self
            .statement(
                "SELECT min(due_at) FROM task
                 WHERE account_id = ?1 AND conversation_id = ?2 AND done_at IS NULL",
            )?
            .query_row(params![self.account().get(), conversation.get()], |row| row.get(0))?;
        let mut conversation = self.load(conversation)?;
        let detail = conversation.apply(&Edit::TaskDue(earliest.map(Timestamp)), self.at);
        if !detail.is_empty() {
            self.save(&conversation)?;
            if let Some(draft) = self.drafts.get_mut(before) {
                draft.detail.extend(detail);
            }
        }
        Ok(())
    }
}

impl Added for HeldTask {
    const TABLE: &'static str = "task";
    const COLUMNS: &'static str = "t.task_id, t.conversation_id, t.member_id, t.created_at, t.name, t.description, \
         t.priority, t.due_at, t.done_at";
    const THING: Thing = Thing::Task;

    fn of_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: TaskId(row.get(0)?),
            conversation: row.get::<_, u64>(1)?.into(),
            author: codec::id(row, 2)?,
            created_at: Timestamp(row.get(3)?),
            task: Task {
                name: row.get(4)?,
                description: row.get(5)?,
                priority: codec::named(row, 6)?,
                due_at: codec::time(row, 7)?,
                done_at: codec::time(row, 8)?,
            },
        })
    }
}
