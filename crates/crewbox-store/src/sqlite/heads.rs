//! Heads remembered for as long as nothing is committed, by any process: what every request asks first, and what the
//! watcher (`watch.rs`) looks at for all followers of the log.
//!
//! Owns no truth and takes no lock of the database. SQLite begins its WAL index (the `-shm` file) with a header
//! that each commit rewrites before it returns, with a counter and a checksum in it (sqlite.org/walformat.html,
//! section 2.1). While those bytes are what they were before a head was read, that head is current; one short read
//! shows it, instead of a statement with its locks.
//!
//! Never closes the file, and never opens it twice: closing any descriptor of a file drops every POSIX lock that the
//! process holds on it (fcntl(2); sqlite.org/howtocorrupt.html, section 2.2), and SQLite locks this file that way.
//! All code that needs these bytes asks here.

use std::collections::HashMap;
use std::fs::{self, File};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crewbox_core::id::AccountId;

use super::connect;
use crate::contract::{Head, StoreError};

/// The header's first copy, which a commit writes last.
pub(super) type Header = [u8; 48];

/// A file, whatever its path: device and inode. Neither is given to another file while this one is open.
type FileId = (u64, u64);

/// Every file of SQLite's that this process has opened beside it, one descriptor each, until the process ends.
static OPENED: Mutex<Vec<(FileId, Arc<File>)>> = Mutex::new(Vec::new());

/// The one descriptor of a file that SQLite locks; none where the file cannot be read.
pub(super) fn open_once(path: &Path) -> Option<Arc<File>> {
    let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    // Asked by path, since opening it a second time and closing that again would drop the locks.
    let found = fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))?;
    if let Some((_, file)) = opened.iter().find(|(id, _)| *id == found) {
        return Some(Arc::clone(file));
    }
    let file = Arc::new(File::open(path).ok()?);
    // Another file may have taken the path since; this one stays open all the same.
    let metadata = file.metadata().ok();
    opened.push((metadata.map_or(found, |file| (file.dev(), file.ino())), Arc::clone(&file)));
    Some(file)
}

/// The WAL index, which says how long the log is and how much of it is in the database.
#[derive(Debug)]
pub(super) struct LogIndex(Arc<File>);

/// The log at a moment (sqlite.org/walformat.html, sections 2.1 and 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LogState {
    pub(super) header: Header,
    /// Counts commits.
    pub(super) change: u32,
    /// The newest committed frame; the first one is 1.
    pub(super) frames: u32,
    /// Frames up to this one are in the database.
    pub(super) copied: u32,
}

impl LogIndex {
    /// Of the database in this directory, which is open already; none where it cannot be read.
    pub(super) fn open(dir: &Path) -> Option<Self> {
        open_once(&dir.join(format!("{}-shm", connect::DATABASE))).map(Self)
    }

    /// The state now; none where it cannot be read.
    pub(super) fn state(&self) -> Option<LogState> {
        const CHANGE: usize = 8;
        const FRAMES: usize = 16;
        const COPIED: usize = 96;
        let mut bytes = [0; COPIED + 4];
        self.0.read_exact_at(&mut bytes, 0).ok()?;
        let number = |at: usize| Some(u32::from_ne_bytes(*bytes.get(at..)?.first_chunk()?));
        Some(LogState {
            header: *bytes.first_chunk()?,
            change: number(CHANGE)?,
            frames: number(FRAMES)?,
            copied: number(COPIED)?,
        })
    }
}

/// The remembered heads.
#[derive(Debug)]
pub(super) struct Heads {
    /// None where the file cannot be read: then every head is read from the database.
    index: Option<Arc<File>>,
    known: RwLock<Known>,
}

/// Heads read after the header was seen as it is here.
#[derive(Debug)]
struct Known {
    header: Header,
    heads: HashMap<AccountId, Head>,
}

impl Heads {
    /// Of the database in this directory, which is open already.
    pub(super) fn new(dir: &Path) -> Self {
        let index = open_once(&dir.join(format!("{}-shm", connect::DATABASE)));
        Self { index, known: RwLock::new(Known { header: [0; 48], heads: HashMap::new() }) }
    }

    /// The account's head, by `read` where it is not known.
    pub(super) fn get(
        &self,
        account: AccountId,
        read: impl FnOnce() -> Result<Head, StoreError>,
    ) -> Result<Head, StoreError> {
        // Before anything is read: a commit in between makes the head newer than the header, never older.
        let Some(header) = self.header() else { return read() };
        {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(head) = known.heads.get(&account).filter(|_| known.header == header) {
                return Ok(*head);
            }
        }
        let head = read()?;
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.header != header {
            known.header = header;
            known.heads.clear();
        }
        known.heads.insert(account, head);
        Ok(head)
    }

    /// The bytes that every commit changes; none where they cannot be read.
    pub(super) fn header(&self) -> Option<Header> {
        crate::reads::count();
        let mut header = [0; 48];
        self.index.as_ref()?.read_exact_at(&mut header, 0).ok()?;
        Some(header)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crewbox_core::id::Seq;

    #[test]
    fn the_file_has_one_descriptor_which_outlives_its_users() {
        let dir = tempfile::tempdir().unwrap();
        let writer = connect::writer(dir.path()).unwrap();
        writer.execute_batch("CREATE TABLE t (n)").unwrap();
        let (one, other) = (Heads::new(dir.path()), Heads::new(dir.path()));
        assert!(Arc::ptr_eq(one.index.as_ref().unwrap(), other.index.as_ref().unwrap()));
        let weak = Arc::downgrade(one.index.as_ref().unwrap());
        drop((one, other));
        assert!(weak.upgrade().is_some(), "closing it would drop SQLite's locks");
    }

    #[test]
    fn a_head_is_read_again_after_a_commit_and_not_before() {
        let dir = tempfile::tempdir().unwrap();
        let writer = connect::writer(dir.path()).unwrap();
        writer.execute_batch("CREATE TABLE t (n)").unwrap();
        let heads = Heads::new(dir.path());
        assert!(heads.index.is_some());
        let mut reads = 0;
        let mut get = |account: u64| {
            let read = || {
                reads += 1;
                Ok(Head { seq: Seq(reads), names_epoch: 0 })
            };
            heads.get(AccountId(account), read).unwrap().seq.0
        };
        assert_eq!((get(1), get(1), get(2), get(2), get(1)), (1, 1, 2, 2, 1));
        writer.execute_batch("INSERT INTO t VALUES (1)").unwrap();
        assert_eq!((get(1), get(1), get(2)), (3, 3, 4));
        // Another connection's commit, and a log that starts again.
        let other = connect::writer(dir.path()).unwrap();
        other.execute_batch("INSERT INTO t VALUES (2)").unwrap();
        assert_eq!(get(1), 5);
        other.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
        writer.execute_batch("INSERT INTO t VALUES (3)").unwrap();
        assert_eq!(get(1), 6);
        writer.execute_batch("BEGIN IMMEDIATE; INSERT INTO t VALUES (4); ROLLBACK").unwrap();
        assert_eq!(get(1), 6);
    }
}
