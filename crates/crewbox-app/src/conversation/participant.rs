//! Who takes part in a conversation besides its lead, and detaching such a person.
//!
//! Owns what detaching requires. Which messages leave the conversation, and which mail does not come in again, is the
//! store's.

use crewbox_core::address::comparison_key;
use crewbox_core::id::{ConversationId, MessageId};
use crewbox_core::permission::Permission;
use crewbox_store::contract::{DetachedMail, HeldParticipant};
use crewbox_store::{Op, Outcome, StoreError, Thing};

use super::regroup::Moved;
use crate::caller::Caller;
use crate::changed::Changed;
use crate::message::reread;
use crate::refusal::Refusal;
use crate::services::Services;

/// Messages of a detached person that are read again for what they answer. More are detached as well, without what they
/// answer: each may take a tenth of a second to read.
const MOST_READ_AGAIN: usize = 100;

/// Who takes part in a conversation besides its lead, in the order of their addresses.
///
/// # Errors
/// [`Refusal::NotFound`] for a conversation that the caller does not see; the store's.
pub async fn participants(
    services: &Services,
    caller: &Caller,
    conversation: ConversationId,
) -> Result<Vec<HeldParticipant>, Refusal> {
    caller.require(Permission::ReadInbox)?;
    let mut people = services.store().participants(caller.scope(), conversation).await?;
    people.retain(|person| person.detached_at.is_none());
    Ok(people)
}

/// Detaches a person from a conversation. What they wrote there becomes untracked mail; their later mail does not come in
/// again, whatever it answers, until a person attaches it.
///
/// # Errors
/// [`Refusal::NotFound`] for a conversation that the caller does not see; [`Refusal::NoMatch`] for an address that does not
/// take part; [`Refusal::Conflict`] for the lead; the store's.
pub async fn detach(
    services: &Services,
    caller: &Caller,
    conversation: ConversationId,
    email: &str,
) -> Result<Changed<Moved>, Refusal> {
    caller.require(Permission::AttachUntracked)?;
    let key = comparison_key(email);
    let people = services.store().participants(caller.scope(), conversation).await?;
    let person = people.into_iter().find(|person| person.email == key);
    let mut mails = Vec::new();
    let messages = person.iter().filter(|person| person.detached_at.is_none()).flat_map(|one| &one.messages);
    for message in messages.take(MOST_READ_AGAIN) {
        mails.extend(read_again(services, caller, *message).await?);
    }
    let op = Op::Detach { conversation, email: key, mails };
    let committed = match caller.try_commit(services, vec![op]).await {
        Err(StoreError::Conflict(Thing::Lead, _)) => {
            let sentence = "This is the lead of the conversation: only a participant can be detached";
            return Err(Refusal::Conflict(sentence.to_owned()));
        }
        other => other.map_err(|error| caller.refusal(error))?,
    };
    if person.is_none() {
        return Err(Refusal::NoMatch("Participant not found in this conversation".to_owned()));
    }
    match committed.outcomes.as_slice() {
        [Outcome::Moved { conversation, messages }] => Ok(Changed {
            value: Moved { conversation: *conversation, messages: *messages },
            changes: committed.changes,
        }),
        other => Err(Refusal::Internal(format!("detaching a participant gave {other:?}"))),
    }
}

/// What a message answers; none where this version cannot read it again.
async fn read_again(
    services: &Services,
    caller: &Caller,
    message: MessageId,
) -> Result<Option<DetachedMail>, Refusal> {
    match reread(services, caller, message).await {
        Ok(mail) => Ok(Some(DetachedMail {
            message,
            references: mail.references,
            failed_recipients: mail.failed_recipients,
        })),
        Err(Refusal::Conflict(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
