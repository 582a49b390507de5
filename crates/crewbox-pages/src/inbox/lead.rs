//! The lead beside a conversation: its fields, edited in place, tags, tasks, reminders and other conversations.
//!
//! Owns how they are shown. Each field is a form of its own, so that Enter saves it without a script.

use askama::Template;
use crewbox_app::conversation::{reminders, tasks};
use crewbox_app::{Refusal, catalog, lead};
use crewbox_core::conversation::{Conversation, Flags};
use crewbox_core::model::Lead;
use crewbox_core::permission::Permission;

use super::kept::{Kept, Typed};
use super::lead_field::FIELDS;
use super::place::Place;
use super::row::{CategoryMark, category, initials, lead_name};
use crate::app::Pages;
use crate::guard::Visitor;
use crate::shortcuts::Shortcuts;
use crate::time_text::{Due, TimeText};

/// Other conversations that are shown; the list finds the rest.
const MOST_OTHERS: usize = 10;

/// The lead.
#[derive(Template)]
#[template(path = "lead.html")]
pub(super) struct LeadPart {
    name: String,
    company: String,
    fields: Vec<FieldPart>,
    owner: Option<(String, String)>,
    category: Option<CategoryMark>,
    campaign: String,
    tags: Vec<(u64, String, bool)>,
    all_tags: Vec<String>,
    new_tag: String,
    tag_error: Option<String>,
    tasks: Vec<TaskPart>,
    task: Typed,
    reminders: Vec<ReminderPart>,
    others: Vec<OtherPart>,
    forms: Forms,
    may_work: bool,
    token: String,
    shortcuts: Shortcuts,
}

/// Where the forms lead.
struct Forms {
    field: String,
    tag: String,
    untag: String,
    task: String,
    task_done: String,
    task_open: String,
    task_delete: String,
    reminder_done: String,
}

/// A field of the lead.
struct FieldPart {
    name: String,
    label: String,
    value: String,
    error: Option<String>,
    /// Its form; without one it is only shown.
    is_edited: bool,
}

struct TaskPart {
    id: u64,
    name: String,
    is_done: bool,
    due: Option<Due>,
}

struct ReminderPart {
    id: u64,
    text: String,
    due: Due,
}

struct OtherPart {
    path: String,
    campaign: String,
    state: &'static str,
    time: Option<TimeText>,
}

impl LeadPart {
    pub(super) async fn of(
        pages: &Pages,
        visitor: &Visitor,
        place: &Place,
        (lead, held): (&Lead, &Conversation),
        kept: &Kept,
    ) -> Result<Self, Refusal> {
        let (services, caller, local) = (&pages.services, &visitor.caller, &visitor.local);
        let names = caller.names();
        let may_work = caller.require(Permission::Triage).is_ok();
        let tasks = tasks(services, caller, held.id).await?;
        let reminders = reminders(services, caller, held.id).await?;
        let campaign_tags = names.campaign(held.campaign).map(|one| one.tags.clone()).unwrap_or_default();
        let tag = |id, is_own| names.tag(id).map(|tag| (tag.id.get(), tag.name.clone(), is_own));
        let own = held.tags.iter().filter_map(|id| tag(*id, true));
        let inherited = campaign_tags.iter().filter(|id| !held.tags.contains(id));
        let tags = own.chain(inherited.filter_map(|id| tag(*id, false))).collect();
        let open = tasks.iter().filter(|task| task.task.done_at.is_none());
        let done = tasks.iter().filter(|task| task.task.done_at.is_some());
        let owner = held.owner.and_then(|id| names.member(id));
        Ok(Self {
            name: lead_name(lead),
            company: lead.fields.company.clone().unwrap_or_default(),
            fields: fields(visitor, lead, held, kept),
            owner: owner.map(|member| (initials(&member.name), member.name.clone())),
            category: held.category.and_then(|id| category(names, id)),
            campaign: names.campaign(held.campaign).map(|one| one.name.clone()).unwrap_or_default(),
            tags,
            all_tags: catalog::tags(caller).unwrap_or_default().iter().map(|tag| tag.name.clone()).collect(),
            new_tag: kept.typed("tag", "tag").unwrap_or_default().to_owned(),
            tag_error: kept.error("tag", "tag"),
            tasks: open
                .chain(done)
                .map(|held| TaskPart {
                    id: held.id.get(),
                    name: held.task.name.clone(),
                    is_done: held.task.done_at.is_some(),
                    due: held.task.due_at.map(|at| local.due(at)),
                })
                .collect(),
            task: kept.typing("task"),
            reminders: reminders
                .iter()
                .filter(|held| held.reminder.done_at.is_none())
                .map(|held| ReminderPart {
                    id: held.id.get(),
                    text: held.reminder.message.clone(),
                    due: local.due(held.reminder.at),
                })
                .collect(),
            others: others(pages, visitor, lead, held).await?,
            forms: Forms {
                field: place.action("field"),
                tag: place.action("tag"),
                untag: place.action("untag"),
                task: place.action("task"),
                task_done: place.action("task-done"),
                task_open: place.action("task-open"),
                task_delete: place.action("task-delete"),
                reminder_done: place.action("reminder-done"),
            },
            may_work,
            token: visitor.token.clone(),
            shortcuts: visitor.shortcuts.clone(),
        })
    }
}

