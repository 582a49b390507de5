//! Giving a conversation an owner.

use crewbox_core::conversation::{Conversation, Edit};
use crewbox_core::id::{ConversationId, MemberId};
use crewbox_core::model::Member;
use crewbox_core::permission::Permission;
use crewbox_store::Thing;

use super::triage::edited;
use crate::caller::Caller;
use crate::changed::Changed;
use crate::refusal::{FieldError, Refusal};
use crate::services::Services;

/// An assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assign {
    /// The conversation.
    pub conversation: ConversationId,
    /// Its new owner, or nobody.
    pub member: Option<MemberId>,
}

/// Assigns a conversation to a member, or to nobody; the conversation after it.
///
/// # Errors
/// [`Refusal::NotFound`] for a conversation or member that the caller does not see; [`Refusal::Invalid`] for a member
/// who works for another client than the conversation's; the store's.
pub async fn assign(
    services: &Services,
    caller: &Caller,
    command: Assign,
) -> Result<Changed<Conversation>, Refusal> {
    caller.require(Permission::Assign)?;
    if let Some(id) = command.member {
        let (scope, member) = (caller.scope(), assignee(caller, id)?);
        if member.client.is_some() {
            // A conversation's client never changes, so that it cannot between this look-up and the commit.
            let held = services.store().conversation(scope, command.conversation).await?;
            if held.client != member.client {
                let sentence = format!("Team member {id} works for another client");
                return Err(FieldError::says("team_member_id", sentence).into());
            }
        }
    }
    edited(services, caller, command.conversation, Edit::Owner(command.member)).await
}

/// A member that the caller may assign conversations to.
pub(crate) fn assignee(caller: &Caller, id: MemberId) -> Result<&Member, Refusal> {
    let restriction = caller.scope().client();
    // A client's caller assigns to that client's own members.
    let seen = |member: &&Member| restriction.is_none() || member.client == restriction;
    caller.names().member(id).filter(seen).ok_or(Refusal::NotFound(Thing::Member, id.get()))
}
