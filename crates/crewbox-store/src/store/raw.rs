//! The calls that read raw mail, whole or in pieces where it is large, and those that find mail by its Message-ID.

use crewbox_core::id::{MessageId, QuarantineId};
use crewbox_core::message::Message;

use super::Store;
use crate::ArrivingMail;
use crate::contract::{LargeMail, RawBytes, RawMail, Scope, StoreError};

impl Store {
    /// The messages with this Message-ID (without brackets) that are in a conversation, without texts.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn messages_by_rfc_id(&self, scope: &Scope, rfc_id: &str) -> Result<Vec<Message>, StoreError> {
        on!(self, e => e.messages_by_rfc_id(scope, rfc_id).await)
    }

    /// A message's bytes as they came in.
    ///
    /// # Errors
    /// `NotFound(Message)`, `Damaged`.
    pub async fn raw(&self, scope: &Scope, id: MessageId) -> Result<Vec<u8>, StoreError> {
        on!(self, e => e.raw(scope, id).await)
    }

    /// The same, whole where there are at most `most` bytes.
    ///
    /// # Errors
    /// As [`Store::raw`].
    pub async fn raw_up_to(&self, scope: &Scope, id: MessageId, most: usize) -> Result<RawBytes, StoreError> {
        on!(self, e => e.raw_up_to(scope, id, most).await)
    }

    /// Messages after `after` by id, with their bytes; at most `limit`, fewer where they are large, none at the end.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn raws(
        &self,
        scope: &Scope,
        after: MessageId,
        limit: u32,
    ) -> Result<Vec<RawMail>, StoreError> {
        on!(self, e => e.raws(scope, after, limit).await)
    }

    /// A quarantined mail's bytes.
    ///
    /// # Errors
    /// `NotFound(Quarantine)`, `Damaged`.
    pub async fn quarantine_raw(&self, scope: &Scope, id: QuarantineId) -> Result<Vec<u8>, StoreError> {
        on!(self, e => e.quarantine_raw(scope, id).await)
    }

    /// The same, whole where there are at most `most` bytes.
    ///
    /// # Errors
    /// As [`Store::quarantine_raw`].
    pub async fn quarantine_raw_up_to(
        &self,
        scope: &Scope,
        id: QuarantineId,
        most: usize,
    ) -> Result<RawBytes, StoreError> {
        on!(self, e => e.quarantine_raw_up_to(scope, id, most).await)
    }

    // --- Large mail: these calls do I/O on the caller's thread ---

    /// Begins to write a large mail that arrives to a file of its account.
    ///
    /// # Errors
    /// `DiskFull`, `OutOfResources`, `Io`.
    pub fn arriving(&self, scope: &Scope) -> Result<ArrivingMail, StoreError> {
        on!(self, e => e.arriving(scope))
    }

    /// Compares a large mail's bytes with their hash, without holding them.
    ///
    /// # Errors
    /// `Damaged`, `Io`.
    pub fn check_large(&self, mail: &LargeMail) -> Result<(), StoreError> {
        on!(self, e => e.check_large(mail))
    }

    /// A large mail's bytes, compared with their hash.
    ///
    /// # Errors
    /// `Damaged`, `Io`.
    pub fn read_large(&self, mail: &LargeMail) -> Result<Vec<u8>, StoreError> {
        on!(self, e => e.read_large(mail))
    }

    /// The `length` bytes of a large mail from `from` on. They are not compared with anything: check the mail first.
    ///
    /// # Errors
    /// `Damaged` where the mail is missing or ends before; `Io`.
    pub fn piece(&self, mail: &LargeMail, from: u64, length: usize) -> Result<Vec<u8>, StoreError> {
        on!(self, e => e.piece(mail, from, length))
    }
}
