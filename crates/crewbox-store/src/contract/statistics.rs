//! Figures of a campaign, and what became of each mail that was sent in it.

use crewbox_core::conversation::Conversation;
use crewbox_core::message::Message;
use crewbox_core::model::Lead;
use crewbox_core::time::Timestamp;

use super::read::Excerpt;

/// Figures of a campaign, counted from its conversations as they are now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each field counts what its name says")]
pub struct CampaignFigures {
    pub leads: u64,
    pub mails_sent: u64,
    pub leads_written_to: u64,
    pub openings: u64,
    pub leads_opened: u64,
    pub clicks: u64,
    pub leads_clicked: u64,
    /// Replies by people.
    pub replies: u64,
    pub leads_bounced: u64,
    pub leads_unsubscribed: u64,
    /// Leads whose category is a positive one.
    pub leads_interested: u64,
    pub revenue_cents: i64,
    pub started: u64,
    pub in_progress: u64,
    pub completed: u64,
    pub paused: u64,
    pub stopped: u64,
    pub blocked: u64,
}

/// What became of a sent mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the contract's own names")]
pub enum SentFate {
    Opened,
    Clicked,
    Replied,
    Unsubscribed,
    Bounced,
}

/// Asks for the mails that were sent in a campaign, newest first.
#[derive(Clone, Debug, Default)]
pub struct SentQuery {
    /// At most this many.
    pub limit: u32,
    /// Past so many.
    pub offset: u64,
    /// Only those that this became of.
    pub fate: Option<SentFate>,
    /// Only the first, second, … of each conversation.
    pub number: Option<u32>,
    /// Sent at this time or later.
    pub from: Option<Timestamp>,
    /// Sent at this time or earlier.
    pub to: Option<Timestamp>,
}

/// A mail that was sent in a campaign.
#[derive(Clone, Debug)]
pub struct SentMail {
    /// The mail, with the beginning of its texts.
    pub message: (Message, Excerpt),
    /// Its conversation.
    pub conversation: Conversation,
    /// Who it was sent to.
    pub lead: Lead,
    /// The how manieth mail of the conversation that was sent.
    pub number: u32,
    /// When a person first replied to it.
    pub replied_at: Option<Timestamp>,
    /// Whether a report says that it was not delivered.
    pub is_bounced: bool,
}

/// Sent mails that match, and how many do.
#[derive(Clone, Debug, Default)]
pub struct SentPage {
    /// All that match.
    pub total: u64,
    /// The page.
    pub mails: Vec<SentMail>,
}
