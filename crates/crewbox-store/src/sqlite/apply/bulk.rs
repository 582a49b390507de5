//! The steps of bulk actions. Each is one transaction with its rows, its changes and how far the job is, so that after a
//! crash no row is done twice and none is left out.

use crewbox_core::bulk::{Bulk, BulkAction, BulkState, unpack};
use crewbox_core::change::{Change, ChangeKind};
use crewbox_core::conversation::Edit;
use crewbox_core::conversation::inverse::NotUndone;
use crewbox_core::id::{BulkId, ClientId, ConversationId, MemberId};
use rusqlite::{OptionalExtension as _, params};

use super::edit::kind;
use super::{Apply, Draft};
use crate::contract::{NewBulk, Outcome, StoreError, Thing};
use crate::sqlite::codec::{self, Named as _};
use crate::sqlite::failure::{Failure, Result};
use crate::sqlite::ids::Table;
use crate::sqlite::read;

const TABLE: Table = Table("bulk");

/// What became of a row.
enum RowDone {
    Changed,
    AsItWas,
    Conflict,
}

impl Apply<'_> {
    pub(super) fn start_bulk(&mut self, new: &NewBulk) -> Result<Outcome> {
        let account = self.account().get();
        if let BulkAction::Undo(of) = new.action {
            let undone = read::bulk::one(self.db, &self.scope, of)?;
            if let Some(before) = undone.undone_by
                && read::bulk::one(self.db, &self.scope, before)?.state != BulkState::Stopped
            {
                return Ok(Outcome::Id(before.get()));
            }
            if undone.state == BulkState::Running {
                return Err(StoreError::Conflict(Thing::Bulk, of.get()).into());
            }
        }
        if let Some(edit) = new.action.edit() {
            self.require_named(&edit)?;
        }
        let id = self.next_id(TABLE)?;
        let state = if new.steps.is_empty() { BulkState::Done } else { BulkState::Running };
        self.execute(
            "INSERT INTO bulk (account_id, bulk_id, member_id, client_id, action, state, matched, steps, done, changed,
                 conflicts, since, created_at, updated_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, 0, 0, 0,
                 (SELECT head FROM account WHERE account_id = ?1), ?8, ?8)",
            params![
                account,
                id,
                self.scope.actor().map(MemberId::get),
                self.scope.client().map(ClientId::get),
                codec::list(std::slice::from_ref(&new.action)),
                state.name(),
                new.matched,
                self.at.millis()
            ],
        )?;
        for (step, rows) in new.steps.iter().enumerate() {
            self.execute(
                "INSERT INTO bulk_step (account_id, bulk_id, step, rows) VALUES (?1, ?2, ?3, ?4)",
                params![account, id, step as u64, rows],
            )?;
        }
        if let BulkAction::Undo(of) = new.action {
            self.execute(
                "UPDATE bulk SET undone_by = ?3 WHERE account_id = ?1 AND bulk_id = ?2",
                params![account, of.get(), id],
            )?;
        }
        self.note(ChangeKind::BulkStarted, id);
        Ok(Outcome::Id(id))
    }

    pub(super) fn stop_bulk(&mut self, id: BulkId) -> Result<Outcome> {
        let job = read::bulk::one(self.db, &self.scope, id)?;
        if job.state == BulkState::Running {
            self.execute(
                "UPDATE bulk SET state = ?3, updated_at = ?4 WHERE account_id = ?1 AND bulk_id = ?2",
                params![self.account().get(), id.get(), BulkState::Stopped.name(), self.at.millis()],
            )?;
            self.execute(
                "DELETE FROM bulk_step WHERE account_id = ?1 AND bulk_id = ?2",
                params![self.account().get(), id.get()],
            )?;
            self.note(ChangeKind::BulkStopped, id.get());
        }
        Ok(Outcome::Done)
    }

    /// Does a step, unless it is done already or the job has stopped.
    pub(super) fn bulk_step(&mut self, id: BulkId, step: u64) -> Result<Outcome> {
        let job = read::bulk::one(self.db, &self.scope, id)?;
        if job.state != BulkState::Running || job.steps != step {
            return Ok(Outcome::Done);
        }
        // Whoever goes on with the job, its changes are made by who started it.
        self.author = job.author;
        let account = self.account().get();
        let packed: Option<Vec<u8>> = self
            .statement("SELECT rows FROM bulk_step WHERE account_id = ?1 AND bulk_id = ?2 AND step = ?3")?
            .query_row(params![account, id.get(), step], |row| row.get(0))
            .optional()?;
        let rows = packed.as_deref().and_then(unpack);
        let rows = rows.ok_or_else(|| StoreError::Engine(format!("step {step} of bulk {id} has no rows")))?;
        let (mut changed, mut conflicts) = (0, 0);
        for row in &rows {
            match self.bulk_row(&job, *row)? {
                RowDone::Changed => changed += 1,
                RowDone::AsItWas => {}
                RowDone::Conflict => conflicts += 1,
            }
        }
        let done = job.done + rows.len() as u64;
        let state = if done >= job.matched { BulkState::Done } else { BulkState::Running };
        self.execute(
            "DELETE FROM bulk_step WHERE account_id = ?1 AND bulk_id = ?2 AND step = ?3",
            params![account, id.get(), step],
        )?;
        self.execute(
            "UPDATE bulk SET state = ?3, steps = steps + 1, done = ?4, changed = changed + ?5,
                 conflicts = conflicts + ?6, updated_at = ?7
             WHERE account_id = ?1 AND bulk_id = ?2",
            params![account, id.get(), state.name(), done, changed, conflicts, self.at.millis()],
        )?;
        if state == BulkState::Done {
            self.note(ChangeKind::BulkFinished, id.get());
        }
        Ok(Outcome::Done)
    }

    /// Does one row. A conversation that was deleted meanwhile is as it was.
    fn bulk_row(&mut self, job: &Bulk, row: u64) -> Result<RowDone> {
        let Some(edit) = job.action.edit() else { return self.undo_row(job, row) };
        self.bulk_edit(job, ConversationId(row), &edit)
    }

    fn bulk_edit(&mut self, job: &Bulk, id: ConversationId, edit: &Edit) -> Result<RowDone> {
        let mut conversation = match self.load(id) {
            Err(Failure::Answer(StoreError::NotFound(..))) => return Ok(RowDone::AsItWas),
            other => other?,
        };
        if !job.action.suits(conversation.client) {
            return Ok(RowDone::AsItWas);
        }
        let detail = conversation.apply(edit, self.at);
        if detail.is_empty() {
            return Ok(RowDone::AsItWas);
        }
        self.save(&conversation)?;
        let (kind, subject) = kind(edit);
        self.drafts.push(Draft { kind, conversation: Some(id), subject, detail });
        Ok(RowDone::Changed)
    }

    /// Undoes the change of this number.
    fn undo_row(&mut self, job: &Bulk, seq: u64) -> Result<RowDone> {
        let sql = format!("SELECT {} FROM change_log WHERE account_id = ?1 AND seq = ?2", read::log::CHANGE);
        let change: Option<Change> = self
            .statement(&sql)?
            .query_row(params![self.account().get(), seq], read::log::change)
            .optional()?;
        let Some((change, id)) = change.and_then(|change| change.conversation.map(|id| (change, id))) else {
            return Ok(RowDone::AsItWas);
        };
        let conversation = match self.load(id) {
            Err(Failure::Answer(StoreError::NotFound(..))) => return Ok(RowDone::AsItWas),
            other => other?,
        };
        match conversation.inverse(&change, self.at) {
            Ok(None) => Ok(RowDone::AsItWas),
            Ok(Some(edit)) => self.bulk_edit(job, id, &edit),
            Err(NotUndone::Kind | NotUndone::ChangedSince) => {
                self.execute(
                    "INSERT INTO bulk_conflict (account_id, bulk_id, seq) VALUES (?1, ?2, ?3)",
                    params![self.account().get(), job.id.get(), seq],
                )?;
                Ok(RowDone::Conflict)
            }
        }
    }
}
