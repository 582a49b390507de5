//! The sweep: removes files of large mails that no row names: their message was deleted, or their write was never
//! committed.
//!
//! Looks for them beside everything else, by a reader, and has each checked again and removed by the writer, inside a
//! transaction: no row can be written meanwhile, by this process or another. Leaves files of the last [`MIN_AGE_MS`]: a
//! mail may be on its way into the store, its file written and its row not yet. If one takes longer, its row finds the
//! file gone and is not written (`apply/ingest.rs`). The file of deleted mail goes at once: its tombstone keeps the mail from
//! being taken in again.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use crewbox_core::id::AccountId;
use crewbox_core::time::Timestamp;
use rusqlite::{Connection, params};

use super::blob::{Blobs, DRAFT};
use super::failure::Result;

/// A file younger than this is left, in ms: a day, far longer than any mail takes.
const MIN_AGE_MS: i64 = 86_400_000;
/// Files removed in one transaction: bounds how long other writes wait.
pub(super) const FILES_AT_ONCE: usize = 64;

/// A file that had no row when it was found.
#[derive(Debug)]
pub(super) struct Leftover {
    file: PathBuf,
    account: AccountId,
    content: [u8; 32],
    /// Not removed if it was written at this time or later.
    before: Timestamp,
}

/// A directory of files of one account, a 256th of them: what is looked through at once, so that a server that ends does
/// not wait for more.
#[derive(Debug)]
pub(super) struct Shelf {
    directory: PathBuf,
    account: AccountId,
}

/// All shelves of all accounts.
pub(super) fn shelves(blobs: &Blobs) -> Vec<Shelf> {
    let account = |directory: &Path| name(directory).and_then(|name| name.parse().ok()).map(AccountId);
    let accounts = entries(&blobs.directory());
    let accounts = accounts.iter().filter_map(|directory| Some((directory, account(directory)?)));
    accounts
        .flat_map(|(directory, account)| {
            entries(directory).into_iter().map(move |directory| Shelf { directory, account })
        })
        .collect()
}

/// The files of a shelf without a row, and drafts that were never finished; the latter are removed at once.
pub(super) fn leftovers(db: &Connection, shelf: &Shelf, now: Timestamp) -> Result<Vec<Leftover>> {
    let before = Timestamp(now.0.saturating_sub(MIN_AGE_MS));
    let account = shelf.account;
    let mut leftovers = Vec::new();
    for file in entries(&shelf.directory) {
        let is_old = is_older(&file, before);
        if file.extension().is_some_and(|end| end == DRAFT) {
            if is_old {
                remove(&file);
            }
        } else if let Some(content) = name(&file).and_then(content)
            && !has_row(db, account, &content)?
        {
            if is_old {
                leftovers.push(Leftover { file, account, content, before });
            } else if is_buried(db, account, &content)? {
                leftovers.push(Leftover { file, account, content, before: Timestamp(i64::MAX) });
            }
        }
    }
    Ok(leftovers)
}

/// The files of these mails, whatever their age.
pub(super) fn files_of(blobs: &Blobs, account: AccountId, contents: &[[u8; 32]]) -> Vec<Leftover> {
    let before = Timestamp(i64::MAX);
    let file = |content: &[u8; 32]| {
        let (file, content) = (blobs.file(account, content), *content);
        Leftover { file, account, content, before }
    };
    contents.iter().map(file).collect()
}

/// Removes those that still have no row; how many. The writer's, inside its transaction.
pub(super) fn remove_unreferenced(db: &Connection, leftovers: &[Leftover]) -> Result<u64> {
    let mut removed = 0;
    for Leftover { file, account, content, before } in leftovers {
        if !has_row(db, *account, content)? && is_older(file, *before) {
            crewbox_crash::point("store.sweep-checked");
            removed += u64::from(remove(file));
            crewbox_crash::point("store.sweep-removed");
        }
    }
    Ok(removed)
}

/// Whether a mail with these bytes was deleted.
fn is_buried(db: &Connection, account: AccountId, content: &[u8; 32]) -> Result<bool> {
    Ok(db
        .prepare_cached("SELECT 1 FROM tombstone WHERE account_id = ?1 AND content = ?2")?
        .exists(params![account.get(), content])?)
}

fn has_row(db: &Connection, account: AccountId, content: &[u8; 32]) -> Result<bool> {
    Ok(db
        .prepare_cached("SELECT 1 FROM blob WHERE account_id = ?1 AND content = ?2")?
        .exists(params![account.get(), content])?)
}

/// What is in a directory; nothing where it cannot be read.
fn entries(directory: &Path) -> Vec<PathBuf> {
    let read = fs::read_dir(directory).into_iter().flatten();
    read.filter_map(|entry| Some(entry.ok()?.path())).collect()
}

fn is_older(file: &Path, before: Timestamp) -> bool {
    let modified = fs::metadata(file).and_then(|file| file.modified()).ok();
    let since_1970 = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let at = since_1970.and_then(|since| i64::try_from(since.as_millis()).ok());
    at.is_some_and(|at| at < before.0)
}

fn remove(file: &Path) -> bool {
    match fs::remove_file(file) {
        Ok(()) => true,
        Err(error) => {
            tracing::warn!(file = %file.display(), %error, "the file of a deleted mail cannot be removed yet");
            false
        }
    }
}

fn name(path: &Path) -> Option<&str> {
    path.file_name()?.to_str()
}

/// The hash in a file's name.
fn content(name: &str) -> Option<[u8; 32]> {
    crate::seal::from_hex(name)
}
