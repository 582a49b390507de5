//! What can happen with mail to a lead.

use crate::conversation::Flags;
use crate::id::{CampaignId, CategoryId, ClientId, ConversationId, MailboxId};
use crate::message::CountsAs;
use crate::time::Timestamp;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutreachEventKind {
    /// A mail was sent to the lead.
    Sent,
    /// A person replied.
    Replied,
    /// A mail was opened for the first time, as far as is known.
    Opened,
    /// A link in a mail was followed for the first time, as far as is known.
    Clicked,
    /// The latest report came in that the lead's address does not work, and no person has replied since. Once for each
    /// lead.
    Bounced,
    /// The lead asked to be left alone, complained or was unsubscribed by hand, for the first time, and this still holds.
    /// Once for each lead.
    Unsubscribed,
}

impl From<CountsAs> for OutreachEventKind {
    fn from(counts_as: CountsAs) -> Self {
        match counts_as {
            CountsAs::Sent => Self::Sent,
            CountsAs::Reply => Self::Replied,
        }
    }
}

/// Something that happened with mail to a lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutreachEvent {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: OutreachEventKind,
    /// The mailbox that the mail went through; of a bounce or an unsubscription, the conversation's.
    pub mailbox: Option<MailboxId>,
    /// The lead as it is now.
    pub lead: LeadState,
}

/// A lead in a campaign, as it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeadState {
    /// The conversation with it.
    pub conversation: ConversationId,
    /// The campaign.
    pub campaign: CampaignId,
    /// The campaign's client.
    pub client: Option<ClientId>,
    /// The category of the lead.
    pub category: Option<CategoryId>,
    /// Facts of the conversation.
    pub flags: Flags,
}
