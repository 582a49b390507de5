//! The actions that change one fact of a conversation: read, category, archived, important, snoozed, revenue.

use crewbox_core::conversation::{Conversation, Edit};
use crewbox_core::id::{CategoryId, ConversationId};
use crewbox_core::permission::Permission;
use crewbox_core::time::Timestamp;
use crewbox_store::{Committed, Op, Outcome};

use crate::caller::Caller;
use crate::changed::Changed;
use crate::refusal::{FieldError, Given, Refusal};
use crate::services::Services;

/// A triage action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Triage {
    /// Marks read, or unread.
    Read(bool),
    /// Sets the category, or clears it.
    Category(Option<CategoryId>),
    /// Archives, or brings back.
    Archived(bool),
    /// Marks important, or not.
    Important(bool),
    /// Snoozes until a time in the future, or wakes.
    Snooze(Option<Timestamp>),
    /// Sets the revenue, in hundredths.
    Revenue(i64),
}

/// Does a triage action; the conversation after it.
///
/// # Errors
/// [`Refusal::NotFound`] for a conversation that the caller does not see; [`Refusal::Invalid`] for an unknown category
/// or a time that is not in the future; the store's.
pub async fn triage(
    services: &Services,
    caller: &Caller,
    conversation: ConversationId,
    action: Triage,
) -> Result<Changed<Conversation>, Refusal> {
    caller.require(Permission::Triage)?;
    let wrong = check_triage(caller, action)?;
    if !wrong.is_empty() {
        return Err(Refusal::Invalid(wrong));
    }
    let edit = match action {
        Triage::Read(read) => Edit::Read(read),
        Triage::Category(category) => Edit::Category(category),
        Triage::Archived(archived) => Edit::Archived(archived),
        Triage::Important(important) => Edit::Important(important),
        Triage::Snooze(until) => Edit::Snooze(until),
        Triage::Revenue(cents) => Edit::Revenue(cents),
    };
    edited(services, caller, conversation, edit).await
}

/// Sets or clears the category, and pauses the lead in its campaign, at once; the conversation after it.
///
/// # Errors
/// As [`triage`].
pub async fn categorise_and_pause(
    services: &Services,
    caller: &Caller,
    conversation: ConversationId,
    category: Option<CategoryId>,
) -> Result<Changed<Conversation>, Refusal> {
    caller.require(Permission::Triage)?;
    let wrong = check_triage(caller, Triage::Category(category))?;
    if !wrong.is_empty() {
        return Err(Refusal::Invalid(wrong));
    }
    let edits = [Edit::Category(category), Edit::Pause];
    let ops = edits.map(|edit| Op::Edit { conversation, edit }).into();
    let Committed { outcomes, changes, .. } = caller.commit(services, ops).await?;
    match outcomes.into_iter().next_back() {
        Some(Outcome::Edited { conversation, .. }) => Ok(Changed { value: *conversation, changes }),
        other => Err(Refusal::Internal(format!("edits gave {other:?}"))),
    }
}

/// What is wrong with an action's value, for a surface that reports it together with what else is wrong.
///
/// # Errors
/// [`Refusal::Forbidden`].
pub fn check_triage(caller: &Caller, action: Triage) -> Result<Vec<FieldError>, Refusal> {
    caller.require(Permission::Triage)?;
    Ok(match action {
        Triage::Category(Some(id)) if caller.category(id).is_none() => {
            let error = FieldError::of("category_id", format!("{id} does not exist"));
            vec![error.given(Given::Number(id.get()))]
        }
        Triage::Snooze(Some(until)) if until <= caller.now() => {
            vec![FieldError::of("until", "must be in the future").given(Given::Time(until))]
        }
        Triage::Revenue(..0) => vec![FieldError::of("revenue", "must be at least 0")],
        _ => Vec::new(),
    })
}

pub(super) async fn edited(
    services: &Services,
    caller: &Caller,
    conversation: ConversationId,
    edit: Edit,
) -> Result<Changed<Conversation>, Refusal> {
    let (outcome, changes) = caller.change(services, Op::Edit { conversation, edit }).await?.parts();
    match outcome {
        Outcome::Edited { conversation, .. } => Ok(Changed { value: *conversation, changes }),
        other => Err(Refusal::Internal(format!("an edit gave {other:?}"))),
    }
}
