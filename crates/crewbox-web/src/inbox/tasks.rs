//! The tasks on a conversation: adding, reading, changing and deleting them.

use crewbox_app::conversation::{self, CreateTask, MAX_TASK_DESCRIPTION_CHARS, MAX_TASK_NAME_CHARS};
use crewbox_core::id::{ConversationId, TaskId};
use crewbox_core::task::{Priority, TaskEdit};
use crewbox_core::time::Timestamp;
use crewbox_store::contract::HeldTask;

use super::author::{Author, of_missing_item};
use crate::answer::{Json, Success};
use crate::call::SignedCall;
use crate::change_seq::Numbered;
use crate::declare::{Change, input, output};
use crate::error::ApiError;
use crate::handler::{Body, Path};
use crate::idempotency::idempotency;
use crate::object::At;
use crate::value::{NonBlank, Nullable, Trimmed, wire_names};

wire_names!(Priority { Low = "LOW", Medium = "MEDIUM", High = "HIGH" });

input! {
    /// A task to add.
    pub(crate) struct NewTask {
        /// The conversation: `campaign_lead_map_id` of a row.
        email_lead_map_id: ConversationId,
        /// What is to be done, in a line.
        name: NonBlank<MAX_TASK_NAME_CHARS>,
        /// The details.
        description: Option<Trimmed<MAX_TASK_DESCRIPTION_CHARS>>,
        /// How urgent it is; `MEDIUM` unless given.
        priority: Option<Priority>,
        /// When it should be done.
        due_date: Option<Timestamp>,
    }
}

output! {
    /// A task that was added.
    pub(crate) struct TaskCreated {
        /// Its id.
        task_id: u64,
        /// The conversation.
        email_lead_map_id: ConversationId,
        /// What is to be done.
        name: String,
        /// How urgent it is.
        priority: Priority,
        /// When it should be done; null for no particular time.
        due_date: Nullable<At>,
    }
}

input! {
    /// What to change of a task; what is absent stays as it is.
    pub(crate) struct TaskChange {
        /// What is to be done, in a line.
        name: Option<NonBlank<MAX_TASK_NAME_CHARS>>,
        /// The details; null for none.
        description: Change<Trimmed<MAX_TASK_DESCRIPTION_CHARS>>,
        /// How urgent it is.
        priority: Option<Priority>,
        /// When it should be done; null for no particular time.
        due_date: Change<Timestamp>,
        /// True marks it done, false opens it again.
        done: Option<bool>,
    }
}

output! {
    /// A task on a conversation.
    pub(crate) struct Task {
        /// Its id.
        task_id: u64,
        /// The conversation.
        email_lead_map_id: ConversationId,
        /// What is to be done.
        name: String,
        /// The details.
        description: Nullable<String>,
        /// How urgent it is.
        priority: Priority,
        /// When it should be done; null for no particular time.
        due_date: Nullable<At>,
        /// Whether it is done.
        done: bool,
        /// When it was done.
        done_at: Nullable<At>,
        /// Who added it; null for the operator of the server.
        created_by: Nullable<Author>,
        /// When it was added.
        created_at: At,
    }
}

output! {
    /// The tasks on a conversation.
    pub(crate) struct Tasks {
        /// Always true.
        ok: bool,
        /// The tasks, oldest first.
        data: Vec<Task>,
    }
}

/// POST `/master-inbox/create-task`.
pub(crate) async fn create(
    call: SignedCall,
    Body(given): Body<NewTask>,
) -> Result<Numbered<Success<TaskCreated>>, ApiError> {
    let command = CreateTask {
        conversation: given.email_lead_map_id,
        name: given.name.0,
        description: given.description.map(|text| text.0),
        priority: given.priority.unwrap_or_default(),
        due_at: given.due_date,
        idempotency: idempotency(&call),
    };
    let (held, changes) = conversation::create_task(call.services(), &call.caller(), command).await?.parts();
    let data = TaskCreated {
        task_id: held.id.get(),
        email_lead_map_id: held.conversation,
        name: held.task.name,
        priority: held.task.priority,
        due_date: held.task.due_at.map(|at| call.at(at)).into(),
    };
    Ok(call.numbered(changes, Success { message: "Task created successfully", data }))
}

/// GET `/master-inbox/{id}/tasks`.
pub(crate) async fn list(call: SignedCall, Path(id): Path<ConversationId>) -> Result<Json<Tasks>, ApiError> {
    let held = conversation::tasks(call.services(), &call.caller(), id).await;
    let held = held.map_err(|refusal| of_missing_item(refusal, id))?;
    let data = held.into_iter().map(|held| shown(&call, held)).collect();
    Ok(Json(Tasks { ok: true, data }))
}

/// GET `/master-inbox/tasks/{id}`.
pub(crate) async fn read(call: SignedCall, Path(id): Path<TaskId>) -> Result<Json<Task>, ApiError> {
    let held = conversation::task(call.services(), &call.caller(), id).await?;
    Ok(Json(shown(&call, held)))
}

/// PATCH `/master-inbox/tasks/{id}`.
pub(crate) async fn change(
    call: SignedCall,
    Path(id): Path<TaskId>,
    Body(given): Body<TaskChange>,
) -> Result<Numbered<Success<Task>>, ApiError> {
    let edit = TaskEdit {
        name: given.name.map(|text| text.0),
        description: given.description.edit(|text| text.0),
        priority: given.priority,
        due_at: given.due_date.edit(|at| at),
        done: given.done,
    };
    let (held, changes) = conversation::change_task(call.services(), &call.caller(), id, edit).await?.parts();
    Ok(call.numbered(changes, Success { message: "Task updated successfully", data: shown(&call, held) }))
}

/// DELETE `/master-inbox/tasks/{id}`.
pub(crate) async fn delete(
    call: SignedCall,
    Path(id): Path<TaskId>,
) -> Result<Numbered<Success<Task>>, ApiError> {
    let (held, changes) = conversation::delete_task(call.services(), &call.caller(), id).await?.parts();
    Ok(call.numbered(changes, Success { message: "Task deleted successfully", data: shown(&call, held) }))
}

fn shown(call: &SignedCall, held: HeldTask) -> Task {
    let HeldTask { id, conversation, author, created_at, task } = held;
    Task {
        task_id: id.get(),
        email_lead_map_id: conversation,
        name: task.name,
        description: task.description.into(),
        priority: task.priority,
        due_date: task.due_at.map(|at| call.at(at)).into(),
        done: task.done_at.is_some(),
        done_at: task.done_at.map(|at| call.at(at)).into(),
        created_by: Author::of(call, author),
        created_at: call.at(created_at),
    }
}
