//! What narrows a list, as chips: each with the address of the list without it.

use crewbox_app::{Caller, catalog};
use crewbox_core::filter::CategoryFilter;
use crewbox_core::id::ClientId;
use crewbox_core::list_filter::ListFilter;
use crewbox_core::team::{ActivityFilter, PerformanceFigure};
use crewbox_core::time::Timestamp;

use super::dates;
use super::place::{By, FILTERS, Place};
use crate::time_text::Local;

/// A filter that is set, and the address without it.
pub(super) struct Chip {
    pub(super) text: String,
    pub(super) without: String,
}

/// The chips of a list.
pub(super) fn chips(place: &Place, caller: &Caller, local: &Local) -> Vec<Chip> {
    let mut chips = Chips { place, chips: Vec::new() };
    if place.only_open {
        chips.add("Open".to_owned(), |place| place.only_open = false);
    }
    if place.only_waiting {
        chips.add("Waiting".to_owned(), |place| place.only_waiting = false);
    }
    if !place.search.is_empty() {
        chips.add(format!("Search: {}", place.search), |place| place.search.clear());
    }
    if !place.statuses.is_empty() {
        let status: Vec<&str> = place.statuses.iter().map(|status| status.name()).collect();
        chips.add(format!("Status: {}", status.join(" or ")), |place| place.statuses.clear());
    }
    for (at, (by, _, label)) in FILTERS.iter().enumerate() {
        let text = match place.ids[at].as_slice() {
            [] => continue,
            [id] => format!("{label}: {}", name(caller, *by, *id)),
            several => format!("{label}: any of {}", several.len()),
        };
        chips.add(text, |place| place.ids[at].clear());
    }
    more(&mut chips, &place.more, caller, local);
    chips.chips
}

struct Chips<'a> {
    place: &'a Place,
    chips: Vec<Chip>,
}

impl Chips<'_> {
    fn add(&mut self, text: String, change: impl Fn(&mut Place)) {
        let mut without = self.place.at_page(1);
        change(&mut without);
        self.chips.push(Chip { text, without: without.path() });
    }

    fn add_flag(
        &mut self,
        set: Option<bool>,
        [yes, no]: [&str; 2],
        field: fn(&mut ListFilter) -> &mut Option<bool>,
    ) {
        if let Some(set) = set {
            let text = if set { yes } else { no };
            self.add(text.to_owned(), |place| *field(&mut place.more) = None);
        }
    }
}

/// The chips of what has no menu.
fn more(chips: &mut Chips<'_>, more: &ListFilter, caller: &Caller, local: &Local) {
    chips.add_flag(more.archived, ["Archived", "Not archived"], |more| &mut more.archived);
    chips.add_flag(more.snoozed, ["Snoozed", "Not snoozed"], |more| &mut more.snoozed);
    chips.add_flag(more.read, ["Read", "Unread"], |more| &mut more.read);
    chips.add_flag(more.important, ["Important", "Not important"], |more| &mut more.important);
    chips.add_flag(more.unanswered, ["Waiting", "Not waiting"], |more| &mut more.unanswered);
    if let Some(search) = &more.search {
        chips.add(format!("Search: {}", search.text()), |place| place.more.search = None);
    }
    if !more.category.passes_all() {
        let text = category(&more.category, caller);
        chips.add(text, |place| place.more.category = CategoryFilter::default());
    }
    if let Some(tags) = &more.campaign_tags {
        let tags: Vec<String> = tags.iter().map(|tag| name(caller, By::Tag, tag.get())).collect();
        chips.add(format!("Campaign tag: {}", any_of(&tags)), |place| place.more.campaign_tags = None);
    }
    if let Some(id) = more.subsequence {
        let name = name(caller, By::Campaign, id.get());
        chips.add(format!("Sub-sequence: {name}"), |place| place.more.subsequence = None);
    }
    if let Some(range) = more.reply_between {
        chips.add(format!("Replied {}", dates::words(range, local)), |place| place.more.reply_between = None);
    }
    if let Some(by) = more.reminder_due_by {
        let text = format!("Reminder by {}", local.day_and_time(by));
        chips.add(text, |place| place.more.reminder_due_by = None);
    }
    if let Some(by) = more.task_due_by {
        let text = format!("Task due by {}", local.day_and_time(by));
        chips.add(text, |place| place.more.task_due_by = None);
    }
    if let Some(activity) = &more.activity {
        chips.add(figure(activity, caller, local), |place| place.more.activity = None);
    }
    let ids = [
        (more.campaigns.as_ref().map(Vec::len), "Campaign"),
        (more.mailboxes.as_ref().map(Vec::len), "Mailbox"),
        (more.owners.as_ref().map(Vec::len), "Owner"),
        (more.clients.as_ref().map(Vec::len), "Client"),
        (more.tags.as_ref().map(Vec::len), "Tag"),
    ];
    for (count, label) in ids {
        let Some(count) = count else { continue };
        chips.add(format!("{label}: any of {count}"), |place| {
            let more = &mut place.more;
            match label {
                "Campaign" => more.campaigns = None,
                "Mailbox" => more.mailboxes = None,
                "Owner" => more.owners = None,
                "Client" => more.clients = None,
                _ => more.tags = None,
            }
        });
    }
}

