//! The raw bytes of a mail as a caller gets them: whole, or as something to read them from.

use crewbox_core::id::AccountId;

use super::error::Thing;

/// A mail's bytes.
#[derive(Clone, Debug)]
pub enum RawBytes {
    /// All of them, compared with their hash.
    Whole(Vec<u8>),
    /// Too many for the caller to hold; nothing is read yet.
    Large(LargeMail),
}

/// A large mail that the caller may read. Only a call with a scope gives one.
#[derive(Clone, Debug)]
pub struct LargeMail {
    pub(crate) account: AccountId,
    pub(crate) content: [u8; 32],
    pub(crate) size: u64,
    /// What it is the bytes of.
    pub(crate) of: (Thing, u64),
}

impl LargeMail {
    /// How many bytes it has.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }
}
