//! Whether this process itself holds a lock of SQLite's that it no longer uses: the system once refused to release it
//! (`ENOLCK`), and SQLite does not try again. Then whoever needs the lock waits for it until the process ends, or closes
//! the file.
//!
//! Owns reading the system's list of locks. Only Linux has one; elsewhere a lock counts as not held. Opens no file of a
//! database: closing one would release all locks that the process has on it (POSIX).

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// All locks of the system (proc_locks(5)).
const LOCKS: &str = "/proc/locks";

/// A lock on the index of a write-ahead log (SQLite's file format, section 2.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lock {
    /// Of who writes.
    Write,
    /// Of who copies the log into the database.
    Checkpoint,
    /// Of who moves a mark of readers, for an instant. While it is held nobody begins to read, or to write.
    Mark,
    /// Of who reads an old snapshot, which keeps later pages in the log.
    Read,
}

impl Lock {
    /// The kind that the list shows, and the first and the last byte that is locked.
    const fn place(self) -> (&'static str, u64, u64) {
        match self {
            Self::Write => ("WRITE", 120, 120),
            Self::Checkpoint => ("WRITE", 121, 121),
            // Byte 123 is of those who read the database alone: they keep nothing in the log, and a checkpoint keeps them off for
            // as long as it copies.
            Self::Mark => ("WRITE", 124, 127),
            Self::Read => ("READ", 124, 127),
        }
    }
}

/// Whether this process holds this lock on this file, the index of a log (`…-shm`).
pub(crate) fn is_held(index: &Path, lock: Lock) -> bool {
    let (index, locks) = (fs::metadata(index), fs::read_to_string(LOCKS));
    index
        .ok()
        .zip(locks.ok())
        .is_some_and(|(index, locks)| holds(&locks, std::process::id(), index.ino(), lock))
}

/// Whether the list has such a lock of this process on the file. A line is
/// `1: POSIX  ADVISORY  WRITE 4711 fd:00:123456 120 120`.
fn holds(locks: &str, process: u32, file: u64, lock: Lock) -> bool {
    let (wanted, from, to) = lock.place();
    locks.lines().any(|line| {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        let [_, "POSIX", _, kind, owner, place, first, last] = fields[..] else { return false };
        let number = |text: &str| text.parse::<u64>().ok();
        let inode = place.rsplit(':').next().and_then(number);
        // `EOF` as the end of a lock means all bytes.
        let last = number(last).unwrap_or(u64::MAX);
        kind == wanted
            && number(owner) == Some(u64::from(process))
            && inode == Some(file)
            && number(first).is_some_and(|first| first <= to && from <= last)
    })
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    #[test]
    fn a_lock_of_this_process_is_found_among_all_locks() {
        let line = "7: POSIX  ADVISORY  WRITE 4711 fd:00:123456 120 120\n";
        let among = |line: &str| {
            format!(
                "1: FLOCK  ADVISORY  WRITE 4711 fd:00:123456 0 EOF\n{line}\
                 2: POSIX  ADVISORY  READ  4711 fd:00:123456 123 123\n"
            )
        };
        let holds = |line: &str, lock| holds(&among(line), 4711, 123_456, lock);
        assert!(holds(line, Lock::Write));
        assert!(holds(&line.replace("120 120", "0 EOF"), Lock::Write));
        for other in [
            line.replace("4711", "4712"),
            line.replace("123456", "123457"),
            line.replace("120 120", "121 121"),
            line.replace("WRITE", "READ "),
            // Somebody who waits for it.
            line.replace("7:", "7: ->"),
            String::new(),
        ] {
            assert!(!holds(&other, Lock::Write), "{other}");
        }
        assert!(holds(&line.replace("120 120", "121 121"), Lock::Checkpoint));
        assert!(!holds(line, Lock::Checkpoint) && !holds(line, Lock::Read) && !holds(line, Lock::Mark));
        assert!(holds(&line.replace("120 120", "124 124"), Lock::Mark));
        assert!(!holds(&line.replace("120 120", "123 123"), Lock::Mark), "a checkpoint");
        assert!(holds(&line.replace("WRITE", "READ ").replace("120 120", "125 125"), Lock::Read));
    }

    #[test]
    fn a_transaction_holds_its_lock_until_it_ends() {
        let dir = tempfile::tempdir().unwrap();
        let (file, index) = (dir.path().join("a.db"), dir.path().join("a.db-shm"));
        let held = |lock| is_held(&index, lock);
        let db = Connection::open(&file).unwrap();
        db.pragma_update(None, "journal_mode", "wal").unwrap();
        db.execute_batch("CREATE TABLE t (x); BEGIN IMMEDIATE").unwrap();
        assert_eq!(held(Lock::Write), cfg!(target_os = "linux"));
        db.execute_batch("COMMIT; BEGIN; SELECT * FROM t").unwrap();
        assert_eq!((held(Lock::Write), held(Lock::Read)), (false, cfg!(target_os = "linux")));
        db.execute_batch("COMMIT").unwrap();
        assert!(!held(Lock::Read) && !held(Lock::Checkpoint) && !held(Lock::Mark));
    }
}
