//! Moves committed pages from the WAL into the database, on a thread and a connection of its own, so that no
//! commit ever pays for it.
//!
//! Wakes every [`TICK`]. Past [`PASSIVE_BYTES`] it copies what it can beside the writer; past [`LIMIT_BYTES`] it
//! lets the writer pause for the little that is left, so that the WAL starts again from its beginning.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;

use super::connect;
use super::failure::{Result, Severity};
use super::health::Health;

/// How often it looks.
const TICK: Duration = Duration::from_millis(500);
/// A WAL below this is left alone: reading it is cheap, and pages written again are copied once.
const PASSIVE_BYTES: u64 = 4 * 1024 * 1024;
/// A WAL above this must start again: recovery after a crash reads all of it.
const LIMIT_BYTES: u64 = 128 * 1024 * 1024;
/// Passes beside the writer before the pass for which it pauses, each leaving less than the one before.
const PASSES: usize = 3;

/// Where the writer waits while the checkpointer asks it to.
#[derive(Debug, Default)]
pub(super) struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    closed: bool,
    ended: bool,
}

impl Gate {
    /// The writer's: waits while the gate is closed. Called between two groups.
    pub(super) fn pass(&self) {
        let state = self.lock();
        let _open = self
            .changed
            .wait_while(state, |state| state.closed && !state.ended)
            .unwrap_or_else(PoisonError::into_inner);
    }

    /// Ends the checkpointer.
    pub(super) fn end(&self) {
        self.lock().ended = true;
        self.changed.notify_all();
    }

    fn set_closed(&self, closed: bool) {
        self.lock().closed = closed;
        self.changed.notify_all();
    }

    /// Waits a tick; false when it is time to end.
    fn tick(&self) -> bool {
        let state = self.lock();
        let (state, _) = self
            .changed
            .wait_timeout_while(state, TICK, |state| !state.ended)
            .unwrap_or_else(PoisonError::into_inner);
        !state.ended
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The thread's life.
pub(super) fn run(dir: &Path, gate: &Arc<Gate>, health: &Health) {
    let wal: PathBuf = dir.join(format!("{}-wal", connect::DATABASE));
    let mut db = None;
    let mut copied_at = 0;
    while gate.tick() {
        let size = std::fs::metadata(&wal).map_or(0, |wal| wal.len());
        // The file keeps its size when the log starts again; only what came since the last pass counts then.
        if size < PASSIVE_BYTES || size == copied_at && size < LIMIT_BYTES {
            continue;
        }
        if let Err(failure) = pass(dir, &mut db, gate, size) {
            let severity = failure.severity();
            let error = failure.into_answer();
            if severity == Severity::Fatal {
                // After a failed sync it is not known what is on disk; the WAL still has all of it, for the next start.
                health.stop(&error);
                return;
            }
            tracing::warn!(%error, "a checkpoint failed; the next one tries again");
            db = None;
        }
        copied_at = size;
    }
}

fn pass(dir: &Path, db: &mut Option<Connection>, gate: &Gate, size: u64) -> Result<()> {
    let db = match db {
        Some(db) => db,
        None => db.insert(connect::checkpointer(dir)?),
    };
    if checkpoint(db, "PASSIVE")? || size < LIMIT_BYTES {
        return Ok(());
    }
    for _ in 1..PASSES {
        if checkpoint(db, "PASSIVE")? {
            return Ok(());
        }
    }
    gate.set_closed(true);
    let done = checkpoint(db, "TRUNCATE");
    gate.set_closed(false);
    done.map(|_| ())
}

/// Whether all of the WAL was copied.
fn checkpoint(db: &Connection, mode: &str) -> Result<bool> {
    let (busy, frames, copied): (i64, i64, i64) =
        db.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
    Ok(busy == 0 && frames == copied)
}

/// The last one, when a store is closed: leaves one whole file, unless somebody else is at work.
pub(super) fn last(dir: &Path) {
    // What cannot be copied now is recovered from the WAL at the next start.
    let _ = connect::checkpointer(dir).and_then(|db| checkpoint(&db, "TRUNCATE"));
}
