//! What this crate needs from outside and the binary hands in: the time, and a way for mail to come in.
//!
//! Owns the shapes only. Never an implementation: the clock is the binary's, mail is the mail crate's.

use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;
use crewbox_core::id::{MailboxId, MessageId, QuarantineId};
use crewbox_core::mailbox::Ledger;
use crewbox_core::message::{Address, Attachment, Mail};
use crewbox_core::outgoing::Draft;
use crewbox_core::threading::PlaceFn;
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

/// A message read again, boxed likewise.
pub type Rereading<'a> = Pin<Box<dyn Future<Output = Result<Box<Mail>, StoreError>> + Send + 'a>>;

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

    /// Reads a stored message again, as reindexing does. Stores nothing.
    fn reread<'a>(&'a self, scope: &'a Scope, message: MessageId, now: Timestamp) -> Rereading<'a>;

    /// Cuts the attachment of this number (from 0) out of a raw message, decoded.
    fn attachment(&self, raw: &[u8], index: u32) -> Option<(Attachment, Vec<u8>)>;

    /// The same for several, in the order asked.
    fn attachments(&self, raw: &[u8], wanted: &[u32]) -> Vec<Option<(Attachment, Vec<u8>)>> {
        wanted.iter().map(|index| self.attachment(raw, *index)).collect()
    }
}

/// What became of a delivered message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivered {
    /// It is stored, in its conversation or untracked.
    Stored(Ingested),
    /// It could not be read safely and is kept raw; with the reason, in words.
    Quarantined(QuarantineId, String),
    /// It is a draft of the mailbox's owner, which was never sent: nothing was stored.
    Draft,
    /// It is no mail: nothing was stored. What it is instead, to be read after the name of what was posted.
    NotMail(&'static str),
}

/// An answer of the mail side, boxed so that the port can be a trait object.
pub type Asking<'a, T> = Pin<Box<dyn Future<Output = Result<T, Refused>> + Send + 'a>>;

/// What a message says of answers to it.
#[derive(Clone, Debug, Default)]
pub struct Answering {
    /// Where its sender wants them to go; empty when that is not said.
    pub reply_to: Vec<Address>,
    /// The Message-IDs of its thread before it, oldest first, without brackets.
    pub thread: Vec<String>,
}

/// The way out for mail, and what is asked of connected mailboxes.
pub trait MailOut: Send + Sync {
    /// Builds the mail of a draft.
    ///
    /// # Errors
    /// The field that cannot be sent, and why.
    fn compose(&self, draft: &Draft) -> Result<Composed, DraftProblem>;

    /// What the header of a raw message says of an answer to it.
    fn answering(&self, raw: &[u8]) -> Answering;

    /// A fresh Message-ID (without brackets) and reference for a message from this address.
    ///
    /// # Errors
    /// When the system gives no randomness.
    fn new_ids(&self, sender: &str) -> Result<(String, String), StoreError>;

    /// The subject of an answer to a message of this subject.
    fn reply_subject(&self, subject: &str) -> String;

    /// The subject of such a message when it is forwarded.
    fn forward_subject(&self, subject: &str) -> String;

    /// The threading rule.
    fn place(&self) -> PlaceFn;

    /// Tries to read a quarantined mail again.
    fn retry<'a>(&'a self, scope: &'a Scope, quarantine: QuarantineId, now: Timestamp) -> Delivering<'a>;

    /// Compares a mailbox with its server afresh.
    fn ledger<'a>(
        &'a self,
        scope: &'a Scope,
        mailbox: MailboxId,
        now: Timestamp,
    ) -> Asking<'a, Vec<FolderFigures>>;

    /// Tries a mailbox's servers step by step.
    fn test<'a>(&'a self, scope: &'a Scope, mailbox: MailboxId) -> Asking<'a, Vec<Tested>>;
}

/// A mail as it will be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composed {
    /// Its bytes.
    pub raw: Bytes,
    /// Envelope sender, its domain in ASCII.
    pub sender: String,
    /// Envelope recipients, their domains in ASCII, lower case, without repeats.
    pub recipients: Vec<String>,
}

/// Why a draft cannot be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftProblem {
    /// The body's key.
    pub field: &'static str,
    /// What is wrong, without the value.
    pub sentence: String,
}

/// Why the mail side did not answer.
#[derive(Debug)]
pub enum Refused {
    /// The store's error.
    Store(StoreError),
    /// The server's, in one sentence that says what to change.
    Server(String),
}

/// One folder compared with its server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderFigures {
    /// Its name.
    pub folder: String,
    /// What was found.
    pub ledger: Ledger,
}

/// One step of trying a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tested {
    /// Its name, such as `imap log-in`.
    pub step: &'static str,
    /// Whether it worked.
    pub ok: bool,
    /// What happened, or what to change.
    pub detail: String,
    /// How long it took, in milliseconds.
    pub millis: u64,
}
