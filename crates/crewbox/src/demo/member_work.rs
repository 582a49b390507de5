//! What members keep beside their mail: notes for each other, tasks, reminders, templates and saved views.
//!
//! Owns which conversations have some: the newest that wait for each member, so that a first look finds them.

use crewbox_app::conversation::{
    CreateNote, CreateTask, SetReminder, create_note, create_task, set_reminder,
};
use crewbox_app::saved_view::{self, SaveView};
use crewbox_app::template::{self, SaveTemplate};
use crewbox_app::{Caller, Idempotency};
use crewbox_core::filter::CategoryFilter;
use crewbox_core::id::{CategoryId, ConversationId};
use crewbox_core::list_filter::ListFilter;
use crewbox_core::saved_view::SavedList;
use crewbox_core::task::Priority;
use crewbox_core::time::Timestamp;
use crewbox_core::view::View;
use crewbox_store::live::Live;

use super::member::DemoMember;
use super::plan::{DAY_S, HOUR_S, Plan, Talk};
use crate::data::Opened;
use crate::failure::Failure;

/// How long after a mail a colleague writes their note.
const NOTE_AFTER_S: i64 = 600;

const NOTES: &[&str] = &[
    "We met them at the fair in Porto. They decide before the end of the quarter.",
    "Twelve seats, paid yearly, are 10 % off since October. Their legal team wants the order form in English.",
    "They know our pilot with the logistics team: mention it.",
    "Please let me see the answer before it leaves, I know their head of sales.",
];

/// What is to be done, and when it is due, in seconds from now.
const TASKS: &[(&str, i64)] = &[
    ("Send the comparison of both plans", 4 * HOUR_S),
    ("Ask legal about the import clause", 2 * DAY_S),
    ("Hold Tuesday 10:00 for a call", 3 * DAY_S),
];

const REMINDERS: &[(&str, i64)] =
    &[("Call before the board meets", DAY_S), ("Ask how the trial goes", 6 * DAY_S)];

/// Templates of the whole team: a name and a text.
const TEMPLATES: &[(&str, &str)] = &[
    (
        "Times for a call",
        "Hi {{first_name|there}},\n\nwould Tuesday at 10:00 or Thursday at 14:00 suit you for a call?\n\n{{my_first_name}}",
    ),
    (
        "Where the data is",
        "Hi {{first_name|there}},\n\nall data of {{company|your company}} stays on your own server; nobody else can read it.\n\n\
         {{my_first_name}}",
    ),
];

/// Adds all of it.
///
/// # Errors
/// The store's.
pub(super) async fn add(
    opened: &Opened,
    plan: &Plan,
    members: &[DemoMember],
    conversations: &[Option<ConversationId>],
    now: Timestamp,
) -> Result<(), Failure> {
    let callers = callers(opened, members, now).await?;
    for (place, caller) in callers.iter().enumerate() {
        let colleague = &callers[(place + 1) % callers.len()];
        let waiting = waiting(plan, place, conversations);
        for (number, (talk, conversation)) in waiting.into_iter().take(4).enumerate() {
            let beside = Beside { opened, conversation, number: place + number, now };
            match number {
                0 => {
                    beside.note(colleague, talk).await?;
                    beside.task(caller).await?;
                }
                1 => beside.task(caller).await?,
                2 => beside.remind(caller).await?,
                _ => beside.note(caller, talk).await?,
            }
        }
    }
    match callers.first() {
        Some(owner) => for_the_team(opened, owner).await,
        None => Ok(()),
    }
}

/// The members, signed in with their keys. Signing in holds the account in memory: until this returns.
async fn callers(opened: &Opened, members: &[DemoMember], now: Timestamp) -> Result<Vec<Caller>, Failure> {
    let live = Live::new(opened.store.clone());
    let mut callers = Vec::with_capacity(members.len());
    for member in members {
        let signed = live.sign_in(&member.api_key, now).await;
        let signed =
            signed.map_err(|error| Failure::failed(format!("a demo key is not accepted: {error}")))?;
        callers.push(Caller::operator(&opened.store, signed.scope, now).await?);
    }
    Ok(callers)
}

