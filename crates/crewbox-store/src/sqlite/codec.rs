//! How the model's values are stored in columns: enums by name, lists as JSON, and the rows that several modules
//! read. Owns the column lists, so that no two queries read the same row differently.

use crewbox_core::bulk::BulkState;
use crewbox_core::change::{Delta, Field};
use crewbox_core::conversation::{Arrival, Conversation, Delayed, Entry, Flags, LeadStatus, Pushed};
use crewbox_core::id::{
    CampaignId, CategoryId, ClientId, ConversationId, LeadId, MailboxId, MemberId, MessageId, OutgoingId,
    TagId,
};
use crewbox_core::mailbox::FolderRole;
use crewbox_core::message::{Address, Class, Direction, Message};
use crewbox_core::model::{
    CampaignStatus, Dialect, KeyLevel, Lead, LeadFields, Role, Sentiment, SessionKind,
};
use crewbox_core::outgoing::{Outgoing, OutgoingState, SentCopy};
use crewbox_core::task::Priority;
use crewbox_core::time::Timestamp;
use rusqlite::Row;
use rusqlite::types::Type;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use crate::contract::DeliveryState;

/// A value stored under a stable name.
pub(crate) trait Named: Copy + Sized + 'static {
    /// Its name in the database.
    fn name(self) -> &'static str;
    /// The one of this name.
    fn of(name: &str) -> Option<Self>;
}

macro_rules! named {
    ($($type:ident { $($variant:ident = $name:literal)* })*) => {$(
        impl Named for $type {
            fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            fn of(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }
        }
    )*};
}

named! {
    Role { Owner = "owner" Admin = "admin" Member = "member" }
    SessionKind { Browser = "browser" Link = "link" }
    Dialect { Documented = "documented" Live = "live" }
    KeyLevel { Read = "read" Reply = "reply" Manage = "manage" }
    Sentiment { Positive = "positive" Neutral = "neutral" Negative = "negative" }
    Direction { Inbound = "inbound" Outbound = "outbound" }
    CampaignStatus {
        Active = "active" Paused = "paused" Stopped = "stopped" Completed = "completed" Archived = "archived"
        Drafted = "drafted"
    }
    FolderRole { Inbox = "inbox" Junk = "junk" Sent = "sent" All = "all" }
    OutgoingState {
        Queued = "queued" Sending = "sending" Accepted = "accepted" Failed = "failed" Unknown = "unknown"
        Cancelled = "cancelled"
    }
    DeliveryState { Waiting = "waiting" Delivered = "delivered" Failed = "failed" }
    Priority { Low = "low" Medium = "medium" High = "high" }
    BulkState { Running = "running" Done = "done" Stopped = "stopped" }
    SentCopy { Later = "later" Wanted = "wanted" Done = "done" }
    LeadStatus {
        Started = "started" InProgress = "in_progress" Completed = "completed" Paused = "paused"
        Stopped = "stopped" Blocked = "blocked"
    }
}

/// A named value out of a column.
pub(crate) fn named<T: Named>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let name = row.get_ref(column)?.as_str()?;
    T::of(name).ok_or_else(|| unreadable(column, format!("no such name: {name}")))
}

impl Named for Class {
    fn name(self) -> &'static str {
        Self::name(self)
    }

    fn of(name: &str) -> Option<Self> {
        Self::from_name(name)
    }
}

/// The same where there may be none.
pub(crate) fn maybe_named<T: Named>(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<T>> {
    match row.get_ref(column)? {
        rusqlite::types::ValueRef::Null => Ok(None),
        _ => named(row, column).map(Some),
    }
}

/// A time out of a column.
pub(crate) fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp))
}

/// An id out of a column.
pub(crate) fn id<T: From<u64>>(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<T>> {
    Ok(row.get::<_, Option<u64>>(column)?.map(T::from))
}

/// How a message came in, as column `backfill` has it.
pub(crate) const fn arrival_number(arrival: Arrival) -> u8 {
    match arrival {
        Arrival::Live => 0,
        Arrival::History { open: Some(false) } => 1,
        Arrival::History { open: Some(true) } => 2,
        Arrival::History { open: None } => 3,
    }
}

/// The reverse of [`arrival_number`].
pub(crate) fn arrival(row: &Row<'_>, column: usize) -> rusqlite::Result<Arrival> {
    Ok(match row.get::<_, u8>(column)? {
        0 => Arrival::Live,
        3 => Arrival::History { open: None },
        number => Arrival::History { open: Some(number == 2) },
    })
}

/// A list as JSON; the empty one as empty text, which is what most are.
pub(crate) fn list<T: Serialize>(list: &[T]) -> String {
    if list.is_empty() {
        return String::new();
    }
    // Strings and numbers in plain structs always serialise.
    serde_json::to_string(list).unwrap_or_default()
}

/// The reverse of [`list`].
pub(crate) fn listed<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<T>> {
    match row.get_ref(column)?.as_str()? {
        "" => Ok(Vec::new()),
        text => serde_json::from_str(text).map_err(|e| unreadable(column, e.to_string())),
    }
}

fn unreadable(column: usize, what: String) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, what.into())
}

