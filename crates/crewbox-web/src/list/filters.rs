//! From a list's body to a query of the index.

use crewbox_core::filter::{CategoryFilter, EmailStatus, Filter, Query};
use crewbox_core::id::{CampaignId, CategoryId, ClientId, MailboxId, MemberId, TagId};
use crewbox_core::model::Dialect;
use crewbox_store::Catalog;

use super::table::{BODY, FILTERS, LEAD_CATEGORIES, List};
use crate::call::SignedCall;
use crate::error::ApiError;
use crate::legacy::Key;
use crate::problem::Provided;
use crate::request::{Json, Object, Problems};

/// Rows a page has at the most, and unless asked for fewer.
const MAX_LIMIT: i64 = 20;
/// Characters a search may have.
const MAX_SEARCH: usize = 30;
/// Categories, and tags of conversations, a filter takes.
const MAX_OWN: usize = 10;
/// The two filters the live dialect also takes at the top of the body.
const AT_TOP: [&str; 2] = ["campaign_id", "client_id"];

/// What a list call asks.
pub(super) struct Asked {
    pub(super) query: Query,
    /// What to search for, when anything.
    pub(super) search: Option<String>,
}

/// Reads a list's body; what is wrong is noted.
pub(super) fn read(
    call: &SignedCall,
    list: &List,
    json: &Json<'_>,
    catalog: &Catalog,
    problems: &mut Problems,
) -> Result<Asked, ApiError> {
    let body = Object::of(json)?;
    let signed = call.signed();
    let live = call.dialect() == Dialect::Live;
    check_keys(&body, BODY, if live { &AT_TOP } else { &[] }, problems);

    let offset = body.number("offset", 0, i64::MAX, problems).unwrap_or(0);
    let limit = body.number("limit", 1, MAX_LIMIT, problems).unwrap_or(MAX_LIMIT);
    let names: Vec<&str> = list.sorts.iter().map(|(name, _)| *name).collect();
    let sort = body.choice("sortBy", &names, problems).map_or(list.sorts[0].1, |place| list.sorts[place].1);

    let mut search = None;
    let mut filter = Filter::default();
    if let Some(filters) = body.object("filters", "filters.", problems) {
        check_keys(&filters, FILTERS, &[], problems);
        search = filters
            .text("search", MAX_SEARCH, problems)
            .filter(|text| !text.trim().is_empty())
            .map(|text| text.into_owned());
        filter = read_filters(list, &filters, catalog, problems);
    }
    if live {
        let campaigns = body.ids("campaign_id", list.campaigns, problems).map(ids(CampaignId));
        let clients = body.ids("client_id", list.others, problems).map(ids(ClientId));
        filter.campaigns = both(filter.campaigns, campaigns);
        filter.clients = both(filter.clients, clients);
    }
    let query = Query {
        view: list.view,
        me: signed.key.member,
        client: signed.scope.client(),
        filter,
        sort,
        offset: u64::try_from(offset).unwrap_or(0),
        limit: u32::try_from(limit).unwrap_or(0),
    };
    Ok(Asked { query, search })
}

fn check_keys(object: &Object<'_>, keys: &[Key], more: &[&str], problems: &mut Problems) {
    // Checked one by one first: the usual body has no unknown key, and then nothing is allocated.
    let known = |name: &str| keys.iter().any(|key| key.name == name) || more.contains(&name);
    if object.entries().iter().all(|(name, _)| known(name)) {
        return;
    }
    let names: Vec<&str> = keys.iter().map(|key| key.name).chain(more.iter().copied()).collect();
    let others = [("", BODY), ("filters.", FILTERS), ("filters.leadCategories.", LEAD_CATEGORIES)]
        .map(|(path, keys)| (path, keys.iter().map(|key| key.name).collect::<Vec<_>>()));
    let others: Vec<(&str, &[&str])> = others.iter().map(|(path, names)| (*path, names.as_slice())).collect();
    object.only(&names, &others, problems);
}

