//! The write-ahead log as a file: which pages its frames hold. Reads only; what SQLite does with it is not seen here.
//!
//! The layout is fixed (sqlite.org/fileformat2.html, section 4): a header of [`HEADER`] bytes, then frames, each a header
//! of [`FRAME_HEADER`] bytes and a page. A frame of an earlier use of the file has another salt than the header.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use super::connect::{DATABASE, PAGE_BYTES};

const HEADER: u64 = 32;
const FRAME_HEADER: usize = 24;
/// Where the salt is in both headers.
const SALT_IN_HEADER: u64 = 16;
const SALT_IN_FRAME: usize = 8;
const FRAME: u64 = (FRAME_HEADER + PAGE_BYTES) as u64;
/// Frames read with one call.
const FRAMES_AT_ONCE: u64 = 64;

/// An open log.
#[derive(Debug)]
pub(super) struct LogFile {
    file: File,
    salt: [u8; 8],
}

impl LogFile {
    /// The log of the database in a directory; none where there is none, or an empty one.
    pub(super) fn open(dir: &Path) -> io::Result<Option<Self>> {
        let file = match File::open(dir.join(format!("{DATABASE}-wal"))) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let mut salt = [0; 8];
        match file.read_exact_at(&mut salt, SALT_IN_HEADER) {
            Ok(()) => Ok(Some(Self { file, salt })),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Calls `each` with the page's number and bytes of frames `from` to `to`, both included; the first frame is 1.
    ///
    /// # Errors
    /// The system's; `InvalidData` where a frame is not of this use of the file.
    pub(super) fn frames(&self, from: u32, to: u32, mut each: impl FnMut(u32, &[u8])) -> io::Result<()> {
        let (mut frame, end) = (u64::from(from), u64::from(to) + 1);
        let mut bytes = Vec::new();
        while frame < end {
            let count = (end - frame).min(FRAMES_AT_ONCE);
            bytes.resize(usize::try_from(count * FRAME).unwrap_or_default(), 0);
            self.file.read_exact_at(&mut bytes, place(frame))?;
            for frame in bytes.chunks_exact(FRAME_HEADER + PAGE_BYTES) {
                let (header, page) = frame.split_at(FRAME_HEADER);
                let number = self.page_of(header);
                each(number.ok_or_else(|| io::Error::from(ErrorKind::InvalidData))?, page);
            }
            frame += count;
        }
        Ok(())
    }

    /// Every page that a frame of this use of the file holds, whether or not it was copied into the database.
    pub(super) fn pages(&self) -> io::Result<HashSet<u32>> {
        let mut pages = HashSet::new();
        let mut header = [0; FRAME_HEADER];
        for frame in 1.. {
            match self.file.read_exact_at(&mut header, place(frame)) {
                Ok(()) => pages.extend(self.page_of(&header)),
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => break,
                Err(error) => return Err(error),
            }
        }
        Ok(pages)
    }

    fn page_of(&self, header: &[u8]) -> Option<u32> {
        let number = header.first_chunk().map(|number| u32::from_be_bytes(*number))?;
        let is_current = header.get(SALT_IN_FRAME..).is_some_and(|rest| rest.starts_with(&self.salt));
        is_current.then_some(number)
    }
}

fn place(frame: u64) -> u64 {
    HEADER + (frame - 1) * FRAME
}
