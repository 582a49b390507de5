//! The row of the documented dialect, key by key in the contract's order.

use crewbox_core::conversation::Flags;
use crewbox_core::filter::EmailStatus;
use crewbox_core::id::{CampaignId, CategoryId, ClientId, ConversationId, MailboxId, MemberId};
use crewbox_core::message::{Address, Class, Direction, Message};
use crewbox_core::model::{Dialect, Mailbox};
use crewbox_core::reach::{Reach, reach};
use crewbox_core::time::Timestamp;
use crewbox_store::{Catalog, Row};
use utoipa::openapi::{RefOr, Schema};

use super::limits::is_cut;
use super::message::{MessageEntry, MessageRef, Written};
use super::parts::is_read;
use crate::declare::{Output as _, output};
use crate::object::{At, Obj, Quoted};
use crate::schema::{Components, Describe, Properties};
use crate::value::{Money, Nullable, wire_names};

wire_names!(EmailStatus {
    Unsubscribed = "Unsubscribed",
    Bounced = "Bounced",
    Replied = "Replied",
    Clicked = "Clicked",
    Opened = "Opened",
    Accepted = "Accepted",
    NotReplied = "Not Replied",
});

output! {
    /// What a row begins with in a list.
    pub(super) struct RowId {
        /// `msg_` and the number of the message in `last_message`; `msg_0` where there is none.
        id: MessageRef,
    }
}

output! {
    /// What a row begins with where it is the only one.
    pub(super) struct ItemId {
        /// The conversation: `campaign_lead_map_id` as a number.
        id: ConversationId,
    }
}

output! {
    /// A row from its id to its snooze.
    pub(super) struct RowStart<'a> {
        /// The conversation. Actions name it as `email_lead_map_id`.
        campaign_lead_map_id: Quoted,
        /// Who the conversation is with.
        lead: RowLead<'a>,
        /// The campaign that the conversation belongs to.
        campaign: RowCampaign<'a>,
        /// The latest reply; where there is none, the latest message sent; null where there is no message.
        last_message: Nullable<LastMessage<'a>>,
        /// The first of these that applies, in the order of the values listed.
        email_status: EmailStatus,
        /// The lead category; null for none.
        category: Nullable<RowCategory<'a>>,
        /// The team member who owns the conversation; null for nobody.
        assigned_to: Nullable<Assignee<'a>>,
        /// False while there is a human reply that nobody has read.
        is_read: bool,
        /// The e-mail account of the newest message; null where there is none.
        email_account: Nullable<RowEmailAccount<'a>>,
        /// Whether it is marked important.
        is_important: bool,
        /// Whether it is archived.
        is_archived: bool,
    }
}

output! {
    /// A row's snooze.
    pub(super) struct Snooze {
        /// Whether the conversation is snoozed now.
        is_snoozed: bool,
        /// When the snooze ends; null where it is not snoozed now.
        snoozed_until: Nullable<At>,
    }
}

output! {
    /// A row from its snooze to what only some lists have.
    pub(super) struct RowEnd<'a> {
        /// The revenue that was entered for the conversation.
        revenue: Money,
        /// The names of the campaign's tags and of the conversation's own.
        tags: Vec<&'a str>,
        /// What was sent, and what came back.
        stats: RowStats,
        /// True where the body in `last_message` ends after 256 KiB; else absent. `GET /messages/{id}` has all of it.
        body_truncated: Option<bool>,
    }
}

output! {
    /// What only some lists have, or only on request.
    pub(crate) struct RowExtras<'a> {
        /// Whole hours since the latest reply; in `/unread-replies` only.
        reply_age_hours: Option<Nullable<u64>>,
        /// When the earliest open reminder is; in `/reminders` only.
        reminder_time: Option<At>,
        /// What that reminder says; in `/reminders` only. Null where it was done while the page was read.
        reminder_message: Option<Nullable<&'a str>>,
        /// Whether its time has come; in `/reminders` only.
        is_overdue: Option<bool>,
        /// When the next message is sent; in `/scheduled` only.
        scheduled_time: Option<At>,
        /// The messages, oldest first; where `fetch_message_history` asks for them.
        message_history: Option<Written<'a, MessageEntry<'a>>>,
    }
}

