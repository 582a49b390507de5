//! Erasing a person: what is held of them, what the erasing operation takes, and its report.

use crewbox_core::id::{LeadId, MessageId, QuarantineId};
use serde::{Deserialize, Serialize};

/// What is held of a person besides the conversations of their leads. A look through all mail that belongs to no conversation
/// finds it, which takes too long for the transaction that erases it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeldOfPerson {
    /// Messages that belong to no conversation, and messages from the person in conversations with other leads.
    pub messages: Vec<MessageId>,
    /// SHA-256 of raw mail that is in files, of all that is to be erased.
    pub files: Vec<[u8; 32]>,
}

/// A person to erase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erase {
    /// Any of their leads: all leads with its address that the scope sees are erased.
    pub lead: LeadId,
    /// As [`HeldOfPerson::messages`].
    pub messages: Vec<MessageId>,
    /// Quarantined mail from the person.
    pub quarantined: Vec<QuarantineId>,
}

/// What was erased of a person: numbers, never texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// Leads: one for each client that had the person.
    pub leads: u64,
    /// Their conversations.
    pub conversations: u64,
    /// Messages of these, and messages from the person in conversations with others.
    pub messages: u64,
    /// Messages that belonged to no conversation.
    pub untracked: u64,
    /// Quarantined mails.
    pub quarantined: u64,
    /// Messages of the outbox, whatever their state.
    pub outgoing: u64,
    /// Notes.
    pub notes: u64,
    /// Tasks.
    pub tasks: u64,
    /// Reminders.
    pub reminders: u64,
    /// Drafts of answers.
    pub drafts: u64,
    /// Conversations with others in which the person took part.
    pub participations: u64,
}
