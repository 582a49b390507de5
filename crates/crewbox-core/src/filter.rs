//! What a list is narrowed by. All parts are ANDed; a set is "any of". Sets hold ids of one account; an id
//! that does not exist matches nothing.

use serde::{Deserialize, Serialize};

use crate::conversation::{Entry, Flags};
use crate::conversation_set::ConversationSet;
use crate::id::{CampaignId, CategoryId, ClientId, MailboxId, MemberId, TagId};
use crate::time::Timestamp;
use crate::view::{NextTime, Sort, View};

/// `filters.emailStatus`; a conversation may hold several at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the contract's own")]
pub enum EmailStatus {
    Unsubscribed,
    Bounced,
    Replied,
    Clicked,
    Opened,
    Accepted,
    #[serde(rename = "Not Replied")]
    NotReplied,
}

impl EmailStatus {
    /// Every status, in the order in which the first that holds becomes a row's `email_status`.
    pub const ALL: [Self; 7] = [
        Self::Unsubscribed,
        Self::Bounced,
        Self::Replied,
        Self::Clicked,
        Self::Opened,
        Self::Accepted,
        Self::NotReplied,
    ];

    /// Its name in the contract.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unsubscribed => "Unsubscribed",
            Self::Bounced => "Bounced",
            Self::Replied => "Replied",
            Self::Clicked => "Clicked",
            Self::Opened => "Opened",
            Self::Accepted => "Accepted",
            Self::NotReplied => "Not Replied",
        }
    }

    /// What it asks of the flags: all of the first, none of the second.
    #[must_use]
    pub const fn needs(self) -> (Flags, Flags) {
        match self {
            Self::Unsubscribed => (Flags::UNSUBSCRIBED, Flags::NONE),
            Self::Bounced => (Flags::BOUNCED, Flags::NONE),
            Self::Replied => (Flags::REPLIED, Flags::NONE),
            Self::Clicked => (Flags::CLICKED, Flags::NONE),
            Self::Opened => (Flags::OPENED, Flags::NONE),
            Self::Accepted => (Flags::SENT, Flags::BOUNCED),
            Self::NotReplied => (Flags::SENT, Flags::REPLIED),
        }
    }

    /// Whether it holds.
    #[must_use]
    pub const fn holds(self, flags: Flags) -> bool {
        let (require, forbid) = self.needs();
        flags.has(require) && !flags.any(forbid)
    }

    /// The row's one `email_status`; a conversation nothing was sent in and nobody replied to is Not Replied.
    #[must_use]
    pub fn of(flags: Flags) -> Self {
        Self::ALL.into_iter().find(|status| status.holds(flags)).unwrap_or(Self::NotReplied)
    }
}

/// Which categories pass: a row without one if `none`; one with `c` if `only` is absent or has `c`, and
/// `not` has not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "CategoryKeys", into = "CategoryKeys")]
pub struct CategoryFilter {
    /// Rows without a category pass.
    pub none: bool,
    /// If set, only these.
    pub only: Option<Vec<CategoryId>>,
    /// Never these.
    pub not: Vec<CategoryId>,
}

impl Default for CategoryFilter {
    fn default() -> Self {
        Self { none: true, only: None, not: Vec::new() }
    }
}

/// The same in the contract's four keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the names are the contract's own")]
pub struct CategoryKeys {
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_assigned: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unassigned: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category_ids_in: Option<Vec<CategoryId>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub category_ids_not_in: Vec<CategoryId>,
}

impl From<CategoryKeys> for CategoryFilter {
    fn from(keys: CategoryKeys) -> Self {
        Self::new(keys.is_assigned, keys.unassigned, keys.category_ids_in, keys.category_ids_not_in)
    }
}

impl From<CategoryFilter> for CategoryKeys {
    fn from(filter: CategoryFilter) -> Self {
        // "Without a category" is an empty set of them, to which rows without one are added.
        let without_only = filter.none && filter.only.as_ref().is_some_and(Vec::is_empty);
        Self {
            is_assigned: !filter.none && filter.only.is_none(),
            unassigned: filter.none && filter.only.is_some(),
            category_ids_in: filter.only.filter(|_| !without_only),
            category_ids_not_in: filter.not,
        }
    }
}

/// A list's filter. Every `Option` absent is "no restriction"; a present empty set matches nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each field is the contract's filter of that name")]
pub struct Filter {
    /// Any of; empty is no restriction.
    pub statuses: Vec<EmailStatus>,
    pub category: CategoryFilter,
    pub campaigns: Option<Vec<CampaignId>>,
    pub mailboxes: Option<Vec<MailboxId>>,
    pub owners: Option<Vec<MemberId>>,
    pub clients: Option<Vec<ClientId>>,
    /// The conversation's own tags.
    pub tags: Option<Vec<TagId>>,
    /// Latest reply within, both ends included; a row without a reply does not pass.
    pub reply_between: Option<(Timestamp, Timestamp)>,
    pub subsequence: Option<CampaignId>,
    pub archived: Option<bool>,
    pub snoozed: Option<bool>,
    pub read: Option<bool>,
    pub important: Option<bool>,
    /// Whether the newest message is a reply by a person.
    pub unanswered: Option<bool>,
    /// With an open reminder of this time or earlier.
    pub reminder_due_by: Option<Timestamp>,
    /// With an open task that is due at this time or earlier.
    pub task_due_by: Option<Timestamp>,
    /// Only these conversations: what a search found.
    pub among: Option<ConversationSet>,
}

