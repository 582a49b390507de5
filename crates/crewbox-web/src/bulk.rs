//! Bulk actions: one action on all rows of a list.

use crewbox_app::bulk::{self, BulkChange, StartBulk};
use crewbox_app::saved_view::saved_view;
use crewbox_core::bulk::{Bulk, BulkState, MAX_BULK_ROWS};
use crewbox_core::id::{BulkId, CategoryId, MemberId, SavedViewId, TagId};
use crewbox_core::saved_view::SavedList;
use crewbox_core::time::Timestamp;
use utoipa::openapi::{RefOr, Schema};

use crate::answer::{Json, Success};
use crate::call::SignedCall;
use crate::declare::{Input, input, output};
use crate::error::ApiError;
use crate::handler::{Body, Path};
use crate::inbox::author::Author;
use crate::list::{Filters, Known, ViewName, filter_of, list_of};
use crate::object::At;
use crate::problem::{Problems, Provided};
use crate::request::Object;
use crate::schema::{Components, Describe, Properties, any, either};
use crate::value::{Nullable, Value, wire_names};
use crate::wire::{Json as Given, Place};

wire_names!(BulkState { Running = "running", Done = "done", Stopped = "stopped" });

/// The action's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ActionType {
    Assign,
    Read,
    Archive,
    Important,
    Snooze,
    Category,
    Tag,
}

wire_names!(ActionType {
    Assign = "assign",
    Read = "read",
    Archive = "archive",
    Important = "important",
    Snooze = "snooze",
    Category = "category",
    Tag = "tag",
});

input! {
    /// A bulk action: one action on all rows of a list, at most a million.
    pub(crate) struct BulkBody {
        /// The list: the last part of its path, or the id of a saved view.
        view: ListOrSaved,
        /// What narrows the list, as in its own call; not for a saved view, which has filters of its own.
        filters: Option<Known<Filters>>,
        /// What is done to each conversation.
        action: Known<ActionBody>,
        /// True only counts the rows.
        dry_run: Option<bool>,
    }
}

input! {
    /// What is done to each conversation.
    pub(crate) struct ActionBody {
        /// The action.
        kind as "type": ActionType,
        /// `assign`: a member, or null for nobody. `read`, `archive`, `important`: true or false. `snooze`: a time in the
        /// future, or null to wake. `category`: a category, or null for none. `tag`: a tag, which is added where
        /// there are fewer than 50.
        value: Nullable<ActionValue>,
    }
}

/// The value of an action: what it may be depends on the action.
#[derive(Debug)]
pub(crate) enum ActionValue {
    Bool(bool),
    Number(i64),
    Text(String),
}

impl Value for ActionValue {
    fn read(value: &Given<'_>, place: Place<'_>, problems: &mut Problems) -> Option<Self> {
        match value {
            Given::Bool(on) => Some(Self::Bool(*on)),
            Given::Int(number) => Some(Self::Number(*number)),
            Given::Text(text) => Some(Self::Text(text.to_string())),
            _ => {
                place.wrong("must be a number, a text, true, false or null", value, problems);
                None
            }
        }
    }
}

impl Describe for ActionValue {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        any().into()
    }
}

impl ActionValue {
    /// The value as one of this type; noted where it is none.
    fn typed<T: Value>(&self, problems: &mut Problems) -> Option<T> {
        let given = match self {
            Self::Bool(on) => Given::Bool(*on),
            Self::Number(number) => Given::Int(*number),
            Self::Text(text) => Given::Text(text.as_str().into()),
        };
        T::read(&given, Place { prefix: "action.", key: "value", secret: false }, problems)
    }
}

/// A list by its name, or a saved view by its id.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ListOrSaved {
    List(ViewName),
    Saved(SavedViewId),
}

