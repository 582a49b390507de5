//! What the forms of a conversation and its lead do, besides the actions that have a button of their own: fields, tags,
//! tasks, reminders, the class of a message, taking a reply back.
//!
//! Owns which of them there are and how their fields are read. Each calls a use case.

use crewbox_app::conversation::{
    CreateTask, SetReminder, Triage, change_reminder, change_task, create_task, delete_task, set_reminder,
    set_tags, triage,
};
use crewbox_app::{FieldError, Idempotency, Refusal, catalog, lead, message, outgoing};
use crewbox_core::conversation::Conversation;
use crewbox_core::id::{ConversationId, MessageId, ReminderId, TagId, TaskId};
use crewbox_core::message::Class;
use crewbox_core::reminder::ReminderEdit;
use crewbox_core::task::{Priority, TaskEdit};
use crewbox_core::time::Timestamp;

use super::lead_field::changed;
use super::text::html;
use super::when;
use crate::app::Pages;
use crate::form::Form;
use crate::guard::Visitor;

/// What the verbs are.
pub(super) const VERBS: [&str; 13] = [
    "field",
    "tag",
    "untag",
    "task",
    "task-done",
    "task-open",
    "task-delete",
    "remind",
    "reminder-done",
    "class",
    "take-back",
    "try-again",
    "rewrite",
];

const NO_TIME: &str = "is no time: try `tue 3pm`, `tomorrow` or `in 2 weeks`";

/// Does what a form of a verb of [`VERBS`] asks.
pub(super) async fn run(
    pages: &Pages,
    visitor: &Visitor,
    id: ConversationId,
    verb: &str,
    form: &Form,
) -> Result<(), Refusal> {
    let (services, caller) = (&pages.services, &visitor.caller);
    let number = form.id("id").unwrap_or_default();
    match verb {
        "field" => change_field(pages, visitor, id, form).await,
        "tag" => {
            let held = services.store().conversation(caller.scope(), id).await?;
            add_tag(pages, visitor, held, form.get("tag").trim()).await
        }
        "untag" => {
            let held = services.store().conversation(caller.scope(), id).await?;
            let tags = held.tags.into_iter().filter(|tag| tag.get() != number).collect();
            set_tags(services, caller, id, tags).await.map(|_| ())
        }
        "task" => add_task(pages, visitor, id, form).await,
        "task-done" | "task-open" => {
            let edit = TaskEdit { done: Some(verb == "task-done"), ..TaskEdit::default() };
            change_task(services, caller, TaskId(number), edit).await.map(|_| ())
        }
        "task-delete" => delete_task(services, caller, TaskId(number)).await.map(|_| ()),
        "rewrite" => outgoing::rewrite(services, caller, id, form.get("message_id"), html).await,
        "try-again" => outgoing::try_again(services, caller, id, form.get("message_id")).await,
        "remind" => remind(pages, visitor, id, form).await,
        "reminder-done" => {
            let edit = ReminderEdit { done: Some(true), ..ReminderEdit::default() };
            change_reminder(services, caller, ReminderId(number), edit).await.map(|_| ())
        }
        "class" => {
            let class = Class::from_name(form.get("class"));
            let message = MessageId(form.id("message").unwrap_or_default());
            message::correct(services, caller, message, class).await.map(|_| ())
        }
        _ => outgoing::take_back_to_draft(services, caller, id, form.get("message_id"), html).await,
    }
}

async fn change_field(
    pages: &Pages,
    visitor: &Visitor,
    id: ConversationId,
    form: &Form,
) -> Result<(), Refusal> {
    let (services, caller) = (&pages.services, &visitor.caller);
    let (name, value) = (form.get("field"), form.get("value").trim());
    if name == "revenue" {
        let cents = cents(value)
            .ok_or_else(|| FieldError::of("revenue", "must be an amount such as 1250 or 99.50"))?;
        return triage(services, caller, id, Triage::Revenue(cents)).await.map(|_| ());
    }
    let unknown = || FieldError::of("field", "does not exist");
    let fields = changed(name, value.to_owned()).ok_or_else(unknown)?;
    if name == "email" && value.is_empty() {
        return Err(FieldError::of("email", "is required").into());
    }
    let held = services.store().conversation(caller.scope(), id).await?;
    lead::change(services, caller, held.campaign, held.lead, fields).await.map(|_| ())
}

