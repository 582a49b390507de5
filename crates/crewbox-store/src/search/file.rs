//! The file `search.db`: its schema, and how far it has followed each account's log.
//!
//! All of it is derived. A file that is damaged, of another version, or ahead of the store (which then was
//! restored from a backup) is dropped and built again; it is never repaired.

use std::path::Path;

use crewbox_core::id::{AccountId, Seq};
use crewbox_core::time::Timestamp;
use rusqlite::{Connection, ErrorCode, OptionalExtension as _, params};

use super::page::PAGE_BYTES;
use super::segment;
use crate::contract::StoreError;
use crate::private;
use crate::stuck_lock::{self, Lock};

/// The file's name in the data directory.
pub const FILE: &str = "search.db";
/// Bumped whenever the tokens or the layout change: older files are built again.
const VERSION: u32 = 3;
/// How long to wait for another process's small transaction, in ms.
const BUSY_MS: u64 = 5_000;
/// Read through the page cache of the system up to here: dictionaries are read whole on each search.
const MAPPED_BYTES: i64 = 4 << 30;
/// After a merge the write-ahead log is cut back to this.
const WAL_BYTES: i64 = 4 << 20;

const SCHEMA: &str = "
CREATE TABLE account (
    account_id INTEGER PRIMARY KEY,
    cursor INTEGER NOT NULL,      -- changes up to this one are in
    cursor_at INTEGER NOT NULL,   -- that change's time: tells a restored store
    fresh INTEGER NOT NULL,       -- all that is in was read at this change or later
    next_doc INTEGER NOT NULL,
    generation INTEGER NOT NULL   -- bumped by every write
);
CREATE TABLE segment (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL,
    first_doc INTEGER NOT NULL,   -- segments of an account are contiguous
    docs INTEGER NOT NULL DEFAULT 0,
    tokens INTEGER NOT NULL DEFAULT 0,
    positions INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX segment_account ON segment (account_id, first_doc);
-- Keys below are a segment's id << 28 plus the number of the first token or document.
CREATE TABLE dictionary (id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, tokens BLOB NOT NULL);
CREATE TABLE list (id INTEGER PRIMARY KEY, lists BLOB NOT NULL);   -- of a row of the dictionary: where its tokens stand
CREATE TABLE long_list (id INTEGER PRIMARY KEY, list BLOB NOT NULL);
CREATE TABLE document (id INTEGER PRIMARY KEY, ids BLOB NOT NULL);
CREATE TABLE lead (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL,
    fields BLOB NOT NULL,
    conversations BLOB NOT NULL
);
CREATE INDEX lead_account ON lead (account_id);
-- What was indexed more than once: the current text decides.
CREATE TABLE stale (
    account_id INTEGER NOT NULL,
    kind INTEGER NOT NULL,        -- 0 message, 1 conversation's lead
    id INTEGER NOT NULL,
    PRIMARY KEY (account_id, kind, id)
) WITHOUT ROWID;
";

/// How far an account has been followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    pub(super) cursor: Seq,
    pub(super) cursor_at: Timestamp,
    pub(super) fresh: Seq,
    pub(super) next_doc: u32,
    pub(super) generation: u64,
}

pub(super) fn engine(e: rusqlite::Error) -> StoreError {
    let text = format!("search: {e}");
    match e.sqlite_error_code() {
        // For a moment: it says nothing about what is searched.
        Some(
            ErrorCode::DatabaseBusy
            | ErrorCode::FileLockingProtocolFailed
            | ErrorCode::CannotOpen
            | ErrorCode::OutOfMemory,
        ) => StoreError::OutOfResources(text),
        _ => StoreError::Engine(text),
    }
}

/// Opens the file, made if it must be; one of another version or damaged is dropped first.
pub(super) fn open(dir: &Path) -> Result<Connection, StoreError> {
    match try_open(dir) {
        Ok(db) => Ok(db),
        Err(e) if is_damage(&e) => {
            tracing::warn!(error = %e, "search.db is damaged or of another version: it is built again");
            remove(dir)?;
            try_open(dir).map_err(engine)
        }
        Err(e) => Err(engine(e)),
    }
}

/// Whether the file must be dropped.
pub(super) fn is_damage(e: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    matches!(e.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase))
        || matches!(e, rusqlite::Error::InvalidQuery)
}

