//! What is asked and answered when a mail looks for its conversation. The rules themselves are the mail
//! crate's; the store gathers [`Facts`] inside the writing transaction, calls the rule, and stores the
//! [`Placement`] with its reason.

use crate::id::{ClientId, ConversationId, MailboxId};
use crate::message::{Class, Direction, Mail};
use crate::time::Timestamp;

/// The rule: a pure function from a mail and what the store knows to a place.
pub type PlaceFn = fn(&Mail, &Facts) -> Placement;

/// What the store knows that may decide a mail's place. All of one account.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The mailbox it came through.
    pub mailbox: Option<MailboxId>,
    /// That mailbox's own address, lower case.
    pub mailbox_email: String,
    /// That mailbox's client.
    pub mailbox_client: Option<ClientId>,
    /// Messages held whose Message-ID `Mail::references` names, in that order.
    pub named: Vec<Named>,
    /// Messages held whose Message-ID `Mail::bounced_ids` names, in that order.
    pub returned: Vec<Named>,
    /// Conversations of a lead with one of [`lead_addresses`], in campaigns that use the mailbox (a campaign
    /// without any mailbox uses every one of its client's), most recently mailed first.
    pub leads: Vec<Candidate>,
    /// The conversation of the outbox's record of this very message, when the mail is one we sent ourselves.
    pub sent: Option<(ConversationId, String)>,
}

/// A held message that a mail names, or one on its way out.
#[derive(Clone, Debug)]
pub struct Named {
    /// Which way it went.
    pub direction: Direction,
    /// The mailbox it went or came through.
    pub mailbox: Option<MailboxId>,
    /// Its `stats_id`.
    pub stats_id: String,
    /// Where it is; none while untracked.
    pub conversation: Option<Candidate>,
}

/// A conversation a mail may belong to.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Its id.
    pub conversation: ConversationId,
    /// Its client.
    pub client: Option<ClientId>,
    /// Its lead's address, lower case.
    pub lead_email: String,
    /// Addresses already in it besides the lead, lower case.
    pub participants: Vec<String>,
    /// When it was last mailed.
    pub last_sent: Option<Timestamp>,
    /// The `stats_id` of the last message sent.
    pub last_stats_id: Option<String>,
}

/// Where a mail goes, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placement {
    /// Into a conversation.
    Joins {
        /// Which.
        conversation: ConversationId,
        /// The rule that decided, as a sentence for people.
        reason: String,
        /// A sender to be remembered as participant of the conversation.
        participant: Option<Participant>,
        /// The `stats_id` to share; none makes a fresh one.
        stats_id: Option<String>,
    },
    /// Nowhere: untracked, to be attached by hand.
    Untracked {
        /// Why nothing fitted.
        reason: String,
    },
}

/// Somebody besides the lead who writes in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participant {
    /// Address, lower case.
    pub email: String,
    /// False for one let in only by an unguessable id; one click detaches.
    pub confirmed: bool,
}

/// The addresses under which the store looks for leads: a bounce's failed recipients, the recipients of what
/// we sent, else the sender. Lower case.
#[must_use]
pub fn lead_addresses(mail: &Mail) -> Vec<String> {
    let mut addresses: Vec<String> = match (mail.direction, mail.class) {
        (Direction::Inbound, Class::Bounce | Class::Delayed | Class::Feedback) => {
            mail.failed_recipients.clone()
        }
        (Direction::Inbound, _) => vec![mail.from.email.to_lowercase()],
        (Direction::Outbound, _) => {
            mail.to.iter().chain(&mail.cc).map(|address| address.email.to_lowercase()).collect()
        }
    };
    addresses.retain(|address| !address.is_empty());
    addresses.sort_unstable();
    addresses.dedup();
    addresses
}
