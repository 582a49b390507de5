//! A check sum of each page of the database, in a file of its own: SQLite has none, so a bit that changes in a row on disk
//! would be found by nothing.
//!
//! Owns `crewbox.sums`: [`MAGIC`], then 8 bytes for each page, at 8 times its number; 0 where it is not known. A page
//! reaches the database by a checkpoint only, so the checkpointer (`checkpoint.rs`) writes the sums of the pages that it
//! is about to copy, and syncs them first: commits pay nothing. So whatever ends the process, or the power, each page has
//! the sum that is written here, or is in the write-ahead log as well and will be copied again. [`PageSums::lock`]
//! keeps checkpoints and checks of all processes from each other.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::connect::{DATABASE, PAGE_BYTES};
use super::heads::open_once;
use super::log_file::LogFile;
use crate::private;

/// The file's name in the data directory.
pub(super) const FILE: &str = "crewbox.sums";
/// The first bytes of the file.
const MAGIC: [u8; SUM] = *b"crewsum1";
/// Bytes of a sum.
const SUM: usize = 8;
/// Pages read or compared under one lock: 16 MB, so that a checkpoint waits only some milliseconds for a check.
const PAGES_AT_ONCE: u32 = 4_096;

/// The file, open.
#[derive(Debug)]
pub(super) struct PageSums {
    file: File,
    /// Of the same directory. Never closed, since that would drop SQLite's locks.
    database: Arc<File>,
}

/// While this lives, no other process or thread copies pages into the database or compares them.
#[derive(Debug)]
pub(super) struct Locked<'a>(&'a File);

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        // The system drops it with the file at the latest.
        let _ = self.0.unlock();
    }
}

impl PageSums {
    /// Opens the file of a directory whose database is there, made if it must be.
    pub(super) fn open(dir: &Path) -> io::Result<Self> {
        let file = dir.join(FILE);
        private::keep_file(&file)?;
        let file = OpenOptions::new().read(true).write(true).open(file)?;
        let sums = Self { file, database: database(dir)? };
        if !sums.has_magic()? {
            let _locked = sums.lock()?;
            // Another process may have just begun it.
            if !sums.has_magic()? {
                sums.forget()?;
            }
        }
        Ok(sums)
    }

    /// Opens the file to compare it; none where there is none yet.
    pub(super) fn open_to_read(dir: &Path) -> io::Result<Option<Self>> {
        let file = match File::open(dir.join(FILE)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        Ok(Some(Self { file, database: database(dir)? }))
    }

    /// Waits for the others.
    pub(super) fn lock(&self) -> io::Result<Locked<'_>> {
        self.file.lock().map(|()| Locked(&self.file))
    }

    /// The same, until the file is closed.
    pub(super) fn lock_until_closed(&self) -> io::Result<()> {
        self.file.lock()
    }

    /// Drops all sums: they are taken again at the next start of a server.
    pub(super) fn forget(&self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.write_all_at(&MAGIC, 0)?;
        self.file.sync_all()
    }

