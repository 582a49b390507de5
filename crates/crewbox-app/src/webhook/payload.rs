//! What a delivery says, read when it is sent: so that nothing of a mail is kept beside it, and what was erased meanwhile
//! is not sent.

use std::sync::Arc;

use crewbox_core::conversation::Conversation;
use crewbox_core::id::{CampaignId, CategoryId, MemberId, MessageId};
use crewbox_core::message::{Direction, Message};
use crewbox_core::model::{Campaign, CampaignStatus, Category, Lead, Member};
use crewbox_core::time::Timestamp;
use crewbox_core::webhook::{Webhook, WebhookEvent};
use crewbox_store::contract::{BodyLimits, Delivery, Excerpt};
use crewbox_store::{Catalog, Scope, Store, StoreError};

/// Bytes of each text of a mail. A payload repeats some of them under older names, and receivers often take no more than
/// a megabyte.
const TEXT_BYTES: usize = 64 * 1024;
/// Bytes of each text of a history, and of all of it.
const HISTORY: BodyLimits = BodyLimits { text: 16 * 1024, html: 16 * 1024, total: 256 * 1024 };
const TEXTS: BodyLimits = BodyLimits { text: TEXT_BYTES, html: TEXT_BYTES, total: usize::MAX };

/// A message with its texts.
pub type Shown = (Message, Excerpt);

/// What a delivery says.
#[derive(Clone, Debug)]
pub struct Payload {
    /// To which webhook.
    pub webhook: Arc<Webhook>,
    /// Its `secret_key`.
    pub token: String,
    /// What happened.
    pub event: WebhookEvent,
    /// When.
    pub at: Timestamp,
    /// What it is about.
    pub subject: PayloadSubject,
}

/// Makes the JSON of a payload.
pub type RenderPayload = Arc<dyn Fn(&Payload) -> Vec<u8> + Send + Sync>;

/// What an event is about.
#[derive(Clone, Debug)]
pub enum PayloadSubject {
    /// A lead in a campaign.
    Lead(Box<LeadPayload>),
    /// A campaign, with its status before and after.
    Campaign(Box<Campaign>, Option<CampaignStatus>, Option<CampaignStatus>),
    /// A reply that belongs to no conversation.
    Untracked(Box<Shown>),
}

/// A lead in a campaign, and the messages that an event is about.
#[derive(Clone, Debug)]
pub struct LeadPayload {
    /// The conversation as it is now.
    pub conversation: Conversation,
    /// Its lead.
    pub lead: Lead,
    /// Its campaign.
    pub campaign: Option<Campaign>,
    /// The address of the mailbox that writes to the lead.
    pub mailbox: Option<String>,
    /// The message that came in, of an event that is one.
    pub received: Option<Shown>,
    /// The sent message that the event is about.
    pub sent: Option<Shown>,
    /// The how manieth sent message of the conversation that is; 0 where there is none.
    pub sequence_number: u64,
    /// The messages, oldest first, of an event that shows them.
    pub history: Vec<Shown>,
    /// The categories before and after.
    pub category: (Option<Category>, Option<Category>),
    /// The owners before and after.
    pub owner: (Option<Member>, Option<Member>),
}

/// What a delivery is about; none where that was deleted meanwhile.
pub(super) async fn subject(
    store: &Store,
    names: &Catalog,
    scope: &Scope,
    delivery: &Delivery,
) -> Result<Option<PayloadSubject>, StoreError> {
    let what = &delivery.what;
    match (what.event, what.conversation) {
        (WebhookEvent::CampaignStatusChanged, _) => {
            let campaign = what.campaign.and_then(|id| names.campaign(id)).cloned();
            let (before, after) = (status(what.before), status(what.after));
            Ok(campaign.map(|campaign| PayloadSubject::Campaign(Box::new(campaign), before, after)))
        }
        (_, Some(_)) => lead(store, names, scope, delivery).await,
        (_, None) => {
            let Some(message) = what.message else { return Ok(None) };
            let shown = found(store.message(scope, message, TEXTS).await)?;
            Ok(shown.map(|shown| PayloadSubject::Untracked(Box::new(shown))))
        }
    }
}

