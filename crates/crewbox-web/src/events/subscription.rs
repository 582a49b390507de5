//! Subscriptions as the query of a stream names them.

use crewbox_app::conversation::ListFilter;
use crewbox_app::events::{MAX_SUBSCRIPTIONS, Subscribe};
use crewbox_core::id::{ConversationId, SavedViewId};
use crewbox_core::view::Sort;
use utoipa::openapi::{RefOr, Schema};

use crate::declare::input;
use crate::list::{ChosenSort, Filters, Known, MAX_LIMIT, ViewName, filter_of, list_of};
use crate::problem::{Problems, Provided};
use crate::schema::{Components, Describe, text};
use crate::value::{Count, List, NonBlank, Parameter, Value};
use crate::wire::{Json, Place};

/// Characters of a subscription's name.
const MAX_NAME: usize = 64;
/// Lists that a subscription counts: there are not many more.
const MAX_COUNTED: usize = 16;

input! {
    /// A subscription: the rows of a list (`view`) or of a saved view (`viewId`), the numbers of rows of lists (`counts`), or a conversation
    /// (`email_lead_map_id`).
    pub(crate) struct SubscriptionBody {
        /// What its updates are called; each subscription of a stream has its own.
        name: NonBlank<MAX_NAME>,
        /// The list whose rows are followed: the last part of its path.
        view: Option<ViewName>,
        /// A saved view whose rows are followed, in the place of a list and its filters.
        view_id as "viewId": Option<SavedViewId>,
        /// What narrows the list, as in its own call. `search` cannot be followed.
        filters: Option<Known<Filters>>,
        /// The order of the first rows, as in the list's own call.
        sort_by as "sortBy": Option<ChosenSort>,
        /// How many first rows are told when the stream begins; 20 unless given.
        limit: Option<Count<1, { MAX_LIMIT as u64 }>>,
        /// False leaves the rows themselves out of what entered and changed.
        rows: Option<bool>,
        /// The lists whose rows are counted.
        counts: Option<List<ViewName, MAX_COUNTED>>,
        /// The conversation whose changes are told.
        email_lead_map_id: Option<ConversationId>,
    }
}

/// Subscriptions with their names.
#[derive(Debug)]
pub(crate) struct Subscriptions(pub(super) Vec<Named>);

/// A subscription with its name.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) followed: Followed,
    /// Whether it wants the rows of a list themselves.
    pub(super) rows: bool,
}

/// What is followed.
#[derive(Debug)]
pub(super) enum Followed {
    /// It says all.
    Ready(Subscribe),
    /// A saved view, which is not read yet.
    Saved { id: SavedViewId, sort: Option<Sort>, limit: u32 },
}

impl Parameter for Subscriptions {
    fn parse(text: &str, name: &str, problems: &mut Problems) -> Option<Self> {
        let Ok(json @ Json::Array(_)) = Json::read(text.as_bytes()) else {
            let sentence = format!("{name} must be a JSON array of subscriptions");
            problems.note(name, sentence, Provided::Nothing);
            return None;
        };
        let place = Place { prefix: "", key: name, secret: false };
        let bodies = List::<Known<SubscriptionBody>, MAX_SUBSCRIPTIONS>::read(&json, place, problems)?;
        let mut all: Vec<Named> = Vec::new();
        for Known(body) in bodies.0 {
            let label = body.name.0.clone();
            if all.iter().any(|known| known.name == label) {
                let sentence = format!("{name} must each have a name of their own: two are called {label}");
                problems.note(name, sentence, Provided::Nothing);
                return None;
            }
            let rows = body.rows.unwrap_or(true);
            all.push(Named { name: label, followed: subscribe(body, name, problems)?, rows });
        }
        Some(Self(all))
    }
}

fn subscribe(body: SubscriptionBody, name: &str, problems: &mut Problems) -> Option<Followed> {
    let limit = body.limit.map_or(MAX_LIMIT, Count::as_u32);
    match (body.view, body.view_id, body.counts, body.email_lead_map_id) {
        (Some(ViewName(view)), None, None, None) => {
            let list = list_of(view);
            let filter = match body.filters {
                Some(Known(filters)) => filter_of(list, filters, problems),
                None => ListFilter::default(),
            };
            let sort = body.sort_by.and_then(|chosen| chosen.among(list.sorts(), problems));
            Some(Followed::Ready(Subscribe::List { view, filter, sort, limit }))
        }
        (None, Some(id), None, None) if body.filters.is_none() => {
            let sort = body.sort_by.and_then(|chosen| chosen.among(&Sort::ALL, problems));
            Some(Followed::Saved { id, sort, limit })
        }
        (None, None, Some(views), None) => {
            let views = views.0.into_iter().map(|ViewName(view)| view).collect();
            Some(Followed::Ready(Subscribe::Counts(views)))
        }
        (None, None, None, Some(id)) => Some(Followed::Ready(Subscribe::Conversation(id))),
        _ => {
            let sentence = format!(
                "{name} must each have one of view, viewId (without filters), counts and email_lead_map_id"
            );
            problems.note(name, sentence, Provided::Nothing);
            None
        }
    }
}

impl Describe for Subscriptions {
    fn schema(components: &mut Components) -> RefOr<Schema> {
        // What the text holds is described as well, though no schema of a text can refer to it.
        SubscriptionBody::schema(components);
        text(None).into()
    }
}
