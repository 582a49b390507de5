//! Large mail that is written to a file, and hashed, while it arrives, so that nobody holds it.
//!
//! Owns the file until the mail is stored: then it becomes the file of the mail (`blob.rs`).

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crewbox_core::id::AccountId;
use sha2::{Digest as _, Sha256};

use super::blob::{Blobs, WriteError, draft_extension, make_synced, new_draft};
use crate::contract::{ArrivedMail, MailBytes, StoreError};

/// The directory of an account's mails that arrive: a shelf, so that the sweep removes what a process leaves that dies.
const ARRIVING: &str = "arriving";

/// A mail that is written to a file while it arrives. Its methods do I/O and keep their thread busy. The file is removed with
/// this.
#[derive(Debug)]
pub struct ArrivingMail {
    blobs: Blobs,
    hasher: Sha256,
    mail: ArrivedMail,
}

impl ArrivingMail {
    /// Adds the next bytes.
    ///
    /// # Errors
    /// `DiskFull`, `OutOfResources`, `Io`.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.hasher.update(bytes);
        self.mail.size += bytes.len();
        let written = self.mail.file.write_all(bytes);
        written.map_err(|source| self.blobs.explain(WriteError::Failed(source)))
    }

    /// Ends the file and syncs it to disk.
    ///
    /// # Errors
    /// `DiskFull`; `Stopped` where it cannot be synced.
    pub fn finish(mut self) -> Result<MailBytes, StoreError> {
        let synced = self.mail.file.sync_all();
        synced.map_err(|source| self.blobs.explain(WriteError::Sync(source)))?;
        self.mail.content = self.hasher.finalize().into();
        Ok(MailBytes::File(Arc::new(self.mail)))
    }
}

impl Blobs {
    /// Begins to write a mail that arrives.
    ///
    /// # Errors
    /// `DiskFull`, `OutOfResources`, `Io`.
    pub(super) fn arriving(&self, account: AccountId) -> Result<ArrivingMail, StoreError> {
        let shelf = self.directory().join(account.to_string()).join(ARRIVING);
        let path = shelf.join(draft_extension());
        let made = make_synced(&shelf).and_then(|()| new_draft(&path));
        let file = made.map_err(|failed| self.explain(failed))?;
        let mail =
            ArrivedMail { path, file, account, content: [0; 32], size: 0, is_stored: AtomicBool::new(false) };
        Ok(ArrivingMail { blobs: self.clone(), hasher: Sha256::new(), mail })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::contract::Thing;

    #[test]
    fn a_mail_is_written_while_it_arrives_and_then_only_named() {
        let dir = tempfile::tempdir().unwrap();
        let blobs = Blobs::new(dir.path(), Arc::default());
        let raw: Vec<u8> = (0..200_000_u32).map(|n| u8::try_from(n % 251).unwrap()).collect();
        let content = Sha256::digest(&raw).into();
        let arrived = |account| {
            let mut arriving = blobs.arriving(AccountId(account)).unwrap();
            raw.chunks(10_000).for_each(|piece| arriving.write(piece).unwrap());
            arriving.finish().unwrap()
        };
        let drafts = || fs::read_dir(dir.path().join("blobs/3/arriving")).unwrap().count();
        drop(blobs.arriving(AccountId(3)).unwrap());
        let mail = arrived(3);
        assert_eq!((mail.content(), mail.len(), drafts()), (content, raw.len(), 1));
        assert_eq!(mail.start(9).unwrap(), raw[..9]);
        // In an account of its own, in another one, and once more.
        for account in [3, 4, 3] {
            let ready = blobs.prepare(AccountId(account), content, &mail).unwrap();
            assert_eq!(drafts(), 0);
            assert_eq!(
                blobs.read(AccountId(account), &content, ready.size, None, (Thing::Message, 7)).unwrap(),
                raw
            );
        }
        drop(mail);
        assert_eq!(
            blobs.read(AccountId(3), &content, raw.len() as u64, None, (Thing::Message, 7)).unwrap(),
            raw
        );
        drop(arrived(3));
        assert_eq!(drafts(), 0, "what is not stored is removed");
    }
}