fn read_filters(list: &List, filters: &Object<'_>, catalog: &Catalog, problems: &mut Problems) -> Filter {
    let campaigns = filters.ids("campaignId", list.campaigns, problems).map(ids(CampaignId));
    let tagged = filters.ids("campaignTagId", list.others, problems).map(|tags| {
        let has = |id: &TagId| tags.contains(&id.get());
        let tagged = catalog.campaigns.iter().filter(|campaign| campaign.tags.iter().any(has));
        tagged.map(|campaign| campaign.id).collect()
    });
    if !list.subsequences && filters.get("subSequenceId").is_some() {
        let text = "subSequenceId is taken by /master-inbox/views only";
        problems.note("filters.subSequenceId", text, Provided::Nothing);
    }
    Filter {
        statuses: statuses(filters, problems),
        category: filters
            .object("leadCategories", "filters.leadCategories.", problems)
            .map_or_else(CategoryFilter::default, |categories| read_categories(&categories, problems)),
        campaigns: both(campaigns, tagged),
        mailboxes: filters.ids("emailAccountId", list.mailboxes, problems).map(ids(MailboxId)),
        owners: filters.ids("campaignTeamMemberId", list.others, problems).map(ids(MemberId)),
        clients: filters.ids("campaignClientId", list.others, problems).map(ids(ClientId)),
        tags: filters.ids("tagId", Some(MAX_OWN), problems).map(ids(TagId)),
        reply_between: filters.between("replyTimeBetween", problems),
        subsequence: filters.id("subSequenceId", problems).map(CampaignId),
        archived: filters.boolean("isArchived", problems),
        snoozed: filters.boolean("isSnoozed", problems),
        read: filters.boolean("isRead", problems),
        important: filters.boolean("isImportant", problems),
        among: None,
    }
}

fn statuses(filters: &Object<'_>, problems: &mut Problems) -> Vec<EmailStatus> {
    let names = EmailStatus::ALL.map(EmailStatus::name);
    let chosen = filters.choices("emailStatus", &names, problems);
    chosen.into_iter().map(|place| EmailStatus::ALL[place]).collect()
}

fn read_categories(object: &Object<'_>, problems: &mut Problems) -> CategoryFilter {
    check_keys(object, LEAD_CATEGORIES, &[], problems);
    let assigned = object.boolean("isAssigned", problems).unwrap_or(false);
    let unassigned = object.boolean("unassigned", problems).unwrap_or(false);
    let only = object.ids("categoryIdsIn", Some(MAX_OWN), problems).map(ids(CategoryId));
    let not = object.ids("categoryIdsNotIn", Some(MAX_OWN), problems).map(ids(CategoryId));
    categories(assigned, unassigned, only, not.unwrap_or_default())
}

/// `isAssigned` with `unassigned` cancel out; `unassigned` with `categoryIdsIn` is either.
fn categories(
    assigned: bool,
    unassigned: bool,
    only: Option<Vec<CategoryId>>,
    not: Vec<CategoryId>,
) -> CategoryFilter {
    let (assigned, unassigned) = (assigned && !unassigned, unassigned && !assigned);
    match only {
        Some(only) => CategoryFilter { none: unassigned, only: Some(only), not },
        None if unassigned => CategoryFilter { none: true, only: Some(Vec::new()), not },
        None => CategoryFilter { none: !assigned, only: None, not },
    }
}

fn ids<T>(new: fn(u64) -> T) -> impl Fn(Vec<u64>) -> Vec<T> {
    move |ids| ids.into_iter().map(new).collect()
}

/// What is in both sets, where both are given.
fn both<T: PartialEq>(one: Option<Vec<T>>, other: Option<Vec<T>>) -> Option<Vec<T>> {
    match (one, other) {
        (Some(mut one), Some(other)) => {
            one.retain(|id| other.contains(id));
            Some(one)
        }
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn category_filters_combine_as_the_contract_says() {
        let (one, two) = (CategoryId(1), CategoryId(2));
        let pass = |assigned, unassigned, only: Option<&[CategoryId]>, not: &[CategoryId]| {
            let filter = categories(assigned, unassigned, only.map(<[_]>::to_vec), not.to_vec());
            [None, Some(one), Some(two)].map(|category| filter.passes(category))
        };
        assert_eq!(pass(false, false, None, &[]), [true, true, true]);
        assert_eq!(pass(true, false, None, &[]), [false, true, true]);
        assert_eq!(pass(false, true, None, &[]), [true, false, false]);
        assert_eq!(pass(true, true, None, &[]), [true, true, true], "they cancel out");
        assert_eq!(pass(false, false, Some(&[one]), &[]), [false, true, false]);
        assert_eq!(pass(false, true, Some(&[one]), &[]), [true, true, false], "either");
        assert_eq!(pass(false, false, None, &[one]), [true, false, true], "no category passes NotIn");
        assert_eq!(pass(true, true, Some(&[one]), &[]), [false, true, false]);
    }
}
