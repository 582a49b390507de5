//! What this crate needs from outside and the binary hands in: the time, and a way for mail to come in.
//!
//! Owns the shapes only. Never an implementation: the clock is the binary's, mail is the mail crate's.

use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;
use crewbox_core::id::{MailboxId, QuarantineId};
use crewbox_core::message::Attachment;
use crewbox_core::time::Timestamp;
use crewbox_store::{Ingested, Scope, StoreError};

/// Tells the time. The binary's reads the system clock; a test's is set by hand.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

impl<F: Fn() -> Timestamp + Send + Sync> Clock for F {
    fn now(&self) -> Timestamp {
        self()
    }
}

/// A call's answer, boxed so that the port can be a trait object.
pub type Delivering<'a> = Pin<Box<dyn Future<Output = Result<Delivered, StoreError>> + Send + 'a>>;

/// The way in for mail that is posted over HTTP, the same as for mail fetched from a server.
pub trait MailIn: Send + Sync {
    /// Takes one raw message in. `received_at` is the sender's word for its time, `now` bounds it.
    fn deliver<'a>(
        &'a self,
        scope: &'a Scope,
        mailbox: MailboxId,
        raw: Bytes,
        received_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Delivering<'a>;

    /// Cuts the attachment of this number (from 0) out of a raw message, decoded.
    fn attachment(&self, raw: &[u8], index: u32) -> Option<(Attachment, Vec<u8>)>;
}

/// What became of a delivered message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivered {
    /// It is stored, in its conversation or untracked.
    Stored(Ingested),
    /// It could not be read safely and is kept raw; with the reason, in words.
    Quarantined(QuarantineId, String),
}
