//! Saved views: lists that members keep under a name.

use crewbox_app::conversation::ListFilter;
use crewbox_app::saved_view::{self, MAX_SAVED_VIEW_NAME, SaveView};
use crewbox_core::filter::{CategoryFilter, CategoryKeys, EmailStatus};
use crewbox_core::id::{CampaignId, CategoryId, ClientId, MailboxId, MemberId, SavedViewId, TagId};
use crewbox_core::model::Dialect;
use crewbox_core::saved_view::{SavedList, SavedView};
use crewbox_core::view::Sort;
use utoipa::openapi::{RefOr, Schema};

use super::author::Author;
use crate::answer::{Json, Success};
use crate::call::SignedCall;
use crate::declare::{Input, input, output};
use crate::error::ApiError;
use crate::handler::{Body, Path};
use crate::list::{ChosenSort, Filters, Known, ShownActivity, ViewName, filter_of, list_of};
use crate::object::At;
use crate::problem::Problems;
use crate::request::Object;
use crate::schema::{Components, Describe, Properties};
use crate::value::{NonBlank, Nullable};

input! {
    /// A view to save.
    pub(crate) struct ViewToSave {
        /// Its name. The member's view of this name is replaced.
        name: NonBlank<MAX_SAVED_VIEW_NAME>,
        /// The list: the last part of its path.
        view: ViewName,
        /// What narrows the list, as in its own call.
        filters: Option<Known<Filters>>,
        /// The order, as in the list's own call.
        sort_by as "sortBy": Option<ChosenSort>,
        /// Whether the others of the account see it, too; false unless given.
        shared: Option<bool>,
        /// The client whose own members and keys may see it, where it is shared. A key that is restricted to a client saves
        /// for this client.
        client_id: Option<ClientId>,
    }
}

/// A view to save, read from a [`ViewToSave`]: which filters are taken depends on the list.
#[derive(Debug)]
pub(crate) struct CheckedView(SaveView);

impl Input for CheckedView {
    const KEYS: &'static [&'static str] = ViewToSave::KEYS;
    const REQUIRED: bool = true;
    const SECRET: bool = ViewToSave::SECRET;

    fn read_object(object: &Object<'_>, problems: &mut Problems) -> Option<Self> {
        let body = ViewToSave::read_object(object, problems)?;
        let list = list_of(body.view.0);
        let filters = body.filters.map(|Known(filters)| filter_of(list, filters, problems));
        let sort = body.sort_by.and_then(|chosen| chosen.among(list.sorts(), problems));
        let list = SavedList { view: body.view.0, filters: filters.unwrap_or_default(), sort };
        let (name, client) = (body.name.0, body.client_id);
        Some(Self(SaveView { name, client, shared: body.shared.unwrap_or(false), list }))
    }

    fn describe_keys(properties: &mut Properties, components: &mut Components) {
        ViewToSave::describe_keys(properties, components);
    }
}

impl Describe for CheckedView {
    fn schema(components: &mut Components) -> RefOr<Schema> {
        ViewToSave::schema(components)
    }
}

input! {
    /// A saved view, by its id.
    pub(crate) struct NamedView {
        /// Its id.
        id: SavedViewId,
    }
}

output! {
    /// A saved view.
    pub(crate) struct ShownView {
        /// Its id: `viewId` of `/master-inbox/views`.
        id: u64,
        /// Its name.
        name: String,
        /// The list: the last part of its path.
        view: &'static str,
        /// What narrows the list.
        filters: SavedFilters,
        /// The order; null for the first of the list.
        sort_by as "sortBy": Nullable<Sort>,
        /// Whether others see it, too.
        shared: bool,
        /// The client whose own members and keys may see it; null for the team only.
        client_id: Nullable<ClientId>,
        /// Who saved it; null for the operator of the server.
        created_by: Nullable<Author>,
        /// When it was saved first.
        created_at: At,
    }
}

output! {
    /// What narrows a saved view: the filters of a list call that were given. What they name may have been deleted since:
    /// it matches nothing.
    pub(crate) struct SavedFilters {
        /// What is searched for.
        search: Option<String>,
        /// What has happened; any of these.
        email_status as "emailStatus": Option<Vec<EmailStatus>>,
        /// By lead category.
        lead_categories as "leadCategories": Option<SavedCategories>,
        /// Campaigns.
        campaign_id as "campaignId": Option<Vec<CampaignId>>,
        /// E-mail accounts.
        email_account_id as "emailAccountId": Option<Vec<MailboxId>>,
        /// Owners.
        campaign_team_member_id as "campaignTeamMemberId": Option<Vec<MemberId>>,
        /// Tags of campaigns.
        campaign_tag_id as "campaignTagId": Option<Vec<TagId>>,
        /// Clients.
        campaign_client_id as "campaignClientId": Option<Vec<ClientId>>,
        /// The start and the end of the time of the latest reply.
        reply_time_between as "replyTimeBetween": Option<Vec<At>>,
        /// The sub-sequence.
        sub_sequence_id as "subSequenceId": Option<CampaignId>,
        /// Archived or not.
        is_archived as "isArchived": Option<bool>,
        /// Snoozed or not.
        is_snoozed as "isSnoozed": Option<bool>,
        /// Read or not.
        is_read as "isRead": Option<bool>,
        /// Important or not.
        is_important as "isImportant": Option<bool>,
        /// Tags of the conversation itself.
        tag_id as "tagId": Option<Vec<TagId>>,
        /// Waiting for an answer or not.
        is_unanswered as "isUnanswered": Option<bool>,
        /// With an open reminder of this time or earlier.
        reminder_due_by as "reminderDueBy": Option<At>,
        /// With an open task that is due at this time or earlier.
        task_due_by as "taskDueBy": Option<At>,
        /// The conversations behind a figure of what a member did.
        team_activity as "teamActivity": Option<ShownActivity>,
    }
}

