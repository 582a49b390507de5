//! Raw mail: in the database while small, else a file named by its content.
//!
//! A file is written, synced, renamed and its directory synced before any row names it. Never runs on the
//! writer's thread. A file whose row was never committed, or was deleted, is removed by the sweep (`sweep.rs`).
//! Every read compares the bytes with the hash they are stored under.

use std::fs::{self, File};
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crewbox_core::id::AccountId;
use sha2::{Digest as _, Sha256};
use zstd::bulk::{Compressor, decompress};

use super::failure::{io, out_of_resources};
use super::health::Health;
use crate::contract::{LargeMail, MailBytes, StoreError, Thing};
use crate::private;

/// Mail up to this many bytes is in the database: nine in ten do, and a row costs less than a file.
pub(crate) const INLINE_BYTES: usize = 64 * 1024;
/// zstd's fastest level: mail text halves, at a hundredth of the time the commit takes.
const LEVEL: i32 = 1;
/// Bytes that are read together: large enough that reading costs little, small enough that nobody notices the memory.
const PIECE: usize = 256 * 1024;
/// The directory of the files, within the data directory.
pub(crate) const DIRECTORY: &str = "blobs";
/// How the name of a file ends while it is written.
pub(super) const DRAFT: &str = "draft";

/// A mail's bytes, ready for their row; a large one's file is on disk already.
#[derive(Debug)]
pub(super) struct ReadyBlob {
    pub(super) content: [u8; 32],
    pub(super) size: u64,
    /// Where the bytes are.
    pub(super) bytes: Bytes,
}

/// Where the bytes of a mail are.
#[derive(Debug)]
pub(super) enum Bytes {
    /// In the row, compressed.
    Compressed(Vec<u8>),
    /// In this file.
    File(PathBuf),
}

impl ReadyBlob {
    /// What the row holds of them.
    pub(super) fn data(&self) -> Option<&[u8]> {
        match &self.bytes {
            Bytes::Compressed(data) => Some(data),
            Bytes::File(_) => None,
        }
    }
}

/// What the row of a mail's bytes has.
#[derive(Debug)]
pub(super) struct StoredBlob {
    pub(super) content: [u8; 32],
    pub(super) size: u64,
    /// None where they are in a file.
    pub(super) data: Option<Vec<u8>>,
    /// What they are the bytes of.
    pub(super) of: (Thing, u64),
}

/// Where the files are.
#[derive(Clone, Debug)]
pub(crate) struct Blobs {
    /// The data directory.
    dir: PathBuf,
    /// Stopped after a failed sync: what is on disk is not known any more then.
    health: Arc<Health>,
}

impl Blobs {
    pub(super) fn new(dir: &Path, health: Arc<Health>) -> Self {
        Self { dir: dir.to_owned(), health }
    }

    /// The directory of all files.
    pub(super) fn directory(&self) -> PathBuf {
        self.dir.join(DIRECTORY)
    }

    /// The file of a mail too large for the database.
    pub(crate) fn file(&self, account: AccountId, content: &[u8; 32]) -> PathBuf {
        let name = hex(content);
        let shelf = name.get(..2).unwrap_or_default();
        self.directory().join(account.to_string()).join(shelf).join(&name)
    }

    /// Makes mail ready to be stored: small mail compressed, large mail written and synced.
    pub(super) fn prepare(
        &self,
        account: AccountId,
        content: [u8; 32],
        raw: &MailBytes,
    ) -> Result<ReadyBlob, StoreError> {
        let bytes = match raw {
            MailBytes::Memory(bytes) if bytes.len() <= INLINE_BYTES => {
                let compressed = Compressor::new(LEVEL).and_then(|mut zstd| zstd.compress(bytes));
                // From memory into memory it fails only where memory is short.
                Bytes::Compressed(
                    compressed.map_err(|error| out_of_resources(format!("compressing a mail: {error}")))?,
                )
            }
            _ => {
                let file = self.file(account, &content);
                self.write(account, &file, raw).map_err(|failed| self.explain(failed))?;
                Bytes::File(file)
            }
        };
        Ok(ReadyBlob { content, size: raw.len() as u64, bytes })
    }

    /// Writes a file whether or not there is one: the old one may be about to be swept, not yet synced, or damaged. A mail
    /// that arrived in a file only gets another name.
    fn write(&self, account: AccountId, file: &Path, raw: &MailBytes) -> Result<(), WriteError> {
        let shelf = file.parent().unwrap_or(&self.dir);
        make_synced(shelf)?;
        if let MailBytes::File(mail) = raw
            && mail.account == account
            && !mail.is_stored.swap(true, Ordering::AcqRel)
        {
            return place(&mail.path, file).inspect_err(|_| mail.is_stored.store(false, Ordering::Release));
        }
        let draft = file.with_extension(draft_extension());
        let written = write_synced(&draft, raw);
        let placed = written.and_then(|()| place(&draft, file));
        if placed.is_err() {
            let _ = fs::remove_file(&draft);
        }
        placed
    }