    fn has_magic(&self) -> io::Result<bool> {
        let mut magic = [0; SUM];
        match self.file.read_exact_at(&mut magic, 0) {
            Ok(()) => Ok(magic == MAGIC),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Writes these sums; a sync must follow before their pages are copied.
    pub(super) fn write(&self, sums: &BTreeMap<u32, u64>) -> io::Result<()> {
        let mut sums = sums.iter().peekable();
        let mut run = Vec::new();
        while let Some((&first, sum)) = sums.next() {
            run.clear();
            run.extend(sum.to_le_bytes());
            let mut next = first + 1;
            while let Some((_, sum)) = sums.next_if(|(page, _)| **page == next) {
                run.extend(sum.to_le_bytes());
                next += 1;
            }
            self.file.write_all_at(&run, place(first))?;
        }
        Ok(())
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// Takes the sums that are not known yet, of the pages as they are: of a database of an earlier version, or after the
    /// file was removed.
    /// Ends early where `is_over`.
    pub(super) fn complete(&self, is_over: &dyn Fn() -> bool) -> io::Result<()> {
        let mut part = Part::new();
        for first in self.parts()? {
            if is_over() {
                return Ok(());
            }
            let _locked = self.lock()?;
            part.read_sums(self, first)?;
            if !part.sums().any(|known| known == 0) {
                continue;
            }
            part.read_pages(self, first)?;
            let unknown = part.pages(first).filter(|(_, known, _)| *known == 0);
            let taken: BTreeMap<u32, u64> =
                unknown.map(|(page, _, bytes)| (page, sum(page, bytes))).collect();
            if !taken.is_empty() {
                self.write(&taken)?;
            }
        }
        Ok(())
    }

    /// The pages that are not as they were written, ascending. Pages that are in the log of this directory are left out:
    /// they are read from there, where each has a check sum of SQLite's, and are copied again.
    pub(super) fn changed(&self, dir: &Path) -> io::Result<Vec<u32>> {
        let (mut changed, mut part) = (Vec::new(), Part::new());
        for first in self.parts()? {
            let _locked = self.lock()?;
            part.read_sums(self, first)?;
            part.read_pages(self, first)?;
            let differs = |(page, known, bytes): (u32, u64, &[u8])| {
                (known != 0 && known != sum(page, bytes)).then_some(page)
            };
            let differ: Vec<u32> = part.pages(first).filter_map(differs).collect();
            if !differ.is_empty() {
                let in_log = LogFile::open(dir)?.map(|log| log.pages()).transpose()?.unwrap_or_default();
                changed.extend(differ.into_iter().filter(|page| !in_log.contains(page)));
            }
        }
        Ok(changed)
    }

    /// The first page of each part of the database.
    fn parts(&self) -> io::Result<impl Iterator<Item = u32> + use<>> {
        let pages = self.database.metadata()?.len() / PAGE_BYTES as u64;
        Ok((1..=u32::try_from(pages).unwrap_or(u32::MAX)).step_by(PAGES_AT_ONCE as usize))
    }
}

/// Some pages with their sums.
struct Part {
    sums: Vec<u8>,
    bytes: Vec<u8>,
    /// Bytes of pages that were read.
    read: usize,
}

impl Part {
    fn new() -> Self {
        let pages = PAGES_AT_ONCE as usize;
        Self { sums: vec![0; SUM * pages], bytes: vec![0; PAGE_BYTES * pages], read: 0 }
    }

    fn read_sums(&mut self, from: &PageSums, first: u32) -> io::Result<()> {
        self.sums.fill(0);
        read_up_to(&from.file, &mut self.sums, place(first)).map(drop)
    }

    fn read_pages(&mut self, from: &PageSums, first: u32) -> io::Result<()> {
        self.read = read_up_to(&from.database, &mut self.bytes, u64::from(first - 1) * PAGE_BYTES as u64)?;
        Ok(())
    }

    fn sums(&self) -> impl Iterator<Item = u64> {
        self.sums.chunks_exact(SUM).map(|sum| u64::from_le_bytes(sum.try_into().unwrap_or_default()))
    }

    /// Number, sum and bytes of each page.
    fn pages(&self, first: u32) -> impl Iterator<Item = (u32, u64, &[u8])> {
        let bytes = self.bytes.chunks_exact(PAGE_BYTES).take(self.read / PAGE_BYTES);
        (first..).zip(self.sums()).zip(bytes).map(|((page, sum), bytes)| (page, sum, bytes))
    }
}

/// Removes the file, if it is there.
pub(super) fn remove(dir: &Path) {
    match std::fs::remove_file(dir.join(FILE)) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            tracing::warn!(%error, "{FILE} cannot be removed; doctor may take an accepted database for damaged");
        }
        _ => {}
    }
}

/// The check sum of a page. The number is part of it, so that two pages are not taken for each other.
pub(super) fn sum(page: u32, bytes: &[u8]) -> u64 {
    xxh3_64_with_seed(bytes, page.into()).max(1)
}

fn place(page: u32) -> u64 {
    u64::from(page) * SUM as u64
}

fn database(dir: &Path) -> io::Result<Arc<File>> {
    open_once(&dir.join(DATABASE)).ok_or_else(|| io::Error::other(format!("{DATABASE} cannot be read")))
}

/// Reads as much as there is.
fn read_up_to(file: &File, bytes: &mut [u8], at: u64) -> io::Result<usize> {
    let mut read = 0;
    while let Some(rest) = bytes.get_mut(read..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, at + read as u64) {
            Ok(0) => break,
            Ok(count) => read += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}