output! {
    /// By lead category.
    pub(crate) struct SavedCategories {
        /// Only conversations with a category.
        is_assigned as "isAssigned": Option<bool>,
        /// Only conversations without a category; beside `categoryIdsIn`, those as well.
        unassigned: Option<bool>,
        /// Only these.
        category_ids_in as "categoryIdsIn": Option<Vec<CategoryId>>,
        /// None of these.
        category_ids_not_in as "categoryIdsNotIn": Option<Vec<CategoryId>>,
    }
}

output! {
    /// The saved views that the caller sees.
    pub(crate) struct ShownViews {
        /// Always true.
        ok: bool,
        /// The caller's own views and those that others share, oldest first.
        data: Vec<ShownView>,
    }
}

/// GET `/master-inbox/saved-views`.
pub(crate) async fn list(call: SignedCall) -> Result<Json<ShownViews>, ApiError> {
    let views = saved_view::saved_views(call.services(), &call.caller()).await?;
    let data = views.into_iter().map(|view| shown(&call, view)).collect();
    Ok(Json(ShownViews { ok: true, data }))
}

/// POST `/master-inbox/saved-views`.
pub(crate) async fn save(
    call: SignedCall,
    Body(CheckedView(command)): Body<CheckedView>,
) -> Result<Success<ShownView>, ApiError> {
    let view = saved_view::save(call.services(), &call.caller(), command).await?;
    Ok(Success { message: "View saved successfully", data: shown(&call, view) })
}

/// DELETE `/master-inbox/saved-views/{id}`.
pub(crate) async fn delete(
    call: SignedCall,
    Path(id): Path<SavedViewId>,
) -> Result<Success<ShownView>, ApiError> {
    let view = saved_view::delete(call.services(), &call.caller(), id).await?;
    Ok(Success { message: "View deleted successfully", data: shown(&call, view) })
}

/// DELETE `/master-inbox/saved-views`.
pub(crate) async fn delete_named(
    call: SignedCall,
    Body(named): Body<NamedView>,
) -> Result<Success<ShownView>, ApiError> {
    delete(call, Path(named.id)).await
}

fn shown(call: &SignedCall, view: SavedView) -> ShownView {
    let SavedView { id, author, client, name, shared, list, created_at } = view;
    ShownView {
        id: id.get(),
        name,
        view: list.view.base().path,
        filters: shown_filters(call.dialect(), list.filters),
        sort_by: list.sort.into(),
        shared,
        client_id: client.into(),
        created_by: Author::of(call, author),
        created_at: call.at(created_at),
    }
}

/// A filter as a list's body has it. Times are read back as they were if they are of the live dialect, to the millisecond.
pub(crate) fn shown_filters(dialect: Dialect, filter: ListFilter) -> SavedFilters {
    let at = |time| At(time, dialect);
    SavedFilters {
        search: filter.search.map(|search| search.text().to_owned()),
        email_status: some(filter.statuses),
        lead_categories: Some(filter.category).filter(|filter| !filter.passes_all()).map(categories),
        campaign_id: filter.campaigns,
        email_account_id: filter.mailboxes,
        campaign_team_member_id: filter.owners,
        campaign_tag_id: filter.campaign_tags,
        campaign_client_id: filter.clients,
        reply_time_between: filter.reply_between.map(|range| {
            let (start, end) = range.ends();
            vec![at(start), at(end)]
        }),
        sub_sequence_id: filter.subsequence,
        is_archived: filter.archived,
        is_snoozed: filter.snoozed,
        is_read: filter.read,
        is_important: filter.important,
        tag_id: filter.tags,
        is_unanswered: filter.unanswered,
        reminder_due_by: filter.reminder_due_by.map(at),
        task_due_by: filter.task_due_by.map(at),
        team_activity: filter.activity.map(|activity| ShownActivity::of(dialect, activity)),
    }
}

fn categories(filter: CategoryFilter) -> SavedCategories {
    let keys = CategoryKeys::from(filter);
    SavedCategories {
        is_assigned: Some(true).filter(|_| keys.is_assigned),
        unassigned: Some(true).filter(|_| keys.unassigned),
        category_ids_in: keys.category_ids_in,
        category_ids_not_in: some(keys.category_ids_not_in),
    }
}

/// Values, where there are any.
fn some<T>(values: Vec<T>) -> Option<Vec<T>> {
    Some(values).filter(|values| !values.is_empty())
}