impl Filter {
    /// The times to come that a row must have, each with the latest that passes.
    pub(crate) fn due_by(&self) -> impl Iterator<Item = (NextTime, Timestamp)> {
        let due = [(NextTime::Reminder, self.reminder_due_by), (NextTime::Task, self.task_due_by)];
        due.into_iter().filter_map(|(next, by)| Some((next, by?)))
    }
}

/// A list call, compiled from the request and the caller's scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Which list.
    pub view: View,
    /// Who asks: "mine" is theirs.
    pub me: MemberId,
    /// Set when the caller may see one client's rows only.
    pub client: Option<ClientId>,
    /// What narrows it.
    pub filter: Filter,
    /// In which order.
    pub sort: Sort,
    /// Rows to skip; past the end gives an empty page.
    pub offset: u64,
    /// Rows to return at the most.
    pub limit: u32,
}

impl Query {
    /// Whether a row is in the list at `now`: the plain meaning, which the index must match exactly.
    #[must_use]
    pub fn matches(&self, row: &Entry, now: Timestamp) -> bool {
        let base = self.view.base();
        let filter = &self.filter;
        let snoozed = row.snoozed_until.is_some_and(|until| until > now);
        let partition = match base.partition {
            crate::view::Partition::Mine => row.owner == Some(self.me),
            crate::view::Partition::Nobody => row.owner.is_none(),
            crate::view::Partition::All => true,
        };
        partition
            && row.flags.has(base.require)
            && !row.flags.any(base.forbid)
            && (!base.snoozed || snoozed)
            && base.has.is_none_or(|time| time.of(row).is_some())
            && self.client.is_none_or(|client| row.client == Some(client))
            && (filter.statuses.is_empty() || filter.statuses.iter().any(|status| status.holds(row.flags)))
            && filter.category.passes(row.category)
            && within(filter.campaigns.as_deref(), Some(row.campaign))
            && within(filter.mailboxes.as_deref(), row.mailbox)
            && within(filter.owners.as_deref(), row.owner)
            && within(filter.clients.as_deref(), row.client)
            && filter.tags.as_ref().is_none_or(|tags| tags.iter().any(|tag| row.tags.contains(tag)))
            && filter
                .reply_between
                .is_none_or(|(start, end)| row.reply_time.is_some_and(|time| start <= time && time <= end))
            && filter.subsequence.is_none_or(|campaign| row.subsequence == Some(campaign))
            && filter.archived.is_none_or(|on| row.flags.has(Flags::ARCHIVED) == on)
            && filter.snoozed.is_none_or(|on| snoozed == on)
            && filter.read.is_none_or(|on| row.flags.has(Flags::UNREAD) != on)
            && filter.important.is_none_or(|on| row.flags.has(Flags::IMPORTANT) == on)
            && filter.unanswered.is_none_or(|on| row.flags.has(Flags::UNANSWERED) == on)
            && filter.due_by().all(|(next, by)| next.of(row).is_some_and(|time| time <= by))
            && filter.among.as_ref().is_none_or(|among| among.contains(row.id))
    }
}

impl CategoryFilter {
    /// The filter of the contract's four keys. `assigned` and `unassigned` cancel each other out; `unassigned` beside
    /// `only` passes either.
    #[must_use]
    pub fn new(
        assigned: bool,
        unassigned: bool,
        only: Option<Vec<CategoryId>>,
        not: Vec<CategoryId>,
    ) -> Self {
        let (assigned, unassigned) = (assigned && !unassigned, unassigned && !assigned);
        match only {
            Some(only) => Self { none: unassigned, only: Some(only), not },
            None if unassigned => Self { none: true, only: Some(Vec::new()), not },
            None => Self { none: !assigned, only: None, not },
        }
    }

    /// Whether it restricts nothing.
    #[must_use]
    pub fn passes_all(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a row of this category passes.
    #[must_use]
    pub fn passes(&self, category: Option<CategoryId>) -> bool {
        match category {
            None => self.none,
            Some(id) => self.only.as_ref().is_none_or(|only| only.contains(&id)) && !self.not.contains(&id),
        }
    }
}

fn within<T: PartialEq>(set: Option<&[T]>, value: Option<T>) -> bool {
    set.is_none_or(|set| value.is_some_and(|value| set.contains(&value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn category_filters_combine_as_the_contract_says() {
        let (one, two) = (CategoryId(1), CategoryId(2));
        let pass = |assigned, unassigned, only: Option<&[CategoryId]>, not: &[CategoryId]| {
            let filter = CategoryFilter::new(assigned, unassigned, only.map(<[_]>::to_vec), not.to_vec());
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

    #[test]
    fn the_keys_of_a_category_filter_give_the_same_filter() {
        let (one, two) = (CategoryId(1), CategoryId(2));
        for none in [false, true] {
            for only in [None, Some(vec![]), Some(vec![one, two])] {
                for not in [vec![], vec![two]] {
                    let filter = CategoryFilter { none, only: only.clone(), not };
                    let again = CategoryFilter::from(CategoryKeys::from(filter.clone()));
                    for category in [None, Some(one), Some(two), Some(CategoryId(3))] {
                        assert_eq!(
                            again.passes(category),
                            filter.passes(category),
                            "{filter:?} {category:?}"
                        );
                    }
                }
            }
        }
    }
}
