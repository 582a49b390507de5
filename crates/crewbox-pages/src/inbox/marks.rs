//! The marks of a conversation as a page has them: `archived:no unread:yes owner:me`. A mark replaces the others before
//! whose colon is the same word.
//!
//! Owns their names, and which of them take a conversation out of a list. The scripts compare them and know none: an
//! action says which mark it sets, a list says with which marks a row leaves it.

use crewbox_app::Caller;
use crewbox_core::conversation::{Conversation, Flags};
use crewbox_core::view::Partition;

use super::place::{By, FILTERS, Place};

const fn yes_or_no(yes: bool, names: [&'static str; 2]) -> &'static str {
    if yes { names[0] } else { names[1] }
}

const ARCHIVED: [&str; 2] = ["archived:yes", "archived:no"];
const SNOOZED: [&str; 2] = ["snoozed:yes", "snoozed:no"];
const IMPORTANT: [&str; 2] = ["important:yes", "important:no"];
const UNREAD: [&str; 2] = ["unread:yes", "unread:no"];
const MINE: &str = "owner:me";
const OTHERS: &str = "owner:other";
const NOBODYS: &str = "owner:none";

/// The marks of a conversation.
pub(super) fn of(held: &Conversation, caller: &Caller) -> String {
    let owner = match held.owner {
        None => NOBODYS,
        owner if owner == caller.scope().actor() => MINE,
        Some(_) => OTHERS,
    };
    let category = held.category.map_or_else(|| "category:none".to_owned(), |id| format!("category:{id}"));
    [
        yes_or_no(held.flags.has(Flags::ARCHIVED), ARCHIVED),
        yes_or_no(held.snoozed_until.is_some_and(|until| until > caller.now()), SNOOZED),
        yes_or_no(held.flags.has(Flags::IMPORTANT), IMPORTANT),
        yes_or_no(held.flags.has(Flags::UNREAD), UNREAD),
        owner,
        &category,
    ]
    .join(" ")
}

/// The mark of a conversation with this owner.
pub(super) fn of_owner(member: u64, caller: &Caller) -> &'static str {
    if caller.scope().actor().is_some_and(|me| me.get() == member) { MINE } else { OTHERS }
}

/// The marks with which a conversation is not in a list.
pub(super) fn leaving(place: &Place, caller: &Caller) -> String {
    let base = place.view.view.base();
    let mut marks: Vec<String> = Vec::new();
    let mut add = |mark: &str| marks.push(mark.to_owned());
    if place.only_open || base.forbid.has(Flags::ARCHIVED) {
        add(ARCHIVED[0]);
    }
    if place.only_open {
        add(SNOOZED[0]);
    }
    if base.snoozed {
        add(SNOOZED[1]);
    }
    for (flag, names) in [(Flags::ARCHIVED, ARCHIVED), (Flags::IMPORTANT, IMPORTANT), (Flags::UNREAD, UNREAD)]
    {
        if base.require.has(flag) {
            add(names[1]);
        }
    }
    let more = &place.more;
    for (set, names) in [
        (more.archived, ARCHIVED),
        (more.snoozed, SNOOZED),
        (more.important, IMPORTANT),
        (more.read.map(|read| !read), UNREAD),
    ] {
        if let Some(set) = set {
            add(names[usize::from(set)]);
        }
    }
    match base.partition {
        Partition::Mine => [OTHERS, NOBODYS].into_iter().for_each(&mut add),
        Partition::Nobody => [MINE, OTHERS].into_iter().for_each(&mut add),
        Partition::All => {}
    }
    let at = FILTERS.iter().position(|(by, ..)| *by == By::Category).unwrap_or_default();
    let wanted = &place.ids[at];
    if !wanted.is_empty() {
        add("category:none");
        let all = crewbox_app::catalog::categories(caller).unwrap_or_default();
        all.iter().map(|one| one.id.get()).filter(|id| !wanted.contains(id)).for_each(|id| {
            add(&format!("category:{id}"));
        });
    }
    marks.join(" ")
}
