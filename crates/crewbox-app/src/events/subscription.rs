//! What a reader subscribes to, and what is reported to it.

use std::sync::Arc;

use crewbox_core::change::{Change, ChangeKind, Field};
use crewbox_core::filter::Query;
use crewbox_core::id::{ClientId, ConversationId, MemberId, Seq};
use crewbox_core::index::Page;
use crewbox_core::outgoing::OutgoingState;
use crewbox_core::view::{Sort, View};
use crewbox_store::Catalog;

use super::evaluate::{Evaluated, GroupChange};
use super::group::Group;
use super::stretch::RowChange;
use crate::conversation::ListFilter;
use crate::refusal::FieldError;

/// Asks for news of something.
#[derive(Clone, Debug)]
pub enum Subscribe {
    /// The rows of a list.
    List {
        /// Which list.
        view: View,
        /// What narrows it.
        filter: ListFilter,
        /// The order of the first rows; none for the first order of the view.
        sort: Option<Sort>,
        /// How many first rows are told at the beginning.
        limit: u32,
    },
    /// How many rows lists have, and how many of them are unread.
    Counts(Vec<View>),
    /// Every change of one conversation.
    Conversation(ConversationId),
    /// Whether other messages of the outbox have failed than before: one failed, is tried again, or the subscriber wrote
    /// another one after it. Each time, [`Part::Resync`] is reported.
    Failures,
}

/// News for the subscriptions of a reader.
#[derive(Debug)]
pub struct Update {
    /// The change as of which this is: the newest that the reader sees, under the number that the reader sees.
    pub seq: Seq,
    /// What is new, each with the place of its subscription among those of the reader.
    pub parts: Vec<(usize, Part)>,
}

/// What is new for one subscription.
#[derive(Debug)]
pub enum Part {
    /// The first rows of a list, and how many it has.
    First(Vec<ConversationId>, u64),
    /// Rows of a list that entered, left or changed, and how many it has.
    Rows(Vec<RowChange>, u64),
    /// The numbers that are different.
    Counts(Vec<Counted>),
    /// Changes of a conversation.
    Changes(Vec<Arc<Change>>),
    /// Too much has changed: what is shown has to be read again. A list has this many rows.
    Resync(Option<u64>),
}

/// How many rows a list has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Which list.
    pub view: View,
    /// Its rows.
    pub total: u64,
    /// Those of them that are unread.
    pub unread: u64,
}

/// A subscription that is followed.
#[derive(Debug)]
pub(super) enum Subscription {
    List { group: Arc<Group>, sort: Sort, limit: u32 },
    Counts(Vec<CountedGroups>),
    Conversation(ConversationId),
    Failures(MemberId),
}

#[derive(Debug)]
pub(super) struct CountedGroups {
    counted: Counted,
    total: Arc<Group>,
    unread: Arc<Group>,
}

impl Subscription {
    /// Of a member, who may see one client's rows alone. `group` gives the one that equal groups share.
    pub(super) fn of(
        subscribe: Subscribe,
        (me, client): (MemberId, Option<ClientId>),
        names: &Catalog,
        mut group: impl FnMut(Group) -> Arc<Group>,
    ) -> Self {
        let mut new = |view, filter| group(Group::new(view, me, client, filter, names));
        match subscribe {
            Subscribe::List { view, filter, sort, limit } => {
                let sort = sort.or_else(|| view.base().sorts.first().copied()).unwrap_or_default();
                Self::List { group: new(view, filter), sort, limit }
            }
            Subscribe::Counts(views) => Self::Counts(
                views
                    .into_iter()
                    .map(|view| {
                        let unread = ListFilter { read: Some(false), ..ListFilter::default() };
                        let (total, unread) = (new(view, ListFilter::default()), new(view, unread));
                        CountedGroups { counted: Counted { view, total: 0, unread: 0 }, total, unread }
                    })
                    .collect(),
            ),
            Subscribe::Conversation(id) => Self::Conversation(id),
            Subscribe::Failures => Self::Failures(me),
        }
    }

