//! The table of lists: what the API adds to each view, and how many ids its filters take.

use crewbox_core::view::{Sort, View};

use crate::value::Named as _;

/// A list endpoint.
#[derive(Debug)]
pub(crate) struct List {
    pub(crate) view: View,
    /// The most ids `campaignId` takes; none is no limit.
    pub(crate) campaigns: Option<usize>,
    /// The most ids `emailAccountId` takes.
    pub(crate) mailboxes: Option<usize>,
    /// The most ids `campaignTeamMemberId`, `campaignTagId` and `campaignClientId` take.
    pub(crate) others: Option<usize>,
    /// Takes `filters.subSequenceId`.
    pub(crate) subsequences: bool,
    /// Rows have `reply_age_hours`.
    pub(crate) ages: bool,
    /// Answers `fetch_message_history`; otherwise it is ignored.
    pub(crate) histories: bool,
}

const fn list(view: View, campaigns: usize, mailboxes: usize, others: usize) -> List {
    List {
        view,
        campaigns: Some(campaigns),
        mailboxes: Some(mailboxes),
        others: Some(others),
        subsequences: false,
        ages: false,
        histories: true,
    }
}

/// Every list, in the order of the contract's table, which is the order of the views.
pub(super) static LISTS: [List; 11] = [
    list(View::AssignedToMe, 1, 1, 1),
    list(View::Inbox, 5, 20, 10),
    List { ages: true, ..list(View::Unread, 5, 10, 10) },
    list(View::Important, 5, 10, 10),
    list(View::Snoozed, 5, 10, 10),
    list(View::Archived, 5, 10, 10),
    List { mailboxes: None, others: None, ..list(View::Sent, 15, 0, 0) },
    List { subsequences: true, ..list(View::Everything, 1, 1, 1) },
    list(View::Unassigned, 5, 20, 10),
    list(View::Scheduled, 5, 10, 10),
    List { histories: false, ..list(View::Reminders, 5, 10, 10) },
];

/// The list of a view.
pub(crate) fn list_of(view: View) -> &'static List {
    &LISTS[view as usize]
}

impl List {
    /// The orders it takes; the first one unless another one is asked for.
    pub(crate) fn sorts(&self) -> &'static [Sort] {
        self.view.base().sorts
    }

    /// What it takes of `sortBy` and of the filters with a limit, in words for the documentation.
    pub(crate) fn limits(&self) -> String {
        let sorts: Vec<String> = self.sorts().iter().map(|sort| format!("`{}`", sort.wire_name())).collect();
        let most = |most: Option<usize>| most.map_or("any number of ids".to_owned(), ids);
        let subsequences = if self.subsequences { " It takes `subSequenceId`, too." } else { "" };
        format!(
            "`sortBy` is {}; the first unless given. `campaignId` takes {}, `emailAccountId` {}, \
             `campaignTeamMemberId`, `campaignTagId` and `campaignClientId` {} each.{subsequences}",
            sorts.join(" or "),
            most(self.campaigns),
            most(self.mailboxes),
            most(self.others),
        )
    }
}

fn ids(most: usize) -> String {
    if most == 1 { "one id".to_owned() } else { format!("at most {most} ids") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_view_has_its_list() {
        for base in &crewbox_core::view::VIEWS {
            assert_eq!(list_of(base.view).view, base.view, "{}", base.path);
        }
    }

    #[test]
    fn limits_are_described_as_the_table_has_them() {
        let described = list_of(View::Sent).limits();
        let expected = "`campaignId` takes at most 15 ids, `emailAccountId` any number of ids,";
        assert!(described.contains(expected), "{described}");
        let described = list_of(View::Scheduled).limits();
        assert!(described.starts_with("`sortBy` is `SCHEDULED_TIME_ASC` or `SCHEDULED_TIME_DESC`;"));
    }
}
