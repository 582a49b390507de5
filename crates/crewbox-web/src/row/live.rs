//! The flat row of the live dialect, as the hosted service is seen to answer it.

use crewbox_core::conversation::{Flags, LeadStatus};
use crewbox_core::id::{CampaignId, CategoryId, ClientId, MailboxId, MemberId};
use crewbox_core::model::Dialect;
use crewbox_core::time::Timestamp;
use crewbox_store::{Catalog, Row};
use utoipa::openapi::{RefOr, Schema};

use super::message::{LiveMessage, Written};
use super::parts::is_read;
use crate::declare::{Output as _, output};
use crate::object::{At, Null, Obj, Quoted};
use crate::schema::{Components, Describe, Properties};
use crate::value::{Nullable, wire_names};

wire_names!(LeadStatus {
    Started = "STARTED",
    InProgress = "INPROGRESS",
    Completed = "COMPLETED",
    Paused = "PAUSED",
    Stopped = "STOPPED",
    Blocked = "BLOCKED",
});

output! {
    /// A row of the live dialect up to its snooze.
    pub(super) struct LiveRowStart<'a> {
        /// The lead category; null for none.
        lead_category_id: Nullable<CategoryId>,
        /// When the latest message was sent; null for never.
        last_sent_time: Nullable<At>,
        /// When the latest reply was received; null for never.
        last_reply_time: Nullable<At>,
        /// True while there is a human reply that nobody has read.
        has_new_unread_email: bool,
        /// The e-mail account of the newest message; null where there is none.
        email_account_id: Nullable<MailboxId>,
        /// The revenue that was entered for the conversation, with two decimals.
        revenue: String,
        /// Whether it was pushed to a sub-sequence.
        is_pushed_to_sub_sequence: bool,
        /// The lead's given name.
        lead_first_name: Nullable<&'a str>,
        /// The lead's family name.
        lead_last_name: Nullable<&'a str>,
        /// The lead's address.
        lead_email: &'a str,
        /// The lead's id.
        email_lead_id: Quoted,
        /// The conversation. Actions name it as `email_lead_map_id`.
        email_lead_map_id: Quoted,
        /// The lead's state in the campaign.
        lead_status: LeadStatus,
        /// How many messages were sent.
        current_sequence_number: u32,
        /// The sub-sequence it was pushed to; null for none.
        sub_sequence_id: Nullable<CampaignId>,
        /// Always null.
        old_replaced_lead_data: Null,
        /// Always null: sequences do not run here.
        lead_next_timestamp_to_send: Null,
        /// Always null: sequences do not run here.
        email_campaign_seq_id: Null,
        /// Whether it is marked important.
        is_important: bool,
        /// Whether it is archived.
        is_archived: bool,
    }
}

output! {
    /// A row's snooze in the live dialect.
    pub(super) struct LiveSnooze {
        /// Whether the conversation is snoozed now.
        is_snoozed: bool,
    }
}

output! {
    /// A row of the live dialect from its snooze to what only some lists have.
    pub(super) struct LiveRowEnd<'a> {
        /// The team member who owns the conversation; null for nobody.
        team_member_id: Nullable<MemberId>,
        /// Always false.
        is_ooo_automated_push_lead: bool,
        /// The campaign that the conversation belongs to.
        email_campaign_id: CampaignId,
        /// The name of the campaign.
        email_campaign_name: &'a str,
        /// The campaign's client; null for none.
        client_id: Nullable<ClientId>,
        /// Whether the campaign is a sub-sequence of another one.
        belongs_to_sub_sequence: bool,
        /// Always null: sequences do not run here.
        campaign_sending_schedule: Null,
        /// How many messages were sent.
        sequence_count: u32,
    }
}

output! {
    /// What only some lists of the live dialect have, or only on request.
    pub(crate) struct LiveRowExtras<'a> {
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
        email_history: Option<Written<'a, LiveMessage<'a>>>,
    }
}

/// A row of a list of the live dialect, as it is described: it is written in pieces.
pub(crate) struct LiveListRow;

impl Describe for LiveListRow {
    fn schema(components: &mut Components) -> RefOr<Schema> {
        let mut properties = Properties::default();
        describe_start(&mut properties, components);
        LiveRowExtras::describe_keys(&mut properties, components);
        components.add("LiveRow", properties.done(&["A conversation in a list, in the live dialect."]))
    }
}

/// Adds the keys that every row has.
pub(crate) fn describe_start(properties: &mut Properties, components: &mut Components) {
    LiveRowStart::describe_keys(properties, components);
    LiveSnooze::describe_keys(properties, components);
    LiveRowEnd::describe_keys(properties, components);
}

/// The row without its closing brace, and where the snooze belongs.
pub(super) fn render(row: &Row, catalog: &Catalog) -> (Vec<u8>, usize) {
    let mut out = Obj::new();
    start(row).put_keys(&mut out);
    let cut = out.len();
    end(row, catalog).put_keys(&mut out);
    (out.open_end(), cut)
}

fn start(row: &Row) -> LiveRowStart<'_> {
    let conversation = &row.conversation;
    let lead = &row.lead.fields;
    LiveRowStart {
        lead_category_id: conversation.category.into(),
        last_sent_time: conversation.sent_time.map(millis).into(),
        last_reply_time: conversation.reply_time.map(millis).into(),
        has_new_unread_email: !is_read(conversation.flags),
        email_account_id: conversation.mailbox.into(),
        revenue: money(conversation.revenue_cents),
        is_pushed_to_sub_sequence: conversation.subsequence.is_some(),
        lead_first_name: lead.first_name.as_deref().into(),
        lead_last_name: lead.last_name.as_deref().into(),
        lead_email: &lead.email,
        email_lead_id: Quoted(conversation.lead.get()),
        email_lead_map_id: Quoted(conversation.id.get()),
        lead_status: conversation.lead_status,
        current_sequence_number: conversation.sent_count,
        sub_sequence_id: conversation.subsequence.into(),
        old_replaced_lead_data: Null,
        lead_next_timestamp_to_send: Null,
        email_campaign_seq_id: Null,
        is_important: conversation.flags.has(Flags::IMPORTANT),
        is_archived: conversation.flags.has(Flags::ARCHIVED),
    }
}

/// What is shown of a snooze that holds until this time, or of none.
pub(super) const fn snooze(until: Option<Timestamp>) -> LiveSnooze {
    LiveSnooze { is_snoozed: until.is_some() }
}

fn end<'a>(row: &Row, catalog: &'a Catalog) -> LiveRowEnd<'a> {
    let conversation = &row.conversation;
    let campaign = catalog.campaign(conversation.campaign);
    LiveRowEnd {
        team_member_id: conversation.owner.into(),
        is_ooo_automated_push_lead: false,
        email_campaign_id: conversation.campaign,
        email_campaign_name: campaign.map_or("", |campaign| &campaign.name),
        client_id: conversation.client.into(),
        belongs_to_sub_sequence: campaign.is_some_and(|campaign| campaign.parent.is_some()),
        campaign_sending_schedule: Null,
        // Sequences do not run here: what was sent is all there is of one.
        sequence_count: conversation.sent_count,
    }
}

pub(super) fn millis(at: Timestamp) -> At {
    At(at, Dialect::Live)
}

fn money(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let cents = cents.unsigned_abs();
    format!("{sign}{}.{:02}", cents / 100, cents % 100)
}
