//! Readers of the index, each with a reader of the store, kept for the next search.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use super::file;
use super::source::Source;
use crate::contract::StoreError;

/// Readers kept for the next search.
const KEPT_READERS: usize = 8;

/// Makes a reader of the store.
pub type MakeSource = Box<dyn Fn() -> Result<Box<dyn Source>, StoreError> + Send + Sync>;

/// A reader of the index and one of the store.
pub(super) struct Reader {
    pub(super) db: Connection,
    pub(super) source: Box<dyn Source>,
    /// Of which file.
    pub(super) file: u64,
}

/// All readers that are not in use.
pub(super) struct Readers {
    pub(super) dir: PathBuf,
    make: MakeSource,
    /// Counts the files: one that was damaged or deleted is built again.
    file: AtomicU64,
    /// None is opened, so that those in use are the last.
    closed: AtomicBool,
    kept: Mutex<Vec<Reader>>,
}

impl Readers {
    pub(super) fn new(dir: PathBuf, make: MakeSource) -> Self {
        Self { dir, make, file: AtomicU64::new(0), closed: AtomicBool::new(false), kept: Mutex::default() }
    }

    /// One that was kept, or a new one.
    ///
    /// # Errors
    /// `OutOfResources` while the file is closed; the engine's.
    pub(super) fn reader(&self) -> Result<Reader, StoreError> {
        if self.closed.load(Ordering::Acquire) {
            return Err(closed_error());
        }
        if let Some(reader) = lock(&self.kept).pop() {
            return Ok(reader);
        }
        let file = self.file_number();
        Ok(Reader { db: file::open(&self.dir)?, source: (self.make)()?, file })
    }

    /// Keeps a reader, unless there are enough or it is of a file that is gone.
    pub(super) fn keep(&self, reader: Reader) {
        let mut kept = lock(&self.kept);
        if kept.len() < KEPT_READERS && reader.file == self.file_number() {
            kept.push(reader);
        }
    }

    /// Which file it is: each one that is built again has a higher number.
    pub(super) fn file_number(&self) -> u64 {
        self.file.load(Ordering::Acquire)
    }

    /// Closes those that are kept, and opens no other until [`Readers::open`].
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.file_was_built_again();
    }

    /// Opens readers again.
    pub(super) fn open(&self) {
        self.closed.store(false, Ordering::Release);
    }

    /// Another file is in the place of the one before.
    pub(super) fn file_was_built_again(&self) {
        self.file.fetch_add(1, Ordering::AcqRel);
        lock(&self.kept).clear();
    }
}

/// The index is closed for as long as somebody still uses it.
pub(super) fn closed_error() -> StoreError {
    StoreError::OutOfResources("search: the index is closed until the system releases its lock".to_owned())
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
