//! Drafts of answers: one for each member and conversation, versioned. Nobody sees those of others.

use crewbox_core::draft::DraftContent;
use crewbox_core::id::ConversationId;
use crewbox_core::permission::Permission;
use crewbox_store::contract::HeldDraft;
use crewbox_store::{Op, Outcome};

use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::services::Services;

/// A draft after an attempt to save it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SavedDraft {
    /// It is saved.
    Saved(HeldDraft),
    /// A newer version is there, which its writer has not seen. Nothing was saved.
    Newer(HeldDraft),
}

/// The caller's draft, or an empty one of version 0.
///
/// # Errors
/// [`Refusal::NotFound`] for a conversation that the caller does not see; the store's.
pub async fn draft(
    services: &Services,
    caller: &Caller,
    conversation: ConversationId,
) -> Result<HeldDraft, Refusal> {
    caller.require(Permission::SendMail)?;
    Ok(services.store().draft(caller.scope(), conversation).await?)
}

/// The caller's drafts in these conversations; none for those without one, and for those that the caller does not see.
///
/// # Errors
/// The store's.
pub async fn drafts(
    services: &Services,
    caller: &Caller,
    conversations: &[ConversationId],
) -> Result<Vec<(ConversationId, HeldDraft)>, Refusal> {
    caller.require(Permission::SendMail)?;
    Ok(services.store().drafts(caller.scope(), conversations).await?)
}

/// Saves the caller's draft, of which they have seen the version `seen`; 0 for none.
///
/// # Errors
/// [`Refusal::NotFound`] for a conversation that the caller does not see, and for the operator, who is no member; the
/// store's.
pub async fn save_draft(
    services: &Services,
    caller: &Caller,
    conversation: ConversationId,
    seen: u64,
    content: DraftContent,
) -> Result<SavedDraft, Refusal> {
    caller.require(Permission::SendMail)?;
    let outcome = caller.commit_one(services, Op::SaveDraft { conversation, seen, content }).await?;
    let held = services.store().draft(caller.scope(), conversation).await?;
    match outcome {
        Outcome::Done => Ok(SavedDraft::Saved(held)),
        Outcome::Outdated => Ok(SavedDraft::Newer(held)),
        other => Err(Refusal::Internal(format!("saving a draft gave {other:?}"))),
    }
}

/// Deletes the caller's draft, if there is one.
///
/// # Errors
/// As [`save_draft`].
pub async fn delete_draft(
    services: &Services,
    caller: &Caller,
    conversation: ConversationId,
) -> Result<(), Refusal> {
    caller.require(Permission::SendMail)?;
    caller.commit_one(services, Op::DeleteDraft(conversation)).await?;
    Ok(())
}
