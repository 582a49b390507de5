//! The change log's entries. Everything that happens is one of these; the index, event streams, webhooks,
//! the activity trail and undo all follow from it. Entries hold ids, enums and times, never text, so that
//! erasing a person never has to touch the log.

use serde::{Deserialize, Serialize};

use crate::id::{BulkId, ClientId, ConversationId, MemberId, RuleId, Seq};
use crate::time::Timestamp;

/// One entry of an account's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Dense and rising within the account.
    pub seq: Seq,
    /// When.
    pub at: Timestamp,
    /// Who; none for the system itself (mail coming in, a snooze ending, the command line).
    pub actor: Option<MemberId>,
    /// Why.
    pub cause: Cause,
    /// What happened.
    pub kind: ChangeKind,
    /// To which conversation, if to one.
    pub conversation: Option<ConversationId>,
    /// The id of the thing named by the kind, where it is not the conversation: a message, a campaign, a key.
    pub subject: Option<u64>,
    /// Before and after.
    pub detail: Vec<Delta>,
    /// The client that it belongs to, if to one.
    pub of_client: Option<ClientChange>,
}

/// The place of a change among those of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientChange {
    /// The client of its conversation, campaign or mailbox when it was made.
    pub client: ClientId,
    /// Dense and rising among the changes of the client. Readers who are restricted to the client get this number: that of the
    /// account would tell them how much happens for others.
    pub seq: Seq,
}

impl Change {
    /// Its number for readers who see this client only, or, without one, the whole account. None where they do not see it.
    #[must_use]
    pub fn seq_for(&self, client: Option<ClientId>) -> Option<Seq> {
        match client {
            None => Some(self.seq),
            Some(client) => self.of_client.filter(|of| of.client == client).map(|of| of.seq),
        }
    }

    /// Whether it can affect this, by its kind.
    #[must_use]
    pub fn affects(&self, what: Affected) -> bool {
        self.kind.affects().contains(&what)
    }
}

/// Why a change was made. Stored with every change, because the log is never rewritten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// A person did it, by the API or on a page.
    Person,
    /// A rule did it.
    Rule(RuleId),
    /// A bulk action did it, which a person started.
    Bulk(BulkId),
    /// An import of leads or mail brought it in.
    Import,
    /// A worker did it that fetches a mailbox's mail or sends through the mailbox.
    Mailbox,
    /// The server did it, or the operator at its command line.
    System,
}

impl Cause {
    /// Its stable name, in the log and in the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Rule(_) => "rule",
            Self::Bulk(_) => "bulk",
            Self::Import => "import",
            Self::Mailbox => "mailbox",
            Self::System => "system",
        }
    }

    /// Which rule, if it was one.
    #[must_use]
    pub const fn rule(self) -> Option<RuleId> {
        match self {
            Self::Rule(id) => Some(id),
            _ => None,
        }
    }

    /// Which bulk action, if it was one.
    #[must_use]
    pub const fn bulk(self) -> Option<BulkId> {
        match self {
            Self::Bulk(id) => Some(id),
            _ => None,
        }
    }

    /// The id of the rule or of the bulk action, if it was one.
    #[must_use]
    pub const fn id(self) -> Option<u64> {
        match self {
            Self::Rule(RuleId(id)) | Self::Bulk(BulkId(id)) => Some(id),
            Self::Person | Self::Import | Self::Mailbox | Self::System => None,
        }
    }

    /// The cause with this name and, where the name is that of a rule or a bulk action, this id. None for a name that does
    /// not exist, for a cause without the id that it has, and for an id with a cause that has none.
    #[must_use]
    pub fn from_name(name: &str, id: Option<u64>) -> Option<Self> {
        match (name, id) {
            ("rule", Some(id)) => Some(Self::Rule(RuleId(id))),
            ("bulk", Some(id)) => Some(Self::Bulk(BulkId(id))),
            ("person", None) => Some(Self::Person),
            ("import", None) => Some(Self::Import),
            ("mailbox", None) => Some(Self::Mailbox),
            ("system", None) => Some(Self::System),
            _ => None,
        }
    }
}

