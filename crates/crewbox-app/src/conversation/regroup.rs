//! Merging conversations, and splitting messages off one.

use crewbox_core::id::{CampaignId, ConversationId, MessageId};
use crewbox_core::permission::Permission;
use crewbox_store::{Op, Outcome, StoreError, Thing};

use crate::caller::Caller;
use crate::changed::Changed;
use crate::refusal::{FieldError, Refusal};
use crate::services::Services;

/// Messages that were moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Where they are now.
    pub conversation: ConversationId,
    /// How many; 0 when they were there already.
    pub messages: u64,
}

/// Moves all messages of a conversation into another one; mail that would come into the first comes into the second from
/// now on. The first keeps its notes, tasks and reminders.
///
/// # Errors
/// [`Refusal::NotFound`] for a conversation that the caller does not see; [`Refusal::Invalid`] for one of another client;
/// [`Refusal::Conflict`] while a message of it waits to be sent; the store's.
pub async fn merge(
    services: &Services,
    caller: &Caller,
    from: ConversationId,
    into: ConversationId,
) -> Result<Changed<Moved>, Refusal> {
    caller.require(Permission::Triage)?;
    moved(caller, caller.try_commit(services, vec![Op::Merge { from, into }]).await, "into_email_lead_map_id")
}

/// Moves a message, and what was exchanged with the same person after it, into a conversation of this person: in the same
/// campaign, or in another one. The person becomes its lead.
///
/// # Errors
/// [`Refusal::NotFound`] for a conversation, message or campaign that the caller does not see; [`Refusal::Invalid`] for a
/// campaign of another client; [`Refusal::Conflict`] where the person's conversation is this one; the store's.
pub async fn split(
    services: &Services,
    caller: &Caller,
    from: ConversationId,
    message: MessageId,
    campaign: Option<CampaignId>,
) -> Result<Changed<Moved>, Refusal> {
    caller.require(Permission::Triage)?;
    let op = Op::Split { from, message, campaign };
    match caller.try_commit(services, vec![op]).await {
        Err(StoreError::Exists(Thing::Conversation, _)) => Err(Refusal::Conflict(
            "This person is the lead of the conversation: name another campaign to split it off into"
                .to_owned(),
        )),
        other => moved(caller, other, "campaign_id"),
    }
}

fn moved(
    caller: &Caller,
    committed: Result<crewbox_store::Committed, StoreError>,
    field: &'static str,
) -> Result<Changed<Moved>, Refusal> {
    let committed = match committed {
        Err(StoreError::OtherClient(_)) => {
            return Err(FieldError::of(field, "belongs to another client").into());
        }
        other => other.map_err(|error| caller.refusal(error))?,
    };
    match committed.outcomes.as_slice() {
        [Outcome::Moved { conversation, messages }] => Ok(Changed {
            value: Moved { conversation: *conversation, messages: *messages },
            changes: committed.changes,
        }),
        other => Err(Refusal::Internal(format!("moving messages gave {other:?}"))),
    }
}