fn status(number: Option<i64>) -> Option<CampaignStatus> {
    number.and_then(CampaignStatus::from_number)
}

async fn lead(
    store: &Store,
    names: &Catalog,
    scope: &Scope,
    delivery: &Delivery,
) -> Result<Option<PayloadSubject>, StoreError> {
    let what = &delivery.what;
    let Some(id) = what.conversation else { return Ok(None) };
    let Some(row) = store.rows(scope, &[id], None).await?.pop() else { return Ok(None) };
    let own = match what.message {
        Some(message) => match found(store.message(scope, message, TEXTS).await)? {
            Some(shown) => Some(shown),
            // Deleted, or the conversation was.
            None => return Ok(None),
        },
        None => None,
    };
    let is_of_category = what.event == WebhookEvent::LeadCategoryUpdated;
    let limits = if is_of_category { HISTORY } else { BodyLimits::NONE };
    let Some(page) = found(store.history(scope, id, limits).await)? else { return Ok(None) };
    let (received, sent) = match own {
        Some(own) if own.0.direction == Direction::Outbound => (None, Some(own)),
        other => (other, None),
    };
    let before = received.as_ref().map_or(Timestamp::MAX, |(message, _)| message.at);
    let which = sent.as_ref().map(|(message, _)| message.id);
    let (number, newest) = position(page.messages.iter().map(|(message, _)| message), which, before);
    let sent = match (sent, newest) {
        (Some(sent), _) => Some(sent),
        (None, Some(newest)) => found(store.message(scope, newest, TEXTS).await)?,
        (None, None) => None,
    };
    let mailbox =
        row.conversation.mailbox.and_then(|id| names.mailbox(id)).map(|mailbox| mailbox.email.clone());
    let category = |id: Option<i64>| id.and_then(|id| u64::try_from(id).ok()).map(CategoryId);
    let category = |id| category(id).and_then(|id| names.category(id)).cloned();
    let member = |id: Option<i64>| id.and_then(|id| u64::try_from(id).ok()).map(MemberId);
    let member = |id| member(id).and_then(|id| names.member(id)).cloned();
    let of = |event, value: Option<i64>| value.filter(|_| what.event == event);
    let campaign: CampaignId = row.conversation.campaign;
    Ok(Some(PayloadSubject::Lead(Box::new(LeadPayload {
        campaign: names.campaign(campaign).cloned(),
        mailbox,
        received,
        sent,
        sequence_number: number + page.omitted_sent,
        history: if is_of_category { page.messages } else { Vec::new() },
        category: (
            category(of(WebhookEvent::LeadCategoryUpdated, what.before)),
            category(of(WebhookEvent::LeadCategoryUpdated, what.after)),
        ),
        owner: (
            member(of(WebhookEvent::LeadAssigned, what.before)),
            member(of(WebhookEvent::LeadAssigned, what.after)),
        ),
        conversation: row.conversation,
        lead: row.lead,
    }))))
}

/// The how manieth sent message this one is, or, where none is named, the newest one up to a time; and which that is.
fn position<'a>(
    messages: impl Iterator<Item = &'a Message>,
    which: Option<MessageId>,
    before: Timestamp,
) -> (u64, Option<MessageId>) {
    let sent = messages.filter(|message| message.direction == Direction::Outbound);
    let (mut number, mut newest) = (0, None);
    for message in sent {
        if which.is_none() && message.at > before {
            break;
        }
        number += 1;
        newest = Some(message.id);
        if which == newest {
            break;
        }
    }
    (number, newest)
}

/// A read of something that may be gone.
fn found<T>(read: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    match read {
        Ok(found) => Ok(Some(found)),
        Err(StoreError::NotFound(..)) => Ok(None),
        Err(other) => Err(other),
    }
}
