//! Tasks on conversations: their operations and their row.

use crewbox_core::change::ChangeKind;
use crewbox_core::id::TaskId;
use crewbox_core::task::{Task, TaskEdit};
use crewbox_core::time::Timestamp;
use rusqlite::{Row, params};

use super::Apply;
use crate::contract::{HeldTask, NewTask, Outcome, Thing};
use crate::sqlite::codec::{self, Named as _};
use crate::sqlite::failure::Result;
use crate::sqlite::read::part::{Added, by_id};

impl Apply<'_> {
    pub(super) fn add_task(&mut self, new: &NewTask) -> Result<Outcome> {
        let Task { name, description, priority, due_at, done_at } = &new.task;
        let (due_at, done_at) = (due_at.map(Timestamp::millis), done_at.map(Timestamp::millis));
        self.add_part::<HeldTask>(
            &new.part,
            ChangeKind::TaskAdded,
            &[
                ("name", name),
                ("description", description),
                ("priority", &priority.name()),
                ("due_at", &due_at),
                ("done_at", &done_at),
            ],
        )
    }

    pub(super) fn change_task(&mut self, id: TaskId, edit: &TaskEdit) -> Result<Outcome> {
        let HeldTask { conversation, mut task, .. } = by_id(self.db, &self.scope, id.get())?;
        let effect = task.apply(edit, self.at);
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
            self.draft_part(ChangeKind::TaskChanged, conversation, id.get());
        }
        if let Some(done) = effect.done {
            let kind = if done { ChangeKind::TaskDone } else { ChangeKind::TaskReopened };
            self.draft_part(kind, conversation, id.get());
        }
        Ok(Outcome::Done)
    }

    pub(super) fn delete_task(&mut self, id: TaskId) -> Result<Outcome> {
        let held: HeldTask = by_id(self.db, &self.scope, id.get())?;
        self.delete_part::<HeldTask>(held.conversation, id.get(), ChangeKind::TaskDeleted)
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