fn category(filter: &CategoryFilter, caller: &Caller) -> String {
    let named = |ids: &[crewbox_core::id::CategoryId]| {
        ids.iter().map(|id| name(caller, By::Category, id.get())).collect::<Vec<_>>()
    };
    let only = filter.only.as_deref().map(named).unwrap_or_default();
    let mut words: Vec<String> = Vec::new();
    match (filter.none, only.is_empty()) {
        (true, true) if filter.only.is_some() => words.push("none".to_owned()),
        (true, false) => words.push(format!("none or {}", any_of(&only))),
        (false, true) if filter.only.is_none() => words.push("any".to_owned()),
        (false, _) => words.push(any_of(&only)),
        (true, true) => {}
    }
    if !filter.not.is_empty() {
        words.push(format!("not {}", any_of(&named(&filter.not))));
    }
    format!("Category: {}", words.join(", "))
}

/// One name, or how many there are.
fn any_of(names: &[String]) -> String {
    match names {
        [one] => one.clone(),
        several => format!("any of {}", several.len()),
    }
}

/// What a figure counts: "Replies sent by Bo, 1 Nov, 09:00 – 8 Nov, 09:00".
fn figure(activity: &ActivityFilter, caller: &Caller, local: &Local) -> String {
    let what = match activity.figure {
        PerformanceFigure::RepliesReceived => "Replies received by",
        PerformanceFigure::RepliesSent => "Replies sent by",
        PerformanceFigure::Conversations => "Conversations of",
        PerformanceFigure::Archived => "Archived by",
        PerformanceFigure::FirstResponse => "First responses by",
        PerformanceFigure::Response => "Responses by",
        PerformanceFigure::Category(_) => "Category given by",
    };
    let who = name(caller, By::Owner, activity.member.get());
    format!("{what} {who}, {}", between((activity.from, activity.to), local))
}

fn between((start, end): (Timestamp, Timestamp), local: &Local) -> String {
    format!("{} – {}", local.day_and_time(start), local.day_and_time(end))
}

/// The name of what has an id and is the caller's to see; otherwise the id, as of something that is not there.
fn name(caller: &Caller, by: By, id: u64) -> String {
    let (names, scope) = (caller.names(), caller.scope());
    let named = |named: Option<(&str, Option<ClientId>)>| {
        named.filter(|(_, client)| scope.sees(*client)).map(|(name, _)| name.to_owned())
    };
    let found = match by {
        By::Category => {
            let seen = catalog::categories(caller).unwrap_or_default();
            seen.into_iter().find(|one| one.id.get() == id).map(|one| one.name.clone())
        }
        By::Tag => {
            let seen = catalog::tags(caller).unwrap_or_default();
            seen.into_iter().find(|one| one.id.get() == id).map(|one| one.name.clone())
        }
        By::Campaign => named(names.campaign(id.into()).map(|one| (&*one.name, one.client))),
        By::Mailbox => named(names.mailbox(id.into()).map(|one| (&*one.email, one.client))),
        By::Owner => named(names.member(id.into()).map(|one| (&*one.name, one.client))),
        By::Client => named(names.client(id.into()).map(|one| (&*one.name, Some(one.id)))),
    };
    found.unwrap_or_else(|| id.to_string())
}