/// One field's before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delta {
    /// Which field.
    pub field: Field,
    /// Its value before: an id, an enum's number, milliseconds, or none.
    pub before: Option<i64>,
    /// Its value after.
    pub after: Option<i64>,
}

macro_rules! named {
    ($(#[$doc:meta])* $type:ident { $($(#[$variant_doc:meta])* $variant:ident = $name:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $type {
            $($(#[$variant_doc])* #[serde(rename = $name)] $variant,)*
        }

        impl $type {
            /// Every one, in order.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Its stable name, in the log and in the API.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The one with this name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

// After the macro it uses.
mod kind;
mod part;

pub use kind::{Affected, ChangeKind, ClientThing};
pub use part::PartKind;

named! {
    /// A field of a conversation in a change's detail.
    Field {
        /// Owner's member id.
        Owner = "owner",
        /// Category id.
        Category = "category",
        /// Mailbox id.
        Mailbox = "mailbox",
        /// Sub-sequence's campaign id.
        Subsequence = "subsequence",
        /// All flags as one number.
        Flags = "flags",
        /// Time of the latest reply.
        ReplyTime = "reply_time",
        /// Time of the latest reply by a person.
        HumanReplyTime = "human_reply_time",
        /// Time of the latest delivery failure of the lead's address.
        BounceTime = "bounce_time",
        /// Time of the latest message sent.
        SentTime = "sent_time",
        /// The latest reply's message id.
        LastReply = "last_reply",
        /// The latest sent message's id.
        LastSent = "last_sent",
        /// Snoozed until.
        SnoozedUntil = "snoozed_until",
        /// Revenue in hundredths.
        Revenue = "revenue",
        /// The lead's state in its campaign.
        LeadStatus = "lead_status",
        /// Messages sent.
        SentCount = "sent_count",
        /// Human replies.
        RepliedCount = "replied_count",
        /// Openings.
        OpenedCount = "opened_count",
        /// Clicks.
        ClickedCount = "clicked_count",
        /// The earliest time a message of it is scheduled for.
        ScheduledTime = "scheduled_time",
        /// When the sub-sequence starts.
        SubsequenceStart = "subsequence_start",
        /// Whether a reply in the campaign stops the sub-sequence: 1 or 0.
        StopOnParentReply = "stop_on_parent_reply",
        /// When the lead goes on in its campaign.
        ResumesAt = "resumes_at",
        /// The earliest time of its open reminders.
        ReminderTime = "reminder_time",
        /// The earliest due time of its open tasks.
        TaskTime = "task_time",
        /// How far an outgoing message has come: 0 queued, 1 sending, 2 accepted, 3 failed, 4 unknown,
        /// 5 cancelled.
        OutgoingState = "outgoing_state",
        /// A message's class: 0 human, 1 automatic, 2 bounce, 3 delayed, 4 feedback, 5 unsubscribe, 6 calendar,
        /// 7 receipt.
        Class = "class",
        /// A campaign's status: 0 active, 1 paused, 2 stopped, 3 completed, 4 archived, 5 drafted.
        CampaignStatus = "campaign_status",
        /// The messages that were moved at once: how many. Their own changes follow this one.
        MovedMessages = "moved_messages",
        /// Names that rows show are other ones. Without values, because the log holds no text.
        ShownNames = "shown_names",
        /// The number by which undo finds what a note, a task, a reminder or a draft was before.
        PartChange = "part_change",
        /// The number by which undo finds which domains were blocked, or blocked no longer.
        DomainChange = "domain_change",
        /// A tag: before without after is a removal, after without before an addition.
        Tag = "tag",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_found_by_its_name_and_only_a_rule_and_a_bulk_action_have_an_id() {
        let with_id = [Cause::Rule(RuleId(7)), Cause::Bulk(BulkId(7))];
        let without = [Cause::Person, Cause::Import, Cause::Mailbox, Cause::System];
        for cause in with_id.into_iter().chain(without) {
            assert_eq!(Cause::from_name(cause.name(), cause.id()), Some(cause));
            let other = if cause.id().is_some() { None } else { Some(7) };
            assert_eq!(Cause::from_name(cause.name(), other), None, "{cause:?} with {other:?}");
        }
        assert_eq!(Cause::from_name("weather", None), None);
    }
}