output! {
    /// The lead of a conversation.
    pub(super) struct RowLead<'a> {
        /// Its address.
        email: &'a str,
        /// Its given name.
        first_name: Nullable<&'a str>,
        /// Its family name.
        last_name: Nullable<&'a str>,
        /// Its company.
        company: Nullable<&'a str>,
        /// Its phone number, as it was given.
        phone: Nullable<&'a str>,
    }
}

output! {
    /// The campaign of a conversation.
    pub(super) struct RowCampaign<'a> {
        /// Its id.
        id: CampaignId,
        /// Its name.
        name: &'a str,
    }
}

output! {
    /// The category of a conversation.
    pub(super) struct RowCategory<'a> {
        /// Its id.
        id: CategoryId,
        /// Its name.
        name: &'a str,
    }
}

output! {
    /// The owner of a conversation.
    pub(super) struct Assignee<'a> {
        /// The team member's id.
        id: MemberId,
        /// Their name.
        name: &'a str,
        /// Their address.
        email: &'a str,
    }
}

output! {
    /// The e-mail account of a conversation.
    pub(super) struct RowEmailAccount<'a> {
        /// Its id.
        id: MailboxId,
        /// Its address.
        email: &'a str,
        /// The name that its messages are sent under.
        name: &'a str,
    }
}

output! {
    /// The message that a row shows.
    pub(super) struct LastMessage<'a> {
        /// Its subject.
        subject: &'a str,
        /// Its plain text, quotes included.
        body: &'a str,
        /// When it was received; null for one that was sent.
        received_at: Nullable<At>,
        /// The same as the row's `id`.
        id: MessageRef,
        /// When it was sent; null for one that was received.
        sent_at: Nullable<At>,
        /// The address of its sender.
        sent_from: &'a str,
        /// The addresses of its recipients, joined by a comma and a space.
        sent_to: String,
        /// What the message is.
        class: Class,
        /// What it may be instead, where there is some proof but not enough; else null.
        suspected: Nullable<Class>,
        /// What decided the class, in one sentence.
        class_evidence: &'a str,
        /// Why the message is in this conversation, in one sentence.
        placed_because: &'a str,
        /// What a person should know about the message, in one sentence; else null.
        notice: Nullable<&'a str>,
    }
}

output! {
    /// What was sent in a conversation, and what came back.
    pub(super) struct RowStats {
        /// Messages sent.
        total_sent: u32,
        /// Known openings.
        total_opened: u32,
        /// Known clicks.
        total_clicked: u32,
        /// Human replies.
        total_replied: u32,
        /// The later of the latest reply and the latest message sent; null where there is none.
        last_activity: Nullable<At>,
    }
}

/// A row of a list, as it is described: it is written in pieces.
pub(crate) struct ListRow;

impl Describe for ListRow {
    fn schema(components: &mut Components) -> RefOr<Schema> {
        let mut properties = Properties::default();
        RowId::describe_keys(&mut properties, components);
        describe_middle(&mut properties, components);
        RowExtras::describe_keys(&mut properties, components);
        components.add("Row", properties.done(&["A conversation in a list."]))
    }
}

/// Adds the keys that a row has where it is the only one.
pub(crate) fn describe_only(properties: &mut Properties, components: &mut Components) {
    ItemId::describe_keys(properties, components);
    describe_middle(properties, components);
}

fn describe_middle(properties: &mut Properties, components: &mut Components) {
    RowStart::describe_keys(properties, components);
    Snooze::describe_keys(properties, components);
    RowEnd::describe_keys(properties, components);
}

/// The row without its closing brace, and where the snooze belongs.
pub(super) fn render(row: &Row, catalog: &Catalog) -> (Vec<u8>, usize) {
    let shown = row.last_message.as_ref().map_or(0, |(message, _)| message.id.get());
    let mut out = Obj::new();
    RowId { id: MessageRef(shown) }.put_keys(&mut out);
    start(row, catalog).put_keys(&mut out);
    let cut = out.len();
    end(row, catalog).put_keys(&mut out);
    (out.open_end(), cut)
}

