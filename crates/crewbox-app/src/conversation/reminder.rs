//! Reminders of a conversation: they are the team's, and stay open until somebody marks them done.
//!
//! That their time has come is written to the log by [`crate::reminders`].

use crewbox_core::id::{ConversationId, ReminderId};
use crewbox_core::permission::Permission;
use crewbox_core::reminder::{Reminder, ReminderEdit};
use crewbox_core::time::Timestamp;
use crewbox_store::Op;
use crewbox_store::contract::{HeldReminder, NewReminder};

use super::part::{add, text};
use crate::caller::Caller;
use crate::changed::Changed;
use crate::idempotency::Idempotency;
use crate::refusal::Refusal;
use crate::services::Services;

/// Characters of a reminder's message: some lines. What is longer is a note.
pub const MAX_REMINDER_CHARS: usize = 1_000;
/// Reminders of a conversation, as of its tasks.
pub const MAX_REMINDERS: u64 = 200;
/// The field with the `stats_id`, as the API names it.
const STATS_ID: &str = "email_stats_id";

/// A reminder to set.
#[derive(Clone, Debug)]
pub struct SetReminder {
    /// Of which conversation.
    pub conversation: ConversationId,
    /// What to think of.
    pub message: String,
    /// When; a time in the past is due at once.
    pub at: Timestamp,
    /// The `stats_id` of the message of the conversation that it is about.
    pub stats_id: Option<String>,
    /// What tells this request from others.
    pub idempotency: Idempotency,
}

/// Sets a reminder; the reminder. The same request again gives the reminder that the first one set.
///
/// # Errors
/// [`Refusal::NotFound`] for a conversation that the caller does not see; [`Refusal::NoMatch`] for a `stats_id` that no
/// message of it has; [`Refusal::Invalid`] for a message that is empty, too long or has control characters, and for a key
/// of another request; [`Refusal::Conflict`] where there are [`MAX_REMINDERS`] already; the store's.
pub async fn set_reminder(
    services: &Services,
    caller: &Caller,
    command: SetReminder,
) -> Result<Changed<HeldReminder>, Refusal> {
    caller.require(Permission::Triage)?;
    let SetReminder { conversation, message, at, stats_id, idempotency } = command;
    let message = text("message", &message, MAX_REMINDER_CHARS)?;
    if let Some(stats_id) = &stats_id {
        let (store, scope) = (services.store(), caller.scope());
        store.conversation(scope, conversation).await?;
        let messages = store.messages_by_stats_id(scope, stats_id).await?;
        if !messages.iter().any(|message| message.conversation == Some(conversation)) {
            return Err(Refusal::NoMatch(format!("{STATS_ID} not found in this conversation")));
        }
    }
    let reminder = Reminder::new(message, at);
    let op = |part| Op::AddReminder(NewReminder { part, reminder, stats_id });
    let added = add(services, caller, conversation, idempotency, (MAX_REMINDERS, "reminders"), op).await?;
    let held = services.store().part(caller.scope(), added.value).await?;
    Ok(added.with(held))
}

/// The reminders of a conversation, oldest first.
///
/// # Errors
/// [`Refusal::NotFound`] for a conversation that the caller does not see; the store's.
pub async fn reminders(
    services: &Services,
    caller: &Caller,
    conversation: ConversationId,
) -> Result<Vec<HeldReminder>, Refusal> {
    caller.require(Permission::ReadInbox)?;
    Ok(services.store().parts(caller.scope(), conversation).await?)
}

/// One reminder.
///
/// # Errors
/// [`Refusal::NotFound`] for one of a conversation that the caller does not see; the store's.
pub async fn reminder(services: &Services, caller: &Caller, id: ReminderId) -> Result<HeldReminder, Refusal> {
    caller.require(Permission::ReadInbox)?;
    Ok(services.store().part(caller.scope(), id.get()).await?)
}

/// The earliest open reminder of each of these conversations, in their order; none for one that has none any more, or
/// that the caller does not see.
///
/// # Errors
/// The store's.
pub async fn next_reminders(
    services: &Services,
    caller: &Caller,
    conversations: &[ConversationId],
) -> Result<Vec<Option<HeldReminder>>, Refusal> {
    caller.require(Permission::ReadInbox)?;
    Ok(services.store().next_reminders(caller.scope(), conversations).await?)
}

/// Changes a reminder, or marks it done or open again; the reminder after it.
///
/// # Errors
/// As [`set_reminder`] and [`reminder`].
pub async fn change_reminder(
    services: &Services,
    caller: &Caller,
    id: ReminderId,
    edit: ReminderEdit,
) -> Result<Changed<HeldReminder>, Refusal> {
    caller.require(Permission::Triage)?;
    let read = |message: String| text("message", &message, MAX_REMINDER_CHARS);
    let message = edit.message.map(read).transpose()?;
    let edit = ReminderEdit { message, ..edit };
    let changed = caller.change(services, Op::ChangeReminder { reminder: id, edit }).await?;
    let held = services.store().part(caller.scope(), id.get()).await?;
    Ok(changed.with(held))
}

/// Deletes a reminder; the reminder as it was.
///
/// # Errors
/// [`Refusal::NotFound`] for one of a conversation that the caller does not see; the store's.
pub async fn delete_reminder(
    services: &Services,
    caller: &Caller,
    id: ReminderId,
) -> Result<Changed<HeldReminder>, Refusal> {
    caller.require(Permission::Triage)?;
    let held = services.store().part(caller.scope(), id.get()).await?;
    let deleted = caller.change(services, Op::DeleteReminder(id)).await?;
    Ok(deleted.with(held))
}