fn try_open(dir: &Path) -> Result<Connection, rusqlite::Error> {
    // SQLite gives the files beside it the same mode. What cannot be made, opening reports.
    let _ = private::keep_file(&dir.join(FILE));
    let mut db = Connection::open(dir.join(FILE))?;
    db.busy_timeout(std::time::Duration::from_millis(BUSY_MS))?;
    db.pragma_update(None, "page_size", PAGE_BYTES)?;
    db.pragma_update(None, "journal_mode", "wal")?;
    db.pragma_update(None, "synchronous", "normal")?;
    // Texts of deleted messages are overwritten, not only forgotten.
    db.pragma_update(None, "secure_delete", "ON")?;
    db.pragma_update(None, "mmap_size", MAPPED_BYTES)?;
    db.pragma_update(None, "journal_size_limit", WAL_BYTES)?;
    let version = |db: &Connection| db.pragma_query_value(None, "user_version", |row| row.get::<_, u32>(0));
    // A reader of a file that is there waits for nobody who writes.
    if version(&db)? != VERSION {
        let tx = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        match version(&tx)? {
            VERSION => {}
            0 => {
                tx.execute_batch(SCHEMA)?;
                tx.pragma_update(None, "user_version", VERSION)?;
            }
            _ => return Err(rusqlite::Error::InvalidQuery),
        }
        tx.commit()?;
    }
    crate::reads::count_statements(&mut db)?;
    Ok(db)
}

/// Removes the file with what SQLite keeps beside it.
pub(super) fn remove(dir: &Path) -> Result<(), StoreError> {
    for suffix in ["", "-wal", "-shm"] {
        match std::fs::remove_file(dir.join(format!("{FILE}{suffix}"))) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                return Err(StoreError::Io { doing: "removing search.db".to_owned(), source });
            }
            _ => {}
        }
    }
    Ok(())
}

/// Empties the write-ahead log if it is large and nobody reads it: after a merge it may hold as much again. Whether it is
/// small or empty now.
pub(super) fn settle(db: &Connection) -> Result<bool, StoreError> {
    let wal = db.path().map(|path| format!("{path}-wal"));
    let large = |wal: String| std::fs::metadata(wal).is_ok_and(|wal| wal.len() >= WAL_BYTES.unsigned_abs());
    if wal.is_some_and(large) { empty_log(db) } else { Ok(true) }
}

/// Empties the write-ahead log, unless somebody reads it for longer than [`BUSY_MS`]; whether it did.
pub(super) fn empty_log(db: &Connection) -> Result<bool, StoreError> {
    let busy: bool = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).map_err(engine)?;
    Ok(!busy)
}

/// Whether this process holds a lock on the file that a write or a checkpoint takes. With none under way, the system did not
/// release it.
pub(super) fn is_locked(dir: &Path) -> bool {
    let index = dir.join(format!("{FILE}-shm"));
    [Lock::Write, Lock::Checkpoint, Lock::Mark].into_iter().any(|lock| stuck_lock::is_held(&index, lock))
}

/// How far an account is indexed.
pub(super) fn state(db: &Connection, account: AccountId) -> Result<State, rusqlite::Error> {
    let found = db
        .prepare_cached(
            "SELECT cursor, cursor_at, fresh, next_doc, generation FROM account WHERE account_id = ?1",
        )?
        .query_row([account.get()], |row| {
            Ok(State {
                cursor: Seq(row.get(0)?),
                cursor_at: Timestamp(row.get(1)?),
                fresh: Seq(row.get(2)?),
                next_doc: row.get(3)?,
                generation: row.get(4)?,
            })
        })
        .optional()?;
    Ok(found.unwrap_or_default())
}

pub(super) fn put_state(db: &Connection, account: AccountId, state: &State) -> Result<(), rusqlite::Error> {
    db.prepare_cached("INSERT OR REPLACE INTO account VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?.execute(params![
        account.get(),
        state.cursor.0,
        state.cursor_at.millis(),
        state.fresh.0,
        state.next_doc,
        state.generation
    ])?;
    Ok(())
}

/// Drops all an account has here but its generation.
pub(super) fn forget(db: &Connection, account: AccountId, state: &State) -> Result<(), rusqlite::Error> {
    for segment in segment::list(db, account)? {
        segment::drop(db, segment.id)?;
    }
    for table in ["lead", "stale"] {
        db.execute(&format!("DELETE FROM {table} WHERE account_id = ?1"), [account.get()])?;
    }
    put_state(db, account, &State { generation: state.generation + 1, ..State::default() })
}