impl Value for ListOrSaved {
    fn read(value: &Given<'_>, place: Place<'_>, problems: &mut Problems) -> Option<Self> {
        match value {
            Given::Int(_) => SavedViewId::read(value, place, problems).map(Self::Saved),
            Given::Text(text) if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => {
                SavedViewId::read(value, place, problems).map(Self::Saved)
            }
            _ => {
                let named = if let Given::Text(text) = value { ViewName::named(text) } else { None };
                if named.is_none() {
                    let sentence = format!("{}, or the id of a saved view", ViewName::sentence());
                    place.wrong(&sentence, value, problems);
                }
                named.map(Self::List)
            }
        }
    }
}

impl Describe for ListOrSaved {
    fn schema(components: &mut Components) -> RefOr<Schema> {
        let schemas = [ViewName::schema(components), SavedViewId::schema(components)];
        either("A list, or a saved view.", schemas)
    }
}

/// A bulk action, read from a [`BulkBody`].
#[derive(Debug)]
pub(crate) struct Asked {
    view: ListOrSaved,
    filters: crewbox_app::conversation::ListFilter,
    change: BulkChange,
    dry_run: bool,
}

impl Input for Asked {
    const KEYS: &'static [&'static str] = BulkBody::KEYS;
    const REQUIRED: bool = true;
    const SECRET: bool = BulkBody::SECRET;

    fn read_object(object: &Object<'_>, problems: &mut Problems) -> Option<Self> {
        let BulkBody { view, filters, action: Known(action), dry_run } =
            BulkBody::read_object(object, problems)?;
        let filters = match (view, filters) {
            (ListOrSaved::List(ViewName(view)), Some(Known(filters))) => {
                filter_of(list_of(view), filters, problems)
            }
            (ListOrSaved::Saved(_), Some(_)) => {
                let text = "filters cannot be given with a saved view, which has its own";
                problems.note("filters", text, Provided::Nothing);
                return None;
            }
            (_, None) => Default::default(),
        };
        let change = change(action, problems)?;
        Some(Self { view, filters, change, dry_run: dry_run.unwrap_or(false) })
    }

    fn describe_keys(properties: &mut Properties, components: &mut Components) {
        BulkBody::describe_keys(properties, components);
    }
}

impl Describe for Asked {
    fn schema(components: &mut Components) -> RefOr<Schema> {
        BulkBody::schema(components)
    }
}

/// The change that an action asks for; what is wrong with its value is noted.
fn change(action: ActionBody, problems: &mut Problems) -> Option<BulkChange> {
    let value = action.value.0;
    // Null means no value, where that is allowed.
    fn maybe<T: Value>(value: Option<ActionValue>, problems: &mut Problems) -> Option<Option<T>> {
        value.map_or(Some(None), |value| value.typed(problems).map(Some))
    }
    let missing = |problems: &mut Problems| {
        problems.note("action.value", "value cannot be null for this action", Provided::Nothing);
    };
    let on = |problems: &mut Problems| match &value {
        Some(value) => value.typed::<bool>(problems),
        None => {
            missing(problems);
            None
        }
    };
    match action.kind {
        ActionType::Read => on(problems).map(BulkChange::Read),
        ActionType::Archive => on(problems).map(BulkChange::Archive),
        ActionType::Important => on(problems).map(BulkChange::Important),
        ActionType::Assign => maybe::<MemberId>(value, problems).map(BulkChange::Assign),
        ActionType::Category => maybe::<CategoryId>(value, problems).map(BulkChange::Category),
        ActionType::Snooze => maybe::<Timestamp>(value, problems).map(BulkChange::Snooze),
        ActionType::Tag => match value {
            Some(value) => value.typed::<TagId>(problems).map(BulkChange::Tag),
            None => {
                missing(problems);
                None
            }
        },
    }
}

