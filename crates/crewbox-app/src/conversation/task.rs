//! Tasks on a conversation: what is to be done about it. They are the team's, so everybody who works the conversation may
//! change them.

use crewbox_core::id::{ConversationId, TaskId};
use crewbox_core::permission::Permission;
use crewbox_core::task::{Priority, Task, TaskEdit};
use crewbox_core::time::Timestamp;
use crewbox_store::Op;
use crewbox_store::contract::{HeldTask, NewTask};

use super::part::{add, optional_text, text};
use crate::caller::Caller;
use crate::changed::Changed;
use crate::idempotency::Idempotency;
use crate::refusal::{FieldError, Refusal};
use crate::services::Services;

/// Characters of a task's name: a line of a list.
pub const MAX_TASK_NAME_CHARS: usize = 200;
/// Characters of a task's description, as of a note.
pub const MAX_TASK_DESCRIPTION_CHARS: usize = 5_000;
/// Tasks of a conversation. All of them are read together, so they stay below a few megabytes.
pub const MAX_TASKS: u64 = 200;

/// A task to add.
#[derive(Clone, Debug)]
pub struct CreateTask {
    /// To which conversation.
    pub conversation: ConversationId,
    /// What is to be done, in a line.
    pub name: String,
    /// The details.
    pub description: Option<String>,
    /// How urgent it is.
    pub priority: Priority,
    /// When it should be done.
    pub due_at: Option<Timestamp>,
    /// What tells this request from others.
    pub idempotency: Idempotency,
}

/// Adds a task to a conversation; the task. The same request again gives the task that the first one added.
///
/// # Errors
/// [`Refusal::NotFound`] for a conversation that the caller does not see; [`Refusal::Invalid`] for texts that are too
/// long or have control characters, for an empty name, and for a key of another request; [`Refusal::Conflict`] where
/// there are [`MAX_TASKS`] already; the store's.
pub async fn create_task(
    services: &Services,
    caller: &Caller,
    command: CreateTask,
) -> Result<Changed<HeldTask>, Refusal> {
    caller.require(Permission::Triage)?;
    let CreateTask { conversation, name, description, priority, due_at, idempotency } = command;
    let edit = TaskEdit { name: Some(name), description: Some(description), ..TaskEdit::default() };
    let TaskEdit { name, description, .. } = checked(edit)?;
    let (name, description) = (name.unwrap_or_default(), description.flatten());
    let task = Task { name, description, priority, due_at, done_at: None };
    let op = |part| Op::AddTask(NewTask { part, task });
    let added = add(services, caller, conversation, idempotency, (MAX_TASKS, "tasks"), op).await?;
    let held = services.store().part(caller.scope(), added.value).await?;
    Ok(added.with(held))
}

/// The tasks of a conversation, oldest first.
///
/// # Errors
/// [`Refusal::NotFound`] for a conversation that the caller does not see; the store's.
pub async fn tasks(
    services: &Services,
    caller: &Caller,
    conversation: ConversationId,
) -> Result<Vec<HeldTask>, Refusal> {
    caller.require(Permission::ReadInbox)?;
    Ok(services.store().parts(caller.scope(), conversation).await?)
}

/// One task.
///
/// # Errors
/// [`Refusal::NotFound`] for one of a conversation that the caller does not see; the store's.
pub async fn task(services: &Services, caller: &Caller, id: TaskId) -> Result<HeldTask, Refusal> {
    caller.require(Permission::ReadInbox)?;
    Ok(services.store().part(caller.scope(), id.get()).await?)
}

/// Changes a task, or marks it done or open again; the task after it.
///
/// # Errors
/// As [`create_task`] and [`task`].
pub async fn change_task(
    services: &Services,
    caller: &Caller,
    id: TaskId,
    edit: TaskEdit,
) -> Result<Changed<HeldTask>, Refusal> {
    caller.require(Permission::Triage)?;
    let edit = checked(edit)?;
    let changed = caller.change(services, Op::ChangeTask { task: id, edit }).await?;
    let held = services.store().part(caller.scope(), id.get()).await?;
    Ok(changed.with(held))
}

/// Deletes a task; the task as it was.
///
/// # Errors
/// [`Refusal::NotFound`] for one of a conversation that the caller does not see; the store's.
pub async fn delete_task(
    services: &Services,
    caller: &Caller,
    id: TaskId,
) -> Result<Changed<HeldTask>, Refusal> {
    caller.require(Permission::Triage)?;
    let held = services.store().part(caller.scope(), id.get()).await?;
    let deleted = caller.change(services, Op::DeleteTask(id)).await?;
    Ok(deleted.with(held))
}

