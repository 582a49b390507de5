//! Where in the inbox a page is: view, filters, search, order, page and open conversation. All of it is in the address.
//!
//! Owns the form of an address, both ways. What does not fit (a page 0, an unknown status) is left out, as if it had not
//! been given; what a filter matches is decided by the list.

use crewbox_app::conversation::{ListFilter, SearchText};
use crewbox_core::filter::{CategoryFilter, EmailStatus};
use crewbox_core::id::{CampaignId, CategoryId, ClientId, ConversationId, MailboxId, MemberId, TagId};
use crewbox_core::saved_view::SavedList;
use crewbox_core::view::{Sort, View};

use crate::error::PageError;
use crate::views::EVERYTHING;
pub(crate) use crate::views::{Listed, VIEWS};

/// Values of one filter: more than anybody picks by hand.
const MOST_VALUES: usize = 50;
/// Characters of an address that are read.
const MAX_QUERY: usize = 8_192;

/// A filter by ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    Category,
    Campaign,
    Mailbox,
    Owner,
    Client,
    Tag,
}

/// The filters by ids: the name in the address, and the one that people see.
pub(crate) const FILTERS: [(By, &str, &str); 6] = [
    (By::Category, "category", "Category"),
    (By::Campaign, "campaign", "Campaign"),
    (By::Mailbox, "mailbox", "Mailbox"),
    (By::Owner, "owner", "Owner"),
    (By::Client, "client", "Client"),
    (By::Tag, "tag", "Tag"),
];

/// The orders, by their name in the address.
const SORTS: [(&str, Sort); 6] = [
    ("reply", Sort::ReplyTimeDesc),
    ("sent", Sort::SentTimeDesc),
    ("soon", Sort::ScheduledTimeAsc),
    ("late", Sort::ScheduledTimeDesc),
    ("reminder", Sort::ReminderTimeAsc),
    ("reminder-late", Sort::ReminderTimeDesc),
];

/// A place in the inbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) view: &'static Listed,
    /// Only what is neither archived nor snoozed.
    pub(crate) only_open: bool,
    /// Only those whose newest message is a reply by a person.
    pub(crate) only_waiting: bool,
    pub(crate) search: String,
    pub(crate) statuses: Vec<EmailStatus>,
    /// The ids of each of [`FILTERS`].
    pub(crate) ids: [Vec<u64>; FILTERS.len()],
    /// What else narrows the list and has no menu: of a saved view, or the rows behind a figure. In the address it has the
    /// names of the API.
    pub(crate) more: Box<ListFilter>,
    pub(crate) sort: Option<Sort>,
    /// From 1.
    pub(crate) page: u64,
    pub(crate) open: Option<ConversationId>,
}

impl Place {
    /// The first page of a view, as it is shown without filters.
    pub(crate) fn of(view: &'static Listed) -> Self {
        Self {
            view,
            only_open: view.view == View::AssignedToMe,
            only_waiting: false,
            search: String::new(),
            statuses: Vec::new(),
            ids: [const { Vec::new() }; FILTERS.len()],
            more: Box::default(),
            sort: None,
            page: 1,
            open: None,
        }
    }

    /// A conversation that may be in any view: among all that are not archived, or on its own where it is not there.
    pub(crate) fn everything(open: ConversationId) -> Self {
        let inbox = VIEWS.iter().find(|listed| listed.view == View::Inbox).unwrap_or(&VIEWS[0]);
        Self { open: Some(open), ..Self::of(inbox) }
    }

