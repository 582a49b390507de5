//! The lists of conversations.
//!
//! Owns what a list may be asked. Which conversations match is answered by the account's index, from memory; what a row
//! shows is read afterwards, for the rows that are not rendered yet.

use crewbox_core::conversation_set::ConversationSet;
use crewbox_core::filter::{Filter, Query};
use crewbox_core::id::{CampaignId, ConversationId, MemberId, TagId};
use crewbox_core::index::Page;
use crewbox_core::list_filter::{ListFilter, TimeRange};
use crewbox_core::permission::Permission;
use crewbox_core::saved_view::SavedList;
use crewbox_core::view::{Sort, View};
use crewbox_store::contract::Search;
use crewbox_store::{BodyLimits, Catalog, Row};

use crate::caller::Caller;
use crate::refusal::{FieldError, Refusal};
use crate::services::Services;
use crate::team::behind::conversations_behind;

/// Asks for a page of a list.
#[derive(Clone, Debug)]
pub struct ListConversations {
    /// Which list.
    pub view: View,
    /// What narrows it.
    pub filter: ListFilter,
    /// The order; none for the first of the view.
    pub sort: Option<Sort>,
    /// Rows to skip; past the end gives an empty page.
    pub offset: u64,
    /// Rows to return at the most.
    pub limit: u32,
}

impl ListConversations {
    /// The same page of a saved view, in its order unless another one is asked for.
    #[must_use]
    pub fn of(self, saved: SavedList) -> Self {
        let SavedList { view, filters, sort } = saved;
        Self { view, filter: filters, sort: self.sort.or(sort), ..self }
    }
}

/// A page of a list, before its rows are read.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Which conversations, and how many match in all.
    pub page: Page,
    /// Messages that a search has not looked at yet; 0 means that the page is exact.
    pub behind: u64,
}

/// A page of a list, as the caller sees it at the time of the call.
///
/// # Errors
/// [`Refusal::Invalid`] for an order that the list does not have; [`Refusal::Unavailable`] for a caller who did not sign
/// in to a server, which is where the index is; the store's, for a search.
pub async fn list(
    services: &Services,
    caller: &Caller,
    command: ListConversations,
) -> Result<Listed, Refusal> {
    caller.require(Permission::ReadInbox)?;
    let live = caller.live()?;
    let (query, behind) = query_of(services, caller, command).await?;
    Ok(Listed { page: live.list(&query, caller.now()), behind })
}

/// What the index is asked for a list, and how many messages its search has not looked at yet.
pub(crate) async fn query_of(
    services: &Services,
    caller: &Caller,
    command: ListConversations,
) -> Result<(Query, u64), Refusal> {
    let ListConversations { view, filter, sort, offset, limit } = command;
    let sorts = view.base().sorts;
    let sort = sort.or_else(|| sorts.first().copied()).unwrap_or_default();
    if !sorts.contains(&sort) {
        return Err(FieldError::of("sortBy", "is not an order of this list").into());
    }
    let scope = caller.scope();
    let (mut among, mut behind) = (None, 0);
    if let Some(search) = &filter.search {
        let found = services.store().search(scope, &Search { text: search.text().to_owned() }).await?;
        (among, behind) = (Some(found.conversations), found.behind);
    }
    if let Some(activity) = &filter.activity {
        let mut matching = conversations_behind(services, caller, activity).await?;
        if let Some(found) = &among {
            matching.keep(found);
        }
        among = Some(matching);
    }
    let query = Query {
        view,
        // The operator is nobody's member: 0 is the id of nothing.
        me: scope.actor().unwrap_or(MemberId(0)),
        client: scope.client(),
        filter: compiled(filter, among, caller.names()),
        sort,
        offset,
        limit,
    };
    Ok((query, behind))
}

/// What rows show of these conversations, each with as much of its last message as asked for. Those that the caller does
/// not see any more are left out.
///
/// # Errors
/// The store's.
pub async fn rows(
    services: &Services,
    caller: &Caller,
    conversations: &[ConversationId],
    last_message: Option<BodyLimits>,
) -> Result<Vec<Row>, Refusal> {
    caller.require(Permission::ReadInbox)?;
    Ok(services.store().rows(caller.scope(), conversations, last_message).await?)
}

/// The filter as the index takes it: without names, and with what a search found.
pub(crate) fn compiled(filter: ListFilter, among: Option<ConversationSet>, names: &Catalog) -> Filter {
    Filter {
        statuses: filter.statuses,
        category: filter.category,
        campaigns: tagged(filter.campaigns, filter.campaign_tags.as_deref(), names),
        mailboxes: filter.mailboxes,
        owners: filter.owners,
        clients: filter.clients,
        tags: filter.tags,
        reply_between: filter.reply_between.map(TimeRange::ends),
        subsequence: filter.subsequence,
        archived: filter.archived,
        snoozed: filter.snoozed,
        read: filter.read,
        important: filter.important,
        unanswered: filter.unanswered,
        reminder_due_by: filter.reminder_due_by,
        task_due_by: filter.task_due_by,
        among,
    }
}

/// Those of the campaigns that have any of the tags.
fn tagged(
    campaigns: Option<Vec<CampaignId>>,
    tags: Option<&[TagId]>,
    names: &Catalog,
) -> Option<Vec<CampaignId>> {
    let Some(tags) = tags else { return campaigns };
    let has = names.campaigns.iter().filter(|campaign| campaign.tags.iter().any(|tag| tags.contains(tag)));
    let given = |id: &CampaignId| campaigns.as_ref().is_none_or(|campaigns| campaigns.contains(id));
    Some(has.map(|campaign| campaign.id).filter(given).collect())
}