/// The edit with its texts trimmed; an empty description is none.
fn checked(edit: TaskEdit) -> Result<TaskEdit, Refusal> {
    let mut wrong: Vec<FieldError> = Vec::new();
    let mut noted = |read: Result<String, FieldError>| read.map_err(|error| wrong.push(error)).ok();
    let name = edit.name.and_then(|name| noted(text("name", &name, MAX_TASK_NAME_CHARS)));
    let description = edit.description.map(|description| {
        let read = |text: String| optional_text("description", &text, MAX_TASK_DESCRIPTION_CHARS);
        description.and_then(|text| noted(read(text))).filter(|text| !text.is_empty())
    });
    if wrong.is_empty() { Ok(TaskEdit { name, description, ..edit }) } else { Err(Refusal::Invalid(wrong)) }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use crewbox_core::change::ChangeKind;
    use crewbox_testkit::account::{NOW, TestAccount};

    use super::*;

    fn command(conversation: ConversationId, name: &str) -> CreateTask {
        CreateTask {
            conversation,
            name: name.to_owned(),
            description: Some(" Ask for the order number. ".to_owned()),
            priority: Priority::High,
            due_at: Some(NOW),
            idempotency: Idempotency {
                key: None,
                action: "create-task".to_owned(),
                request: Bytes::copy_from_slice(name.as_bytes()),
            },
        }
    }

    #[tokio::test]
    async fn a_task_is_added_once_changed_done_reopened_and_deleted_each_with_its_change() {
        let account = TestAccount::new().await;
        let campaign = account.campaign("Spring", None).await;
        let id = account.leads(campaign, &["lea@lead.test"]).await[0];
        let services = Services::new(account.store.clone());
        let caller = Caller::operator(&account.store, account.operator, NOW).await.unwrap();
        let before = account.store.head(&account.operator).await.unwrap().seq;
        let made = create_task(&services, &caller, command(id, " Call ")).await.unwrap();
        let again = create_task(&services, &caller, command(id, " Call ")).await.unwrap();
        assert_eq!((&again.value, again.changes.ends()), (&made.value, None));
        assert_eq!(made.task.name, "Call");
        assert_eq!(made.task.description.as_deref(), Some("Ask for the order number."));
        let change = async |edit| change_task(&services, &caller, made.id, edit).await.unwrap().value.task;
        let edit = TaskEdit { description: Some(Some("  ".to_owned())), ..TaskEdit::default() };
        assert_eq!(change(edit).await.description, None);
        let done = |done| TaskEdit { done: Some(done), ..TaskEdit::default() };
        assert_eq!(change(done(true)).await.done_at, Some(NOW));
        assert_eq!(change(done(true)).await.done_at, Some(NOW));
        assert_eq!(change(done(false)).await.done_at, None);
        let account = account.reopened().await;
        let services = Services::new(account.store.clone());
        let caller = Caller::operator(&account.store, account.operator, NOW).await.unwrap();
        assert_eq!(tasks(&services, &caller, id).await.unwrap().len(), 1);
        delete_task(&services, &caller, made.id).await.unwrap();
        assert!(matches!(task(&services, &caller, made.id).await, Err(Refusal::NotFound(..))));
        let changes = account.store.changes(&account.operator, before, 20).await.unwrap().changes;
        let kinds: Vec<ChangeKind> = changes.iter().map(|change| change.kind).collect();
        assert_eq!(
            kinds,
            [
                ChangeKind::TaskAdded,
                ChangeKind::TaskChanged,
                ChangeKind::TaskDone,
                ChangeKind::TaskReopened,
                ChangeKind::TaskDeleted
            ]
        );
        assert!(
            changes
                .iter()
                .all(|change| (change.conversation, change.subject) == (Some(id), Some(made.id.get())))
        );
        assert_eq!(account.store.check(&account.operator).await.unwrap(), []);
        account.store.close().await;
    }

    #[tokio::test]
    async fn all_wrong_texts_are_reported_and_nothing_is_written() {
        let account = TestAccount::new().await;
        let campaign = account.campaign("Spring", None).await;
        let id = account.leads(campaign, &["lea@lead.test"]).await[0];
        let services = Services::new(account.store.clone());
        let caller = Caller::operator(&account.store, account.operator, NOW).await.unwrap();
        let head = account.store.head(&account.operator).await.unwrap().seq;
        let wrong = CreateTask { description: Some("a\0b".to_owned()), ..command(id, " ") };
        let refused = create_task(&services, &caller, wrong).await;
        let Err(Refusal::Invalid(errors)) = refused else { panic!("{refused:?}") };
        let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["name", "description"]);
        assert_eq!(account.store.head(&account.operator).await.unwrap().seq, head);
        account.store.close().await;
    }
}
