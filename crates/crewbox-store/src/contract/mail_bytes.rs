//! The bytes of a mail on its way into the store: in memory, or in a file that was written while they arrived.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use crewbox_core::id::AccountId;
use sha2::{Digest as _, Sha256};

/// A mail's bytes. Cheap to clone.
#[derive(Clone, Debug)]
pub enum MailBytes {
    /// In memory.
    Memory(Bytes),
    /// In a file.
    File(Arc<ArrivedMail>),
}

/// A large mail in a file of the data directory, synced to disk. The file is removed with this, unless the mail was stored:
/// then it is its file.
#[derive(Debug)]
pub struct ArrivedMail {
    pub(crate) path: PathBuf,
    pub(crate) file: File,
    pub(crate) account: AccountId,
    pub(crate) content: [u8; 32],
    pub(crate) size: usize,
    pub(crate) is_stored: AtomicBool,
}

impl MailBytes {
    /// How many bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Memory(bytes) => bytes.len(),
            Self::File(mail) => mail.size,
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Their SHA-256.
    #[must_use]
    pub fn content(&self) -> [u8; 32] {
        match self {
            Self::Memory(bytes) => Sha256::digest(bytes).into(),
            Self::File(mail) => mail.content,
        }
    }

    /// Fills `into` with the bytes from `at` on.
    ///
    /// # Errors
    /// The system's, for a file; `UnexpectedEof` where the bytes end before.
    pub fn read_at(&self, at: usize, into: &mut [u8]) -> io::Result<()> {
        match self {
            Self::Memory(bytes) => {
                let range = bytes.get(at..).and_then(|rest| rest.get(..into.len()));
                into.copy_from_slice(range.ok_or(io::ErrorKind::UnexpectedEof)?);
                Ok(())
            }
            Self::File(mail) => mail.file.read_exact_at(into, at as u64),
        }
    }

    /// Has the system forget what it holds of a file in memory: nobody reads a mail again soon after it arrived, and a
    /// large one takes the place of many pages of the database. What is not synced to disk yet stays.
    pub fn uncache(&self) {
        #[cfg(target_os = "linux")]
        if let Self::File(mail) = self {
            // Without this all is as before but for the memory.
            let _ = rustix::fs::fadvise(&mail.file, 0, None, rustix::fs::Advice::DontNeed);
        }
    }

    /// Reads them from the start.
    #[must_use]
    pub fn reader(&self) -> MailReader {
        MailReader { mail: self.clone(), at: 0 }
    }

    /// The first `most` bytes, or all where there are fewer.
    ///
    /// # Errors
    /// The system's, for a file.
    pub fn start(&self, most: usize) -> io::Result<Bytes> {
        let length = self.len().min(most);
        match self {
            Self::Memory(bytes) => Ok(bytes.slice(..length)),
            Self::File(_) => {
                let mut start = vec![0; length];
                self.read_at(0, &mut start)?;
                Ok(start.into())
            }
        }
    }
}

/// Reads the bytes of a mail, wherever they are.
#[derive(Clone, Debug)]
pub struct MailReader {
    mail: MailBytes,
    at: usize,
}

impl Read for MailReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = self.mail.len().saturating_sub(self.at).min(into.len());
        self.mail.read_at(self.at, &mut into[..length])?;
        self.at += length;
        Ok(length)
    }
}

impl Seek for MailReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => i64::try_from(at).ok(),
            SeekFrom::End(from) => (self.mail.len() as i64).checked_add(from),
            SeekFrom::Current(from) => (self.at as i64).checked_add(from),
        };
        let at = at.and_then(|at| usize::try_from(at).ok()).ok_or(io::ErrorKind::InvalidInput)?;
        self.at = at;
        Ok(at as u64)
    }
}

impl Default for MailBytes {
    fn default() -> Self {
        Self::Memory(Bytes::new())
    }
}

macro_rules! in_memory {
    ($($type:ty)*) => {$(
        impl From<$type> for MailBytes {
            fn from(bytes: $type) -> Self {
                Self::Memory(bytes.into())
            }
        }
    )*};
}

in_memory! { Bytes Vec<u8> String &'static [u8] &'static str }

impl Drop for ArrivedMail {
    fn drop(&mut self) {
        if !self.is_stored.load(Ordering::Acquire)
            && let Err(error) = std::fs::remove_file(&self.path)
        {
            // The sweep removes it later.
            tracing::warn!(file = %self.path.display(), %error, "the file of a mail that was not stored stays");
        }
    }
}