    /// In the contract's words. After a failed sync nothing is written any more.
    pub(super) fn explain(&self, failed: WriteError) -> StoreError {
        let doing = || format!("writing mail under {}", self.dir.display());
        match failed {
            WriteError::Failed(source) => io(&self.dir, doing, source),
            WriteError::Sync(source) => match io(&self.dir, doing, source) {
                full @ StoreError::DiskFull(_) => full,
                other => {
                    self.health.stop(&other);
                    StoreError::Stopped
                }
            },
        }
    }

    /// A mail's bytes, from its row's `size` and `data` or from its file, compared with their hash. `of` is what they
    /// are the bytes of.
    ///
    /// # Errors
    /// `Damaged` where they are missing or have another hash; `OutOfResources`, `Io`.
    pub(crate) fn read(
        &self,
        account: AccountId,
        content: &[u8; 32],
        size: u64,
        data: Option<&[u8]>,
        of: (Thing, u64),
    ) -> Result<Vec<u8>, StoreError> {
        let damaged = || StoreError::Damaged(of.0, of.1);
        let raw = match data {
            // The size is part of what may be damaged: it must not make room for gigabytes.
            Some(data) => match usize::try_from(size) {
                Ok(size) if size <= INLINE_BYTES => decompress(data, size).map_err(|_| damaged())?,
                _ => return Err(damaged()),
            },
            None => {
                let read = read_sized(&self.file(account, content), size);
                self.found(read, of)?.ok_or_else(damaged)?
            }
        };
        if raw.len() as u64 != size || <[u8; 32]>::from(Sha256::digest(&raw)) != *content {
            return Err(damaged());
        }
        Ok(raw)
    }

    /// Compares the file of a large mail with its hash, a piece at a time.
    ///
    /// # Errors
    /// As [`Blobs::read`].
    pub(super) fn check(&self, mail: &LargeMail) -> Result<(), StoreError> {
        let hashed = hash_sized(&self.file(mail.account, &mail.content), mail.size);
        match self.found(hashed, mail.of)? {
            Some(hash) if hash == mail.content => Ok(()),
            _ => Err(StoreError::Damaged(mail.of.0, mail.of.1)),
        }
    }

    /// A range of a large mail's file, not compared with anything. The file is opened for each piece: a client that
    /// reads slowly holds no descriptor.
    ///
    /// # Errors
    /// `Damaged` where there is no such range; `OutOfResources`, `Io`.
    pub(super) fn piece(&self, mail: &LargeMail, from: u64, length: usize) -> Result<Vec<u8>, StoreError> {
        let read = || {
            let mut file = File::open(self.file(mail.account, &mail.content))?;
            file.seek(SeekFrom::Start(from))?;
            let mut piece = vec![0; length];
            file.read_exact(&mut piece)?;
            Ok(piece)
        };
        self.found(read(), mail.of)
    }

    /// What reading a file gave. One that is missing or too short is damage.
    fn found<T>(&self, read: std::io::Result<T>, of: (Thing, u64)) -> Result<T, StoreError> {
        read.map_err(|source| match source.kind() {
            ErrorKind::NotFound | ErrorKind::UnexpectedEof => StoreError::Damaged(of.0, of.1),
            _ => io(&self.dir, || format!("reading the mail of {:?} {}", of.0, of.1), source),
        })
    }
}

/// The end of the name of a file that is written, which no other file of this process has.
pub(super) fn draft_extension() -> String {
    static DRAFTS: AtomicU64 = AtomicU64::new(0);
    let number = DRAFTS.fetch_add(1, Ordering::Relaxed);
    format!("{}-{number}.{DRAFT}", std::process::id())
}

/// Gives a written file its name.
fn place(draft: &Path, file: &Path) -> Result<(), WriteError> {
    crewbox_crash::point("store.blob-written");
    let placed = fs::rename(draft, file).map_err(WriteError::Failed);
    let synced = placed.and_then(|()| file.parent().map_or(Ok(()), sync_directory));
    crewbox_crash::point("store.blob-placed");
    synced
}

/// A failed write of a file.
#[derive(Debug)]
pub(super) enum WriteError {
    /// Nothing is where it should be.
    Failed(std::io::Error),
    /// It may or may not be on disk.
    Sync(std::io::Error),
}

impl From<std::io::Error> for WriteError {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error)
    }
}

pub(super) fn new_draft(draft: &Path) -> Result<File, WriteError> {
    // Of a process with the same id that died.
    match fs::remove_file(draft) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    Ok(private::create_file(draft)?)
}

fn write_synced(draft: &Path, raw: &MailBytes) -> Result<(), WriteError> {
    let mut out = new_draft(draft)?;
    match raw {
        MailBytes::Memory(bytes) => out.write_all(bytes)?,
        // Its file has its name already: the mail is stored once more.
        MailBytes::File(mail) => {
            let mut piece = vec![0; PIECE.min(mail.size)];
            for at in (0..mail.size).step_by(PIECE) {
                let piece = &mut piece[..PIECE.min(mail.size - at)];
                raw.read_at(at, piece)?;
                out.write_all(piece)?;
            }
        }
    }
    out.sync_all().map_err(WriteError::Sync)
}

