//! Webhooks: what can be subscribed to, whose events a webhook gets, which change is which event, and when a failed
//! delivery is tried again.
//!
//! Pure functions of known facts. Who delivers, and what a delivery says, is elsewhere.

use serde::{Deserialize, Serialize};

use crate::change::{Change, ChangeKind, Delta, Field};
use crate::conversation::Arrival;
use crate::id::{CampaignId, CategoryId, ClientId, Seq, WebhookId};
use crate::message::{Class, Direction};
use crate::time::Timestamp;

macro_rules! events {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// What a webhook can subscribe to.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum WebhookEvent {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)*
        }

        impl WebhookEvent {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Its name, in the store and in the API.
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

events! {
    /// A message was sent to a lead.
    EmailSent = "EMAIL_SENT",
    /// The first message was sent to a lead.
    FirstEmailSent = "FIRST_EMAIL_SENT",
    /// A lead opened a message.
    EmailOpen = "EMAIL_OPEN",
    /// A lead followed a link in a message.
    EmailLinkClick = "EMAIL_LINK_CLICK",
    /// A person replied.
    EmailReply = "EMAIL_REPLY",
    /// A message could not be delivered to the lead.
    EmailBounce = "EMAIL_BOUNCE",
    /// A lead asked not to be written to, or complained.
    LeadUnsubscribed = "LEAD_UNSUBSCRIBED",
    /// A conversation got another category, or none.
    LeadCategoryUpdated = "LEAD_CATEGORY_UPDATED",
    /// A campaign's status changed.
    CampaignStatusChanged = "CAMPAIGN_STATUS_CHANGED",
    /// A reply came in that belongs to no conversation.
    UntrackedReplies = "UNTRACKED_REPLIES",
    /// A conversation got another owner, or none.
    LeadAssigned = "LEAD_ASSIGNED",
}

/// Whose events a webhook gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Association {
    /// Those of the whole account.
    User,
    /// Those of one client's conversations and campaigns.
    Client(ClientId),
    /// Those of one campaign.
    Campaign(CampaignId),
}

/// A receiver of events, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// What people call it.
    pub name: String,
    /// Where events are posted.
    pub url: String,
    /// Whose events it gets.
    pub association: Association,
    /// The client whose data it gets: of its association, or of its campaign. None for the account's own.
    pub client: Option<ClientId>,
    /// What it subscribes to.
    pub events: Vec<WebhookEvent>,
    /// Only these categories, of [`WebhookEvent::LeadCategoryUpdated`]; all where it is empty.
    pub categories: Vec<CategoryId>,
    /// It gets what happened after this change.
    pub since: Seq,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last; when it was made, if never.
    pub updated_at: Timestamp,
}

/// What an event is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// The campaign; none for a reply that belongs to no conversation.
    pub campaign: Option<CampaignId>,
    /// The client of the campaign.
    pub client: Option<ClientId>,
    /// The category that a conversation has got.
    pub category: Option<CategoryId>,
}

impl Webhook {
    fn takes(&self, event: WebhookEvent, about: About, seq: Seq) -> bool {
        let is_its = match self.association {
            Association::User => true,
            Association::Client(client) => about.client == Some(client),
            // The campaign's client never changes; asked all the same, so that no row can open another client's.
            Association::Campaign(campaign) => {
                about.campaign == Some(campaign) && about.client == self.client
            }
        };
        let has_category = self.categories.is_empty()
            || event != WebhookEvent::LeadCategoryUpdated
            || about.category.is_some_and(|category| self.categories.contains(&category));
        is_its && has_category && self.since < seq && self.events.contains(&event)
    }

    const fn level(&self) -> u8 {
        match self.association {
            Association::User => 0,
            Association::Client(_) => 1,
            Association::Campaign(_) => 2,
        }
    }
}

/// The webhooks that get an event: those of the first level, of account, client and campaign, on which one subscribes to
/// it. So says the public contract: a webhook of the account takes precedence over those of clients and campaigns.
pub fn receivers(
    webhooks: &[Webhook],
    event: WebhookEvent,
    about: About,
    seq: Seq,
) -> impl Iterator<Item = &Webhook> {
    let takes = move |webhook: &&Webhook| webhook.takes(event, about, seq);
    let first = webhooks.iter().filter(takes).map(Webhook::level).min();
    webhooks.iter().filter(takes).filter(move |webhook| Some(webhook.level()) == first)
}

