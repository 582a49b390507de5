//! The reminders of a conversation: setting, reading, changing and deleting them.

use crewbox_app::conversation::{self, MAX_REMINDER_CHARS, SetReminder};
use crewbox_core::id::{ConversationId, ReminderId};
use crewbox_core::reminder::ReminderEdit;
use crewbox_core::time::Timestamp;
use crewbox_store::contract::HeldReminder;

use super::author::{Author, of_missing_item};
use crate::answer::{Json, Success};
use crate::call::SignedCall;
use crate::change_seq::Numbered;
use crate::declare::{input, output};
use crate::error::ApiError;
use crate::handler::{Body, Path};
use crate::idempotency::idempotency;
use crate::object::At;
use crate::value::{NonBlank, Nullable, Trimmed};

/// Characters of a `stats_id`: more than any has.
const MAX_STATS_ID: usize = 200;

input! {
    /// A reminder to set.
    pub(crate) struct NewReminder {
        /// The conversation: `campaign_lead_map_id` of a row.
        email_lead_map_id: ConversationId,
        /// The message of the conversation that it is about: the `stats_id` of an entry of `message_history`.
        email_stats_id: Option<Trimmed<MAX_STATS_ID>>,
        /// What to think of.
        message: NonBlank<MAX_REMINDER_CHARS>,
        /// When. A time in the past is due immediately.
        reminder_time: Timestamp,
    }
}

output! {
    /// A reminder that was set.
    pub(crate) struct ReminderCreated {
        /// Its id.
        reminder_id: u64,
        /// The conversation.
        email_lead_map_id: ConversationId,
        /// When.
        reminder_time: At,
        /// What to think of.
        message: String,
    }
}

input! {
    /// What to change of a reminder; what is absent stays as it is.
    pub(crate) struct ReminderChange {
        /// What to think of.
        message: Option<NonBlank<MAX_REMINDER_CHARS>>,
        /// When. A time in the past is due immediately.
        reminder_time: Option<Timestamp>,
        /// True marks it done, false opens it again.
        done: Option<bool>,
    }
}

output! {
    /// A reminder of a conversation.
    pub(crate) struct Reminder {
        /// Its id.
        reminder_id: u64,
        /// The conversation.
        email_lead_map_id: ConversationId,
        /// When.
        reminder_time: At,
        /// What to think of.
        message: String,
        /// The message that it is about; null for none in particular.
        email_stats_id: Nullable<String>,
        /// Whether its time has come while it is open.
        is_overdue: bool,
        /// Whether it is done.
        done: bool,
        /// When it was done.
        done_at: Nullable<At>,
        /// Who set it; null for the operator of the server.
        created_by: Nullable<Author>,
        /// When it was set.
        created_at: At,
    }
}

output! {
    /// The reminders of a conversation.
    pub(crate) struct Reminders {
        /// Always true.
        ok: bool,
        /// The reminders, oldest first.
        data: Vec<Reminder>,
    }
}

/// POST `/master-inbox/set-reminder`.
pub(crate) async fn set(
    call: SignedCall,
    Body(given): Body<NewReminder>,
) -> Result<Numbered<Success<ReminderCreated>>, ApiError> {
    let command = SetReminder {
        conversation: given.email_lead_map_id,
        message: given.message.0,
        at: given.reminder_time,
        stats_id: given.email_stats_id.map(|text| text.0),
        idempotency: idempotency(&call),
    };
    let (held, changes) = conversation::set_reminder(call.services(), &call.caller(), command).await?.parts();
    let data = ReminderCreated {
        reminder_id: held.id.get(),
        email_lead_map_id: held.conversation,
        reminder_time: call.at(held.reminder.at),
        message: held.reminder.message,
    };
    Ok(call.numbered(changes, Success { message: "Reminder set successfully", data }))
}

/// GET `/master-inbox/{id}/reminders`.
pub(crate) async fn list(
    call: SignedCall,
    Path(id): Path<ConversationId>,
) -> Result<Json<Reminders>, ApiError> {
    let held = conversation::reminders(call.services(), &call.caller(), id).await;
    let held = held.map_err(|refusal| of_missing_item(refusal, id))?;
    let data = held.into_iter().map(|held| shown(&call, held)).collect();
    Ok(Json(Reminders { ok: true, data }))
}

/// GET `/master-inbox/reminders/{id}`.
pub(crate) async fn read(call: SignedCall, Path(id): Path<ReminderId>) -> Result<Json<Reminder>, ApiError> {
    let held = conversation::reminder(call.services(), &call.caller(), id).await?;
    Ok(Json(shown(&call, held)))
}

/// PATCH `/master-inbox/reminders/{id}`.
pub(crate) async fn change(
    call: SignedCall,
    Path(id): Path<ReminderId>,
    Body(given): Body<ReminderChange>,
) -> Result<Numbered<Success<Reminder>>, ApiError> {
    let edit =
        ReminderEdit { message: given.message.map(|text| text.0), at: given.reminder_time, done: given.done };
    let (held, changes) =
        conversation::change_reminder(call.services(), &call.caller(), id, edit).await?.parts();
    Ok(call.numbered(changes, Success { message: "Reminder updated successfully", data: shown(&call, held) }))
}

/// DELETE `/master-inbox/reminders/{id}`.
pub(crate) async fn delete(
    call: SignedCall,
    Path(id): Path<ReminderId>,
) -> Result<Numbered<Success<Reminder>>, ApiError> {
    let (held, changes) = conversation::delete_reminder(call.services(), &call.caller(), id).await?.parts();
    Ok(call.numbered(changes, Success { message: "Reminder deleted successfully", data: shown(&call, held) }))
}

fn shown(call: &SignedCall, held: HeldReminder) -> Reminder {
    let HeldReminder { id, conversation, author, created_at, reminder, stats_id } = held;
    Reminder {
        reminder_id: id.get(),
        email_lead_map_id: conversation,
        reminder_time: call.at(reminder.at),
        message: reminder.message,
        email_stats_id: stats_id.into(),
        is_overdue: reminder.done_at.is_none() && reminder.at <= call.now,
        done: reminder.done_at.is_some(),
        done_at: reminder.done_at.map(|at| call.at(at)).into(),
        created_by: Author::of(call, author),
        created_at: call.at(created_at),
    }
}
