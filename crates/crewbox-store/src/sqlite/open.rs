//! Opening a data directory: who may, in which schema, with which key, and whether its database is the one it had.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, ErrorCode};

use super::connect::{self, DATABASE};
use super::failure::{Failure, Result, io};
use super::lock::{self, ServerLock};
use super::{blob, page_sums, record, schema, secret};
use crate::contract::StoreError;
use crate::open::{Open, Role};
use crate::private;
use crate::seal::{KEY_FILE, Sealer, Source};

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
    let found = remains(dir);
    refuse_lost(dir, found)?;
    if open.create {
        private::create_directories(dir)
            .and_then(|()| private::restrict_empty(dir))
            .map_err(|source| io(dir, || format!("making {}", dir.display()), source))?;
    } else if !dir.join(DATABASE).is_file() {
        return Err(StoreError::NoData(dir.into()));
    }
    restrict_or_refuse(dir, open.allow_open_data)?;
    let lock = match open.role {
        Role::Server => Some(lock::take(dir)?),
        Role::Command | Role::Reader => None,
    };
    keep_private(dir)?;
    let opened = ready(dir, open, found).map(|(db, sealer)| Opened { lock, db, sealer: Arc::new(sealer) });
    opened.map_err(|failure| unopened(dir, failure))
}

/// Why a directory cannot be used. SQLite does not name the file that it finds damaged.
fn unopened(dir: &Path, failure: Failure) -> StoreError {
    match failure {
        Failure::Sql(error) if is_damage(&error) => {
            let file = dir.join(DATABASE);
            StoreError::Engine(format!("{} is damaged ({error}): restore a backup", file.display()))
        }
        other => other.into_answer(),
    }
}

fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

/// Opens a directory that is only read: its database as it is, or none of it. Nothing is written.
pub(super) fn read_only(dir: &Path, open: &Open) -> std::result::Result<Sealer, StoreError> {
    let found = remains(dir);
    refuse_lost(dir, found)?;
    if !dir.join(DATABASE).is_file() {
        return Err(StoreError::NoData(dir.into()));
    }
    // One that is open to others is read all the same: its mode cannot be changed, and nothing is added to it.
    read_only_ready(dir, open).map_err(|failure| unopened(dir, failure))
}

fn read_only_ready(dir: &Path, open: &Open) -> Result<Sealer> {
    let recorded = record::read(dir);
    let db = connect::read_only(dir)?;
    schema::refuse_newer(&db, dir)?;
    let (found, known) = (schema::version(&db)?, schema::known());
    if found < known {
        return Err(StoreError::SchemaOlder { location: dir.into(), found, known }.into());
    }
    if let Some(behind) = record::behind(&db, recorded)?.first() {
        return Err(behind.refuse(dir).into());
    }
    let check = secret::check_value(&db)?;
    // A key file is made only for a store without a check value.
    let source = if check.is_none() { Source::Lost } else { source(open) };
    Ok(Sealer::open(dir, source, check.as_deref())?)
}

/// Whether this process may write to a directory and its database.
pub(super) fn is_writable(dir: &Path) -> bool {
    let database = dir.join(DATABASE);
    private::is_writable(dir) && (private::is_writable(&database) || !database.exists())
}

fn source(open: &Open) -> Source {
    match (open.without_key, open.secret_key) {
        (true, _) => Source::Lost,
        (false, Some(key)) => Source::Given(key),
        (false, None) => Source::File,
    }
}

fn ready(dir: &Path, open: &Open, found: Option<&'static str>) -> Result<(Connection, Sealer)> {
    // Before the database, which another process may write meanwhile.
    let recorded = record::read(dir);
    if !record::is_there(dir) {
        // Whoever removed the record accepts the database as it is: its check sums are taken again.
        page_sums::remove(dir);
    }
    let mut db = connect::writer(dir)?;
    schema::refuse_newer(&db, dir)?;
    if let (0, Some(found)) = (schema::version(&db)?, found.filter(|found| *found != LOG)) {
        return Err(lost(dir, "empty", found).into());
    }
    if schema::version(&db)? < schema::known() {
        migrate(dir, open.role, &mut db)?;
    }
    if let Some(behind) = record::behind(&db, recorded)?.first() {
        return Err(behind.refuse(dir).into());
    }
    let source = source(open);
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
        Role::Command | Role::Reader => match lock::take_once(dir)? {
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

/// The database's write-ahead log. SQLite removes one that it finds beside an empty file. With a database in which
/// nothing was committed yet, it is what a power loss within the first start leaves behind: then the start begins again.
const LOG: &str = "crewbox.db-wal";

/// What shows that a directory had a database: each of these is made after it. The log is named only where it is all there is.
fn remains(dir: &Path) -> Option<&'static str> {
    let is_there =
        |name: &&str| fs::metadata(dir.join(name)).is_ok_and(|found| found.is_dir() || found.len() > 0);
    [KEY_FILE, blob::DIRECTORY, record::FILE, crate::search::FILE, LOG].into_iter().find(is_there)
}

/// Refuses a directory whose database is gone or was emptied, instead of beginning again in it.
fn refuse_lost(dir: &Path, found: Option<&'static str>) -> std::result::Result<(), StoreError> {
    let Some(found) = found else { return Ok(()) };
    match fs::metadata(dir.join(DATABASE)) {
        Ok(file) if file.len() > 0 => Ok(()),
        Ok(_) => Err(lost(dir, "empty", found)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(lost(dir, "missing", found)),
        Err(source) => Err(io(dir, || format!("looking for {}", dir.join(DATABASE).display()), source)),
    }
}

fn lost(dir: &Path, state: &'static str, found: &'static str) -> StoreError {
    StoreError::DatabaseLost { file: dir.join(DATABASE), state, found }
}

/// Refuses a directory that other users may use; one that is allowed to be so is restricted where that is possible.
fn restrict_or_refuse(dir: &Path, allow: bool) -> std::result::Result<(), StoreError> {
    let mode = private::open_to_others(dir)
        .map_err(|source| io(dir, || format!("looking at {}", dir.display()), source))?;
    match mode {
        None => {}
        Some(mode) if !allow => return Err(StoreError::OpenToOthers { directory: dir.to_owned(), mode }),
        Some(mode) => {
            if let Err(error) = private::restrict_directory(dir) {
                let mode = format!("{mode:o}");
                tracing::warn!(directory = %dir.display(), mode, %error, "other users may use the data directory");
            }
        }
    }
    Ok(())
}

/// Makes the database's file for its owner alone, before SQLite does; SQLite gives the files beside it the same mode.
fn keep_private(dir: &Path) -> std::result::Result<(), StoreError> {
    let file = dir.join(DATABASE);
    private::keep_file(&file).map_err(|source| io(dir, || format!("making {}", file.display()), source))?;
    for suffix in ["-wal", "-shm"] {
        private::restrict(&dir.join(format!("{DATABASE}{suffix}")));
    }
    Ok(())
}
