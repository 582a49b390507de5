//! Heads remembered for as long as nothing is committed, by any process: what every request asks first.
//!
//! Owns no truth and takes no lock of the database. SQLite begins its WAL index (the `-shm` file) with a header
//! that each commit rewrites before it returns, with a counter and a checksum in it (sqlite.org/walformat.html,
//! section 2.1). While those bytes are what they were before a head was read, that head stands; one short read
//! tells, instead of a statement with its locks.

use std::collections::HashMap;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::{PoisonError, RwLock};

use crewbox_core::id::AccountId;

use super::connect;
use crate::contract::{Head, StoreError};

/// The header's first copy, which a commit writes last.
type Header = [u8; 48];

/// The remembered heads.
#[derive(Debug)]
pub(super) struct Heads {
    /// None where the file cannot be read: then every head is read from the database.
    index: Option<File>,
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
        let index = File::open(dir.join(format!("{}-shm", connect::DATABASE))).ok();
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

    fn header(&self) -> Option<Header> {
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
