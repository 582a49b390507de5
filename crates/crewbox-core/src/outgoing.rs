//! What leaves: drafts as people mean them, and the outbox's record of each, from queued to accepted.
//!
//! Owns the states a message on its way out goes through and which may follow which. Never builds MIME and never
//! speaks SMTP. The rule behind the states: a message whose fate is not known is never sent again by itself.

use serde::{Deserialize, Serialize};

use crate::id::{ConversationId, MailboxId, MemberId, MessageId, OutgoingId};
use crate::message::Address;
use crate::time::Timestamp;

/// How far a message has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutgoingState {
    /// Waits for its time, its turn or its next try. Nothing of it has been given to a server as mail.
    Queued,
    /// Its bytes are being given to the server: from the moment before DATA until the answer.
    Sending,
    /// The server took it.
    Accepted,
    /// The server refused it for good, or all tries were used up.
    Failed,
    /// The connection or the process died after DATA and before the answer: it may or may not have left.
    Unknown,
    /// Taken back by a person while it was queued.
    Cancelled,
}

impl OutgoingState {
    /// Whether a message may go from this state to `next`.
    #[must_use]
    pub const fn may_become(self, next: Self) -> bool {
        use OutgoingState::{Accepted, Cancelled, Failed, Queued, Sending, Unknown};
        matches!(
            (self, next),
            (Queued, Queued | Sending | Failed | Cancelled | Accepted)
                | (Sending, Queued | Accepted | Failed | Unknown)
                | (Unknown, Accepted | Failed)
        )
    }

    /// What asking for `next` means in this state. The same state asked for again is no error, but for two that start the
    /// same message: those are two workers, and one must not.
    #[must_use]
    pub fn move_to(self, next: Self) -> Move {
        match (self, next) {
            (Self::Queued, Self::Queued) => Move::Allowed,
            (Self::Sending, Self::Sending) => Move::Conflict,
            (now, next) if now == next => Move::Already,
            (now, next) if now.may_become(next) => Move::Allowed,
            _ => Move::Conflict,
        }
    }
}

/// What asking a message of the outbox for another state means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// It takes that state.
    Allowed,
    /// It is in that state: nothing is to be done.
    Already,
    /// It has gone too far for this, or somebody else is at it.
    Conflict,
}

/// Whether a copy of what was sent is to be put into the mailbox's Sent folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SentCopy {
    /// Not before it is accepted.
    Later,
    /// It is accepted; the copy is still to be made.
    Wanted,
    /// It is there.
    Done,
}

/// One message of the outbox. Its bytes lie beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Its id.
    pub id: OutgoingId,
    /// The conversation it belongs to.
    pub conversation: ConversationId,
    /// The mailbox it leaves through.
    pub mailbox: MailboxId,
    /// Who wrote it; none for the operator.
    pub member: Option<MemberId>,
    /// Its Message-ID without brackets, fixed before it leaves.
    pub message_id: String,
    /// The value of its `X-Crewbox-Ref` header: random, so that nobody else can claim to be it.
    pub reference: String,
    /// The `stats_id` its message gets.
    pub stats_id: String,
    /// How far it has come.
    pub state: OutgoingState,
    /// Envelope sender.
    pub sender: String,
    /// Envelope recipients, lower case, without repeats.
    pub recipients: Vec<String>,
    /// Not to be sent before: the end of the undo window, or the scheduled time.
    pub not_before: Timestamp,
    /// The time a person scheduled it for; none for a message sent at once.
    pub scheduled_time: Option<Timestamp>,
    /// The next try, never before `not_before`.
    pub next_try: Timestamp,
    /// Tries that failed for now.
    pub attempts: u32,
    /// The server's last answer, or why it failed, as one sentence.
    pub answer: Option<String>,
    /// Its message, once accepted.
    pub message: Option<MessageId>,
    /// Its copy in Sent.
    pub copy: SentCopy,
    /// Size of its bytes.
    pub size: u64,
    /// When it was written.
    pub created_at: Timestamp,
    /// When its state last changed.
    pub updated_at: Timestamp,
}

/// A message as a person means it, before it is MIME. Texts come from the API and are checked by whoever builds
/// the MIME: no address or header value with CR, LF or NUL gets further.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// From: the mailbox's address and name.
    pub from: Address,
    /// To, at least one.
    pub to: Vec<Address>,
    /// Cc.
    pub cc: Vec<Address>,
    /// Bcc: in the envelope only, never in the header.
    pub bcc: Vec<Address>,
    /// Subject.
    pub subject: String,
    /// HTML written by the person.
    pub html: String,
    /// HTML put below it, if a signature is wanted.
    pub signature: Option<String>,
    /// The message answered or forwarded, shown below.
    pub quoted: Option<Quoted>,
    /// Message-ID of the message answered, without brackets.
    pub in_reply_to: Option<String>,
    /// References, oldest first, without brackets.
    pub references: Vec<String>,
    /// What is attached.
    pub attachments: Vec<DraftAttachment>,
    /// Its own Message-ID, without brackets.
    pub message_id: String,
    /// Value of `X-Crewbox-Ref`.
    pub reference: String,
    /// Date header.
    pub date: Timestamp,
}

/// An original below an answer or a forward.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quoted {
    /// True for a forward: its header lines are shown, and it is not indented.
    pub forwarded: bool,
    /// Who wrote it.
    pub from: Address,
    /// Recipients.
    pub to: Vec<Address>,
    /// When.
    pub at: Timestamp,
    /// Its subject.
    pub subject: String,
    /// Its plain text.
    pub text: String,
    /// Its sanitised HTML, if it has any.
    pub html: Option<String>,
}

/// A file attached to a draft.
#[derive(Clone, PartialEq, Eq)]
pub struct DraftAttachment {
    /// File name, without any path.
    pub file_name: String,
    /// MIME type.
    pub file_type: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for DraftAttachment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DraftAttachment").field("size", &self.bytes.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::Move;
    use super::OutgoingState::{Accepted, Cancelled, Failed, Queued, Sending, Unknown};

    #[test]
    fn a_step_twice_is_one_but_a_message_is_started_by_one_worker() {
        for state in [Accepted, Failed, Cancelled, Unknown] {
            assert_eq!(state.move_to(state), Move::Already, "{state:?}");
        }
        assert_eq!(Sending.move_to(Sending), Move::Conflict);
        assert_eq!(Queued.move_to(Queued), Move::Allowed, "another time for the next try");
        for (now, next) in [(Sending, Cancelled), (Accepted, Cancelled), (Unknown, Queued), (Failed, Sending)]
        {
            assert_eq!(now.move_to(next), Move::Conflict, "{now:?} to {next:?}");
        }
        for (now, next) in [(Queued, Cancelled), (Queued, Sending), (Sending, Accepted), (Unknown, Accepted)]
        {
            assert_eq!(now.move_to(next), Move::Allowed, "{now:?} to {next:?}");
        }
    }

    #[test]
    fn what_may_have_left_is_never_queued_again() {
        for done in [Accepted, Failed, Cancelled] {
            for next in [Queued, Sending, Accepted, Failed, Unknown, Cancelled] {
                assert!(!done.may_become(next), "{done:?} is final");
            }
        }
        assert!(!Unknown.may_become(Queued) && !Unknown.may_become(Sending));
        assert!(!Sending.may_become(Cancelled), "it is on its way");
    }
}
