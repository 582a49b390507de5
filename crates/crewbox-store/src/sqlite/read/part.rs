//! What belongs to a conversation, as a scope sees it: one read for every type of such a thing.

use std::ops::RangeInclusive;

use crewbox_core::id::ConversationId;
use crewbox_core::time::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::conversation;
use crate::contract::{Scope, Thing};
use crate::sqlite::failure::{Result, not_found};

/// The first and the last time of a range, in milliseconds; without one, of all times.
pub(in crate::sqlite) fn bounds(within: Option<&RangeInclusive<Timestamp>>) -> (i64, i64) {
    within.map_or((i64::MIN, i64::MAX), |within| (within.start().millis(), within.end().millis()))
}

/// Something that belongs to a conversation and has rows of its own.
pub(in crate::sqlite) trait Part: Sized {
    /// Selects those of a conversation, in order; takes account and conversation as `?1` and `?2`.
    fn select() -> String;

    /// One of these rows.
    fn read(row: &Row<'_>) -> rusqlite::Result<Self>;
}

/// Something that a member added to a conversation. It has a table of its own, with its id in the column `TABLE_id`.
pub(in crate::sqlite) trait Added: Sized {
    /// Its table.
    const TABLE: &'static str;
    /// What [`Added::of_row`] reads, as columns of the table `t`.
    const COLUMNS: &'static str;
    /// What it is.
    const THING: Thing;

    /// A row of these columns.
    fn of_row(row: &Row<'_>) -> rusqlite::Result<Self>;
}

/// Oldest first.
impl<T: Added> Part for T {
    fn select() -> String {
        let (columns, table) = (T::COLUMNS, T::TABLE);
        format!(
            "SELECT {columns} FROM {table} t WHERE t.account_id = ?1 AND t.conversation_id = ?2 ORDER BY t.{table}_id"
        )
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        T::of_row(row)
    }
}

/// One of them by its id, if the scope sees its conversation. One statement in any case, so that one of another client
/// takes as long as one that does not exist.
pub(in crate::sqlite) fn by_id<T: Added>(db: &Connection, scope: &Scope, id: u64) -> Result<T> {
    let (columns, table) = (T::COLUMNS, T::TABLE);
    let sql = format!(
        "SELECT {columns} FROM {table} t JOIN conversation c USING (account_id, conversation_id)
         WHERE t.account_id = ?1 AND t.{table}_id = ?2 AND (?3 IS NULL OR c.client_id = ?3)"
    );
    let client = scope.client().map(|client| client.get());
    let found = db
        .prepare_cached(&sql)?
        .query_row(params![scope.account().get(), id, client], T::of_row)
        .optional()?;
    found.ok_or_else(|| not_found(T::THING, id))
}

/// A conversation's, if the scope sees it. Read in one snapshot.
pub(in crate::sqlite) fn parts<T: Part>(
    db: &Connection,
    scope: &Scope,
    id: ConversationId,
) -> Result<Vec<T>> {
    conversation::conversation(db, scope, id)?;
    let mut select = db.prepare_cached(&T::select())?;
    let rows = select.query_map(params![scope.account().get(), id.get()], T::read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