/// Hundredths of an amount as people type it: "1,250.50", "1250", empty for none.
fn cents(text: &str) -> Option<i64> {
    let text: String = text.chars().filter(|c| !c.is_whitespace() && !"€$£¥'".contains(*c)).collect();
    if text.is_empty() {
        return Some(0);
    }
    let (whole, part) = match text.rfind(['.', ',']) {
        // A point before three digits parts thousands.
        Some(at) if text.len() - at <= 3 => (&text[..at], &text[at + 1..]),
        _ => (text.as_str(), ""),
    };
    let whole: String = whole.chars().filter(|c| !matches!(c, '.' | ',')).collect();
    let part = match part.len() {
        0 => "00".to_owned(),
        1 => format!("{part}0"),
        _ => part.to_owned(),
    };
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(&whole) || !is_number(&part) {
        return None;
    }
    let whole = if whole.is_empty() { 0 } else { whole.parse::<i64>().ok()? };
    whole.checked_mul(100)?.checked_add(part.parse().ok()?)
}

async fn add_tag(pages: &Pages, visitor: &Visitor, held: Conversation, name: &str) -> Result<(), Refusal> {
    let (services, caller) = (&pages.services, &visitor.caller);
    if name.is_empty() {
        return Err(FieldError::of("tag", "must not be empty").into());
    }
    let known = catalog::tags(caller)?.into_iter().find(|tag| tag.name.eq_ignore_ascii_case(name));
    let tag = match known {
        Some(tag) => tag.id,
        None => {
            let tag = catalog::create_tag(services, caller, name.to_owned(), None).await?;
            // The caller's names are from before.
            return tag_new(pages, visitor, held, tag).await;
        }
    };
    let tags = held.tags.into_iter().chain([tag]).collect();
    set_tags(services, caller, held.id, tags).await.map(|_| ())
}

async fn tag_new(pages: &Pages, visitor: &Visitor, held: Conversation, tag: TagId) -> Result<(), Refusal> {
    let caller = visitor.again(pages).await?.caller;
    let tags = held.tags.into_iter().chain([tag]).collect();
    set_tags(&pages.services, &caller, held.id, tags).await.map(|_| ())
}

/// The time that a field names; none where it is empty.
pub(super) fn time(visitor: &Visitor, form: &Form, field: &str) -> Result<Option<Timestamp>, FieldError> {
    let text = form.get(field).trim();
    if text.is_empty() {
        return Ok(None);
    }
    let found = when::parse(text, &visitor.local.now());
    let found = found.ok_or_else(|| FieldError::says(field, format!("`{text}` {NO_TIME}")))?;
    Ok(Some(Timestamp(found.timestamp().as_millisecond())))
}

async fn add_task(pages: &Pages, visitor: &Visitor, id: ConversationId, form: &Form) -> Result<(), Refusal> {
    let command = CreateTask {
        conversation: id,
        name: form.get("text").to_owned(),
        description: None,
        priority: Priority::Medium,
        due_at: time(visitor, form, "when")?,
        idempotency: typed("task", form),
    };
    create_task(&pages.services, &visitor.caller, command).await.map(|_| ())
}

async fn remind(pages: &Pages, visitor: &Visitor, id: ConversationId, form: &Form) -> Result<(), Refusal> {
    let at = time(visitor, form, "when")?.ok_or_else(|| FieldError::of("when", "is required"))?;
    let text = form.get("text").trim();
    let message = if text.is_empty() { "Look at this again" } else { text }.to_owned();
    let command =
        SetReminder { conversation: id, message, at, stats_id: None, idempotency: typed("reminder", form) };
    set_reminder(&pages.services, &visitor.caller, command).await.map(|_| ())
}

/// The same text again within a minute is the same form, sent twice.
fn typed(action: &str, form: &Form) -> Idempotency {
    let request = format!("{}\n{}", form.get("text"), form.get("when")).into();
    Idempotency { key: None, action: format!("page/{action}"), request }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_people_type_them() {
        for (text, amount) in [
            ("", Some(0)),
            ("8640", Some(864_000)),
            ("€ 8,640", Some(864_000)),
            ("8.640,5", Some(864_050)),
            ("1'234.05 ", Some(123_405)),
            (".5", Some(50)),
            ("-1", None),
            ("much", None),
            ("1.2.3x", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(cents(text), amount, "{text}");
        }
    }
}
