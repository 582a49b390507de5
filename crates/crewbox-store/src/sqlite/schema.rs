//! The schema's versions, and who may move it on.
//!
//! A migration is never altered once released; the next one is a new file. Each runs in a transaction of its
//! own together with its number, so a crash leaves the schema at one version or the next, never between.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::failure::Result;
use crate::contract::StoreError;

/// Every migration, in order; the schema's version is how many have run.
pub(crate) const MIGRATIONS: &[&str] = &[include_str!("../../migrations/sqlite/0001_start.sql")];

/// The version this binary knows.
pub(super) fn known() -> u32 {
    u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX)
}

/// The version of a database; 0 when it is empty.
pub(super) fn version(db: &Connection) -> Result<u32> {
    Ok(db.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

/// Refuses a schema newer than this binary.
pub(super) fn refuse_newer(db: &Connection, dir: &Path) -> Result<()> {
    let found = version(db)?;
    if found > known() {
        return Err(StoreError::SchemaNewer { dir: dir.to_owned(), found, known: known() }.into());
    }
    Ok(())
}

/// Runs what has not run. The caller holds the directory.
pub(super) fn migrate(db: &mut Connection) -> Result<()> {
    while version(db)? < known() {
        let step = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Read again under the write lock: another process may just have done it.
        let found = version(&step)?;
        if let Some(migration) = MIGRATIONS.get(found as usize) {
            step.execute_batch(migration)?;
            step.pragma_update(None, "user_version", found + 1)?;
        }
        step.commit()?;
    }
    Ok(())
}
