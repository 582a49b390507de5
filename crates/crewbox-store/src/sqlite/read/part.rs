//! What belongs to a conversation, as a scope sees it: one read for every type of such a thing.

use crewbox_core::id::ConversationId;
use rusqlite::{Connection, Row, params};

use super::conversation;
use crate::contract::Scope;
use crate::sqlite::failure::Result;

/// Something that belongs to a conversation and has rows of its own.
pub(in crate::sqlite) trait Part: Sized {
    /// Selects those of a conversation, in order; takes account and conversation as `?1` and `?2`.
    fn select() -> String;

    /// One of these rows.
    fn read(row: &Row<'_>) -> rusqlite::Result<Self>;
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
