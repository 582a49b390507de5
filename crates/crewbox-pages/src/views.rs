//! The views of the inbox: their names in addresses, their labels, and their usual keys.
//!
//! Owns the table. A view with filters and an open conversation is a place (`inbox/place.rs`).

use crewbox_core::view::View;

/// A view of the sidebar.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    /// Its part of the address.
    pub(crate) path: &'static str,
    pub(crate) view: View,
    pub(crate) label: &'static str,
    pub(crate) icon: &'static str,
    /// The keys that lead there, one after the other; empty for none.
    pub(crate) key: &'static str,
}

const fn listed(path: &'static str, view: View, [label, icon, key]: [&'static str; 3]) -> Listed {
    Listed { path, view, label, icon, key }
}

/// The views, in the order in which they are shown.
pub(crate) static VIEWS: [Listed; 10] = [
    listed("mine", View::AssignedToMe, ["Assigned to me", "person", "g m"]),
    listed("unassigned", View::Unassigned, ["Unassigned", "nobody", "g u"]),
    listed("inbox", View::Inbox, ["Inbox", "tray", "g a"]),
    listed("unread", View::Unread, ["Unread", "unread", ""]),
    listed("important", View::Important, ["Important", "flag", ""]),
    listed("snoozed", View::Snoozed, ["Snoozed", "clock", "g s"]),
    listed("reminders", View::Reminders, ["Reminders", "bell", ""]),
    listed("scheduled", View::Scheduled, ["Scheduled", "later", ""]),
    listed("sent", View::Sent, ["Sent", "plane", ""]),
    listed("archived", View::Archived, ["Archived", "box", ""]),
];

/// All conversations, those without a message and archived ones too. It is not in the sidebar: figures lead here.
pub(crate) static EVERYTHING: Listed =
    listed("everything", View::Everything, ["All conversations", "stack", ""]);

/// The name of the team page among the views, and its usual keys.
pub(crate) const TEAM: &str = "team";
pub(crate) const TEAM_KEY: &str = "g t";