/// The conversations in which somebody waits for this member, newest first.
fn waiting<'p>(
    plan: &'p Plan,
    member: usize,
    conversations: &[Option<ConversationId>],
) -> Vec<(&'p Talk, ConversationId)> {
    let is_waiting = |talk: &Talk| {
        let state = &talk.state;
        talk.owner == Some(member)
            && !state.archived
            && state.snoozed_until.is_none()
            && talk.turns.last().is_some_and(|turn| turn.step.wants_an_answer())
    };
    let all = plan.talks.iter().zip(conversations);
    let mut waiting: Vec<_> = all
        .filter(|(talk, _)| is_waiting(talk))
        .filter_map(|(talk, conversation)| Some((talk, (*conversation)?)))
        .collect();
    waiting.sort_by_key(|(talk, _)| std::cmp::Reverse(talk.turns.last().map(|turn| turn.at)));
    waiting
}

/// A conversation that gets something.
struct Beside<'d> {
    opened: &'d Opened,
    conversation: ConversationId,
    /// Draws among the texts.
    number: usize,
    now: Timestamp,
}

impl Beside<'_> {
    /// Each request is told from the others by its action.
    fn once(&self, what: &str) -> Idempotency {
        let action = format!("demo {what} {}", self.conversation.get());
        Idempotency { key: None, action, request: bytes::Bytes::new() }
    }

    async fn note(&self, author: &Caller, talk: &Talk) -> Result<(), Failure> {
        let last = talk.turns.last().map_or(self.now, |turn| turn.at.plus_seconds(NOTE_AFTER_S));
        let author = author.clone().at(last.min(self.now));
        let text = NOTES[self.number % NOTES.len()].to_owned();
        let note = CreateNote { conversation: self.conversation, text, idempotency: self.once("note") };
        create_note(&self.opened.services(), &author, note).await?;
        Ok(())
    }

    async fn task(&self, author: &Caller) -> Result<(), Failure> {
        let (name, due_s) = TASKS[self.number % TASKS.len()];
        let task = CreateTask {
            conversation: self.conversation,
            name: name.to_owned(),
            description: None,
            priority: Priority::default(),
            due_at: Some(self.now.plus_seconds(due_s)),
            idempotency: self.once("task"),
        };
        create_task(&self.opened.services(), author, task).await?;
        Ok(())
    }

    async fn remind(&self, author: &Caller) -> Result<(), Failure> {
        let (message, in_s) = REMINDERS[self.number % REMINDERS.len()];
        let reminder = SetReminder {
            conversation: self.conversation,
            message: message.to_owned(),
            at: self.now.plus_seconds(in_s),
            stats_id: None,
            idempotency: self.once("reminder"),
        };
        set_reminder(&self.opened.services(), author, reminder).await?;
        Ok(())
    }
}

/// Saved views and templates that everybody sees.
async fn for_the_team(opened: &Opened, owner: &Caller) -> Result<(), Failure> {
    let services = opened.services();
    let interested =
        CategoryFilter { none: false, only: Some(vec![CategoryId(1), CategoryId(2)]), not: Vec::new() };
    let views = [
        (
            "Waiting for an answer",
            View::AssignedToMe,
            ListFilter { unanswered: Some(true), ..ListFilter::default() },
        ),
        ("Hot", View::Inbox, ListFilter { category: interested, ..ListFilter::default() }),
    ];
    for (name, view, filters) in views {
        let list = SavedList { view, filters, sort: None };
        saved_view::save(
            &services,
            owner,
            SaveView { name: name.to_owned(), client: None, shared: true, list },
        )
        .await?;
    }
    for (name, text) in TEMPLATES {
        let (name, text) = ((*name).to_owned(), (*text).to_owned());
        template::save(&services, owner, SaveTemplate { id: None, name, text, shared: true }).await?;
    }
    Ok(())
}