fn fields(visitor: &Visitor, lead: &Lead, held: &Conversation, kept: &Kept) -> Vec<FieldPart> {
    let caller = &visitor.caller;
    let may_change = caller.require(Permission::AddLeads).is_ok() && caller.campaign(held.campaign).is_ok();
    let mut fields: Vec<FieldPart> = FIELDS
        .iter()
        .map(|field| part(field.name, field.label, (field.read)(&lead.fields), may_change, kept))
        .collect();
    let custom = lead.fields.custom_fields.iter();
    fields.extend(custom.map(|(name, value)| part(&format!("custom:{name}"), name, value, may_change, kept)));
    let revenue = money(held.revenue_cents);
    fields.push(part("revenue", "Revenue", &revenue, caller.require(Permission::Triage).is_ok(), kept));
    fields
}

fn part(name: &str, label: &str, value: &str, is_edited: bool, kept: &Kept) -> FieldPart {
    let typed = kept.typed("field", "value").filter(|_| kept.typed("field", "field") == Some(name));
    FieldPart {
        name: name.to_owned(),
        label: label.to_owned(),
        value: typed.unwrap_or(value).to_owned(),
        error: typed.and_then(|_| kept.error("field", name)),
        is_edited,
    }
}

/// An amount without cents where it has none; nothing for none.
fn money(cents: i64) -> String {
    match (cents / 100, cents % 100) {
        (0, 0) => String::new(),
        (whole, 0) => whole.to_string(),
        (whole, cents) => format!("{whole}.{cents:02}"),
    }
}

async fn others(
    pages: &Pages,
    visitor: &Visitor,
    lead: &Lead,
    held: &Conversation,
) -> Result<Vec<OtherPart>, Refusal> {
    let caller = &visitor.caller;
    let found = match lead::get(&pages.services, caller, lead.id).await {
        Ok((_, conversations)) => conversations,
        Err(Refusal::Forbidden(_)) => Vec::new(),
        Err(other) => return Err(other),
    };
    let others = found.iter().rev().filter(|other| other.id != held.id).take(MOST_OTHERS);
    Ok(others
        .map(|other| OtherPart {
            path: Place::everything(other.id).path(),
            campaign: caller.names().campaign(other.campaign).map(|one| one.name.clone()).unwrap_or_default(),
            state: if other.flags.has(Flags::ARCHIVED) {
                "archived"
            } else if other.flags.has(Flags::HAS_REPLY) {
                "replied"
            } else {
                "no reply"
            },
            time: other.reply_time.max(other.sent_time).map(|at| TimeText::of(at, &visitor.local)),
        })
        .collect())
}