output! {
    /// What a bulk action does.
    pub(crate) struct BulkStarted {
        /// Conversations that match, exactly.
        matched: u64,
        /// Conversations that it has changed so far: those that were not so already.
        changed: u64,
        /// The job; null for a dry run.
        bulk_id: Nullable<u64>,
        /// `done`, or `running` where it takes longer than 50 seconds: `/bulk/{bulk_id}` then tells how far it is. Null for a
        /// dry run.
        state: Nullable<BulkState>,
    }
}

output! {
    /// How far a bulk action is.
    pub(crate) struct BulkProgress {
        /// The job.
        bulk_id: u64,
        /// Whether it goes on.
        state: BulkState,
        /// What it does; `undo` for the undo of another one.
        action: &'static str,
        /// Conversations that matched when it was started.
        matched: u64,
        /// Conversations that it has looked at.
        done: u64,
        /// Conversations that it has changed.
        changed: u64,
        /// Of an undo: conversations that somebody had changed since, which stay as they are.
        conflicts: u64,
        /// The job that undid it; null for none.
        undone_by: Nullable<u64>,
        /// Who started it; null for the operator of the server.
        created_by: Nullable<Author>,
        /// When it was started.
        created_at: At,
        /// When it was changed last.
        updated_at: At,
    }
}

/// POST `/master-inbox/bulk`.
pub(crate) async fn start(
    call: SignedCall,
    Body(asked): Body<Asked>,
) -> Result<Success<BulkStarted>, ApiError> {
    let (services, caller) = (call.services(), call.caller());
    let list = match asked.view {
        ListOrSaved::List(ViewName(view)) => SavedList { view, filters: asked.filters, sort: None },
        ListOrSaved::Saved(id) => saved_view(services, &caller, id).await?.list,
    };
    let command = StartBulk { list, change: asked.change };
    if asked.dry_run {
        let matched = bulk::preview(services, &caller, command).await?;
        let data = BulkStarted { matched, changed: 0, bulk_id: None.into(), state: None.into() };
        return Ok(Success { message: "Nothing was changed: this was a dry run", data });
    }
    let job = bulk::start(services, &caller, command).await?;
    Ok(Success { message: "Bulk action started successfully", data: started(&job) })
}

/// GET `/bulk/{id}`.
pub(crate) async fn progress(
    call: SignedCall,
    Path(id): Path<BulkId>,
) -> Result<Json<BulkProgress>, ApiError> {
    let job = bulk::progress(call.services(), &call.caller(), id).await?;
    Ok(Json(shown(&call, &job)))
}

/// POST `/bulk/{id}/stop`.
pub(crate) async fn stop(
    call: SignedCall,
    Path(id): Path<BulkId>,
) -> Result<Success<BulkProgress>, ApiError> {
    let job = bulk::stop(call.services(), &call.caller(), id).await?;
    Ok(Success { message: "Bulk action stopped", data: shown(&call, &job) })
}

/// POST `/bulk/{id}/undo`.
pub(crate) async fn undo(call: SignedCall, Path(id): Path<BulkId>) -> Result<Success<BulkStarted>, ApiError> {
    let job = bulk::undo(call.services(), &call.caller(), id).await?;
    Ok(Success { message: "Bulk action undone successfully", data: started(&job) })
}

fn started(job: &Bulk) -> BulkStarted {
    BulkStarted {
        matched: job.matched,
        changed: job.changed,
        bulk_id: Some(job.id.get()).into(),
        state: Some(job.state).into(),
    }
}

fn shown(call: &SignedCall, job: &Bulk) -> BulkProgress {
    BulkProgress {
        bulk_id: job.id.get(),
        state: job.state,
        action: job.action.name(),
        matched: job.matched,
        done: job.done,
        changed: job.changed,
        conflicts: job.conflicts,
        undone_by: job.undone_by.map(BulkId::get).into(),
        created_by: Author::of(call, job.author),
        created_at: call.at(job.created_at),
        updated_at: call.at(job.updated_at),
    }
}

const _: () = assert!(MAX_BULK_ROWS == 1_000_000, "the description of the body says a million");