    /// The place of a saved list.
    pub(crate) fn of_list(list: &SavedList) -> Self {
        let listed = VIEWS.iter().find(|listed| listed.view == list.view).unwrap_or(&EVERYTHING);
        let mut place = Self { only_open: false, sort: list.sort, ..Self::of(listed) };
        let mut more = list.filters.clone();
        if (more.archived, more.snoozed) == (Some(false), Some(false)) {
            place.only_open = true;
            (more.archived, more.snoozed) = (None, None);
        }
        place.only_waiting = more.unanswered.take_if(|waits| *waits).is_some();
        // The field of the search shows it trimmed.
        let search = more.search.take_if(|search| search.text().trim() == search.text());
        place.search = search.map(|search| search.text().to_owned()).unwrap_or_default();
        place.statuses = std::mem::take(&mut more.statuses);
        if !more.category.none && more.category.not.is_empty() {
            place.take(By::Category, &mut more.category.only, CategoryId::get);
            if more.category.only.is_none() && place.chosen(By::Category).is_some() {
                more.category = CategoryFilter::default();
            }
        }
        place.take(By::Campaign, &mut more.campaigns, CampaignId::get);
        place.take(By::Mailbox, &mut more.mailboxes, MailboxId::get);
        place.take(By::Owner, &mut more.owners, MemberId::get);
        place.take(By::Client, &mut more.clients, ClientId::get);
        place.take(By::Tag, &mut more.tags, TagId::get);
        place.more = Box::new(more);
        place
    }

    /// Takes the ids of a filter that has a menu. A set that the address does not keep stays where it is: one without
    /// values, which matches nothing, and one with too many.
    fn take<T>(&mut self, by: By, given: &mut Option<Vec<T>>, number: fn(T) -> u64) {
        let Some(at) = FILTERS.iter().position(|(known, ..)| *known == by) else { return };
        if let Some(ids) = given.take_if(|ids| (1..=MOST_VALUES).contains(&ids.len())) {
            self.ids[at] = ids.into_iter().map(number).collect();
        }
    }

    /// The list of this place, to be saved. A search that cannot be is the sentence about it.
    pub(crate) fn list(&self) -> Result<SavedList, String> {
        Ok(SavedList { view: self.view.view, filters: self.filter()?, sort: self.sort })
    }

    /// Whether it is the same list, whatever page of it is shown and whatever is open.
    pub(crate) fn is_list_of(&self, other: &Self) -> bool {
        *other == Self { page: other.page, open: other.open, ..self.clone() }
    }

