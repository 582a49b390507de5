//! Saved views, as a scope sees them.

use crewbox_core::id::SavedViewId;
use crewbox_core::saved_view::SavedView;
use crewbox_core::time::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::contract::{Scope, Thing};
use crate::sqlite::codec;
use crate::sqlite::failure::{Result, not_found};

const COLUMNS: &str = "saved_view_id, member_id, client_id, name, shared, content, created_at";

/// Those that the scope sees, in the order of their ids.
pub(in crate::sqlite) fn all(db: &Connection, scope: &Scope) -> Result<Vec<SavedView>> {
    let mut views: Vec<SavedView> = db
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM saved_view WHERE account_id = ?1 ORDER BY saved_view_id"
        ))?
        .query_map(params![scope.account().get()], of_row)?
        .collect::<rusqlite::Result<_>>()?;
    views.retain(|view| view.is_seen_by(scope.actor(), scope.client()));
    Ok(views)
}

/// One that the scope sees.
pub(in crate::sqlite) fn one(db: &Connection, scope: &Scope, id: SavedViewId) -> Result<SavedView> {
    let found = db
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM saved_view WHERE account_id = ?1 AND saved_view_id = ?2"
        ))?
        .query_row(params![scope.account().get(), id.get()], of_row)
        .optional()?;
    let seen = found.filter(|view: &SavedView| view.is_seen_by(scope.actor(), scope.client()));
    seen.ok_or_else(|| not_found(Thing::SavedView, id.get()))
}

fn of_row(row: &Row<'_>) -> rusqlite::Result<SavedView> {
    let empty = || rusqlite::Error::FromSqlConversionFailure(5, Type::Text, "an empty saved view".into());
    Ok(SavedView {
        id: SavedViewId(row.get(0)?),
        author: codec::id(row, 1)?,
        client: codec::id(row, 2)?,
        name: row.get(3)?,
        shared: row.get(4)?,
        list: codec::listed(row, 5)?.pop().ok_or_else(empty)?,
        created_at: Timestamp(row.get(6)?),
    })
}
