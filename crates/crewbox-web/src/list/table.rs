//! The table of lists: what each holds beyond its view, how it may be sorted, how many ids a filter takes.

use crewbox_core::view::{Sort, View};

use crate::legacy::{Key, Kind, key};

/// A list endpoint.
#[derive(Debug)]
pub(crate) struct List {
    pub(crate) view: View,
    /// Accepted sorts with their names; without one asked for it is the first.
    pub(crate) sorts: &'static [(&'static str, Sort)],
    /// The most ids `campaignId` takes; none is no cap.
    pub(crate) campaigns: Option<usize>,
    /// The most ids `emailAccountId` takes.
    pub(crate) mailboxes: Option<usize>,
    /// The most ids `campaignTeamMemberId`, `campaignTagId` and `campaignClientId` take.
    pub(crate) others: Option<usize>,
    /// Takes `filters.subSequenceId`.
    pub(crate) subsequences: bool,
    /// Rows carry `reply_age_hours`.
    pub(crate) ages: bool,
}

const BOTH: &[(&str, Sort)] =
    &[("REPLY_TIME_DESC", Sort::ReplyTimeDesc), ("SENT_TIME_DESC", Sort::SentTimeDesc)];

const BY_SCHEDULE: &[(&str, Sort)] =
    &[("SCHEDULED_TIME_ASC", Sort::ScheduledTimeAsc), ("SCHEDULED_TIME_DESC", Sort::ScheduledTimeDesc)];

const fn list(view: View, campaigns: usize, mailboxes: usize, others: usize) -> List {
    List {
        view,
        sorts: BOTH,
        campaigns: Some(campaigns),
        mailboxes: Some(mailboxes),
        others: Some(others),
        subsequences: false,
        ages: false,
    }
}

/// Every list, in the order of the contract's table.
pub(crate) static LISTS: [List; 10] = [
    list(View::AssignedToMe, 1, 1, 1),
    list(View::Inbox, 5, 20, 10),
    List { ages: true, ..list(View::Unread, 5, 10, 10) },
    list(View::Important, 5, 10, 10),
    list(View::Snoozed, 5, 10, 10),
    list(View::Archived, 5, 10, 10),
    List { mailboxes: None, others: None, ..list(View::Sent, 15, 0, 0) },
    List { subsequences: true, ..list(View::Everything, 1, 1, 1) },
    list(View::Unassigned, 5, 20, 10),
    List { sorts: BY_SCHEDULE, ..list(View::Scheduled, 5, 10, 10) },
];

/// Keys of a list's body.
pub(crate) const BODY: &[Key] = &[
    key("offset", Kind::Number, "Rows to skip, from 0; past the end gives an empty page."),
    key("limit", Kind::Number, "Rows to return, 1 to 20; 20 unless given."),
    key(
        "sortBy",
        Kind::Text,
        "`REPLY_TIME_DESC` or `SENT_TIME_DESC`; of `/scheduled`, `SCHEDULED_TIME_ASC` or `SCHEDULED_TIME_DESC`.",
    ),
    key("filters", Kind::Object, "What narrows the list; all parts must hold."),
];

/// Keys of `filters`.
pub(crate) const FILTERS: &[Key] = &[
    key(
        "search",
        Kind::Text,
        "Part of the lead's address, name or company, or of a message; at most 30 characters.",
    ),
    key(
        "emailStatus",
        Kind::Texts,
        "Any of Opened, Clicked, Replied, Unsubscribed, Bounced, Accepted, Not Replied.",
    ),
    key(
        "leadCategories",
        Kind::Object,
        "By category: isAssigned, unassigned, categoryIdsIn, categoryIdsNotIn.",
    ),
    key("campaignId", Kind::Ids, "Any of these campaigns."),
    key("emailAccountId", Kind::Ids, "Any of these e-mail accounts."),
    key("campaignTeamMemberId", Kind::Ids, "Any of these owners."),
    key("campaignTagId", Kind::Ids, "Campaigns with any of these tags."),
    key("campaignClientId", Kind::Ids, "Any of these clients."),
    key("replyTimeBetween", Kind::Texts, "Two times, both included, for the latest reply."),
    key("subSequenceId", Kind::Number, "Pushed to this sub-sequence; `/views` only."),
    key("isArchived", Kind::Boolean, "Archived or not."),
    key("isSnoozed", Kind::Boolean, "Snoozed or not."),
    key("isRead", Kind::Boolean, "Read or not."),
    key("isImportant", Kind::Boolean, "Important or not."),
    key("tagId", Kind::Ids, "Any of these tags of the conversation itself; at most 10."),
];

/// Keys of `filters.leadCategories`.
pub(crate) const LEAD_CATEGORIES: &[Key] = &[
    key("isAssigned", Kind::Boolean, "Has a category."),
    key("unassigned", Kind::Boolean, "Has none."),
    key("categoryIdsIn", Kind::Ids, "Any of these; at most 10."),
    key("categoryIdsNotIn", Kind::Ids, "None of these; at most 10. Rows without a category pass."),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_view_has_its_list() {
        for base in &crewbox_core::view::VIEWS {
            assert!(LISTS.iter().any(|list| list.view == base.view), "{}", base.path);
        }
    }
}
