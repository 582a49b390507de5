//! The flat row of the live dialect, as the hosted service is seen to answer it.

use crewbox_core::conversation::{Conversation, Flags, LeadStatus};
use crewbox_core::model::Dialect;
use crewbox_core::time::Timestamp;
use crewbox_store::{Catalog, Row};

use super::parts::is_read;
use crate::object::{At, Null, Obj, Quoted};

/// The row without its closing brace, and where the snooze belongs.
pub(super) fn render(row: &Row, catalog: &Catalog) -> (Vec<u8>, usize) {
    let conversation: &Conversation = &row.conversation;
    let lead = &row.lead.fields;
    let campaign = catalog.campaign(conversation.campaign);
    let mut out = Obj::new()
        .with("lead_category_id", conversation.category)
        .with("last_sent_time", conversation.sent_time.map(millis))
        .with("last_reply_time", conversation.reply_time.map(millis))
        .with("has_new_unread_email", !is_read(conversation.flags))
        .with("email_account_id", conversation.mailbox)
        .with("revenue", money(conversation.revenue_cents))
        .with("is_pushed_to_sub_sequence", conversation.subsequence.is_some())
        .with("lead_first_name", &lead.first_name)
        .with("lead_last_name", &lead.last_name)
        .with("lead_email", &lead.email)
        .with("email_lead_id", Quoted(conversation.lead.get()))
        .with("email_lead_map_id", Quoted(conversation.id.get()))
        .with("lead_status", status(conversation.lead_status))
        .with("current_sequence_number", conversation.sent_count)
        .with("sub_sequence_id", conversation.subsequence)
        .with("old_replaced_lead_data", Null)
        .with("lead_next_timestamp_to_send", Null)
        .with("email_campaign_seq_id", Null)
        .with("is_important", conversation.flags.has(Flags::IMPORTANT))
        .with("is_archived", conversation.flags.has(Flags::ARCHIVED));
    let cut = out.len();
    out.add("team_member_id", conversation.owner);
    out.add("is_ooo_automated_push_lead", false);
    out.add("email_campaign_id", conversation.campaign);
    out.add("email_campaign_name", campaign.map_or("", |campaign| campaign.name.as_str()));
    out.add("client_id", conversation.client);
    out.add("belongs_to_sub_sequence", campaign.is_some_and(|campaign| campaign.parent.is_some()));
    out.add("campaign_sending_schedule", Null);
    // Sequences are not run here: what was sent is all there is of one.
    out.add("sequence_count", conversation.sent_count);
    (out.open_end(), cut)
}

pub(super) fn millis(at: Timestamp) -> At {
    At(at, Dialect::Live)
}

fn money(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let cents = cents.unsigned_abs();
    format!("{sign}{}.{:02}", cents / 100, cents % 100)
}

/// A lead's status by its name in the contract.
pub(crate) const fn status(status: LeadStatus) -> &'static str {
    match status {
        LeadStatus::Started => "STARTED",
        LeadStatus::InProgress => "INPROGRESS",
        LeadStatus::Completed => "COMPLETED",
        LeadStatus::Paused => "PAUSED",
        LeadStatus::Stopped => "STOPPED",
        LeadStatus::Blocked => "BLOCKED",
    }
}