    /// The place that an address names.
    ///
    /// # Errors
    /// [`PageError::Nothing`] for a view or id that there is not.
    pub(crate) fn parse(view: &str, open: Option<&str>, query: &str) -> Result<Self, PageError> {
        let view =
            VIEWS.iter().chain([&EVERYTHING]).find(|listed| listed.path == view).ok_or(PageError::Nothing)?;
        let mut place = Self::of(view);
        if let Some(id) = open {
            let id = id.parse().ok().filter(|id| *id > 0).ok_or(PageError::Nothing)?;
            place.open = Some(ConversationId(id));
        }
        let query = query.get(..MAX_QUERY).unwrap_or(query);
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            place.set(&name, &value);
        }
        Ok(place)
    }

    fn set(&mut self, name: &str, value: &str) {
        match name {
            "show" => self.only_open = value == "open",
            "waiting" => self.only_waiting = value == "yes",
            "q" => self.search = value.trim().to_owned(),
            "page" => self.page = value.parse().ok().filter(|page| *page > 0).unwrap_or(1),
            "filters" => self.more = serde_json::from_str(value).unwrap_or_default(),
            "sort" => self.sort = SORTS.iter().find(|(known, _)| *known == value).map(|(_, sort)| *sort),
            "status" => {
                let status = EmailStatus::ALL.into_iter().find(|status| status.name() == value);
                if let Some(status) = status.filter(|status| !self.statuses.contains(status)) {
                    self.statuses.push(status);
                }
            }
            _ => {
                let Some(at) = FILTERS.iter().position(|(_, known, _)| *known == name) else { return };
                let ids = &mut self.ids[at];
                if let Some(id) = value.parse().ok().filter(|id| *id > 0 && !ids.contains(id))
                    && ids.len() < MOST_VALUES
                {
                    ids.push(id);
                }
            }
        }
    }

    /// Its query: everything but view and conversation.
    pub(crate) fn query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if self.only_open != (self.view.view == View::AssignedToMe) {
            query.append_pair("show", if self.only_open { "open" } else { "all" });
        }
        if self.only_waiting {
            query.append_pair("waiting", "yes");
        }
        if !self.search.is_empty() {
            query.append_pair("q", &self.search);
        }
        for status in &self.statuses {
            query.append_pair("status", status.name());
        }
        for ((_, name, _), ids) in FILTERS.iter().zip(&self.ids) {
            for id in ids {
                query.append_pair(name, &id.to_string());
            }
        }
        if *self.more != ListFilter::default()
            && let Ok(more) = serde_json::to_string(&self.more)
        {
            query.append_pair("filters", &more);
        }
        if let Some((name, _)) = SORTS.iter().find(|(_, sort)| Some(*sort) == self.sort) {
            query.append_pair("sort", name);
        }
        if self.page > 1 {
            query.append_pair("page", &self.page.to_string());
        }
        query.finish()
    }

    /// Its address.
    pub(crate) fn path(&self) -> String {
        let mut path = format!("/inbox/{}", self.view.path);
        if let Some(id) = self.open {
            path.push_str(&format!("/{id}"));
        }
        let query = self.query();
        if query.is_empty() { path } else { format!("{path}?{query}") }
    }

    /// The same place with another conversation open, or none.
    pub(crate) fn opening(&self, open: Option<ConversationId>) -> Self {
        Self { open, ..self.clone() }
    }

    /// Another page of the same list.
    pub(crate) fn at_page(&self, page: u64) -> Self {
        Self { page, open: None, ..self.clone() }
    }

    /// The path of an action on the open conversation, which leads back here.
    pub(crate) fn action(&self, verb: &str) -> String {
        let path = self.path();
        let (path, query) = path.split_once('?').map_or((path.as_str(), ""), |(path, query)| (path, query));
        if query.is_empty() { format!("{path}/{verb}") } else { format!("{path}/{verb}?{query}") }
    }

    /// The path of an action on all conversations of the list, whatever its page.
    pub(crate) fn all(&self) -> String {
        let path = Self { page: 1, open: None, ..self.clone() }.path();
        let (path, query) = path.split_once('?').map_or((path.as_str(), ""), |(path, query)| (path, query));
        if query.is_empty() { format!("{path}/all") } else { format!("{path}/all?{query}") }
    }

    /// Whether anything narrows the list.
    pub(crate) fn is_narrowed(&self) -> bool {
        self.only_open
            || self.only_waiting
            || !self.search.is_empty()
            || !self.statuses.is_empty()
            || self.ids.iter().any(|ids| !ids.is_empty())
            || *self.more != ListFilter::default()
    }

    /// Whether all conversations of the list have the same owner.
    pub(crate) fn has_one_owner(&self) -> bool {
        self.view.view == View::AssignedToMe || self.chosen(By::Owner).is_some_and(|ids| ids.len() == 1)
    }

    /// Whether all conversations of the list are in the same campaign.
    pub(crate) fn has_one_campaign(&self) -> bool {
        self.chosen(By::Campaign).is_some_and(|ids| ids.len() == 1)
    }

    /// The filter as the list takes it. A search that cannot be is the sentence about it.
    pub(crate) fn filter(&self) -> Result<ListFilter, String> {
        let search = match self.search.as_str() {
            "" => None,
            text => Some(SearchText::parse(text).map_err(|rest| format!("The search {rest}"))?),
        };
        let closed = self.only_open.then_some(false);
        let more = (*self.more).clone();
        let statuses = if self.statuses.is_empty() { more.statuses } else { self.statuses.clone() };
        Ok(ListFilter {
            search: search.or(more.search),
            statuses,
            category: self.category().unwrap_or(more.category),
            campaigns: self.chosen(By::Campaign).map(ids::<CampaignId>).or(more.campaigns),
            mailboxes: self.chosen(By::Mailbox).map(ids::<MailboxId>).or(more.mailboxes),
            owners: self.chosen(By::Owner).map(ids::<MemberId>).or(more.owners),
            clients: self.chosen(By::Client).map(ids::<ClientId>).or(more.clients),
            tags: self.chosen(By::Tag).map(ids::<TagId>).or(more.tags),
            archived: closed.or(more.archived),
            snoozed: closed.or(more.snoozed),
            unanswered: self.only_waiting.then_some(true).or(more.unanswered),
            ..more
        })
    }

    fn category(&self) -> Option<CategoryFilter> {
        let only = self.chosen(By::Category).map(ids::<CategoryId>)?;
        Some(CategoryFilter { none: false, only: Some(only), not: Vec::new() })
    }

    fn chosen(&self, by: By) -> Option<&[u64]> {
        let at = FILTERS.iter().position(|(known, ..)| *known == by)?;
        Some(self.ids[at].as_slice()).filter(|ids| !ids.is_empty())
    }
}

