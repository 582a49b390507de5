//! Connections, and what each kind needs set.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::failure::{Failure, Result};
use crate::contract::StoreError;

/// The database's name in the data directory.
pub(crate) const DATABASE: &str = "crewbox.db";
/// Bytes of a page: SQLite's default, in every database of ours.
pub(super) const PAGE_BYTES: usize = 4_096;
/// A writer waits this long for the other process's, in steps of [`BUSY_STEP`]: far longer than a group takes.
const BUSY_TRIES: i32 = 10_000;
/// Short, because the other process leaves only a short gap between two of its groups.
const BUSY_STEP: Duration = Duration::from_millis(1);
/// The writer's page cache, in KiB: holds the inner pages of every key of a few million rows.
const WRITER_CACHE_KIB: i64 = 64 * 1024;
/// A reader's page cache, in KiB; the system's own cache is behind it.
const READER_CACHE_KIB: i64 = 8 * 1024;
/// Statements kept prepared on each connection: all there are, with room.
const STATEMENTS: usize = 128;
/// Idle readers kept; further ones are closed after use.
const IDLE_READERS: usize = 32;
/// How long a checkpoint may hold writers up while it waits for readers of an old snapshot.
pub(super) const CHECKPOINT_WAIT: Duration = Duration::from_millis(20);

/// The index of the database's log in this directory.
pub(super) fn index(dir: &Path) -> PathBuf {
    dir.join(format!("{DATABASE}-shm"))
}

/// The writer's connection. Durable at each commit, and never checkpointing within one.
pub(super) fn writer(dir: &Path) -> Result<Connection> {
    let mut db = open(dir, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
    db.busy_handler(Some(wait_a_step))?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "wal_autocheckpoint", 0)?;
    // What is deleted is overwritten, not only forgotten.
    db.pragma_update(None, "secure_delete", "ON")?;
    db.pragma_update(None, "temp_store", "MEMORY")?;
    db.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    // Most references are checked where they are made, with the contract's own errors, and by `doctor`. A table whose rows
    // go with those of another declares that as a foreign key, so that no deletion has a list of such tables.
    db.pragma_update(None, "foreign_keys", true)?;
    #[cfg(test)]
    super::hold::count_statements(&mut db)?;
    Ok(db)
}

/// A checkpointer's connection.
pub(super) fn checkpointer(dir: &Path) -> Result<Connection> {
    let db = open(dir, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    db.busy_timeout(CHECKPOINT_WAIT)?;
    db.pragma_update(None, "synchronous", "FULL")?;
    Ok(db)
}

fn reader(dir: &Path) -> Result<Connection> {
    // Not read-only: reading a WAL needs to write its index.
    let mut db = open(dir, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    set_reader(&mut db)?;
    Ok(db)
}

/// A connection to a database that cannot be written to, nor anything beside it (sqlite.org/wal.html, section 5).
pub(super) fn read_only(dir: &Path) -> Result<Connection> {
    let size =
        |suffix: &str| fs::metadata(dir.join(format!("{DATABASE}{suffix}"))).map(|file| file.len()).ok();
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let file = dir.join(DATABASE);
    let mut db = match (size("-wal"), size("-shm")) {
        // A server may be writing, where this is its directory mounted a second time: with the index SQLite's locks work.
        (Some(_), Some(_)) => Connection::open_with_flags(&file, flags)?,
        // A log alone: its index is made in memory, which SQLite does for whoever has the database alone. Without locks,
        // because the one for that needs the right to write.
        (Some(1..), None) => {
            let db = Connection::open_with_flags_and_vfs(&file, flags, c"unix-none")?;
            db.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
            db
        }
        (Some(0) | None, _) => {
            Connection::open_with_flags(immutable(&file), flags | OpenFlags::SQLITE_OPEN_URI)?
        }
    };
    set_reader(&mut db)?;
    Ok(db)
}

/// A file that nobody changes, as a URI (sqlite.org/uri.html).
fn immutable(file: &Path) -> String {
    use std::fmt::Write as _;
    use std::os::unix::ffi::OsStrExt as _;
    let mut uri = "file:".to_owned();
    for byte in file.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.".contains(byte) {
            uri.push(char::from(*byte));
        } else {
            let _ = write!(uri, "%{byte:02x}");
        }
    }
    uri + "?immutable=1"
}

fn set_reader(db: &mut Connection) -> Result<()> {
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    db.busy_timeout(BUSY_STEP * 5_000)?;
    db.pragma_update(None, "query_only", true)?;
    db.pragma_update(None, "wal_autocheckpoint", 0)?;
    db.pragma_update(None, "temp_store", "MEMORY")?;
    db.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
    crate::reads::count_statements(db)?;
    Ok(())
}

fn open(dir: &Path, flags: OpenFlags) -> Result<Connection> {
    let db = Connection::open_with_flags(dir.join(DATABASE), flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    checkpoint_on_close(&db, false)?;
    // A statement is planned once: without this some are planned again for every new value they are given.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(db)
}

/// Whether closing the last connection copies what is left of the log, and removes it. Off unless nothing is left: pages
/// are copied by the checkpointer only, which keeps their check sums.
pub(super) fn checkpoint_on_close(db: &Connection, on: bool) -> Result<()> {
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, !on)?;
    Ok(())
}

fn wait_a_step(tries: i32) -> bool {
    std::thread::park_timeout(BUSY_STEP);
    tries < BUSY_TRIES
}

/// Readers at rest. A read takes one, inline, on whatever thread it is: as many come to be as reads at once.
#[derive(Debug)]
pub(crate) struct Readers {
    dir: PathBuf,
    connect: fn(&Path) -> Result<Connection>,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(super) fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), connect: reader, idle: Mutex::default() }
    }

    /// Of a directory in which nothing may be written.
    pub(super) fn read_only(dir: &Path) -> Self {
        Self { connect: read_only, ..Self::new(dir) }
    }

    /// Reads with one statement or several, each seeing the newest commit.
    pub(crate) fn with<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T>,
    ) -> std::result::Result<T, StoreError> {
        let idle = self.idle().pop();
        let db = match idle {
            Some(db) => db,
            None => (self.connect)(&self.dir).map_err(Failure::into_answer)?,
        };
        let answer = read(&db);
        let mut idle = self.idle();
        if db.is_autocommit() && idle.len() < IDLE_READERS {
            idle.push(db);
        }
        answer.map_err(Failure::into_answer)
    }

    /// Reads in one snapshot.
    pub(crate) fn snapshot<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T>,
    ) -> std::result::Result<T, StoreError> {
        self.with(|db| {
            let snapshot = db.unchecked_transaction()?;
            let answer = read(&snapshot)?;
            snapshot.finish()?;
            Ok(answer)
        })
    }

    /// Closes those at rest.
    pub(super) fn close_idle(&self) {
        self.idle().clear();
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
