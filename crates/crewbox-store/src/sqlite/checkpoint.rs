//! Moves committed pages from the WAL into the database, on a thread and a connection of its own, so that no
//! commit ever pays for it.
//!
//! Writes the check sum of each page before it copies the page (`page_sums.rs`). Only this file copies pages: SQLite's
//! own checkpoints, at commits and at the end of connections, are off. Wakes every [`TICK`]. Past [`PASSIVE_BYTES`] it
//! copies what it can beside the writer. Past [`LIMIT_BYTES`] the WAL must start again from its beginning, for which nobody
//! may write. Copying pages and syncing the database takes seconds on a busy disk, so the writer pauses only once little is
//! left; work in bulk waits until then, or a pass would never leave less than the one before.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode};
use tokio::sync::watch;

use super::connect;
use super::failure::{self, Failure, Result, Severity};
use super::heads::{LogIndex, LogState};
use super::health::Health;
use super::log_file::LogFile;
use super::page_sums::{self, Locked, PageSums};
use super::stuck_copy::StuckCopy;
use crate::contract::StoreError;
use crate::open::Role;
use crate::stuck_lock;

/// How often it looks.
const TICK: Duration = Duration::from_millis(500);
/// A WAL below this is left alone: reading it is cheap, and pages written again are copied once.
const PASSIVE_BYTES: u64 = 4 * 1024 * 1024;
/// A WAL above this must start again: recovery after a crash reads all of it.
const LIMIT_BYTES: u64 = 128 * 1024 * 1024;
/// A WAL above this starts again however much is left.
const MOST_BYTES: u64 = 4 * LIMIT_BYTES;
/// Passes beside the writer before the pass for which it pauses, each leaving less than the one before.
const PASSES: usize = 8;
/// Frames that are left at the most when the writer pauses: copying 256 KiB and syncing it takes some milliseconds.
const FRAMES_PAUSED: u32 = 64;
/// Work in bulk waits for a checkpoint for so long: it goes on if a pass hangs.
const BULK_WAIT: Duration = Duration::from_secs(10);
/// A group that is being written is waited for so long: it holds the right to write, and syncing it takes seconds on a busy
/// disk. Without this wait a writer that is always at work would never let the log start again.
const GROUP_WAIT: Duration = Duration::from_secs(5);
/// A snapshot is taken this often before a pass gives up, each time because a commit came in the same instant.
const SNAPSHOT_TRIES: usize = 8;
/// Readers of an old snapshot are waited for this often ...
const READER_WAITS: usize = 4;
/// ... and this long, while the writer pauses.
const READER_WAIT: Duration = Duration::from_millis(5);

/// Where the writer waits while the checkpointer asks it to, and work in bulk before it reaches the writer.
#[derive(Debug, Default)]
pub(super) struct Gate {
    state: Mutex<State>,
    changed: Condvar,
    bulk_waits: watch::Sender<bool>,
    /// Frames that were left at the most when the writer paused.
    #[cfg(test)]
    pub(super) most_paused: std::sync::atomic::AtomicU32,
}

#[derive(Debug, Default)]
struct State {
    closed: bool,
    ended: bool,
    /// The writer is past the gate, in a transaction or about to begin one.
    writing: bool,
}

impl Gate {
    /// The writer's: waits while the gate is closed. Called before each group.
    pub(super) fn pass(&self) {
        let state = self.lock();
        let mut open = self
            .changed
            .wait_while(state, |state| state.closed && !state.ended)
            .unwrap_or_else(PoisonError::into_inner);
        open.writing = true;
    }

    /// The writer's, after each group.
    pub(super) fn leave(&self) {
        self.lock().writing = false;
        self.changed.notify_all();
    }

    /// Waits while work in bulk would keep the WAL from starting again.
    pub(super) async fn let_bulk_pass(&self) {
        let mut waits = self.bulk_waits.subscribe();
        let _in_time = tokio::time::timeout(BULK_WAIT, waits.wait_for(|waits| !waits)).await;
    }

    /// Ends the checkpointer.
    pub(super) fn end(&self) {
        self.lock().ended = true;
        self.changed.notify_all();
        self.bulk_waits.send_replace(false);
    }

    fn has_ended(&self) -> bool {
        self.lock().ended
    }

    /// Lets the writer in no more, and waits until it is out; whether it is.
    fn close(&self) -> bool {
        let mut state = self.lock();
        state.closed = true;
        let (state, _) = self
            .changed
            .wait_timeout_while(state, GROUP_WAIT, |state| state.writing && !state.ended)
            .unwrap_or_else(PoisonError::into_inner);
        !state.writing
    }