/// The look-up key of a Message-ID: eight bytes of its SHA-256, so that the index stays small whatever the
/// header's length. The text itself is compared afterwards.
pub(crate) fn rfc_hash(rfc_id: &str) -> i64 {
    let digest = Sha256::digest(rfc_id.as_bytes());
    let mut first = [0_u8; 8];
    first.copy_from_slice(&digest[..8]);
    i64::from_be_bytes(first)
}

/// A change's detail as stored.
pub(crate) fn deltas(deltas: &[Delta]) -> String {
    let triples: Vec<_> = deltas.iter().map(|d| (d.field, d.before, d.after)).collect();
    list(&triples)
}

/// The reverse of [`deltas`].
pub(crate) fn read_deltas(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<Delta>> {
    let triples: Vec<(Field, Option<i64>, Option<i64>)> = listed(row, column)?;
    Ok(triples.into_iter().map(|(field, before, after)| Delta { field, before, after }).collect())
}

/// Tags as stored on a conversation.
pub(crate) fn tags(tags: &[TagId]) -> String {
    tags.iter().map(TagId::to_string).collect::<Vec<_>>().join(",")
}

fn read_tags(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<TagId>> {
    let text = row.get_ref(column)?.as_str()?;
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let tag = |tag: &str| tag.parse().map(TagId).map_err(|_| unreadable(column, "not a tag id".to_owned()));
    text.split(',').map(tag).collect()
}

/// What [`conversation`] reads, in its order, of table `conversation` as `c`.
pub(crate) const CONVERSATION: &str = "c.conversation_id, c.lead_id, c.campaign_id, c.client_id, c.mailbox_id, \
     c.owner_id, c.assigned_at, c.category_id, c.subsequence_id, c.flags, c.reply_time, c.sent_time, \
     c.last_reply_id, c.last_sent_id, c.snoozed_until, c.revenue_cents, c.tags, c.lead_status, c.sent_count, \
     c.opened_count, c.clicked_count, c.replied_count, c.created_at, c.updated_at, c.scheduled_time, \
     c.human_reply_time, c.bounce_time, c.reminder_time, c.pushed_at, c.starts_at, \
     c.stop_on_parent_reply, c.resumed_at, c.resumes_at, c.task_time";
/// How many columns that is: where a joined row's own begin.
pub(crate) const CONVERSATION_COLUMNS: usize = 34;

/// A conversation out of [`CONVERSATION`].
pub(crate) fn conversation(row: &Row<'_>) -> rusqlite::Result<Conversation> {
    Ok(Conversation {
        id: ConversationId(row.get(0)?),
        lead: LeadId(row.get(1)?),
        campaign: CampaignId(row.get(2)?),
        client: id::<ClientId>(row, 3)?,
        mailbox: id::<MailboxId>(row, 4)?,
        owner: id::<MemberId>(row, 5)?,
        assigned_at: time(row, 6)?,
        category: id::<CategoryId>(row, 7)?,
        subsequence: id::<CampaignId>(row, 8)?,
        flags: Flags(row.get(9)?),
        reply_time: time(row, 10)?,
        sent_time: time(row, 11)?,
        last_reply: id::<MessageId>(row, 12)?,
        last_sent: id::<MessageId>(row, 13)?,
        snoozed_until: time(row, 14)?,
        scheduled_time: time(row, 24)?,
        human_reply_time: time(row, 25)?,
        bounce_time: time(row, 26)?,
        reminder_time: time(row, 27)?,
        task_time: time(row, 33)?,
        pushed: match delayed(row, 28)? {
            Some(start) => Some(Pushed { start, stop_on_parent_reply: row.get(30)? }),
            None => None,
        },
        resumed: delayed(row, 31)?,
        revenue_cents: row.get(15)?,
        tags: read_tags(row, 16)?,
        lead_status: named(row, 17)?,
        sent_count: row.get(18)?,
        opened_count: row.get(19)?,
        clicked_count: row.get(20)?,
        replied_count: row.get(21)?,
        created_at: Timestamp(row.get(22)?),
        updated_at: Timestamp(row.get(23)?),
    })
}

/// A delay out of two columns, since when and until when.
fn delayed(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Delayed>> {
    let (since, until) = (time(row, column)?, time(row, column + 1)?);
    Ok(since.zip(until).map(|(since, until)| Delayed { since, until }))
}

/// What [`entry`] reads, in its order.
pub(crate) const ENTRY: &str = "conversation_id, owner_id, campaign_id, client_id, mailbox_id, category_id, \
     subsequence_id, flags, reply_time, sent_time, snoozed_until, tags, scheduled_time, reminder_time, \
     task_time";

/// An index entry out of [`ENTRY`].
pub(crate) fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        id: ConversationId(row.get(0)?),
        owner: id::<MemberId>(row, 1)?,
        campaign: CampaignId(row.get(2)?),
        client: id::<ClientId>(row, 3)?,
        mailbox: id::<MailboxId>(row, 4)?,
        category: id::<CategoryId>(row, 5)?,
        subsequence: id::<CampaignId>(row, 6)?,
        flags: Flags(row.get(7)?),
        reply_time: time(row, 8)?,
        sent_time: time(row, 9)?,
        snoozed_until: time(row, 10)?,
        scheduled_time: time(row, 12)?,
        reminder_time: time(row, 13)?,
        task_time: time(row, 14)?,
        tags: read_tags(row, 11)?,
    })
}

