//! The list: its title with the exact total, its filters as chips, its rows, its pages.

use std::collections::HashMap;

use askama::Template;
use crewbox_app::Refusal;
use crewbox_app::conversation::{
    ListConversations, ListFilter, Listed, drafts, list, next_reminders, rows as read_rows,
};
use crewbox_core::filter::EmailStatus;
use crewbox_core::id::ConversationId;
use crewbox_core::index::Page;
use crewbox_core::permission::Permission;
use crewbox_core::view::{NextTime, Sort, View};
use crewbox_store::BodyLimits;

use super::chips::{Chip, chips};
use super::dates::DatesMenu;
use super::failed::{self, FailedPart};
use super::kept::Kept;
use super::marks;
use super::pager::Pager;
use super::place::{FILTERS, Place, VIEWS};
use super::row::{Ahead, RowPart};
use super::saved::SavedForm;
use super::sidebar::SidebarPart;
use crate::actions::{Action, find};
use crate::app::Pages;
use crate::guard::Visitor;
use crate::settings::open_steps;
use crate::shortcuts::Shortcuts;
use crate::time_text::Due;

/// Rows of a page, as in the API.
pub(crate) const ROWS: u64 = 20;
/// Bytes of a message's text that a row is made from: its first line.
const ROW_TEXT: usize = 2_048;
/// Choices of one filter that are offered; an account with more finds them by search.
const MOST_CHOICES: usize = 200;

/// Actions on selected rows that have a button; all others have their key and the palette.
const PICKED: [&str; 4] = ["archive", "take", "important", "unread"];

/// The list.
#[derive(Template)]
#[template(path = "list.html")]
pub(super) struct ListPart {
    /// Of the tab.
    title: String,
    /// The marks with which a row leaves the list.
    leaving: String,
    label: String,
    /// Saves the list as a view, or changes the view that it is.
    saving: Option<SavedForm>,
    total: u64,
    rows: Vec<RowPart>,
    /// Replies of the member that were not sent.
    failed: Vec<FailedPart>,
    chips: Vec<Chip>,
    filters: Vec<FilterMenu>,
    dates: DatesMenu,
    /// The orders of the view, where there are several.
    sorts: Vec<SortChoice>,
    search: String,
    /// The address of the list without its search, for the search's form.
    path: String,
    hidden: Vec<(String, String)>,
    /// The place of the first row in the whole list, from 1.
    first: u64,
    range: String,
    pager: Pager,
    empty: Empty,
    problem: Option<String>,
    /// Actions on the selected rows.
    picked: Vec<&'static Action>,
    /// Where something is done to all that match, without scripts.
    all_path: String,
    shortcuts: Shortcuts,
}

/// A filter's choices, each with the address that has it set.
struct FilterMenu {
    label: &'static str,
    choices: Vec<(String, String)>,
}

/// An order of the list, and the address that has it.
struct SortChoice {
    label: &'static str,
    path: String,
    is_current: bool,
}