    fn open(&self) {
        self.lock().closed = false;
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

/// The thread's life. A server takes the check sums that are not known yet, once.
pub(super) fn run(dir: &Path, role: Role, gate: &Arc<Gate>, health: &Health) {
    let wal: PathBuf = dir.join(format!("{}-wal", connect::DATABASE));
    let mut checkpointer = None;
    let mut is_complete = role != Role::Server;
    let mut copied_at = 0;
    let mut stuck = StuckCopy::default();
    let is_held = |lock| stuck_lock::is_held(&connect::index(dir), lock);
    while gate.tick() {
        if stuck.keeps_readers_out(is_held) {
            health.stop(&Failure::stuck_lock().into_answer());
            return;
        }
        let size = std::fs::metadata(&wal).map_or(0, |wal| wal.len());
        // The file keeps its size when the log starts again; only what came since the last pass counts then.
        let is_small = size < PASSIVE_BYTES || size == copied_at && size < LIMIT_BYTES;
        if is_small && is_complete {
            continue;
        }
        let done = opened(dir, &mut checkpointer).and_then(|checkpointer| {
            if !is_complete {
                checkpointer.complete_sums(gate)?;
                is_complete = true;
            }
            if is_small || checkpointer.look(gate, size)? {
                stuck.done();
                return Ok(());
            }
            let copied = checkpointer.index.state().map(|state| state.copied);
            if stuck.is_stuck(copied, Instant::now(), is_held) { Err(Failure::stuck_lock()) } else { Ok(()) }
        });
        if let Err(failure) = done {
            let severity = failure.severity();
            let error = failure.into_answer();
            if severity == Severity::Fatal {
                // After a failed sync it is not known what is on disk; the WAL still has all of it, for the next start.
                health.stop(&error);
                return;
            }
            tracing::warn!(%error, "a checkpoint failed; the next one tries again");
            checkpointer = None;
        }
        copied_at = size;
    }
}

fn opened<'c>(dir: &Path, kept: &'c mut Option<Checkpointer>) -> Result<&'c Checkpointer> {
    match kept {
        Some(checkpointer) => Ok(checkpointer),
        None => Ok(kept.insert(Checkpointer::open(dir)?)),
    }
}

/// What copies pages. Each page's check sum is on disk before the page is in the database (`page_sums.rs`).
struct Checkpointer {
    dir: PathBuf,
    /// Keeps a snapshot, or the right to write, while the other one copies.
    holder: Connection,
    db: Connection,
    index: LogIndex,
    /// Closed last: its lock covers the closing of the connections.
    sums: PageSums,
}

impl Checkpointer {
    fn open(dir: &Path) -> Result<Self> {
        let (holder, db) = (connect::checkpointer(dir)?, connect::checkpointer(dir)?);
        let sums = PageSums::open(dir).map_err(|source| failed(dir, source))?;
        // A read makes the index, if nobody has.
        begin_reading(&holder)?;
        let index = LogIndex::open(dir);
        end(&holder)?;
        let index = index.ok_or_else(|| StoreError::Engine("the log's index cannot be read".to_owned()))?;
        Ok(Self { dir: dir.to_owned(), holder, db, index, sums })
    }

    fn complete_sums(&self, gate: &Gate) -> Result<()> {
        Ok(self.sums.complete(&|| gate.has_ended()).map_err(|source| failed(&self.dir, source))?)
    }

    /// Copies what there is; a log over its limit starts again. Whether all of it was copied.
    fn look(&self, gate: &Gate, size: u64) -> Result<bool> {
        let _locked = self.lock()?;
        let all = self.pass()?;
        if size < LIMIT_BYTES {
            return Ok(all);
        }
        gate.bulk_waits.send_replace(true);
        let done = self.start_again(gate, size);
        gate.bulk_waits.send_replace(false);
        done
    }

    /// Has a log over its limit start again, unless others write so much that the writer would pause for long: then the next
    /// look tries again. Whether all of it was copied.
    fn start_again(&self, gate: &Gate, size: u64) -> Result<bool> {
        for _ in 1..PASSES {
            // SQLite itself begins at the start again only in a transaction that begins when all is copied: a writer that is
            // always at work has none.
            if self.frames_left() <= FRAMES_PAUSED {
                break;
            }
            self.pass()?;
        }
        if self.frames_left() > FRAMES_PAUSED && size < MOST_BYTES {
            return Ok(false);
        }
        let is_out = gate.close();
        #[cfg(test)]
        gate.most_paused.fetch_max(self.frames_left(), std::sync::atomic::Ordering::AcqRel);
        let done = if is_out { self.restart() } else { Ok(false) };
        gate.open();
        Ok(done? || self.frames_left() == 0)
    }

