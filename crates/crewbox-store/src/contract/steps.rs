//! Writes of background work: what mailbox workers and the outbox do, step by step.

use crewbox_core::id::{CampaignId, ConversationId, MailboxId, OutgoingId};
use crewbox_core::mailbox::{Folder, Ledger, Status};
use crewbox_core::time::Timestamp;

use super::ingest::Ingest;
use super::mail_bytes::MailBytes;

/// What a mailbox's worker writes, besides the mails themselves. In one batch with them where it matters: a
/// cursor moves in the transaction that stores its mails.
#[derive(Clone, Debug)]
pub enum SyncStep {
    /// Takes the mailbox over from any other worker. [`Outcome::Id`](super::Outcome::Id): the lease's number, rising.
    TakeLease,
    /// Fails with `LeaseLost` unless this is the mailbox's present lease: first in every batch of a worker.
    Fence(u64),
    /// Saves the mailbox's status, except for `smtp_error`, which the outbox writes; an equal one is no change.
    Status(Status),
    /// Saves why sending fails, or that it works again; needs no fence.
    SmtpError(Option<String>),
    /// Makes a folder known, or begins it again under a new UIDVALIDITY: cursors as given. `since` is kept from
    /// the first time. Attempts under another UIDVALIDITY are dropped, and places known under this one: they may
    /// hold other mails now.
    Folder(Folder),
    /// Moves a folder's cursors: ignored when the UIDVALIDITY is no longer the present one. The live cursor only
    /// rises, the history cursor only falls.
    Cursor {
        /// The folder's name.
        folder: String,
        /// Under which UIDVALIDITY.
        uidvalidity: u32,
        /// The new live cursor.
        live: u32,
        /// The new history cursor.
        history: u32,
    },
    /// Notes that these mails are begun. Those alone at work have a death counted in advance; the note goes
    /// when the mail is stored, in quarantine, or by [`SyncStep::ClearAttempts`].
    Begin {
        /// The folder's name.
        folder: String,
        /// Under which UIDVALIDITY.
        uidvalidity: u32,
        /// Their UIDs.
        uids: Vec<u32>,
        /// Whether it is one mail, alone at work.
        alone: bool,
    },
    /// Takes back a [`SyncStep::Begin`] with the same fields: an orderly stop or a failure of the store is not the
    /// fault of a mail. Attempts noted together are deleted; one alone loses the crash counted in advance, and
    /// earlier crashes still count.
    ClearAttempts {
        /// The folder's name.
        folder: String,
        /// Under which UIDVALIDITY.
        uidvalidity: u32,
        /// Their UIDs.
        uids: Vec<u32>,
        /// Whether it was one mail, alone at work.
        alone: bool,
    },
    /// Notes what a comparison found: of the UIDs held, which are no longer on the server, and which are there
    /// again.
    Compared {
        /// The folder's name.
        folder: String,
        /// Under which UIDVALIDITY.
        uidvalidity: u32,
        /// No longer on the server, of those held.
        gone: Vec<u32>,
        /// On the server again, of those noted as gone (an answer of the server was short).
        back: Vec<u32>,
        /// The figures.
        ledger: Ledger,
    },
}

/// What the outbox writes. A state that may not follow the present one is `Conflict(Outgoing)`.
#[derive(Debug)]
pub enum OutboxStep {
    /// Writes a message down to be sent, once: see [`NewOutgoing::fingerprint`]. [`Outcome::Queued`](super::Outcome::Queued);
    /// `Exists(Outgoing)` when the fingerprint is another body's, and nothing is written down then.
    Queue(Box<NewOutgoing>),
    /// Takes one back while it is queued; taken back already is fine. [`Outcome::Done`](super::Outcome::Done), `Conflict(Outgoing)`
    /// once it is on its way.
    TakeBack(OutgoingId),
    /// Queues a message again that failed for good, unless a later one of its conversation replaces it. [`Outcome::Done`](super::Outcome::Done),
    /// `Conflict(Outgoing)`.
    TryAgain(OutgoingId),
    /// Its bytes are about to be given to the server: queued becomes sending. Last moment to say no.
    Start(OutgoingId),
    /// Not now: queued or sending (the server answered that it was not taken) becomes queued.
    Later {
        /// Which.
        id: OutgoingId,
        /// When to try again.
        next_try: Timestamp,
        /// Why, as one sentence.
        answer: String,
    },
    /// Due at the time of the batch, if it is still queued: the clock was set back since its next try was decided.
    TryNow(OutgoingId),
    /// Given up. Why, as one sentence.
    Fail(OutgoingId, String),
    /// Nobody knows whether the server took it: sending becomes unknown. Why, as one sentence.
    Lose(OutgoingId, String),
    /// The server took it: it becomes a message of its conversation, and the copy in Sent is wanted or not. A
    /// copy seen in Sent before has done the first half already. [`Outcome::Ingested`](super::Outcome::Ingested).
    Accept {
        /// Which.
        id: OutgoingId,
        /// The message, read from the very bytes sent.
        ingest: Box<Ingest>,
        /// The server's answer.
        answer: String,
        /// Ids in that answer, whole or without their domain: the relay may have put one in the place of ours.
        relay_ids: Vec<String>,
        /// Whether we must put the copy into Sent ourselves.
        copy: bool,
    },
    /// Its copy is in Sent.
    Copied(OutgoingId),
}

/// A message to write down before it is sent.
#[derive(Clone)]
pub struct NewOutgoing {
    /// The conversation.
    pub conversation: ConversationId,
    /// The mailbox it leaves through.
    pub mailbox: MailboxId,
    /// Its Message-ID without brackets.
    pub message_id: String,
    /// The value of its `X-Crewbox-Ref` header.
    pub reference: String,
    /// The `stats_id` of the message answered; none makes a fresh one.
    pub stats_id: Option<String>,
    /// Envelope sender.
    pub sender: String,
    /// Envelope recipients.
    pub recipients: Vec<String>,
    /// Its bytes, as they will be sent.
    pub raw: MailBytes,
    /// Not before: end of the undo window, or the scheduled time.
    pub not_before: Timestamp,
    /// The time a person scheduled.
    pub scheduled_time: Option<Timestamp>,
    /// What makes a second call the same as a first: a digest of the caller's idempotency key, or of member,
    /// conversation and body. A message with the same one that is neither failed nor taken back is answered
    /// instead of making another.
    pub fingerprint: [u8; 32],
    /// For how long the fingerprint holds, in milliseconds, before and after the first call's time (a clock may be set
    /// back); none for ever.
    pub fingerprint_holds: Option<i64>,
    /// SHA-256 of the call's body.
    pub asked: [u8; 32],
}

impl std::fmt::Debug for NewOutgoing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewOutgoing").field("conversation", &self.conversation).finish_non_exhaustive()
    }
}

/// Where an untracked message is put by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttachTo {
    /// Into this conversation.
    Conversation(ConversationId),
    /// Its sender becomes a lead of this campaign (or is one), and it goes there.
    Campaign(CampaignId),
}
