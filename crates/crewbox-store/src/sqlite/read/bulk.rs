//! Bulk actions: their jobs, what they changed, and what an undo left.

use crewbox_core::bulk::Bulk;
use crewbox_core::change::Change;
use crewbox_core::id::{BulkId, ClientId, Seq};
use crewbox_core::time::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::log;
use crate::contract::{Scope, Thing};
use crate::sqlite::codec;
use crate::sqlite::failure::{Result, not_found};

const COLUMNS: &str = "bulk_id, member_id, client_id, action, state, matched, steps, done, changed, conflicts, \
     undone_by, created_at, updated_at";
/// Later changes of one conversation that are looked at: more than people make.
const LATER: u32 = 1_000;

/// A job, if the scope sees it: who is restricted to a client sees those that were started under the same restriction.
pub(in crate::sqlite) fn one(db: &Connection, scope: &Scope, id: BulkId) -> Result<Bulk> {
    let found = db
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM bulk WHERE account_id = ?1 AND bulk_id = ?2
             AND (?3 IS NULL OR client_id = ?3)"
        ))?
        .query_row(params![scope.account().get(), id.get(), scope.client().map(ClientId::get)], of_row)
        .optional()?;
    found.ok_or_else(|| not_found(Thing::Bulk, id.get()))
}

/// The jobs of an account that are to go on, in the order in which they were started.
pub(in crate::sqlite) fn running(db: &Connection, scope: &Scope) -> Result<Vec<BulkId>> {
    Ok(db
        .prepare_cached(
            "SELECT bulk_id FROM bulk WHERE account_id = ?1 AND state = 'running' ORDER BY bulk_id",
        )?
        .query_map(params![scope.account().get()], |row| Ok(BulkId(row.get(0)?)))?
        .collect::<rusqlite::Result<_>>()?)
}

/// The numbers of the changes that a job made to conversations, ascending.
pub(in crate::sqlite) fn changes(db: &Connection, scope: &Scope, id: BulkId) -> Result<Vec<u64>> {
    let job = one(db, scope, id)?;
    let account = scope.account().get();
    // As many as it made: the search ends with the last of them, and not with the log.
    Ok(db
        .prepare_cached(
            "SELECT seq FROM change_log
             WHERE account_id = ?1 AND seq > (SELECT since FROM bulk WHERE account_id = ?1 AND bulk_id = ?2)
                 AND cause = 'bulk' AND rule_id = ?2 AND conversation_id IS NOT NULL
             ORDER BY seq LIMIT ?3",
        )?
        .query_map(params![account, id.get(), job.changed], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?)
}

/// Changes that an undo left as they are, at most `limit`, each with the later changes of its conversation.
pub(in crate::sqlite) fn conflicts(
    db: &Connection,
    scope: &Scope,
    id: BulkId,
    limit: u32,
) -> Result<Vec<(Change, Vec<Change>)>> {
    one(db, scope, id)?;
    let account = scope.account().get();
    let seqs: Vec<u64> = db
        .prepare_cached(
            "SELECT seq FROM bulk_conflict WHERE account_id = ?1 AND bulk_id = ?2 ORDER BY seq LIMIT ?3",
        )?
        .query_map(params![account, id.get(), limit], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let mut found = Vec::new();
    for seq in seqs {
        let page = log::changes(db, scope, Seq(seq.saturating_sub(1)), 1)?;
        let Some(change) = page.changes.into_iter().next() else { continue };
        let later = db
            .prepare_cached(&format!(
                "SELECT {} FROM change_log WHERE account_id = ?1 AND seq > ?2 AND conversation_id = ?3
                 ORDER BY seq LIMIT ?4",
                log::CHANGE
            ))?
            .query_map(params![account, seq, change.conversation.map(|id| id.get()), LATER], log::change)?
            .collect::<rusqlite::Result<_>>()?;
        found.push((change, later));
    }
    Ok(found)
}

fn of_row(row: &Row<'_>) -> rusqlite::Result<Bulk> {
    let empty =
        || rusqlite::Error::FromSqlConversionFailure(3, Type::Text, "a bulk action of nothing".into());
    Ok(Bulk {
        id: BulkId(row.get(0)?),
        author: codec::id(row, 1)?,
        client: codec::id(row, 2)?,
        action: codec::listed(row, 3)?.pop().ok_or_else(empty)?,
        state: codec::named(row, 4)?,
        matched: row.get(5)?,
        steps: row.get(6)?,
        done: row.get(7)?,
        changed: row.get(8)?,
        conflicts: row.get(9)?,
        undone_by: codec::id(row, 10)?,
        created_at: Timestamp(row.get(11)?),
        updated_at: Timestamp(row.get(12)?),
    })
}
