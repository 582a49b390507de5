//! Keeping what notes, tasks, reminders and drafts were before a change, and giving it back.
//!
//! What an undo does, and when it is too late, is found by `read/part_undo.rs`. An undo is a change like any other, so it can
//! be undone itself.

use crewbox_core::change::{ChangeKind, Delta, Field, PartKind};
use crewbox_core::id::{ConversationId, Seq};
use rusqlite::params;

use super::Apply;
use crate::contract::{Outcome, PartUndoState, StoreError};
use crate::sqlite::failure::Result;
use crate::sqlite::ids::Table;
use crate::sqlite::read::part_undo::{Aspect, Cell, PartRow, PartTable, plan};

const TABLE: Table = Table("part_change");

impl Apply<'_> {
    /// The row of a part as it is now.
    pub(super) fn part_row(
        &self,
        table: &PartTable,
        conversation: ConversationId,
        id: u64,
    ) -> Result<Option<PartRow>> {
        table.row(self.db, self.account().get(), conversation, id)
    }

    /// Keeps what a part was before a change of it, none where it is added; what the change has in its detail.
    pub(super) fn keep_part(
        &mut self,
        table: &PartTable,
        (conversation, id): (ConversationId, u64),
        aspect: Aspect,
        before: Option<&PartRow>,
    ) -> Result<Delta> {
        let kept = self.next_id(TABLE)?;
        let before = before.map(serde_json::to_string).transpose();
        let before = before.map_err(|error| StoreError::Engine(error.to_string()))?;
        self.execute(
            "INSERT INTO part_change (account_id, conversation_id, part_change_id, part, part_id, aspect, before)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![self.account().get(), conversation.get(), kept, table.name, id, aspect.name(), before],
        )?;
        Ok(Delta { field: Field::PartChange, before: None, after: i64::try_from(kept).ok() })
    }

    /// Undoes a change of a part.
    pub(super) fn undo_part(&mut self, change: Seq) -> Result<Outcome> {
        let plan = plan(self.db, &self.scope, change)?;
        let (table, conversation, id) = (plan.table, plan.conversation, plan.id);
        match plan.state {
            PartUndoState::Undone => return Ok(Outcome::Done),
            PartUndoState::ChangedSince => return Err(StoreError::Conflict(table.thing, id).into()),
            PartUndoState::Possible => {}
        }
        let held = self.part_row(table, conversation, id)?;
        let kind = match (plan.aspect, &plan.before) {
            (_, None) => {
                self.remove_part(table, conversation, id)?;
                table.deleted
            }
            (Aspect::There, Some(before)) => {
                self.insert_part(table, conversation, before)?;
                table.added
            }
            (aspect, Some(before)) => {
                self.set_part(table, (conversation, id), aspect, before)?;
                match (aspect, table.done, before.get("done_at")) {
                    (Aspect::Done, Some([_, reopened]), Cell::Null) => reopened,
                    (Aspect::Done, Some([done, _]), _) => done,
                    _ => table.changed,
                }
            }
        };
        if table.part == PartKind::Draft {
            self.renew_draft(conversation, id)?;
        }
        let kept = self.keep_part(table, (conversation, id), plan.aspect, held.as_ref())?;
        let before = self.drafts.len();
        self.draft_part(kind, conversation, id, vec![kept]);
        match table.part {
            PartKind::Note | PartKind::Draft => {}
            PartKind::Task => self.note_next_task(conversation, before)?,
            PartKind::Reminder => {
                let detail = self.remind(conversation)?;
                if let Some(draft) = self.drafts.last_mut() {
                    draft.detail.extend(detail);
                }
            }
        }
        Ok(Outcome::Done)
    }

    pub(super) fn remove_part(
        &self,
        table: &PartTable,
        conversation: ConversationId,
        id: u64,
    ) -> Result<usize> {
        let (name, column) = (table.name, table.id());
        self.execute(
            &format!("DELETE FROM {name} WHERE account_id = ?1 AND conversation_id = ?2 AND {column} = ?3"),
            params![self.account().get(), conversation.get(), id],
        )
    }

    fn insert_part(&self, table: &PartTable, conversation: ConversationId, row: &PartRow) -> Result<usize> {
        let (account, conversation) = (self.account().get(), conversation.get());
        let mut values: Vec<&dyn rusqlite::ToSql> = vec![&account, &conversation];
        values.extend(table.columns.iter().map(|column| row.get(column) as &dyn rusqlite::ToSql));
        let marks = vec!["?"; values.len()].join(", ");
        let (name, columns) = (table.name, table.columns.join(", "));
        let sql = format!("INSERT INTO {name} (account_id, conversation_id, {columns}) VALUES ({marks})");
        self.execute(&sql, values.as_slice())
    }

    fn set_part(
        &self,
        table: &PartTable,
        (conversation, id): (ConversationId, u64),
        aspect: Aspect,
        row: &PartRow,
    ) -> Result<usize> {
        let (account, conversation, name) = (self.account().get(), conversation.get(), table.name);
        let mut values: Vec<&dyn rusqlite::ToSql> = vec![&account, &conversation, &id];
        let mut sets = Vec::new();
        for column in table.of(aspect) {
            values.push(row.get(column));
            sets.push(format!("{column} = ?{}", values.len()));
        }
        let (sets, column) = (sets.join(", "), table.id());
        let sql = format!(
            "UPDATE {name} SET {sets} WHERE account_id = ?1 AND conversation_id = ?2 AND {column} = ?3"
        );
        self.execute(&sql, values.as_slice())
    }
}

impl Apply<'_> {
    /// Drafts a change of a part, and keeps what the part was before it.
    pub(super) fn draft_kept(
        &mut self,
        table: &PartTable,
        part: (ConversationId, u64),
        (kind, aspect): (ChangeKind, Aspect),
        before: Option<&PartRow>,
    ) -> Result<()> {
        let kept = self.keep_part(table, part, aspect, before)?;
        self.draft_part(kind, part.0, part.1, vec![kept]);
        Ok(())
    }
}