fn ids<T: From<u64>>(ids: &[u64]) -> Vec<T> {
    ids.iter().copied().map(T::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_a_place_and_is_made_from_it() {
        for path in [
            "/inbox/mine",
            "/inbox/mine?show=all",
            "/inbox/everything?show=open&waiting=yes&owner=3",
            "/inbox/sent?filters=%7B%22isRead%22%3Atrue%7D&sort=reminder",
            "/inbox/inbox/12?show=open&q=caf%C3%A9+%26+co&status=Not+Replied&category=1&category=4&tag=2&sort=sent&page=3",
        ] {
            let (whole, query) = path.split_once('?').unwrap_or((path, ""));
            let mut parts = whole.trim_start_matches("/inbox/").split('/');
            let place = Place::parse(parts.next().unwrap(), parts.next(), query).unwrap();
            assert_eq!(place.path(), path);
        }
    }

    #[test]
    fn a_saved_list_is_a_place_with_the_same_filters() {
        let json = [
            r#"{}"#,
            r#"{"isArchived":false,"isSnoozed":false,"isUnanswered":true,"search":"café","emailStatus":["Replied"]}"#,
            r#"{"isArchived":false,"isUnanswered":false,"search":" a ","isRead":true,"isImportant":false}"#,
            r#"{"leadCategories":{"categoryIdsIn":[1,2]},"campaignId":[3],"tagId":[],"campaignTagId":[4]}"#,
            r#"{"leadCategories":{"unassigned":true},"campaignTeamMemberId":[1],"campaignClientId":[2]}"#,
            r#"{"leadCategories":{"categoryIdsIn":[1],"categoryIdsNotIn":[2]},"replyTimeBetween":[1,2],"emailAccountId":[9]}"#,
        ];
        for json in json {
            let filters: ListFilter = serde_json::from_str(json).unwrap();
            let list = SavedList { view: View::Inbox, filters, sort: Some(Sort::SentTimeDesc) };
            let place = Place::of_list(&list);
            assert_eq!(place.list().unwrap(), list, "{json}");
            let again = Place::parse(place.view.path, None, &place.query()).unwrap();
            assert!(again.is_list_of(&place) && place.is_list_of(&again.at_page(3)), "{json}");
        }
        assert_eq!(Place::parse("inbox", None, "filters=%7Bx").unwrap().path(), "/inbox/inbox");
    }

    #[test]
    fn what_does_not_fit_is_left_out_and_what_is_not_there_is_nothing() {
        let place =
            Place::parse("mine", None, "page=0&sort=x&status=Nice&owner=x&owner=0&owner=3&owner=3&z=1")
                .unwrap();
        assert_eq!(place.path(), "/inbox/mine?owner=3");
        let many: String = (1..1_000).map(|id| format!("tag={id}&")).collect();
        assert_eq!(Place::parse("mine", None, &many).unwrap().ids[5].len(), MOST_VALUES);
        assert!(matches!(Place::parse("nowhere", None, ""), Err(PageError::Nothing)));
        assert!(matches!(Place::parse("mine", Some("x"), ""), Err(PageError::Nothing)));
        assert!(matches!(Place::parse("mine", Some("0"), ""), Err(PageError::Nothing)));
    }

    #[test]
    fn an_action_leads_back_to_its_place() {
        let place = Place::parse("inbox", Some("7"), "page=2").unwrap();
        assert_eq!(place.action("archive"), "/inbox/inbox/7/archive?page=2");
        assert_eq!(Place::parse("mine", Some("7"), "").unwrap().action("note"), "/inbox/mine/7/note");
    }
}
