//! The tools: one row each.

use crate::route::entry::Verb::{self, Get, Patch, Post};

/// How a tool's arguments become a request of its route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// They are the parts of the path that vary, the query and the body.
    Route,
    /// The same, with one argument more that says which of the paths it is.
    Choice(&'static str),
    /// A filter of the body and the page.
    Search,
    /// A reply: a draft, or a message to be sent.
    Reply,
}

/// What a tool does to the inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// It only reads.
    Reads,
    /// It changes something that can be changed back.
    Changes,
    /// It adds something each time.
    Adds,
}

/// A tool.
pub(super) struct Row {
    pub(super) name: &'static str,
    /// For people.
    pub(super) title: &'static str,
    /// For agents.
    pub(super) says: &'static str,
    pub(super) effect: Effect,
    pub(super) shape: Shape,
    /// The method of its route.
    pub(super) verb: Verb,
    /// The path of its route below `/api/v1`; several where an argument chooses.
    pub(super) paths: &'static [&'static str],
    /// What the parts of the path that vary are called as arguments, in their order.
    pub(super) path_names: &'static [&'static str],
}

impl Row {
    const fn new(
        name: &'static str,
        title: &'static str,
        effect: Effect,
        verb: Verb,
        paths: &'static [&'static str],
        says: &'static str,
    ) -> Self {
        Self { name, title, says, effect, shape: Shape::Route, verb, paths, path_names: &[] }
    }

    const fn shaped(self, shape: Shape) -> Self {
        Self { shape, ..self }
    }

    /// The path names a conversation.
    const fn of_conversation(self) -> Self {
        Self { path_names: &["email_lead_map_id"], ..self }
    }
}

/// The route that reads one conversation, which resources are read by as well.
pub(super) const ITEM: &str = "/master-inbox/{id}";
/// The route of the lists that resources are listed by.
pub(super) const INBOX: &str = "/master-inbox/inbox-replies";
/// The route that saves a draft.
pub(super) const DRAFT: &str = "/master-inbox/{id}/draft";
/// The route that sends a reply.
pub(super) const SEND: &str = "/email-campaigns/send-email-thread";

const LISTS: &[&str] = &[
    INBOX,
    "/master-inbox/assigned-me",
    "/master-inbox/unread-replies",
    "/master-inbox/unassigned",
    "/master-inbox/important",
    "/master-inbox/snoozed",
    "/master-inbox/archived",
    "/master-inbox/scheduled",
    "/master-inbox/reminders",
    "/master-inbox/sent",
    "/master-inbox/views",
];

/// Every tool.
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    Row::new("list_conversations", "List conversations", Effect::Reads, Post, LISTS,
        "One page of a list of conversations, with the exact total. `inbox-replies`: with a reply, not archived. `assigned-me`: assigned to you. `unread-replies`: with an unread reply. `unassigned`: with a human reply and without an owner. `important`, `snoozed`, `archived`, `scheduled` (a message is scheduled to be sent), `reminders` (with an open reminder), `sent` (a message was sent). `views`: all conversations.")
        .shaped(Shape::Choice("list")),
    Row::new("search_conversations", "Search conversations", Effect::Reads, Post, &["/master-inbox/views"],
        "Conversations whose lead's address, name or company, or the subject or text of a message, contains this text.")
        .shaped(Shape::Search),
    Row::new("get_conversation", "Read a conversation", Effect::Reads, Get, &[ITEM],
        "One conversation with all its messages, oldest first. It is not marked as read.")
        .of_conversation(),
    Row::new("reply", "Write a reply", Effect::Adds, Post, &[SEND, DRAFT],
        "Writes a reply to a conversation. It is saved as your draft, and a person sends it. With `send: true` it is sent, if the API key allows agents to send; otherwise it is saved as a draft all the same.")
        .shaped(Shape::Reply),
    Row::new("assign_conversation", "Assign a conversation", Effect::Changes, Post, &["/master-inbox/update-team-member"],
        "Assigns a conversation to a team member, or to nobody."),
    Row::new("categorise_conversation", "Set a conversation's category", Effect::Changes, Patch, &["/master-inbox/update-category"],
        "Sets or clears the lead category of a conversation."),
    Row::new("snooze_conversation", "Snooze a conversation", Effect::Changes, Patch, &["/master-inbox/update-snooze"],
        "Snoozes a conversation until a time, or ends its snooze."),
    Row::new("add_note", "Add a note", Effect::Adds, Post, &["/master-inbox/create-note"],
        "Writes a note on a conversation, which the team sees and the lead does not."),
    Row::new("add_task", "Add a task", Effect::Adds, Post, &["/master-inbox/create-task"],
        "Adds a task to a conversation."),
    Row::new("team_load", "Team load", Effect::Reads, Get, &["/team/load"],
        "How many conversations each member has open, unread and waiting, and what has no owner."),
    Row::new("team_performance", "Team performance", Effect::Reads, Get, &["/team/performance"],
        "How each member answered between two times: replies, conversations, and the median and 90th percentile of response times."),
    Row::new("list_team_members", "List team members", Effect::Reads, Get, &["/team-members"],
        "The members of the account, with the ids that conversations are assigned by."),
    Row::new("list_categories", "List categories", Effect::Reads, Get, &["/leads/fetch-categories"],
        "The lead categories, with the ids that conversations are categorised by."),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct_and_only_a_reply_can_leave_the_inbox() {
        let mut names: Vec<&str> = ROWS.iter().map(|row| row.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ROWS.len());
        for row in ROWS {
            let sends = row.paths.iter().any(|path| {
                path.contains("send-") || path.contains("reply-email") || path.contains("forward")
            });
            assert_eq!(sends, row.shape == Shape::Reply, "{}", row.name);
        }
    }
}
