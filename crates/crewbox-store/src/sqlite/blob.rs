//! Raw mail: in the database while small, else a file named by its content.
//!
//! A file is written, synced, renamed and its directory synced before any row names it. Never runs on the
//! writer's thread. A file whose row was never committed is left to the sweep.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crewbox_core::id::AccountId;
use zstd::bulk::{Compressor, decompress};

use super::failure::io;
use crate::contract::StoreError;

/// Mail up to this many bytes is in the database: nine in ten do, and a row costs less than a file.
pub(crate) const INLINE_BYTES: usize = 64 * 1024;
/// zstd's fastest level: mail text halves, at a hundredth of the time the commit takes.
const LEVEL: i32 = 1;
/// The directory of the files, within the data directory.
pub(crate) const DIRECTORY: &str = "blobs";

/// A mail's bytes, ready for their row; a large one's file is on disk already.
#[derive(Debug)]
pub(super) struct ReadyBlob {
    pub(super) content: [u8; 32],
    pub(super) size: u64,
    /// Compressed bytes, or none when they are a file.
    pub(super) data: Option<Vec<u8>>,
}

/// Where the files are.
#[derive(Clone, Debug)]
pub(crate) struct Blobs {
    /// The data directory.
    dir: PathBuf,
}

impl Blobs {
    pub(super) fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned() }
    }

    /// The file of a mail too large for the database.
    pub(crate) fn file(&self, account: AccountId, content: &[u8; 32]) -> PathBuf {
        let name = hex(content);
        let shelf = name.get(..2).unwrap_or_default();
        self.dir.join(DIRECTORY).join(account.to_string()).join(shelf).join(&name)
    }

    /// Makes mail ready to be stored: small mail compressed, large mail written and synced.
    pub(super) fn prepare(
        &self,
        account: AccountId,
        content: [u8; 32],
        raw: &[u8],
    ) -> Result<ReadyBlob, StoreError> {
        let data = if raw.len() <= INLINE_BYTES {
            let compressed = Compressor::new(LEVEL).and_then(|mut zstd| zstd.compress(raw));
            Some(compressed.map_err(|source| io(&self.dir, || "compressing a mail".to_owned(), source))?)
        } else {
            self.write(&self.file(account, &content), raw).map_err(|source| {
                io(&self.dir, || format!("writing mail under {}", self.dir.display()), source)
            })?;
            None
        };
        Ok(ReadyBlob { content, size: raw.len() as u64, data })
    }

    fn write(&self, file: &Path, raw: &[u8]) -> std::io::Result<()> {
        /// Distinguishes drafts of one process.
        static DRAFTS: AtomicU64 = AtomicU64::new(0);
        if fs::metadata(file).is_ok_and(|held| held.len() == raw.len() as u64) {
            return Ok(());
        }
        let shelf = file.parent().unwrap_or(&self.dir);
        make_synced(shelf)?;
        let number = DRAFTS.fetch_add(1, Ordering::Relaxed);
        let draft = file.with_extension(format!("{}-{number}.draft", std::process::id()));
        let written = File::create(&draft).and_then(|mut out| {
            out.write_all(raw)?;
            out.sync_all()
        });
        crewbox_crash::point("store.blob-written");
        let placed =
            written.and_then(|()| fs::rename(&draft, file)).and_then(|()| File::open(shelf)?.sync_all());
        crewbox_crash::point("store.blob-placed");
        if placed.is_err() {
            let _ = fs::remove_file(&draft);
        }
        placed
    }

    /// A mail's bytes, from its row's `size` and `data` or from its file.
    pub(crate) fn read(
        &self,
        account: AccountId,
        content: &[u8; 32],
        size: u64,
        data: Option<&[u8]>,
    ) -> Result<Vec<u8>, StoreError> {
        let read = match data {
            Some(data) => decompress(data, usize::try_from(size).unwrap_or(usize::MAX)),
            None => fs::read(self.file(account, content)),
        };
        read.map_err(|source| io(&self.dir, || format!("reading mail under {}", self.dir.display()), source))
    }
}

/// Makes a directory and its parents, each synced into the one above it.
fn make_synced(dir: &Path) -> std::io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    if let Some(parent) = dir.parent() {
        make_synced(parent)?;
        match fs::create_dir(dir) {
            Err(e) if e.kind() != std::io::ErrorKind::AlreadyExists => return Err(e),
            _ => File::open(parent)?.sync_all()?,
        }
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_comes_back_byte_for_byte_small_or_large() {
        let dir = tempfile::tempdir().unwrap();
        let blobs = Blobs::new(dir.path());
        for size in [0, 1, INLINE_BYTES, INLINE_BYTES + 1] {
            let raw: Vec<u8> = (0..size).map(|n| u8::try_from(n % 251).unwrap()).collect();
            let ready = blobs.prepare(AccountId(3), [9; 32], &raw).unwrap();
            assert_eq!(ready.data.is_some(), size <= INLINE_BYTES);
            let back = blobs.read(AccountId(3), &[9; 32], ready.size, ready.data.as_deref()).unwrap();
            assert_eq!(back, raw);
        }
        let shelf = dir.path().join("blobs/3/09");
        assert_eq!(fs::read_dir(shelf).unwrap().count(), 1, "no draft is left");
    }
}