fn start<'a>(row: &'a Row, catalog: &'a Catalog) -> RowStart<'a> {
    let conversation = &row.conversation;
    let lead = &row.lead.fields;
    let campaign = catalog.campaign(conversation.campaign);
    let category = conversation.category.and_then(|id| catalog.category(id));
    let owner = conversation.owner.and_then(|id| catalog.member(id));
    let mailbox = conversation.mailbox.and_then(|id| catalog.mailbox(id));
    let last_message = row.last_message.as_ref().map(|(message, texts)| last_message(message, &texts.text));
    RowStart {
        campaign_lead_map_id: Quoted(conversation.id.get()),
        lead: RowLead {
            email: &lead.email,
            first_name: lead.first_name.as_deref().into(),
            last_name: lead.last_name.as_deref().into(),
            company: lead.company.as_deref().into(),
            phone: lead.phone.as_deref().into(),
        },
        campaign: RowCampaign {
            id: conversation.campaign,
            name: campaign.map_or("", |campaign| &campaign.name),
        },
        last_message: last_message.into(),
        email_status: EmailStatus::of(conversation.flags),
        category: category.map(|category| RowCategory { id: category.id, name: &category.name }).into(),
        assigned_to: owner
            .map(|member| Assignee { id: member.id, name: &member.name, email: &member.email })
            .into(),
        is_read: is_read(conversation.flags),
        email_account: mailbox
            .map(|mailbox| RowEmailAccount {
                id: mailbox.id,
                email: &mailbox.email,
                name: mailbox_name(mailbox, conversation.client),
            })
            .into(),
        is_important: conversation.flags.has(Flags::IMPORTANT),
        is_archived: conversation.flags.has(Flags::ARCHIVED),
    }
}

/// The name of a mailbox, as a conversation of this client shows it. One that has become another client's since then is
/// named by its address, which the conversation's mails have in any case.
fn mailbox_name(mailbox: &Mailbox, client: Option<ClientId>) -> &str {
    match reach(mailbox.client, client) {
        Reach::No => &mailbox.email,
        Reach::Yes | Reach::IfServed(_) => &mailbox.name,
    }
}

/// What is shown of a snooze that holds until this time, or of none.
pub(super) fn snooze(until: Option<Timestamp>) -> Snooze {
    Snooze { is_snoozed: until.is_some(), snoozed_until: until.map(seconds).into() }
}

fn end<'a>(row: &Row, catalog: &'a Catalog) -> RowEnd<'a> {
    let conversation = &row.conversation;
    RowEnd {
        revenue: Money(conversation.revenue_cents),
        tags: tag_names(row, catalog),
        stats: RowStats {
            total_sent: conversation.sent_count,
            total_opened: conversation.opened_count,
            total_clicked: conversation.clicked_count,
            total_replied: conversation.replied_count,
            last_activity: conversation.reply_time.max(conversation.sent_time).map(seconds).into(),
        },
        body_truncated: is_cut(row).then_some(true),
    }
}

fn last_message<'a>(message: &'a Message, body: &'a str) -> LastMessage<'a> {
    let [received_at, sent_at] = match message.direction {
        Direction::Inbound => [Some(seconds(message.at)), None],
        Direction::Outbound => [None, Some(seconds(message.at))],
    };
    LastMessage {
        subject: &message.subject,
        body,
        received_at: received_at.into(),
        id: MessageRef(message.id.get()),
        sent_at: sent_at.into(),
        sent_from: &message.from.email,
        sent_to: joined(&message.to),
        class: message.class,
        suspected: message.suspected.into(),
        class_evidence: &message.evidence,
        placed_because: &message.reason,
        notice: message.notice.as_deref().into(),
    }
}

/// The campaign's tags, then its own that are not among them.
fn tag_names<'c>(row: &Row, catalog: &'c Catalog) -> Vec<&'c str> {
    let inherited = catalog.campaign(row.conversation.campaign).map_or(&[][..], |campaign| &campaign.tags);
    let own = row.conversation.tags.iter().filter(|tag| !inherited.contains(tag));
    inherited.iter().chain(own).filter_map(|tag| catalog.tag(*tag)).map(|tag| tag.name.as_str()).collect()
}

pub(super) fn seconds(at: Timestamp) -> At {
    At(at, Dialect::Documented)
}

/// Addresses, joined as the contract has it.
pub(super) fn joined(addresses: &[Address]) -> String {
    let emails: Vec<&str> = addresses.iter().map(|address| address.email.as_str()).collect();
    emails.join(", ")
}
