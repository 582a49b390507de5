//! Mail that belongs to no conversation.
//!
//! Owns what putting one into a conversation requires. Which mail follows it is the store's.

use crewbox_core::id::{ConversationId, MessageId};
use crewbox_core::permission::Permission;
use crewbox_store::{AttachTo, Op, Outcome};

use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::services::Services;

/// A message that was put into a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attached {
    /// The conversation.
    pub conversation: ConversationId,
    /// Messages that were put into it: the message and its thread; 0 where it was there already.
    pub messages: u64,
}

/// Puts a message, and its thread, into a conversation or into a campaign with its sender as a new lead.
///
/// # Errors
/// [`Refusal::NotFound`] for a message, conversation or campaign that the caller does not see; [`Refusal::Invalid`] for
/// one of another client; the store's.
pub async fn attach(
    services: &Services,
    caller: &Caller,
    message: MessageId,
    to: AttachTo,
) -> Result<Attached, Refusal> {
    caller.require(Permission::AttachUntracked)?;
    match caller.commit_one(services, Op::Attach { message, to, place: crewbox_mail::place }).await? {
        Outcome::Attached { conversation, messages } => Ok(Attached { conversation, messages }),
        other => Err(Refusal::Internal(format!("attaching a message gave {other:?}"))),
    }
}