/// What an empty list says.
struct Empty {
    title: &'static str,
    sentence: String,
    link: Option<(String, &'static str)>,
    /// What protects the form that takes the next unassigned conversation; none where nothing waits.
    take: Option<String>,
    /// What is still to be set up.
    steps: Vec<(&'static str, &'static str)>,
}

/// When the rows of a list come back, are sent or are to be thought of, where the list is about that.
async fn times_ahead(
    pages: &Pages,
    visitor: &Visitor,
    place: &Place,
    page: &Page,
) -> Result<HashMap<ConversationId, Ahead>, Refusal> {
    let base = place.view.view.base();
    let of_reminders = base.has == Some(NextTime::Reminder);
    let ids: Vec<ConversationId> = page.hits.iter().map(|hit| hit.conversation).collect();
    let mut reminders = match of_reminders {
        true => next_reminders(&pages.services, &visitor.caller, &ids).await?,
        false => Vec::new(),
    }
    .into_iter();
    let ahead = page.hits.iter().map(|hit| {
        let at = hit.next_time.or(hit.snoozed_until.filter(|_| base.snoozed));
        // What is sent or comes back by itself is never late.
        let due = at.map(|at| visitor.local.due(at));
        let due = due.map(|due| Due { is_late: due.is_late && of_reminders, ..due });
        let reminder = reminders.next().flatten().map(|held| held.reminder.message);
        (hit.conversation, Ahead { due, reminder })
    });
    Ok(ahead.collect())
}

impl ListPart {
    /// `rows` is how many are shown at the most: [`ROWS`], or more on a page that has grown.
    pub(super) async fn of(
        pages: &Pages,
        visitor: &Visitor,
        place: &Place,
        rows: u64,
        sidebar: &SidebarPart,
        kept: Option<&Kept>,
    ) -> Result<Self, Refusal> {
        let caller = &visitor.caller;
        let (listed, problem) = match page_of(pages, visitor, place, rows).await {
            Ok(listed) => (listed, None),
            Err(Wrong::Search(sentence)) => (Listed { page: Default::default(), behind: 0 }, Some(sentence)),
            Err(Wrong::Refused(refusal)) => return Err(refusal),
        };
        let ids: Vec<ConversationId> = listed.page.hits.iter().map(|hit| hit.conversation).collect();
        let read = read_rows(&pages.services, caller, &ids, Some(BodyLimits::text(ROW_TEXT))).await?;
        let found = |id| read.iter().find(|row| row.conversation.id == id);
        let drafts = match drafts(&pages.services, caller, &ids).await {
            Err(Refusal::Forbidden(_)) => Vec::new(),
            other => other?,
        };
        let draft = |id| drafts.iter().find(|(of, _)| *of == id).map(|(_, draft)| draft);
        let mut ahead = times_ahead(pages, visitor, place, &listed.page).await?;
        let rows: Vec<RowPart> = ids
            .into_iter()
            .filter_map(found)
            .map(|row| {
                let id = row.conversation.id;
                RowPart::of(row, draft(id), ahead.remove(&id).unwrap_or_default(), place, visitor)
            })
            .collect();
        let total = listed.page.total;
        let first = (place.page - 1).saturating_mul(ROWS);
        let last = first + rows.len() as u64;
        let list = place.opening(None);
        let mut without_search = list.clone();
        without_search.search.clear();
        without_search.page = 1;
        Ok(Self {
            title: sidebar.title(place),
            leaving: marks::leaving(place, caller),
            label: sidebar.label(place).to_owned(),
            saving: SavedForm::of(visitor, place, sidebar.here(), kept),
            total,
            chips: chips(&list, caller, &visitor.local),
            filters: menus(visitor, &list),
            dates: DatesMenu::of(&list, &visitor.local, kept),
            sorts: sorts(&list),
            search: place.search.clone(),
            path: format!("/inbox/{}", place.view.path),
            hidden: form_urlencoded::parse(without_search.query().as_bytes()).into_owned().collect(),
            first: first + 1,
            range: if rows.is_empty() {
                "0 of 0".to_owned()
            } else {
                format!("{}–{last} of {total}", first + 1)
            },
            pager: Pager::of(place, total, ROWS, rows.len() as u64),
            empty: empty(pages, visitor, place, total).await?,
            rows,
            failed: failed::all(pages, visitor, place).await?,
            problem,
            picked: PICKED.iter().filter_map(|verb| find(verb)).collect(),
            all_path: place.all(),
            shortcuts: visitor.shortcuts.clone(),
        })
    }
}

/// Why there is no list.
pub(super) enum Wrong {
    /// The search cannot be: a sentence.
    Search(String),
    Refused(Refusal),
}

/// The conversations of a place's page.
pub(super) async fn page_of(
    pages: &Pages,
    visitor: &Visitor,
    place: &Place,
    rows: u64,
) -> Result<Listed, Wrong> {
    let filter = place.filter().map_err(Wrong::Search)?;
    let sort = place.sort.filter(|sort| place.view.view.base().sorts.contains(sort));
    let offset = (place.page - 1).saturating_mul(ROWS);
    let limit = u32::try_from(rows).unwrap_or(u32::MAX);
    let command = ListConversations { view: place.view.view, filter, sort, offset, limit };
    list(&pages.services, &visitor.caller, command).await.map_err(Wrong::Refused)
}

/// Every filter with the choices that the caller sees and that are not set.
fn menus(visitor: &Visitor, place: &Place) -> Vec<FilterMenu> {
    let mut menus = Vec::new();
    let status = EmailStatus::ALL.into_iter().filter(|status| !place.statuses.contains(status));
    let status = status.map(|status| {
        let mut with = place.at_page(1);
        with.statuses.push(status);
        (status.name().to_owned(), with.path())
    });
    menus.push(FilterMenu { label: "Status", choices: status.collect() });
    for (at, (_, _, label)) in FILTERS.iter().enumerate() {
        let choices = choices(visitor, at).into_iter().filter(|(id, _)| !place.ids[at].contains(id));
        let choices: Vec<(String, String)> = choices
            .take(MOST_CHOICES)
            .map(|(id, name)| {
                let mut with = place.at_page(1);
                with.ids[at].push(id);
                (name, with.path())
            })
            .collect();
        if !choices.is_empty() {
            menus.push(FilterMenu { label, choices });
        }
    }
    menus
}

/// The orders that a list may have; none where there is only one. The first is the one without a choice.
fn sorts(place: &Place) -> Vec<SortChoice> {
    let offered = place.view.view.base().sorts;
    let now = place.sort.filter(|sort| offered.contains(sort)).or(offered.first().copied());
    let choice = |(at, sort): (usize, &Sort)| SortChoice {
        label: match sort {
            Sort::ReplyTimeDesc => "Latest reply",
            Sort::SentTimeDesc => "Latest sent",
            Sort::ScheduledTimeAsc => "Scheduled soonest",
            Sort::ScheduledTimeDesc => "Scheduled latest",
            Sort::ReminderTimeAsc => "Earliest reminder",
            Sort::ReminderTimeDesc => "Latest reminder",
        },
        path: Place { sort: (at > 0).then_some(*sort), ..place.at_page(1) }.path(),
        is_current: Some(*sort) == now,
    };
    if offered.len() < 2 { Vec::new() } else { offered.iter().enumerate().map(choice).collect() }
}

/// What a filter may be set to: id and name.
fn choices(visitor: &Visitor, at: usize) -> Vec<(u64, String)> {
    use super::place::By;
    let caller = &visitor.caller;
    let names = caller.names();
    let scope = caller.scope();
    match FILTERS[at].0 {
        By::Category => crewbox_app::catalog::categories(caller)
            .map(|all| all.iter().map(|one| (one.id.get(), one.name.clone())).collect())
            .unwrap_or_default(),
        By::Campaign if caller.require(Permission::ReadCampaigns).is_ok() => names
            .campaigns
            .iter()
            .rev()
            .filter(|one| scope.sees(one.client))
            .map(|one| (one.id.get(), one.name.clone()))
            .collect(),
        By::Mailbox if caller.require(Permission::ReadMailboxes).is_ok() => names
            .mailboxes
            .iter()
            .filter(|one| one.removed_at.is_none() && scope.sees(one.client))
            .map(|one| (one.id.get(), one.email.clone()))
            .collect(),
        By::Owner => crewbox_app::member::list(caller)
            .map(|all| all.into_iter().map(|one| (one.id.get(), one.name.clone())).collect())
            .unwrap_or_default(),
        By::Client => crewbox_app::catalog::clients(caller)
            .map(|all| all.into_iter().map(|one| (one.id.get(), one.name.clone())).collect())
            .unwrap_or_default(),
        By::Tag => crewbox_app::catalog::tags(caller)
            .map(|all| all.into_iter().map(|one| (one.id.get(), one.name.clone())).collect())
            .unwrap_or_default(),
        By::Campaign | By::Mailbox => Vec::new(),
    }
}

async fn empty(pages: &Pages, visitor: &Visitor, place: &Place, total: u64) -> Result<Empty, Refusal> {
    let steps = open_steps(visitor);
    let none = |title, sentence: &str| Empty {
        title,
        sentence: sentence.to_owned(),
        link: None,
        take: None,
        steps: steps.clone(),
    };
    if total > 0 {
        return Ok(none("There is nothing on this page", "The list is shorter than that."));
    }
    let whole = Place { only_open: false, ..Place::of(place.view) };
    if place.is_narrowed() {
        let hidden = match page_of(pages, visitor, &whole, ROWS).await {
            Ok(listed) => listed.page.total,
            Err(Wrong::Refused(refusal)) => return Err(refusal),
            Err(Wrong::Search(_)) => 0,
        };
        let only_default = *place == Place { open: place.open, ..Place::of(place.view) };
        if hidden > 0 && !only_default {
            let sentence = format!("{hidden} hidden by filters.");
            return Ok(Empty {
                title: "Nothing matches",
                sentence,
                link: Some((whole.path(), "Clear filters")),
                take: None,
                steps: Vec::new(),
            });
        }
    }
    if place.view.path == "mine" {
        let unassigned = VIEWS.iter().find(|listed| listed.path == "unassigned").map(Place::of);
        if let Some(unassigned) = unassigned
            && let Ok(listed) = page_of(pages, visitor, &unassigned, ROWS).await
            && listed.page.total > 0
        {
            let sentence = format!("Nothing is open here. {} wait for an owner.", listed.page.total);
            let may_take = visitor.caller.require(Permission::Assign).is_ok();
            return Ok(Empty {
                title: "All done",
                sentence,
                link: Some((unassigned.path(), "Go to Unassigned")),
                take: may_take.then(|| visitor.token.clone()),
                steps,
            });
        }
        if has_nothing_yet(pages, visitor).await? {
            let sentence = "Conversations come with the replies of leads to a mailbox.";
            return Ok(none("No conversations yet", sentence));
        }
        return Ok(none("All done", "Nothing is open here."));
    }
    Ok(none("All done", "There is nothing in this view."))
}

/// Whether there is no conversation that the caller sees in any list.
async fn has_nothing_yet(pages: &Pages, visitor: &Visitor) -> Result<bool, Refusal> {
    let filter = ListFilter::default();
    let command = ListConversations { view: View::Everything, filter, sort: None, offset: 0, limit: 0 };
    Ok(list(&pages.services, &visitor.caller, command).await?.page.total == 0)
}
