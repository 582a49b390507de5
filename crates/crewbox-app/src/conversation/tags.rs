//! A conversation's own tags.

use crewbox_core::conversation::{Conversation, Edit, MAX_TAGS};
use crewbox_core::id::{ConversationId, TagId};
use crewbox_core::permission::Permission;

use super::triage::edited;
use crate::caller::Caller;
use crate::changed::Changed;
use crate::refusal::{FieldError, Given, Refusal};
use crate::services::Services;

/// Replaces a conversation's own tags; the conversation after it. Its campaign's tags stay.
///
/// # Errors
/// [`Refusal::NotFound`] for a conversation that the caller does not see; [`Refusal::Invalid`] for a tag that the caller
/// does not see, and for more than [`MAX_TAGS`]; the store's.
pub async fn set_tags(
    services: &Services,
    caller: &Caller,
    conversation: ConversationId,
    tags: Vec<TagId>,
) -> Result<Changed<Conversation>, Refusal> {
    caller.require(Permission::Triage)?;
    if tags.len() > MAX_TAGS {
        return Err(FieldError::of("tag", format!("cannot exceed {MAX_TAGS} tags")).into());
    }
    if let Some(unknown) = tags.iter().find(|tag| caller.tag(**tag).is_none()) {
        let error = FieldError::of("tag", format!("{unknown} does not exist"));
        return Err(error.given(Given::Number(unknown.get())).into());
    }
    edited(services, caller, conversation, Edit::Tags(tags)).await
}