/// What is known of the message of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageNews {
    /// Which way it went.
    pub direction: Direction,
    /// What it is.
    pub class: Class,
    /// It reports about a recipient who is not the lead.
    pub about_another: bool,
    /// How it came in.
    pub arrival: Arrival,
    /// It is the first message sent in its conversation.
    pub is_first: bool,
}

/// Whether a change can be an event, so that its message and its conversation are worth reading.
#[must_use]
pub fn may_be_event(change: &Change) -> bool {
    use ChangeKind as Kind;
    let is_kind = matches!(
        change.kind,
        Kind::MessageSent
            | Kind::MessageReceived
            | Kind::MessageAttached
            | Kind::MessageUntracked
            | Kind::MessageOpened
            | Kind::MessageClicked
            | Kind::LeadUnsubscribed
            | Kind::CampaignStatusChanged
    );
    is_kind || delta(change, Field::Category).is_some() || delta(change, Field::Owner).is_some()
}

/// The events that a change is, each with the value before and after where it is about one. `news` is of the message
/// that is the change's subject. Mail of a mailbox's past is none, as it raises nothing in the inbox either.
#[must_use]
pub fn events_of(change: &Change, news: Option<MessageNews>) -> Vec<(WebhookEvent, Option<Delta>)> {
    use WebhookEvent as Event;
    if news.is_some_and(|news| news.arrival != Arrival::Live) && is_arrival(change.kind) {
        return Vec::new();
    }
    let mut events = Vec::new();
    match (change.kind, news) {
        (ChangeKind::MessageSent, Some(news)) => {
            events.push((Event::EmailSent, None));
            if news.is_first {
                events.push((Event::FirstEmailSent, None));
            }
        }
        (ChangeKind::MessageReceived | ChangeKind::MessageAttached, Some(news)) => {
            events.extend(of_inbound(news).map(|event| (event, None)));
        }
        (ChangeKind::MessageUntracked, Some(news))
            if news.direction == Direction::Inbound && news.class == Class::Human =>
        {
            events.push((Event::UntrackedReplies, None));
        }
        (ChangeKind::MessageOpened, _) => events.push((Event::EmailOpen, None)),
        (ChangeKind::MessageClicked, _) => events.push((Event::EmailLinkClick, None)),
        (ChangeKind::LeadUnsubscribed, _) => events.push((Event::LeadUnsubscribed, None)),
        (ChangeKind::CampaignStatusChanged, _) => {
            events.push((Event::CampaignStatusChanged, delta(change, Field::CampaignStatus)));
        }
        _ => {}
    }
    if let Some(delta) = delta(change, Field::Category) {
        events.push((Event::LeadCategoryUpdated, Some(delta)));
    }
    if let Some(delta) = delta(change, Field::Owner) {
        events.push((Event::LeadAssigned, Some(delta)));
    }
    events
}

const fn is_arrival(kind: ChangeKind) -> bool {
    matches!(
        kind,
        ChangeKind::MessageSent
            | ChangeKind::MessageReceived
            | ChangeKind::MessageAttached
            | ChangeKind::MessageUntracked
    )
}

fn of_inbound(news: MessageNews) -> Option<WebhookEvent> {
    if news.direction != Direction::Inbound {
        return None;
    }
    match news.class {
        Class::Human => Some(WebhookEvent::EmailReply),
        Class::Bounce if !news.about_another => Some(WebhookEvent::EmailBounce),
        Class::Unsubscribe | Class::Feedback => Some(WebhookEvent::LeadUnsubscribed),
        Class::Bounce | Class::Automatic | Class::Calendar | Class::Delayed | Class::Receipt => None,
    }
}

fn delta(change: &Change, field: Field) -> Option<Delta> {
    change.detail.iter().find(|delta| delta.field == field).copied()
}

/// How long after a failed try the next one follows, in milliseconds: 1, 5 and 30 minutes.
const RETRIES_MS: [i64; 3] = [60_000, 5 * 60_000, 30 * 60_000];

/// A delivery that waits for longer than this, in milliseconds, waits for a time that no retry leads to: the clock was ahead
/// when that time was decided. It is the longest pause between two tries, and a minute by which time servers may put a
/// clock right.
pub const LONGEST_WAIT_MS: i64 = 31 * 60_000;

/// When a delivery is tried again of which `tries` have failed, the last one at `now`; none after the last retry.
#[must_use]
pub fn next_try(tries: u32, now: Timestamp) -> Option<Timestamp> {
    let wait = RETRIES_MS.get(usize::try_from(tries.checked_sub(1)?).ok()?)?;
    Some(Timestamp(now.0.saturating_add(*wait)))
}

#[cfg(test)]
mod tests;