/// What [`lead`] reads, in its order, of table `lead` as `l`.
pub(crate) const LEAD: &str = "l.lead_id, l.email, l.first_name, l.last_name, l.company, l.phone, l.website, \
     l.location, l.linkedin_profile, l.company_url, l.custom_fields, l.created_at, l.client_id";

/// How many columns [`LEAD`] has.
pub(crate) const LEAD_COLUMNS: usize = 13;

/// A lead out of [`LEAD`], which begins at column `from`.
pub(crate) fn lead(row: &Row<'_>, from: usize) -> rusqlite::Result<Lead> {
    Ok(Lead {
        id: LeadId(row.get(from)?),
        client: id::<ClientId>(row, from + 12)?,
        fields: LeadFields {
            email: row.get(from + 1)?,
            first_name: row.get(from + 2)?,
            last_name: row.get(from + 3)?,
            company: row.get(from + 4)?,
            phone: row.get(from + 5)?,
            website: row.get(from + 6)?,
            location: row.get(from + 7)?,
            linkedin_profile: row.get(from + 8)?,
            company_url: row.get(from + 9)?,
            custom_fields: listed(row, from + 10)?,
        },
        created_at: Timestamp(row.get(from + 11)?),
    })
}

/// What [`outgoing`] reads, in its order, of table `outgoing` as `o`.
pub(crate) const OUTGOING: &str = "o.outgoing_id, o.conversation_id, o.mailbox_id, o.member_id, o.rfc_id, \
     o.reference, o.stats_id, o.state, o.sender, o.recipients, o.not_before, o.scheduled_time, o.next_try, \
     o.attempts, o.answer, o.message_id, o.copy, o.size, o.created_at, o.updated_at";

/// A record of the outbox out of [`OUTGOING`].
pub(crate) fn outgoing(row: &Row<'_>) -> rusqlite::Result<Outgoing> {
    Ok(Outgoing {
        id: OutgoingId(row.get(0)?),
        conversation: ConversationId(row.get(1)?),
        mailbox: MailboxId(row.get(2)?),
        member: id::<MemberId>(row, 3)?,
        message_id: row.get(4)?,
        reference: row.get(5)?,
        stats_id: row.get(6)?,
        state: named(row, 7)?,
        sender: row.get(8)?,
        recipients: listed(row, 9)?,
        not_before: Timestamp(row.get(10)?),
        scheduled_time: time(row, 11)?,
        next_try: Timestamp(row.get(12)?),
        attempts: row.get(13)?,
        answer: row.get(14)?,
        message: id::<MessageId>(row, 15)?,
        copy: named(row, 16)?,
        size: row.get(17)?,
        created_at: Timestamp(row.get(18)?),
        updated_at: Timestamp(row.get(19)?),
    })
}

/// What [`message`] reads, in its order, of table `message` as `m`.
pub(crate) const MESSAGE: &str = "m.message_id, m.conversation_id, m.mailbox_id, m.rfc_id, m.stats_id, \
     m.direction, m.class, m.evidence, m.reason, m.from_name, m.from_email, m.to_list, m.cc_list, m.subject, \
     m.at, m.opened_at, m.folds, m.attachments, m.size, m.decoded_lossy, m.notice, m.suspected, \
     nullif(m.corrected_at, 0), m.about_another, m.returns_at, m.open_count, m.clicked_at, m.click_count";
/// How many columns that is: where a joined row's own begin.
pub(crate) const MESSAGE_COLUMNS: usize = 28;

/// A message out of [`MESSAGE`].
pub(crate) fn message(row: &Row<'_>) -> rusqlite::Result<Message> {
    Ok(Message {
        id: MessageId(row.get(0)?),
        conversation: id::<ConversationId>(row, 1)?,
        mailbox: id::<MailboxId>(row, 2)?,
        message_id: row.get(3)?,
        stats_id: row.get(4)?,
        direction: named(row, 5)?,
        class: named(row, 6)?,
        evidence: row.get(7)?,
        reason: row.get(8)?,
        from: Address { name: row.get(9)?, email: row.get(10)? },
        to: listed(row, 11)?,
        cc: listed(row, 12)?,
        subject: row.get(13)?,
        at: Timestamp(row.get(14)?),
        opened_at: time(row, 15)?,
        folds: listed(row, 16)?,
        attachments: listed(row, 17)?,
        size: row.get(18)?,
        decoded_lossy: row.get(19)?,
        notice: row.get(20)?,
        suspected: maybe_named(row, 21)?,
        corrected_at: time(row, 22)?,
        about_another: row.get(23)?,
        returns_at: time(row, 24)?,
        open_count: row.get(25)?,
        clicked_at: time(row, 26)?,
        click_count: row.get(27)?,
    })
}
