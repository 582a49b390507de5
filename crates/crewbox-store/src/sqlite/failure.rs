//! What a call inside the engine fails with, and what that means for the group it is part of.
//!
//! Owns the line between a full disk, which heals, and a failed write, after which nothing may be written.

use std::io::ErrorKind;
use std::path::Path;

use crewbox_core::id::AccountId;
use rusqlite::ErrorCode;

use crate::contract::{StoreError, Thing};

/// A failed call: an answer for the caller, or trouble with the database.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The caller's own doing, in the contract's words.
    Answer(StoreError),
    /// The database's.
    Sql(rusqlite::Error),
}

/// The engine's results.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

/// What a failure means beyond the batch that met it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Severity {
    /// Nothing: the batch alone failed.
    Batch,
    /// The group is lost, later ones may go through.
    Group,
    /// As `Group`, because there is no room.
    Full,
    /// What is on disk is no longer known: nothing may be written until a restart has recovered.
    Fatal,
}

impl Failure {
    /// How far it reaches.
    pub(super) fn severity(&self) -> Severity {
        let Self::Sql(rusqlite::Error::SqliteFailure(error, _)) = self else { return Severity::Batch };
        match error.code {
            ErrorCode::DiskFull => Severity::Full,
            ErrorCode::SystemIoFailure | ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
                Severity::Fatal
            }
            ErrorCode::OutOfMemory
            | ErrorCode::DatabaseBusy
            | ErrorCode::CannotOpen
            | ErrorCode::FileLockingProtocolFailed => Severity::Group,
            _ => Severity::Batch,
        }
    }

    /// How far it reaches when a group could not even begin: nothing was written then, so no room for the WAL's
    /// index is a full disk and no more.
    pub(super) fn at_begin(self) -> Self {
        match self {
            Self::Sql(rusqlite::Error::SqliteFailure(error, text))
                if error.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE =>
            {
                let full = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL);
                Self::Sql(rusqlite::Error::SqliteFailure(full, text))
            }
            other => other,
        }
    }

    /// Whether somebody else had the lock for as long as a call waits, or nobody could begin to read for so long.
    pub(super) fn is_locked_out(&self) -> bool {
        let Self::Sql(error) = self else { return false };
        let code = error.sqlite_error_code();
        matches!(code, Some(ErrorCode::DatabaseBusy | ErrorCode::FileLockingProtocolFailed))
    }

    /// That a lock is this process's own, which the system did not release: no later call gets it either, so only a restart
    /// helps.
    pub(super) fn stuck_lock() -> Self {
        let unlock = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_IOERR_UNLOCK);
        Self::Sql(rusqlite::Error::SqliteFailure(
            unlock,
            Some("the system did not release a lock".to_owned()),
        ))
    }

    /// In the contract's words. The engine's own text names tables and columns, never a value. What may work a moment
    /// later is `OutOfResources`: it says nothing about the mail or the values of the call.
    pub(super) fn into_answer(self) -> StoreError {
        match self {
            Self::Answer(answer) => answer,
            Self::Sql(error) => match error.sqlite_error_code() {
                Some(
                    ErrorCode::OutOfMemory
                    | ErrorCode::CannotOpen
                    | ErrorCode::DatabaseBusy
                    | ErrorCode::DatabaseLocked
                    | ErrorCode::FileLockingProtocolFailed
                    | ErrorCode::OperationInterrupted,
                ) => out_of_resources(error.to_string()),
                // SQLite does not say whether memory was short or the disk fails: the same call may go through later.
                _ if is_failed_read(&error) => out_of_resources(error.to_string()),
                _ => StoreError::Engine(error.to_string()),
            },
        }
    }
}

/// Whether the system could not read from the database's files.
fn is_failed_read(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|error| error.extended_code == rusqlite::ffi::SQLITE_IOERR_READ)
}

impl From<StoreError> for Failure {
    fn from(answer: StoreError) -> Self {
        Self::Answer(answer)
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

/// The thing is not in this scope.
pub(crate) fn not_found(thing: Thing, id: u64) -> Failure {
    Failure::Answer(StoreError::NotFound(thing, id))
}

/// The account that a scope names is not there.
pub(crate) fn no_account(id: AccountId) -> StoreError {
    StoreError::NotFound(Thing::Account, id.get())
}

/// What the system calls too many open files, in a process and on the machine (errno.h; the same on Linux and BSD).
const TOO_MANY_FILES: [i32; 2] = [24, 23];

/// A file-system error under this directory.
pub(super) fn io(dir: &Path, doing: impl FnOnce() -> String, source: std::io::Error) -> StoreError {
    match source.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreError::DiskFull(dir.into()),
        ErrorKind::OutOfMemory => out_of_resources(format!("{}: {source}", doing())),
        _ if source.raw_os_error().is_some_and(|number| TOO_MANY_FILES.contains(&number)) => {
            out_of_resources(format!("{}: {source}", doing()))
        }
        _ => StoreError::Io { doing: doing(), source },
    }
}

/// Logged here, because a client learns only to try again.
pub(super) fn out_of_resources(what: String) -> StoreError {
    tracing::warn!(error = what, "the system is short of file descriptors, memory or locks");
    StoreError::OutOfResources(what)
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    fn sqlite(code: i32) -> Failure {
        Failure::Sql(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None))
    }

    #[test]
    fn what_the_system_is_short_of_for_a_moment_is_tried_again() {
        let dir = Path::new("data");
        for number in TOO_MANY_FILES {
            let error = io(dir, || "reading".to_owned(), std::io::Error::from_raw_os_error(number));
            assert!(matches!(error, StoreError::OutOfResources(_)), "{error}");
        }
        for code in [
            ffi::SQLITE_CANTOPEN,
            ffi::SQLITE_NOMEM,
            ffi::SQLITE_BUSY,
            ffi::SQLITE_PROTOCOL,
            ffi::SQLITE_INTERRUPT,
            ffi::SQLITE_IOERR_READ,
        ] {
            assert!(matches!(sqlite(code).into_answer(), StoreError::OutOfResources(_)), "{code}");
        }
        assert!(matches!(sqlite(ffi::SQLITE_CORRUPT).into_answer(), StoreError::Engine(_)));
    }

    #[test]
    fn a_full_disk_heals_and_a_failed_sync_does_not() {
        assert_eq!(sqlite(ffi::SQLITE_FULL).severity(), Severity::Full);
        for fatal in [ffi::SQLITE_IOERR_FSYNC, ffi::SQLITE_IOERR_WRITE, ffi::SQLITE_CORRUPT] {
            assert_eq!(sqlite(fatal).severity(), Severity::Fatal, "{fatal}");
        }
        assert_eq!(sqlite(ffi::SQLITE_BUSY).severity(), Severity::Group);
        assert_eq!(sqlite(ffi::SQLITE_CONSTRAINT_UNIQUE).severity(), Severity::Batch);
        assert_eq!(sqlite(ffi::SQLITE_IOERR_SHMSIZE).severity(), Severity::Fatal, "at a commit");
        assert_eq!(sqlite(ffi::SQLITE_IOERR_SHMSIZE).at_begin().severity(), Severity::Full);
        assert_eq!(not_found(Thing::Tag, 1).severity(), Severity::Batch);
        assert!(sqlite(ffi::SQLITE_BUSY).is_locked_out() && sqlite(ffi::SQLITE_PROTOCOL).is_locked_out());
        assert!(!sqlite(ffi::SQLITE_FULL).is_locked_out());
        assert_eq!(Failure::stuck_lock().severity(), Severity::Fatal);
    }
}
