//! The lists of conversations.
//!
//! Owns what a list may be asked. Which conversations match is answered by the account's index, from memory; what a row
//! shows is read afterwards, for the rows that are not rendered yet.

use crewbox_core::filter::{CategoryFilter, EmailStatus, Filter, Query};
use crewbox_core::id::{CampaignId, ClientId, ConversationId, MailboxId, MemberId, TagId};
use crewbox_core::index::Page;
use crewbox_core::permission::Permission;
use crewbox_core::time::Timestamp;
use crewbox_core::view::{Sort, View};
use crewbox_store::contract::Search;
use crewbox_store::{BodyLimits, Catalog, Row};

use crate::caller::Caller;
use crate::refusal::{FieldError, Refusal};
use crate::services::Services;

/// Characters a search may have: the contract's limit. Longer ones find nothing more precisely, and cost more.
pub const MAX_SEARCH: usize = 30;

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

/// What narrows a list: all that is given must hold. A set is "any of"; an empty one matches nothing.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "fields without a comment are the contract's filters of that name")]
pub struct ListFilter {
    pub search: Option<SearchText>,
    /// Any of; empty is no restriction.
    pub statuses: Vec<EmailStatus>,
    pub category: CategoryFilter,
    pub campaigns: Option<Vec<CampaignId>>,
    /// Campaigns with any of these tags.
    pub campaign_tags: Option<Vec<TagId>>,
    pub mailboxes: Option<Vec<MailboxId>>,
    pub owners: Option<Vec<MemberId>>,
    pub clients: Option<Vec<ClientId>>,
    /// The conversation's own tags.
    pub tags: Option<Vec<TagId>>,
    /// When the latest reply came; a conversation without a reply does not match.
    pub reply_between: Option<TimeRange>,
    pub subsequence: Option<CampaignId>,
    pub archived: Option<bool>,
    pub snoozed: Option<bool>,
    pub read: Option<bool>,
    pub important: Option<bool>,
}

/// What to search for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchText(String);

impl SearchText {
    /// A text as the person typed it.
    ///
    /// # Errors
    /// For one that is blank or longer than [`MAX_SEARCH`] characters: the rest of a sentence that begins with the
    /// field's name.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Err("must not be empty".to_owned());
        }
        if text.chars().count() > MAX_SEARCH {
            return Err(format!("cannot exceed {MAX_SEARCH} characters"));
        }
        Ok(Self(text.to_owned()))
    }
}

/// A stretch of time, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeRange {
    start: Timestamp,
    end: Timestamp,
}

impl TimeRange {
    /// From `start` to `end`.
    ///
    /// # Errors
    /// Where it ends before it starts: the rest of a sentence that begins with the field's name.
    pub const fn new(start: Timestamp, end: Timestamp) -> Result<Self, &'static str> {
        if start.millis() > end.millis() {
            return Err("must not start after it ends");
        }
        Ok(Self { start, end })
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
    let ListConversations { view, filter, sort, offset, limit } = command;
    let sorts = view.base().sorts;
    let sort = sort.or_else(|| sorts.first().copied()).unwrap_or_default();
    if !sorts.contains(&sort) {
        return Err(FieldError::of("sortBy", "is not an order of this list").into());
    }
    let live = caller.live()?;
    let scope = caller.scope();
    let (mut among, mut behind) = (None, 0);
    if let Some(SearchText(text)) = &filter.search {
        let found = services.store().search(scope, &Search { text: text.clone() }).await?;
        (among, behind) = (Some(found.conversations), found.behind);
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
    Ok(Listed { page: live.list(&query, caller.now()), behind })
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
pub(crate) fn compiled(filter: ListFilter, among: Option<Vec<ConversationId>>, names: &Catalog) -> Filter {
    Filter {
        statuses: filter.statuses,
        category: filter.category,
        campaigns: tagged(filter.campaigns, filter.campaign_tags.as_deref(), names),
        mailboxes: filter.mailboxes,
        owners: filter.owners,
        clients: filter.clients,
        tags: filter.tags,
        reply_between: filter.reply_between.map(|range| (range.start, range.end)),
        subsequence: filter.subsequence,
        archived: filter.archived,
        snoozed: filter.snoozed,
        read: filter.read,
        important: filter.important,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_counts_characters_and_a_range_includes_both_ends() {
        assert!(SearchText::parse(&"ä".repeat(MAX_SEARCH)).is_ok());
        assert_eq!(
            SearchText::parse(&"a".repeat(MAX_SEARCH + 1)).unwrap_err(),
            "cannot exceed 30 characters"
        );
        assert!(SearchText::parse(" ").is_err());
        assert!(TimeRange::new(Timestamp(1), Timestamp(1)).is_ok());
        assert!(TimeRange::new(Timestamp(2), Timestamp(1)).is_err());
    }
}
