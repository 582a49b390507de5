//! How much each member has to do now, each number with the list of what it counts.

use askama::Template;
use crewbox_app::Refusal;
use crewbox_app::team::{Figure, MemberLoad, OpenLoad, Rows, TeamLoad};
use crewbox_core::saved_view::SavedList;

use super::span;
use crate::app::Pages;
use crate::guard::Visitor;
use crate::inbox::{Place, ROWS, count};
use crate::time_text::TimeText;

/// The view that lists a figure, and its query without the owner.
type Address = (&'static str, &'static str);

const OPEN: Address = ("everything", "show=open");
const UNREAD: Address = ("unread", "");
const WAITING: Address = ("everything", "show=open&waiting=yes");
const SNOOZED: Address = ("snoozed", "");
const UNASSIGNED_OPEN: Address = ("unassigned", "show=open");
const UNASSIGNED_WAITING: Address = ("unassigned", "show=open&waiting=yes");

/// A row of the table: a member, or what has no owner.
pub(super) struct LoadRow {
    pub(super) name: String,
    /// The list of the whole row; none for a member.
    pub(super) path: Option<String>,
    pub(super) open: Number,
    pub(super) unread: Number,
    pub(super) waiting: Number,
    pub(super) oldest: Option<Age>,
    /// What is snoozed has an owner.
    pub(super) snoozed: Option<Number>,
}

/// A number, and the list that has exactly its rows.
#[derive(Template)]
#[template(
    ext = "html",
    source = "{% if let Some(path) = path %}<a class=\"as-link\" href=\"{{ path }}\" aria-label=\"{{ label }}\">{{ count }}</a>{% else %}{{ count }}{% endif %}"
)]
pub(super) struct Number {
    count: u64,
    /// None for no rows.
    path: Option<String>,
    label: String,
}

/// How long something has waited.
pub(super) struct Age {
    /// The page of the list that ends with it.
    pub(super) path: String,
    pub(super) words: String,
    /// Since when, in ISO 8601.
    pub(super) since: String,
}

/// The rows of the table: the members, then what has no owner.
pub(super) async fn rows(pages: &Pages, visitor: &Visitor, load: &TeamLoad) -> Result<Vec<LoadRow>, Refusal> {
    let lists = Lists { pages, visitor };
    let mut rows = Vec::with_capacity(load.members.len() + 1);
    for member in &load.members {
        rows.push(lists.member(member).await?);
    }
    rows.push(lists.unassigned(&load.unassigned).await?);
    Ok(rows)
}

/// Finds the lists of figures.
struct Lists<'a> {
    pages: &'a Pages,
    visitor: &'a Visitor,
}

impl Lists<'_> {
    async fn member(&self, load: &MemberLoad) -> Result<LoadRow, Refusal> {
        let MemberLoad { id, name, open, snoozed, .. } = load;
        let of = |(view, query): Address| Some((view, format!("{query}&owner={id}")));
        Ok(LoadRow {
            path: None,
            open: self.number(&open.open, of(OPEN), (name, "open")).await?,
            unread: self.number(&open.unread, of(UNREAD), (name, "unread")).await?,
            waiting: self.number(&open.waiting, of(WAITING), (name, "waiting")).await?,
            oldest: self.age(open),
            snoozed: Some(self.number(snoozed, of(SNOOZED), (name, "snoozed")).await?),
            name: name.clone(),
        })
    }

    async fn unassigned(&self, load: &OpenLoad) -> Result<LoadRow, Refusal> {
        let name = "Unassigned";
        let of = |(view, query): Address| Some((view, query.to_owned()));
        Ok(LoadRow {
            name: name.to_owned(),
            path: Place::parse("unassigned", None, "").ok().map(|place| place.path()),
            open: self.number(&load.open, of(UNASSIGNED_OPEN), (name, "open")).await?,
            unread: self.number(&load.unread, None, (name, "unread")).await?,
            waiting: self.number(&load.waiting, of(UNASSIGNED_WAITING), (name, "waiting")).await?,
            oldest: self.age(load),
            snoozed: None,
        })
    }

    /// The list behind a number: at the short address, if its list has as many rows. It narrows what the figure counts, so
    /// that it then has the same rows. Otherwise at the address of the figure's own filters.
    async fn number(
        &self,
        figure: &Figure,
        address: Option<(&str, String)>,
        (name, what): (&str, &str),
    ) -> Result<Number, Refusal> {
        let place = address.filter(|_| figure.count > 0);
        let place = place.and_then(|(view, query)| Place::parse(view, None, &query).ok());
        let path = match place {
            Some(place) if count(self.pages, self.visitor, &place, None).await? == figure.count => {
                Some(place.path())
            }
            _ => (figure.count > 0).then(|| place_of(figure).path()),
        };
        Ok(Number { count: figure.count, path, label: format!("{} {what}: {name}", figure.count) })
    }

    fn age(&self, load: &OpenLoad) -> Option<Age> {
        let since = load.oldest_waiting_at?;
        let local = &self.visitor.local;
        let seconds = local.now.millis().saturating_sub(since.millis()).max(0) / 1_000;
        let path = place_of(&load.waiting).at_page(load.waiting.count.div_ceil(ROWS).max(1)).path();
        Some(Age {
            path,
            words: span::words(seconds.unsigned_abs()),
            since: TimeText::of(since, local).exact,
        })
    }
}

/// The list that a figure counts.
fn place_of(figure: &Figure) -> Place {
    let Rows { view, filter } = figure.rows.clone();
    Place::of_list(&SavedList { view, filters: filter, sort: None })
}
