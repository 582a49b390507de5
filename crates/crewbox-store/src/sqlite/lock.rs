//! `server.lock`: one server a directory. The system drops the lock with the process, however it ends, so a
//! stale file never locks anybody out.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;
use std::time::Duration;

use super::failure::io;
use crate::contract::StoreError;
use crate::private;

/// The file's name in the data directory.
const FILE: &str = "server.lock";
/// A command that looks whether a server is there holds the lock for an instant: a server tries this often ...
const TRIES: u32 = 20;
/// ... with this pause between.
const PAUSE: Duration = Duration::from_millis(10);
/// No process id is longer.
const MAX_PID_BYTES: u64 = 32;

/// Held while this lives.
#[derive(Debug)]
pub(super) struct ServerLock {
    _file: File,
}

/// Takes the directory for a server.
pub(super) fn take(dir: &Path) -> Result<ServerLock, StoreError> {
    for _ in 0..TRIES {
        if let Some(lock) = take_once(dir)? {
            return Ok(lock);
        }
        std::thread::park_timeout(PAUSE);
    }
    let pid = holder(dir).unwrap_or_else(|| "unknown".to_owned());
    Err(StoreError::InUse { location: dir.into(), pid })
}

/// Takes the directory if no server has it.
pub(super) fn take_once(dir: &Path) -> Result<Option<ServerLock>, StoreError> {
    let failed = |source| io(dir, || format!("locking {}", dir.join(FILE).display()), source);
    let mut file = open(dir).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(source)) => return Err(failed(source)),
    }
    // A full disk must not keep a server from starting: reads go on then.
    let _ =
        file.set_len(0).and_then(|()| file.rewind()).and_then(|()| write!(file, "{}", std::process::id()));
    Ok(Some(ServerLock { _file: file }))
}

/// Whether a server has it. What cannot be told counts as yes.
pub(super) fn is_taken(dir: &Path) -> bool {
    // Shared, so that commands looking at the same time do not take each other for a server.
    open(dir).map_or(true, |file| file.try_lock_shared().is_err())
}

fn open(dir: &Path) -> std::io::Result<File> {
    let file = dir.join(FILE);
    private::keep_file(&file)?;
    OpenOptions::new().read(true).write(true).open(file)
}

fn holder(dir: &Path) -> Option<String> {
    let mut pid = String::new();
    File::open(dir.join(FILE)).ok()?.take(MAX_PID_BYTES).read_to_string(&mut pid).ok()?;
    let pid = pid.trim();
    (!pid.is_empty() && pid.bytes().all(|b| b.is_ascii_digit())).then(|| pid.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_server_at_a_time_and_the_second_learns_who() {
        let dir = tempfile::tempdir().unwrap();
        let first = take(dir.path()).unwrap();
        match take(dir.path()) {
            Err(StoreError::InUse { pid, .. }) => assert_eq!(pid, std::process::id().to_string()),
            other => panic!("{other:?}"),
        }
        assert!(is_taken(dir.path()));
        drop(first);
        assert!(!is_taken(dir.path()));
        assert!(take_once(dir.path()).unwrap().is_some());
    }
}
