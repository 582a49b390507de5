//! The record of the newest change of each account, in a file of its own beside the database.
//!
//! It shows that a database is not the newest one: a copy without its `-wal`, an old backup put in its place, a log
//! cut short by a damaged block. Written after each commit, never synced on its own: it can be older than the database,
//! which shows less, and never newer, so that what it shows is true. A line that does not read is left out.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use crewbox_core::id::{AccountId, Seq};
use rusqlite::{Connection, OptionalExtension as _};
use sha2::{Digest as _, Sha256};

use super::connect::DATABASE;
use super::failure::{Result, io};
use crate::contract::StoreError;
use crate::private;

/// The file's name in the data directory.
pub(super) const FILE: &str = "crewbox.heads";
/// Bytes of a line: account, change and check sum in columns, as a person can read them. Each account has its place.
const LINE: usize = 51;
/// Accounts beyond this are not recorded: the file stays below 51 MB, most of it a hole.
const MAX_ACCOUNTS: u64 = 1_000_000;

/// The file, open for writing.
#[derive(Debug)]
pub(super) struct Record(File);

impl Record {
    /// Opens the file, made if it must be.
    pub(super) fn open(dir: &Path) -> std::result::Result<Self, StoreError> {
        let file = path(dir);
        let open = || {
            private::keep_file(&file)?;
            OpenOptions::new().write(true).open(&file)
        };
        open().map(Self).map_err(|source| io(dir, || format!("opening {}", file.display()), source))
    }

    /// Notes an account's newest change, which is committed. Two processes may note theirs in the wrong order: then the
    /// record is older than the database.
    pub(super) fn note(&self, account: AccountId, seq: Seq) {
        if account.get() == 0 || account.get() > MAX_ACCOUNTS {
            return;
        }
        let at = (account.get() - 1) * LINE as u64;
        if let Err(error) = self.0.write_all_at(line(account.get(), seq.0).as_bytes(), at) {
            // On a full disk, for instance: the commit itself is on disk.
            tracing::warn!(%account, %error, "{FILE} could not be written; it shows an older change");
        }
    }

    /// Makes it as durable as the database is after its last checkpoint.
    pub(super) fn sync(&self) {
        if let Err(error) = self.0.sync_data() {
            tracing::warn!(%error, "{FILE} could not be synced; it may show an older change");
        }
    }
}

/// An account whose newest recorded change the database does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Behind {
    pub(super) account: AccountId,
    pub(super) found: Seq,
    pub(super) recorded: Seq,
}

impl Behind {
    /// As a reason not to open the directory.
    pub(super) fn refuse(self, dir: &Path) -> StoreError {
        StoreError::DatabaseBehind {
            file: dir.join(DATABASE),
            account: self.account.get(),
            found: self.found.0,
            recorded: self.recorded.0,
            record: path(dir),
        }
    }
}

/// The recorded changes that a database does not have. `recorded` was read before the database is.
pub(super) fn behind(db: &Connection, recorded: Vec<(AccountId, Seq)>) -> Result<Vec<Behind>> {
    let mut head = db.prepare("SELECT head FROM account WHERE account_id = ?1")?;
    let mut behind = Vec::new();
    for (account, recorded) in recorded {
        let found = head.query_row([account.get()], |row| row.get(0)).optional()?;
        let found = Seq(found.unwrap_or_default());
        if found < recorded {
            behind.push(Behind { account, found, recorded });
        }
    }
    Ok(behind)
}

/// The newest change of each account, as recorded; nothing where there is no record.
pub(super) fn read(dir: &Path) -> Vec<(AccountId, Seq)> {
    let bytes = std::fs::read(path(dir)).unwrap_or_default();
    bytes.chunks_exact(LINE).filter_map(parse).collect()
}

/// Whether there is a record: an operator removes it to accept an older database.
pub(super) fn is_there(dir: &Path) -> bool {
    path(dir).exists()
}

fn path(dir: &Path) -> PathBuf {
    dir.join(FILE)
}

fn line(account: u64, seq: u64) -> String {
    let columns = format!("{account:>16} {seq:>16}");
    let check = check(&columns);
    format!("{columns} {check:016x}\n")
}

fn parse(bytes: &[u8]) -> Option<(AccountId, Seq)> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut columns = text.split_ascii_whitespace();
    let (account, seq) = (columns.next()?.parse().ok()?, columns.next()?.parse().ok()?);
    (line(account, seq) == text).then_some((AccountId(account), Seq(seq)))
}

fn check(columns: &str) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = <[u8; 32]>::from(Sha256::digest(columns));
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_change_of_each_account_is_read_and_a_damaged_line_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let record = Record::open(dir.path()).unwrap();
        record.note(AccountId(1), Seq(4));
        record.note(AccountId(3), Seq(9));
        record.note(AccountId(1), Seq(5));
        record.sync();
        assert_eq!(read(dir.path()), [(AccountId(1), Seq(5)), (AccountId(3), Seq(9))]);
        let file = path(dir.path());
        let mut bytes = std::fs::read(&file).unwrap();
        assert_eq!(bytes.len(), 3 * LINE);
        bytes[30] ^= 1;
        std::fs::write(&file, &bytes).unwrap();
        assert_eq!(read(dir.path()), [(AccountId(3), Seq(9))]);
        std::fs::remove_file(&file).unwrap();
        assert_eq!(read(dir.path()), []);
    }
}
