//! What is asked and answered when a mail looks for its conversation. The rules themselves are the mail
//! crate's; the store gathers [`Facts`] inside the writing transaction, calls the rule, and stores the
//! [`Placement`] with its reason.

use crate::address::comparison_key;
use crate::id::{ClientId, ConversationId, MailboxId};
use crate::message::{Circumstances, Direction, Mail, PROMPT_MS, Verdict};
use crate::time::Timestamp;

/// The rule: a pure function from a mail and what the store knows to a place.
pub type PlaceFn = fn(&Mail, &Facts) -> Placement;

/// What the store knows that may decide a mail's place. All of one account.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The mailbox it came through.
    pub mailbox: Option<MailboxId>,
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
    /// When it was sent or came in.
    pub at: Timestamp,
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
    /// Its lead's address, in any spelling: compared by its [`comparison_key`].
    pub lead_email: String,
    /// Addresses already in it besides the lead, likewise.
    pub participants: Vec<String>,
    /// Addresses that a person detached from it, likewise: their mail does not come into it.
    pub detached: Vec<String>,
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
        /// People to be remembered as participants of the conversation. The store leaves out the lead and the
        /// account's own addresses.
        participants: Vec<Participant>,
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
    /// Address, as its [`comparison_key`].
    pub email: String,
    /// False for one who joined only because they know an id that cannot be guessed; a person can detach them.
    pub confirmed: bool,
}

/// What a mail is, by what the store knows: whether its sender is the lead, and how soon after our message it
/// came.
#[must_use]
pub fn settle<'m>(mail: &'m Mail, facts: &Facts) -> &'m Verdict {
    mail.verdicts.under(circumstances(mail, facts))
}

fn circumstances(mail: &Mail, facts: &Facts) -> Circumstances {
    let sender = comparison_key(&mail.from.email);
    let is_lead = |candidate: &Candidate| comparison_key(&candidate.lead_email) == sender;
    let answered =
        facts.named.iter().filter(|named| named.direction == Direction::Outbound).map(|named| named.at);
    let mailed =
        facts.leads.iter().filter(|candidate| is_lead(candidate)).filter_map(|candidate| candidate.last_sent);
    // An answer names what it answers; without a reference, what the lead was last sent takes its place.
    let asked_at = answered.max().or_else(|| mailed.max());
    Circumstances {
        from_lead: facts.leads.iter().any(is_lead)
            || facts.named.iter().filter_map(|named| named.conversation.as_ref()).any(is_lead),
        prompt: asked_at.is_some_and(|asked_at| (0..=PROMPT_MS).contains(&(mail.at.0 - asked_at.0))),
    }
}

/// Whether a delivery report is about other recipients than the lead: then the lead's own address works.
/// `failed_recipients` are the [`Mail`]'s. A report that names no recipient is about the lead.
#[must_use]
pub fn is_about_another(failed_recipients: &[String], lead_email: &str) -> bool {
    let lead = comparison_key(lead_email);
    let is_lead = |failed: &String| comparison_key(failed) == lead;
    !failed_recipients.is_empty() && !failed_recipients.iter().any(is_lead)
}

/// The addresses under which the store looks for leads: the recipients of what we sent; of other mail its
/// sender, and the recipients that failed if it is a delivery report. As their [`comparison_key`]s, without repeats.
#[must_use]
pub fn lead_addresses(mail: &Mail) -> Vec<String> {
    let mut addresses: Vec<String> = match mail.direction {
        Direction::Inbound => {
            let sender = std::iter::once(comparison_key(&mail.from.email));
            sender.chain(mail.failed_recipients.iter().map(|failed| comparison_key(failed))).collect()
        }
        Direction::Outbound => {
            mail.to.iter().chain(&mail.cc).map(|address| comparison_key(&address.email)).collect()
        }
    };
    addresses.retain(|address| !address.is_empty());
    addresses.sort_unstable();
    addresses.dedup();
    addresses
}