    /// The groups that it needs.
    pub(super) fn groups(&self) -> Vec<Arc<Group>> {
        match self {
            Self::List { group, .. } => vec![Arc::clone(group)],
            Self::Counts(all) => {
                all.iter().flat_map(|one| [Arc::clone(&one.total), Arc::clone(&one.unread)]).collect()
            }
            Self::Conversation(_) | Self::Failures(_) => Vec::new(),
        }
    }

    /// What it is told first; `list` answers a query.
    pub(super) fn first(&mut self, list: &impl Fn(&Query) -> Page) -> Option<Part> {
        match self {
            Self::List { group, sort, limit } => {
                let query = Query { sort: *sort, limit: *limit, ..Query::clone(&group.query()) };
                let page = list(&query);
                Some(Part::First(page.hits.iter().map(|hit| hit.conversation).collect(), page.total))
            }
            Self::Counts(all) => {
                for one in all.iter_mut() {
                    one.counted.total = list(&one.total.query()).total;
                    one.counted.unread = list(&one.unread.query()).total;
                }
                Some(Part::Counts(all.iter().map(|one| one.counted).collect()))
            }
            Self::Conversation(_) | Self::Failures(_) => None,
        }
    }

    /// What a stretch of the log means for it, as a reader of this client sees the log.
    pub(super) fn news(&mut self, evaluated: &Evaluated, client: Option<ClientId>) -> Option<Part> {
        match self {
            Self::List { group, .. } => Some(match evaluated.of(group)? {
                GroupChange::Rows(rows, total) => Part::Rows(rows.clone(), *total),
                GroupChange::Resync(total) => Part::Resync(Some(*total)),
            }),
            Self::Counts(all) => {
                let changed: Vec<Counted> = all.iter_mut().filter_map(|one| one.news(evaluated)).collect();
                (!changed.is_empty()).then_some(Part::Counts(changed))
            }
            Self::Conversation(id) => match evaluated.of_conversation(client, *id) {
                None => Some(Part::Resync(None)),
                Some([]) => None,
                Some(changes) => Some(Part::Changes(changes.to_vec())),
            },
            Self::Failures(me) => {
                evaluated.any(client, |change| moves_failures(change, *me)).then_some(Part::Resync(None))
            }
        }
    }
}

impl CountedGroups {
    fn news(&mut self, evaluated: &Evaluated) -> Option<Counted> {
        let now = |group, before| match evaluated.of(group) {
            Some(GroupChange::Rows(_, total) | GroupChange::Resync(total)) => *total,
            None => before,
        };
        let Counted { view, total, unread } = self.counted;
        let counted = Counted { view, total: now(&self.total, total), unread: now(&self.unread, unread) };
        let is_new = counted != self.counted;
        self.counted = counted;
        is_new.then_some(counted)
    }
}

/// Whether a change may add to the failed messages of a member or take from them.
fn moves_failures(change: &Change, me: MemberId) -> bool {
    match change.kind {
        ChangeKind::MessageQueued => change.actor == Some(me),
        ChangeKind::ConversationDeleted => true,
        _ => change.detail.iter().any(|delta| {
            delta.field == Field::OutgoingState
                && [delta.before, delta.after].contains(&Some(OutgoingState::Failed as i64))
        }),
    }
}

/// What is wrong with a subscription; `field` is its path.
pub(super) fn check(subscribe: &Subscribe, field: &str) -> Option<FieldError> {
    let Subscribe::List { view, filter, sort, .. } = subscribe else { return None };
    if filter.activity.is_some() {
        let sentence =
            "A subscription cannot ask for what members did: subscribe without it, and ask the list again";
        return Some(FieldError::says(format!("{field}.filters.teamActivity"), sentence));
    }
    if filter.search.is_some() {
        let sentence = "A subscription cannot search: subscribe without it, and ask the list again";
        return Some(FieldError::says(format!("{field}.filters.search"), sentence));
    }
    let is_sort = |sort: &Sort| view.base().sorts.contains(sort);
    if sort.as_ref().is_some_and(|sort| !is_sort(sort)) {
        return Some(FieldError::of(format!("{field}.sortBy"), "is not an order of this list"));
    }
    None
}
