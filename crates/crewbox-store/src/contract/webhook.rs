//! Webhooks and their deliveries: what is written and read of them.

use crewbox_core::id::CategoryId;
use crewbox_core::id::{CampaignId, ConversationId, DeliveryId, MessageId, Seq, WebhookId};
use crewbox_core::time::Timestamp;
use crewbox_core::webhook::{Association, WebhookEvent};

/// A webhook to make or to change.
#[derive(Clone, PartialEq, Eq)]
pub struct SavedWebhook {
    /// Which one; none for a new one.
    pub id: Option<WebhookId>,
    /// What people call it.
    pub name: String,
    /// Where events are posted.
    pub url: String,
    /// Whose events it gets. Of one that is there it stays.
    pub association: Association,
    /// What it subscribes to.
    pub events: Vec<WebhookEvent>,
    /// Only these categories.
    pub categories: Vec<CategoryId>,
    /// By which deliveries are signed; it is sealed. One that is there keeps its own, where none is given.
    pub secret: Option<String>,
    /// How many webhooks the account may have.
    pub most: u64,
}

impl std::fmt::Debug for SavedWebhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SavedWebhook")
            .field("id", &self.id)
            .field("events", &self.events)
            .finish_non_exhaustive()
    }
}

/// An event that is to be delivered to a webhook: by its ids, so that what it says is read when it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDelivery {
    /// To which.
    pub webhook: WebhookId,
    /// What it is.
    pub event: WebhookEvent,
    /// The change that it is.
    pub seq: Seq,
    /// When it happened.
    pub at: Timestamp,
    /// About which conversation.
    pub conversation: Option<ConversationId>,
    /// About which campaign.
    pub campaign: Option<CampaignId>,
    /// About which message.
    pub message: Option<MessageId>,
    /// A value before it: a category, a member, a status.
    pub before: Option<i64>,
    /// The value after it.
    pub after: Option<i64>,
    /// The id that the receiver sees, the same at each try.
    pub request_id: String,
}

/// How far a delivery has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeliveryState {
    /// It is tried, now or later.
    Waiting,
    /// The receiver took it.
    Delivered,
    /// It is not tried again by itself.
    Failed,
}

/// An event to be delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// What and to which.
    pub what: NewDelivery,
    /// How far it has come.
    pub state: DeliveryState,
    /// Tries that failed, since it was made or asked for again.
    pub tries: u32,
    /// When it is tried next, while it waits.
    pub next_try: Timestamp,
    /// The status that the receiver answered last.
    pub status: Option<u16>,
    /// Why the last try failed, in one sentence.
    pub error: Option<String>,
}

/// What became of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// Of which delivery.
    pub delivery: DeliveryId,
    /// What follows.
    pub state: DeliveryState,
    /// When it is tried again, if it is.
    pub next_try: Option<Timestamp>,
    /// The status that the receiver answered.
    pub status: Option<u16>,
    /// Why it failed, in one sentence.
    pub error: Option<String>,
}

/// How many deliveries of a campaign there were, and how they went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeliveryCounts {
    /// All of them.
    pub total: u64,
    /// Those that the receiver took.
    pub delivered: u64,
    /// Those that are not tried again by themselves.
    pub failed: u64,
}
