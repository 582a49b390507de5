//! Taking the next conversation that nobody has.

use crewbox_core::conversation::Edit;
use crewbox_core::id::ConversationId;
use crewbox_core::list_filter::ListFilter;
use crewbox_core::permission::Permission;
use crewbox_core::view::View;
use crewbox_store::{Expectation, Op, StoreError};

use super::list::{ListConversations, list};
use crate::caller::Caller;
use crate::changed::Changed;
use crate::refusal::Refusal;
use crate::services::Services;

/// Conversations that are tried: each was taken by a colleague meanwhile, which happens once or twice and not this often.
const MOST_TRIED: u32 = 20;

/// Assigns the first conversation of the Unassigned list to the caller, unless a colleague is faster: then the one after it.
/// None where nothing waits.
///
/// # Errors
/// [`Refusal::Forbidden`] for a caller who may not assign; [`Refusal::Unavailable`] for one who is no member; the store's.
pub async fn take_next(
    services: &Services,
    caller: &Caller,
) -> Result<Option<Changed<ConversationId>>, Refusal> {
    caller.require(Permission::Assign)?;
    let me = caller.scope().actor().ok_or(Refusal::Unavailable("Only a member takes conversations"))?;
    let command = ListConversations {
        view: View::Unassigned,
        filter: ListFilter::default(),
        sort: None,
        offset: 0,
        limit: MOST_TRIED,
    };
    for hit in list(services, caller, command).await?.page.hits {
        let conversation = hit.conversation;
        let ops = vec![Op::Edit { conversation, edit: Edit::Owner(Some(me)) }];
        match caller.try_commit_expecting(services, ops, Expectation::Owner(conversation, None)).await {
            Ok(committed) => {
                return Ok(Some(Changed { value: conversation, changes: committed.changes }));
            }
            Err(StoreError::Overtaken(_)) => {}
            Err(error) => return Err(caller.refusal(error)),
        }
    }
    Ok(None)
}