/// A file's bytes; none where it has another size.
fn read_sized(file: &Path, size: u64) -> std::io::Result<Option<Vec<u8>>> {
    if fs::metadata(file)?.len() != size {
        return Ok(None);
    }
    fs::read(file).map(Some)
}

/// The hash of a file's bytes; none where it has another size.
fn hash_sized(file: &Path, size: u64) -> std::io::Result<Option<[u8; 32]>> {
    let mut file = File::open(file)?;
    if file.metadata()?.len() != size {
        return Ok(None);
    }
    let (mut hasher, mut piece) = (Sha256::new(), vec![0; PIECE]);
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Ok(Some(hasher.finalize().into())),
            Ok(count) => hasher.update(&piece[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Makes a directory and its parents, each synced into the one above it.
pub(super) fn make_synced(dir: &Path) -> Result<(), WriteError> {
    if dir.is_dir() {
        return Ok(());
    }
    if let Some(parent) = dir.parent() {
        make_synced(parent)?;
        private::create_directory(dir)?;
        sync_directory(parent)?;
    }
    Ok(())
}

fn sync_directory(dir: &Path) -> Result<(), WriteError> {
    File::open(dir)?.sync_all().map_err(WriteError::Sync)
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

    const OF: (Thing, u64) = (Thing::Message, 7);

    fn raw(size: usize) -> (Vec<u8>, [u8; 32]) {
        let raw: Vec<u8> = (0..size).map(|n| u8::try_from(n % 251).unwrap()).collect();
        let content = Sha256::digest(&raw).into();
        (raw, content)
    }

    #[test]
    fn mail_comes_back_byte_for_byte_small_or_large() {
        let dir = tempfile::tempdir().unwrap();
        let blobs = Blobs::new(dir.path(), Arc::default());
        for size in [0, 1, INLINE_BYTES, INLINE_BYTES + 1] {
            let (raw, content) = raw(size);
            let ready = blobs.prepare(AccountId(3), content, &raw.clone().into()).unwrap();
            assert_eq!(ready.data().is_some(), size <= INLINE_BYTES);
            let back = blobs.read(AccountId(3), &content, ready.size, ready.data(), OF).unwrap();
            assert_eq!(back, raw);
        }
        let shelf = fs::read_dir(dir.path().join("blobs/3")).unwrap().next().unwrap().unwrap().path();
        assert_eq!(fs::read_dir(shelf).unwrap().count(), 1, "no draft is left");
    }

    #[test]
    fn a_mail_with_one_bit_changed_is_not_served_and_stored_again_it_is_whole() {
        let dir = tempfile::tempdir().unwrap();
        let blobs = Blobs::new(dir.path(), Arc::default());
        let is_damaged =
            |read: Result<Vec<u8>, StoreError>| matches!(read, Err(StoreError::Damaged(Thing::Message, 7)));
        let (small, content) = raw(500);
        let ready = blobs.prepare(AccountId(3), content, &small.clone().into()).unwrap();
        for bit in 0..8 * ready.data().unwrap().len() {
            let mut data = ready.data().unwrap().to_vec();
            data[bit / 8] ^= 1 << (bit % 8);
            match blobs.read(AccountId(3), &content, ready.size, Some(&data), OF) {
                // A frame has bits that do not change what it decompresses to.
                Ok(back) => assert_eq!(back, small),
                other => assert!(is_damaged(other), "bit {bit}"),
            }
        }
        for size in [499, 501, 1 << 60] {
            assert!(is_damaged(blobs.read(AccountId(3), &content, size, ready.data(), OF)), "{size}");
        }

        let (large, content) = raw(INLINE_BYTES + 1);
        blobs.prepare(AccountId(3), content, &large.clone().into()).unwrap();
        let read = || blobs.read(AccountId(3), &content, large.len() as u64, None, OF);
        let file = blobs.file(AccountId(3), &content);
        let mut bytes = large.clone();
        bytes[9] ^= 4;
        let mail = LargeMail { account: AccountId(3), content, size: large.len() as u64, of: OF };
        let check = || is_damaged(blobs.check(&mail).map(|()| Vec::new()));
        fs::write(&file, bytes).unwrap();
        assert!(is_damaged(read()) && check());
        fs::write(&file, &large[1..]).unwrap();
        assert!(is_damaged(read()) && check());
        blobs.prepare(AccountId(3), content, &large.clone().into()).unwrap();
        assert!(!check());
        assert_eq!(read().unwrap(), large);
        assert_eq!(blobs.piece(&mail, 60_000, 5_000).unwrap(), large[60_000..65_000]);
        assert!(is_damaged(blobs.piece(&mail, 60_000, 6_000)), "it ends before");
        fs::remove_file(&file).unwrap();
        assert!(is_damaged(read()) && check());
    }
}
