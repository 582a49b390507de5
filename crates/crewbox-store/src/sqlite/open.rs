//! Opening a data directory: who may, in which schema, with which key.

use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;

use super::connect::{self, DATABASE};
use super::failure::{Failure, Result, io};
use super::lock::{self, ServerLock};
use super::{schema, secret};
use crate::contract::StoreError;
use crate::open::{Open, Role};
use crate::seal::{Sealer, Source};

/// A directory that may be used.
pub(super) struct Opened {
    /// Held while a server runs.
    pub(super) lock: Option<ServerLock>,
    /// The writer's connection.
    pub(super) db: Connection,
    pub(super) sealer: Arc<Sealer>,
}

/// Opens a directory as [`Open`] says.
pub(super) fn open(dir: &Path, open: &Open) -> std::result::Result<Opened, StoreError> {
    if open.create {
        make(dir)?;
    } else if !dir.join(DATABASE).is_file() {
        return Err(StoreError::NoData(dir.into()));
    }
    let lock = match open.role {
        Role::Server => Some(lock::take(dir)?),
        Role::Command => None,
    };
    let opened = ready(dir, open).map(|(db, sealer)| Opened { lock, db, sealer: Arc::new(sealer) });
    opened.map_err(Failure::into_answer)
}

fn ready(dir: &Path, open: &Open) -> Result<(Connection, Sealer)> {
    let mut db = connect::writer(dir)?;
    schema::refuse_newer(&db, dir)?;
    if schema::version(&db)? < schema::known() {
        migrate(dir, open.role, &mut db)?;
    }
    let source = match (open.without_key, open.secret_key) {
        (true, _) => Source::Lost,
        (false, Some(key)) => Source::Given(key),
        (false, None) => Source::File,
    };
    let check = secret::check_value(&db)?;
    let mut sealer = Sealer::open(dir, source, check.as_deref())?;
    if check.is_none() && !open.without_key {
        secret::keep_check_value(&db, &sealer.check_value()?)?;
        // Another process may have been first, with another key.
        let kept = secret::check_value(&db)?;
        sealer = Sealer::open(dir, source, kept.as_deref())?;
    }
    Ok((db, sealer))
}

/// A server holds the directory already; a command must find it free, and holds it while it migrates.
fn migrate(dir: &Path, role: Role, db: &mut Connection) -> Result<()> {
    let held = match role {
        Role::Server => None,
        Role::Command => match lock::take_once(dir)? {
            Some(lock) => Some(lock),
            None => {
                let (found, known) = (schema::version(db)?, schema::known());
                return Err(StoreError::SchemaOlder { location: dir.into(), found, known }.into());
            }
        },
    };
    schema::migrate(db)?;
    drop(held);
    Ok(())
}

/// Makes the directory for its owner alone: it holds mail.
fn make(dir: &Path) -> std::result::Result<(), StoreError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).map_err(|source| io(dir, || format!("making {}", dir.display()), source))
}
