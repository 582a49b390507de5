//! Whether this process itself holds SQLite's write lock while its writer waits for it: the system once refused to release
//! it (`ENOLCK`), and SQLite does not try again. Then no write succeeds until the process ends.
//!
//! Owns reading the system's list of locks. Only Linux has one; elsewhere writes are refused until a restart. Opens no file
//! of the database: closing one would release all locks that the process has on it (POSIX).

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::connect::DATABASE;

/// All locks of the system (proc_locks(5)).
const LOCKS: &str = "/proc/locks";
/// The byte of the WAL's index that a writer locks: the first of those for locks (`WAL_WRITE_LOCK`, SQLite's file format,
/// section 2.3.1).
const WRITE_LOCK: u64 = 120;

/// Whether this process holds the write lock of this directory's database.
pub(super) fn is_ours(dir: &Path) -> bool {
    let index = fs::metadata(dir.join(format!("{DATABASE}-shm")));
    let locks = fs::read_to_string(LOCKS);
    index.ok().zip(locks.ok()).is_some_and(|(index, locks)| holds(&locks, std::process::id(), index.ino()))
}

/// Whether the list has a write lock of this process on that byte of the file. A line is
/// `1: POSIX  ADVISORY  WRITE 4711 fd:00:123456 120 120`.
fn holds(locks: &str, process: u32, file: u64) -> bool {
    locks.lines().any(|line| {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        let [_, "POSIX", _, "WRITE", owner, place, first, last] = fields[..] else { return false };
        let number = |text: &str| text.parse::<u64>().ok();
        let inode = place.rsplit(':').next().and_then(number);
        // `EOF` as the end of a lock means all bytes.
        let last = number(last).unwrap_or(u64::MAX);
        number(owner) == Some(u64::from(process))
            && inode == Some(file)
            && number(first).is_some_and(|first| (first..=last).contains(&WRITE_LOCK))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_write_lock_of_this_process_is_found_among_all_locks() {
        let line = "7: POSIX  ADVISORY  WRITE 4711 fd:00:123456 120 120\n";
        let among = |line: &str| {
            format!(
                "1: FLOCK  ADVISORY  WRITE 4711 fd:00:123456 0 EOF\n{line}\
                 2: POSIX  ADVISORY  READ  4711 fd:00:123456 123 123\n"
            )
        };
        assert!(holds(&among(line), 4711, 123_456));
        assert!(holds(&among(&line.replace("120 120", "0 EOF")), 4711, 123_456));
        for other in [
            line.replace("4711", "4712"),
            line.replace("123456", "123457"),
            line.replace("120 120", "121 121"),
            line.replace("WRITE", "READ "),
            // Somebody who waits for it.
            line.replace("7:", "7: ->"),
            String::new(),
        ] {
            assert!(!holds(&among(&other), 4711, 123_456), "{other}");
        }
    }

    #[test]
    fn a_transaction_holds_the_lock_until_it_ends() {
        let dir = tempfile::tempdir().unwrap();
        let db = super::super::connect::writer(dir.path()).unwrap();
        db.execute_batch("CREATE TABLE t (x); BEGIN IMMEDIATE").unwrap();
        assert_eq!(is_ours(dir.path()), cfg!(target_os = "linux"));
        db.execute_batch("COMMIT").unwrap();
        assert!(!is_ours(dir.path()));
    }
}
