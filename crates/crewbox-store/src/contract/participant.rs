//! Who writes in a conversation besides its lead, and taking such a person out of it.

use crewbox_core::id::MessageId;
use crewbox_core::time::Timestamp;

/// A person who takes part in a conversation besides its lead, or did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldParticipant {
    /// The address, as its [`comparison_key`](crewbox_core::address::comparison_key).
    pub email: String,
    /// False for one who joined only because they answered a message whose id cannot be guessed.
    pub confirmed: bool,
    /// When they were first seen in it.
    pub since: Timestamp,
    /// When a person detached them; none while they take part.
    pub detached_at: Option<Timestamp>,
    /// What they wrote in the conversation, oldest first.
    pub messages: Vec<MessageId>,
}

/// What an untracked message must know that one in a conversation does not, read again from its raw mail.
#[derive(Clone, Debug)]
pub struct DetachedMail {
    /// The message.
    pub message: MessageId,
    /// The Message-IDs that it names.
    pub references: Vec<String>,
    /// The recipients that it names if it is a delivery report.
    pub failed_recipients: Vec<String>,
}
