//! The bytes of a stored mail: whole where it is small, else read in pieces, so that nobody holds a large mail to pass it
//! on.
//!
//! Owns no rule. What calls it has checked who may read the mail.

use std::ops::Range;

use crewbox_core::message::Attachment;
use crewbox_mail::{AttachedBytes, find_attachment};
use crewbox_store::Store;
use crewbox_store::contract::{LargeMail, RawBytes};

use crate::refusal::Refusal;

/// Bytes that are read together: many small reads take longer, and each reader holds one piece.
const PIECE_BYTES: usize = 64 * 1024;

/// A mail's bytes.
#[derive(Debug)]
pub enum StoredMail {
    /// All of them, compared with their hash.
    Whole(Vec<u8>),
    /// Not read yet.
    Large(LargeRaw),
}

/// A large mail that is not read yet. Its methods do I/O and keep their thread busy.
#[derive(Clone, Debug)]
pub struct LargeRaw {
    store: Store,
    mail: LargeMail,
}

/// An attachment that is looked for in a large mail by whoever sends it.
#[derive(Clone, Debug)]
pub struct LargeFile {
    /// The mail.
    pub mail: LargeRaw,
    /// The attachment's number, from 0.
    pub index: u32,
}

/// An attachment of a large mail.
#[derive(Debug)]
pub enum LargeAttachment {
    /// Its bytes, decoded.
    Decoded(Vec<u8>),
    /// Its bytes are read from the mail and decoded piece by piece.
    InPieces(Pieces),
}

/// Bytes that are read piece by piece: an iterator whose `next` does I/O.
pub struct Pieces {
    raw: LargeRaw,
    /// What is still to be read of the mail.
    range: Range<u64>,
    decode: Box<dyn FnMut(Vec<u8>) -> Vec<u8> + Send>,
}

impl StoredMail {
    pub(crate) fn of(store: &Store, raw: RawBytes) -> Self {
        match raw {
            RawBytes::Whole(bytes) => Self::Whole(bytes),
            RawBytes::Large(mail) => Self::Large(LargeRaw { store: store.clone(), mail }),
        }
    }
}

impl LargeRaw {
    /// How many bytes it has.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.mail.size()
    }

    /// Compares the bytes with their hash, a piece at a time; then gives them in pieces.
    ///
    /// # Errors
    /// The store's: damaged or missing bytes.
    pub fn checked(self) -> Result<Pieces, Refusal> {
        self.store.check_large(&self.mail)?;
        let range = 0..self.size();
        Ok(Pieces { raw: self, range, decode: Box::new(|piece| piece) })
    }

    /// The attachment with this number. The mail is in memory while it is looked for; what is found, only where it cannot
    /// be decoded in pieces. None where the mail has no such attachment.
    ///
    /// # Errors
    /// The store's: damaged or missing bytes.
    pub fn attachment(self, index: u32) -> Result<Option<(Attachment, LargeAttachment)>, Refusal> {
        let bytes = self.store.read_large(&self.mail)?;
        let Some((attachment, found)) = find_attachment(&bytes, index) else { return Ok(None) };
        Ok(Some(match found {
            AttachedBytes::Decoded(bytes) => (attachment, LargeAttachment::Decoded(bytes)),
            AttachedBytes::Encoded(range, mut decoder) => {
                let range = range.start as u64..range.end as u64;
                let decode = Box::new(move |piece| decoder.decode(piece));
                (attachment, LargeAttachment::InPieces(Pieces { raw: self, range, decode }))
            }
        }))
    }
}

impl Iterator for Pieces {
    type Item = Result<Vec<u8>, Refusal>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.range.is_empty() {
            let left = usize::try_from(self.range.end - self.range.start).unwrap_or(usize::MAX);
            let piece = match self.raw.store.piece(&self.raw.mail, self.range.start, left.min(PIECE_BYTES)) {
                Ok(piece) => piece,
                Err(error) => {
                    self.range.start = self.range.end;
                    return Some(Err(error.into()));
                }
            };
            self.range.start += piece.len() as u64;
            let decoded = (self.decode)(piece);
            if !decoded.is_empty() {
                return Some(Ok(decoded));
            }
        }
        None
    }
}

impl std::fmt::Debug for Pieces {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pieces").field("range", &self.range).finish_non_exhaustive()
    }
}
