//! What can be done for a batch before it reaches the writer: compressing and writing raw mail, hashing,
//! serialising. Runs on the caller's side, so that the one writer thread does nothing but SQL.

use crewbox_core::change::Cause;
use crewbox_core::id::AccountId;
use crewbox_core::message::Mail;
use crewbox_core::time::Timestamp;

use super::blob::{Blobs, ReadyBlob};
use super::codec;
use crate::contract::{
    Batch, Expectation, Ingest, NewOutgoing, NewQuarantined, Op, OutboxStep, Scope, StoreError,
};

/// A batch ready for the writer.
#[derive(Debug)]
pub(super) struct ReadyBatch {
    pub(super) scope: Scope,
    pub(super) at: Timestamp,
    pub(super) cause: Cause,
    pub(super) steps: Vec<Step>,
    pub(super) once: Option<String>,
    pub(super) expectations: Vec<Expectation>,
}

impl ReadyBatch {
    /// Whether it is a part of much work that nobody waits for in particular.
    pub(super) fn is_bulk(&self) -> bool {
        let is_bulk = |step: &Step| matches!(step, Step::Plain(Op::BulkStep { .. } | Op::KeepActivities(_)));
        self.steps.iter().any(is_bulk)
    }
}

/// One operation of it.
#[derive(Debug)]
pub(super) enum Step {
    /// One that needs nothing made ready.
    Plain(Op),
    /// A message to take in.
    Ingest(Box<ReadyIngest>),
    /// A mail to keep raw.
    Quarantine(Box<ReadyQuarantine>),
    /// A message derived again.
    Reread(Box<ReadyReread>),
    /// A quarantined mail to take in after all.
    Release(crewbox_core::id::QuarantineId, Box<ReadyIngest>),
    /// A message to write down before it is sent; its bytes are in the blob.
    Queue(Box<NewOutgoing>, ReadyBlob),
    /// A message that was sent.
    Accept(Box<ReadyAccept>),
}

impl Step {
    /// Whether a mail comes in or goes out by it.
    pub(super) const fn carries_mail(&self) -> bool {
        !matches!(self, Self::Plain(_) | Self::Reread(_))
    }
}

/// A message to take in; its raw bytes are in `blob`.
#[derive(Debug)]
pub(super) struct ReadyIngest {
    pub(super) ingest: Ingest,
    pub(super) blob: ReadyBlob,
    pub(super) columns: MailColumns,
}

/// A mail to keep raw; its bytes are in `blob`.
#[derive(Debug)]
pub(super) struct ReadyQuarantine {
    pub(super) new: NewQuarantined,
    pub(super) blob: ReadyBlob,
}

/// A message that was sent.
#[derive(Debug)]
pub(super) struct ReadyAccept {
    pub(super) id: crewbox_core::id::OutgoingId,
    pub(super) ingest: ReadyIngest,
    pub(super) answer: String,
    pub(super) relay_ids: Vec<String>,
    pub(super) copy: bool,
}

/// A message derived again.
#[derive(Debug)]
pub(super) struct ReadyReread {
    pub(super) message: crewbox_core::id::MessageId,
    pub(super) mail: Mail,
    pub(super) columns: MailColumns,
}

/// A mail's columns that are not its fields as they are.
#[derive(Debug)]
pub(super) struct MailColumns {
    pub(super) rfc_hash: i64,
    pub(super) to: String,
    pub(super) cc: String,
    pub(super) folds: String,
    pub(super) attachments: String,
}

impl MailColumns {
    fn of(mail: &Mail) -> Self {
        Self {
            rfc_hash: codec::rfc_hash(&mail.message_id),
            to: codec::list(&mail.to),
            cc: codec::list(&mail.cc),
            folds: codec::list(&mail.folds),
            attachments: codec::list(&mail.attachments),
        }
    }
}

/// Whether making it ready takes long enough to leave the caller's thread for.
pub(super) fn is_heavy(batch: &Batch) -> bool {
    batch.ops.iter().any(|op| {
        matches!(
            op,
            Op::Ingest(_)
                | Op::Quarantine(_)
                | Op::Reread { .. }
                | Op::ReleaseQuarantine { .. }
                | Op::Outbox(OutboxStep::Queue(_) | OutboxStep::Accept { .. })
        )
    })
}

/// Makes a batch ready.
///
/// # Errors
/// `DiskFull` and `Io` of large mail's files.
pub(super) fn prepare(blobs: &Blobs, mut batch: Batch) -> Result<ReadyBatch, StoreError> {
    let account = batch.scope.account();
    let steps: Vec<Step> = std::mem::take(&mut batch.ops)
        .into_iter()
        .map(|op| step(blobs, account, op))
        .collect::<Result<_, _>>()?;
    if steps.iter().any(Step::carries_mail) {
        crewbox_crash::point("store.prepared");
    }
    let Batch { scope, at, cause, once, expectations, .. } = batch;
    Ok(ReadyBatch { scope, at, cause, steps, once, expectations })
}

fn ready(blobs: &Blobs, account: AccountId, mut ingest: Ingest) -> Result<ReadyIngest, StoreError> {
    let blob = blobs.prepare(account, ingest.mail.content, &std::mem::take(&mut ingest.raw))?;
    let columns = MailColumns::of(&ingest.mail);
    Ok(ReadyIngest { ingest, blob, columns })
}

fn step(blobs: &Blobs, account: AccountId, op: Op) -> Result<Step, StoreError> {
    Ok(match op {
        Op::Ingest(ingest) => Step::Ingest(Box::new(ready(blobs, account, *ingest)?)),
        Op::ReleaseQuarantine { quarantine, ingest } => {
            Step::Release(quarantine, Box::new(ready(blobs, account, *ingest)?))
        }
        Op::Outbox(OutboxStep::Queue(mut new)) => {
            let raw = std::mem::take(&mut new.raw);
            let blob = blobs.prepare(account, raw.content(), &raw)?;
            Step::Queue(new, blob)
        }
        Op::Outbox(OutboxStep::Accept { id, ingest, answer, relay_ids, copy }) => {
            let ingest = ready(blobs, account, *ingest)?;
            Step::Accept(Box::new(ReadyAccept { id, ingest, answer, relay_ids, copy }))
        }
        Op::Quarantine(mut new) => {
            let raw = std::mem::take(&mut new.raw);
            let blob = blobs.prepare(account, raw.content(), &raw)?;
            Step::Quarantine(Box::new(ReadyQuarantine { new: *new, blob }))
        }
        Op::Reread { message, mail } => {
            let columns = MailColumns::of(&mail);
            Step::Reread(Box::new(ReadyReread { message, mail: *mail, columns }))
        }
        plain => Step::Plain(plain),
    })
}
