//! From a list's request to the command of the use case.

use crewbox_app::conversation::{ListConversations, ListFilter};
use crewbox_core::filter::CategoryFilter;
use crewbox_core::id::SavedViewId;
use crewbox_core::model::Dialect;
use crewbox_core::view::Sort;

use super::body::{
    self, Filters, Known, LeadCategories, ListBody, ListQuery, LiveFilters, MAX_LIMIT, OBJECTS,
};
#[cfg(feature = "fuzz")]
use super::table::LISTS;
use super::table::List;
use crate::call::{Call, SignedCall};
use crate::declare::{Input as _, QueryInput as _};
use crate::describe::{BodyKind, Description};
use crate::error::ApiError;
use crate::handler::Part;
use crate::problem::{Problems, Provided};
use crate::request::Object;
use crate::schema::Components;
use crate::value::Count;
use crate::wire::Json;

/// A list's query and body. The handler reads them itself: it may have the page already, and what is wrong depends on
/// the list and on the dialect.
pub(crate) struct ListRequest;

impl Part for ListRequest {
    fn read(_: &Call, _: &mut Problems) -> Result<Option<Self>, ApiError> {
        Ok(Some(Self))
    }

    fn describe(description: Description, components: &mut Components) -> Description {
        let query = ListQuery::described(components);
        let body = BodyKind::Json { schema: body::describe(components), required: ListBody::REQUIRED };
        Description { query, body, ..description }
    }
}

impl ListRequest {
    /// Whether the rows are shown with their messages.
    pub(super) fn with_history(&self, call: &SignedCall, problems: &mut Problems) -> bool {
        ListQuery::read_query(call.query(), problems).is_some_and(|query| query.fetch_message_history)
    }

    /// Reads the body; what is wrong is noted.
    ///
    /// # Errors
    /// When it is no JSON object.
    pub(super) fn asked(
        &self,
        call: &SignedCall,
        list: &List,
        problems: &mut Problems,
    ) -> Result<AskedList, ApiError> {
        asked(&call.json()?, list, call.dialect() == Dialect::Live, problems)
    }
}

/// Any bytes as the body of every list in both dialects, for fuzz targets.
#[cfg(feature = "fuzz")]
pub fn any_filters(bytes: &[u8]) {
    let Ok(json) = Json::read(bytes) else { return };
    for list in &LISTS {
        for live in [false, true] {
            let mut problems = Problems::default();
            // What is refused is noted; that reading ends is what is tested.
            let _ = asked(&json, list, live, &mut problems);
        }
    }
}

/// What a list's request asks for.
#[derive(Debug)]
pub(super) struct AskedList {
    /// The page, of the list itself where no saved view is named.
    pub(super) command: ListConversations,
    /// The saved view that is asked for in its place.
    pub(super) saved: Option<SavedViewId>,
}

/// A body as what it asks of this list.
fn asked(json: &Json<'_>, list: &List, live: bool, problems: &mut Problems) -> Result<AskedList, ApiError> {
    let object = Object::of(json)?;
    check_keys(&object, live, problems);
    let mut command = ListConversations {
        view: list.view,
        filter: ListFilter::default(),
        sort: None,
        offset: 0,
        limit: MAX_LIMIT,
    };
    let mut saved = None;
    if let Some(body) = ListBody::read_object(&object, problems) {
        command.offset = body.offset.map_or(command.offset, |offset| offset.0);
        command.limit = body.limit.map_or(command.limit, Count::as_u32);
        saved = body.view_id;
        if saved.is_some() {
            check_saved(&object, list, problems);
        }
        // Which orders a saved view has is known once it is read.
        let sorts = if saved.is_some() { &Sort::ALL } else { list.sorts() };
        command.sort = body.sort_by.and_then(|chosen| chosen.among(sorts, problems));
        if let Some(Known(filters)) = body.filters {
            command.filter = filter_of(list, filters, problems);
        }
    }
    if live && let Some(filters) = LiveFilters::read_object(&object, problems) {
        let filter = &mut command.filter;
        let campaigns = filters.campaign_id.and_then(|ids| ids.at_most(list.campaigns, problems));
        let clients = filters.client_id.and_then(|ids| ids.at_most(list.others, problems));
        filter.campaigns = in_both(filter.campaigns.take(), campaigns);
        filter.clients = in_both(filter.clients.take(), clients);
    }
    Ok(AskedList { command, saved })
}

/// A saved view is asked for in the place of filters.
fn check_saved(object: &Object<'_>, list: &List, problems: &mut Problems) {
    if !list.subsequences {
        problems.note("viewId", "viewId is taken by /master-inbox/views only", Provided::Nothing);
    }
    let filters = [&["filters"], LiveFilters::KEYS].concat();
    if filters.iter().any(|key| object.has(key)) {
        let text = "viewId has filters of its own: give viewId or filters, not both";
        problems.note("viewId", text, Provided::Nothing);
    }
}

fn check_keys(object: &Object<'_>, live: bool, problems: &mut Problems) {
    if live {
        object.only(&[ListBody::KEYS, LiveFilters::KEYS].concat(), &OBJECTS, problems);
    } else {
        object.only(ListBody::KEYS, &OBJECTS, problems);
    }
}

/// The filter of a list; what it does not take is noted.
pub(crate) fn filter_of(list: &List, filters: Filters, problems: &mut Problems) -> ListFilter {
    if filters.sub_sequence_id.is_some() && !list.subsequences {
        let text = "subSequenceId is taken by /master-inbox/views only";
        problems.note("filters.subSequenceId", text, Provided::Nothing);
    }
    ListFilter {
        search: filters.search.map(|search| search.0),
        statuses: filters.email_status.map(|statuses| statuses.0).unwrap_or_default(),
        category: filters.lead_categories.map(|Known(categories)| category(categories)).unwrap_or_default(),
        campaigns: filters.campaign_id.and_then(|ids| ids.at_most(list.campaigns, problems)),
        campaign_tags: filters.campaign_tag_id.and_then(|ids| ids.at_most(list.others, problems)),
        mailboxes: filters.email_account_id.and_then(|ids| ids.at_most(list.mailboxes, problems)),
        owners: filters.campaign_team_member_id.and_then(|ids| ids.at_most(list.others, problems)),
        clients: filters.campaign_client_id.and_then(|ids| ids.at_most(list.others, problems)),
        tags: filters.tag_id.map(|ids| ids.0),
        reply_between: filters.reply_time_between.map(|range| range.0),
        subsequence: filters.sub_sequence_id,
        archived: filters.is_archived,
        snoozed: filters.is_snoozed,
        read: filters.is_read,
        important: filters.is_important,
        unanswered: filters.is_unanswered,
        reminder_due_by: filters.reminder_due_by.map(|until| until.0),
        task_due_by: filters.task_due_by.map(|until| until.0),
        activity: filters.team_activity.and_then(|Known(activity)| activity.filter(problems)),
    }
}

fn category(categories: LeadCategories) -> CategoryFilter {
    CategoryFilter::new(
        categories.is_assigned.unwrap_or(false),
        categories.unassigned.unwrap_or(false),
        categories.category_ids_in.map(|ids| ids.0),
        categories.category_ids_not_in.map(|ids| ids.0).unwrap_or_default(),
    )
}

/// What is in both sets, where both are given.
fn in_both<T: PartialEq>(one: Option<Vec<T>>, other: Option<Vec<T>>) -> Option<Vec<T>> {
    match (one, other) {
        (Some(mut one), Some(other)) => {
            one.retain(|id| other.contains(id));
            Some(one)
        }
        (one, other) => one.or(other),
    }
}