    /// Frames that are not in the database yet.
    fn frames_left(&self) -> u32 {
        self.index.state().map_or(0, |state| state.frames.saturating_sub(state.copied))
    }

    fn lock(&self) -> Result<Locked<'_>> {
        Ok(self.sums.lock().map_err(|source| failed(&self.dir, source))?)
    }

    /// Copies what is committed, beside whoever writes; whether that was all. The snapshot that is held keeps later frames
    /// out of the copy: their check sums are not written yet.
    fn pass(&self) -> Result<bool> {
        for _ in 0..SNAPSHOT_TRIES {
            let before = self.index.state();
            begin_reading(&self.holder)?;
            let snapshot =
                self.index.state().filter(|state| Some(state.header) == before.map(|state| state.header));
            let copied = snapshot.map(|snapshot| self.copy(snapshot));
            end(&self.holder)?;
            if let Some(copied) = copied {
                return copied;
            }
            // A commit came between: it is not known up to which frame the snapshot goes.
        }
        Ok(false)
    }

    /// Copies all of the log while nobody writes, and has it start again from its beginning; whether it does.
    fn restart(&self) -> Result<bool> {
        match self.holder.execute_batch("BEGIN IMMEDIATE") {
            // Another process writes: the next pass tries again.
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => return Ok(false),
            begun => begun?,
        }
        let state = self.index.state();
        let copied = state.map_or(Ok(false), |state| self.copy_all(state));
        end(&self.holder)?;
        if !copied? {
            return Ok(false);
        }
        let done = checkpoint(&self.db, "TRUNCATE");
        if self.index.state().map(|state| state.change) != state.map(|state| state.change) {
            // Another process committed within this instant, and what it wrote was copied, too.
            self.sums.forget().map_err(|source| failed(&self.dir, source))?;
        }
        done
    }

    /// As [`Self::copy`]; waits a moment for readers of an old snapshot.
    fn copy_all(&self, state: LogState) -> Result<bool> {
        let mut is_all = self.copy(state)?;
        for _ in 0..READER_WAITS {
            if is_all {
                break;
            }
            std::thread::park_timeout(READER_WAIT);
            // Nobody writes: the check sums of all frames are on disk by now.
            is_all = checkpoint(&self.db, "PASSIVE")?;
        }
        Ok(is_all)
    }

    /// Copies the log up to this state, beyond which no frame can be copied meanwhile.
    fn copy(&self, state: LogState) -> Result<bool> {
        if state.copied >= state.frames {
            return Ok(true);
        }
        let mut sums = BTreeMap::new();
        let note = |page, bytes: &[u8]| {
            sums.insert(page, page_sums::sum(page, bytes));
        };
        let read = LogFile::open(&self.dir).and_then(|log| {
            log.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?.frames(
                state.copied + 1,
                state.frames,
                note,
            )
        });
        read.and_then(|()| self.sums.write(&sums)).map_err(|source| failed(&self.dir, source))?;
        self.sums.sync().map_err(|source| unsynced(&self.dir, source))?;
        checkpoint(&self.db, "PASSIVE")
    }
}

fn failed(dir: &Path, source: io::Error) -> StoreError {
    failure::io(dir, || "keeping the check sums of the database's pages".to_owned(), source)
}

/// After a failed sync it is not known what is on disk, as with SQLite's own; a full disk heals.
fn unsynced(dir: &Path, source: io::Error) -> Failure {
    match failed(dir, source) {
        StoreError::Io { doing, source } => {
            let error = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_IOERR_FSYNC);
            rusqlite::Error::SqliteFailure(error, Some(format!("{doing}: {source}"))).into()
        }
        other => other.into(),
    }
}

fn begin_reading(db: &Connection) -> Result<()> {
    db.execute_batch("BEGIN")?;
    db.query_row("SELECT count(*) FROM (SELECT 1 FROM sqlite_schema LIMIT 1)", [], |_| Ok(()))?;
    Ok(())
}

fn end(db: &Connection) -> Result<()> {
    Ok(db.execute_batch("ROLLBACK")?)
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
    let _ = copy_and_close(dir);
}

fn copy_and_close(dir: &Path) -> Result<()> {
    // Connected before it waits: while another process is connected, closing copies and removes nothing.
    let checkpointer = Checkpointer::open(dir)?;
    checkpointer.sums.lock_until_closed().map_err(|source| failed(dir, source))?;
    if checkpointer.restart()? {
        // With nothing left to copy, closing the last connection removes the log.
        connect::checkpoint_on_close(&checkpointer.db, true)?;
    }
    Ok(())
}
