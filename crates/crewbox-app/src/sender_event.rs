//! Events that the program which sends the campaigns reports: above all openings and clicks, which no mail says.
//!
//! Owns which message or conversation an event is about, and that one event counts once. What mail itself says (what was
//! sent, replies, bounces) is taken from the mail and not from such events.

use crewbox_core::change::Cause;
use crewbox_core::conversation::{Conversation, Edit, Tracked};
use crewbox_core::id::{CampaignId, ConversationId, MessageId};
use crewbox_core::message::{Direction, Message};
use crewbox_core::permission::Permission;
use crewbox_core::time::Timestamp;
use crewbox_store::contract::BodyLimits;
use crewbox_store::{Op, StoreError};
use sha2::{Digest as _, Sha256};

use crate::caller::Caller;
use crate::refusal::{FieldError, Refusal};
use crate::services::Services;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Happened {
    /// The reader opened a message.
    Opened,
    /// The reader followed a link in a message.
    Clicked,
    /// The lead asked not to be written to any more.
    Unsubscribed,
    /// Something that the mail itself says, or that is decided in Crewbox.
    Known,
}

/// An event as it is reported.
#[derive(Clone, Debug)]
pub struct SenderEvent {
    /// What happened.
    pub happened: Happened,
    /// When; none where the report does not say.
    pub at: Option<Timestamp>,
    /// The `stats_id` of a message, if it is one of Crewbox.
    pub stats_id: Option<String>,
    /// A Message-ID, with or without brackets.
    pub message_id: Option<String>,
    /// The campaign,
    pub campaign: Option<CampaignId>,
    /// and the address of its lead.
    pub email: Option<String>,
    /// The links that were followed.
    pub links: Vec<String>,
}

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Matched {
    /// The conversation.
    pub conversation: ConversationId,
    /// The sent message, where it is known.
    pub message: Option<MessageId>,
    /// Whether events of its kind change something. False for what is taken from the mail itself.
    pub counts: bool,
}

/// Takes an event in; what it is about, or none where nothing that the caller sees matches. The same event again
/// changes nothing.
///
/// # Errors
/// [`Refusal::Invalid`] for an event that names nothing; the store's.
pub async fn ingest(
    services: &Services,
    caller: &Caller,
    event: SenderEvent,
) -> Result<Option<Matched>, Refusal> {
    caller.require(Permission::DeliverMail)?;
    let names_lead = event.campaign.is_some() && event.email.is_some();
    if event.stats_id.is_none() && event.message_id.is_none() && !names_lead {
        let sentence = "stats_id, message_id, or campaign_id with to_email is required";
        return Err(FieldError::says("stats_id", sentence).into());
    }
    let at = event.at.unwrap_or(caller.now()).min(caller.now());
    let Some((conversation, message)) = find(services, caller, &event, at).await? else {
        return Ok(None);
    };
    let op = match event.happened {
        Happened::Opened => Op::Track { conversation, message, tracked: Tracked::Opened, at },
        Happened::Clicked => Op::Track { conversation, message, tracked: Tracked::Clicked, at },
        Happened::Unsubscribed => Op::Edit { conversation, edit: Edit::Unsubscribe },
        Happened::Known => return Ok(Some(Matched { conversation, message, counts: false })),
    };
    let once = fingerprint(&event, conversation, message);
    caller.clone().caused_by(Cause::System).commit_once(services, op, once).await?;
    Ok(Some(Matched { conversation, message, counts: true }))
}

/// By which the same event is recognised when it is reported again.
fn fingerprint(event: &SenderEvent, conversation: ConversationId, message: Option<MessageId>) -> String {
    let mut hash = Sha256::new();
    let at = event.at.map_or(i64::MIN, Timestamp::millis);
    hash.update([event.happened as u8]);
    hash.update(conversation.get().to_be_bytes());
    hash.update(message.map_or(0, MessageId::get).to_be_bytes());
    hash.update(at.to_be_bytes());
    for link in &event.links {
        hash.update((link.len() as u64).to_be_bytes());
        hash.update(link);
    }
    let hex: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sender-event/{hex}")
}

/// What an event is about, by the most exact of what it names.
async fn find(
    services: &Services,
    caller: &Caller,
    event: &SenderEvent,
    at: Timestamp,
) -> Result<Option<(ConversationId, Option<MessageId>)>, Refusal> {
    let (store, scope) = (services.store(), caller.scope());
    if let Some(stats_id) = &event.stats_id {
        let held = store.messages_by_stats_id(scope, stats_id).await?;
        if let Some(found) = sent_before(&held, at).or(held.first()) {
            return Ok(place(found));
        }
    }
    if let Some(message_id) = &event.message_id {
        let id = message_id.trim_matches(['<', '>', ' ']);
        let held = store.messages_by_rfc_id(scope, id).await?;
        if let Some(found) = sent_before(&held, at).or(held.first()) {
            return Ok(place(found));
        }
    }
    let Some((campaign, email)) = event.campaign.zip(event.email.as_deref()) else { return Ok(None) };
    for (lead, _) in store.leads_by_email(scope, email).await? {
        match store.conversation_of(scope, campaign, lead.id).await {
            Ok(held) => return Ok(Some((held.id, last_sent(services, caller, &held, at).await?))),
            Err(StoreError::NotFound(..)) => {}
            Err(other) => return Err(other.into()),
        }
    }
    Ok(None)
}

/// Where a message is: its conversation, and the message itself if we sent it.
fn place(message: &Message) -> Option<(ConversationId, Option<MessageId>)> {
    let sent = (message.direction == Direction::Outbound).then_some(message.id);
    message.conversation.map(|conversation| (conversation, sent))
}

/// The newest sent message up to a time; the first one where all are later, since clocks differ.
fn sent_before(messages: &[Message], at: Timestamp) -> Option<&Message> {
    let mut sent = messages.iter().filter(|message| message.direction == Direction::Outbound);
    let first = sent.clone().next();
    sent.rfind(|message| message.at <= at).or(first)
}

/// The sent message of a conversation that an event of this time is about.
async fn last_sent(
    services: &Services,
    caller: &Caller,
    held: &Conversation,
    at: Timestamp,
) -> Result<Option<MessageId>, Refusal> {
    // Most events are about the newest message: then the others need not be read.
    if held.sent_time.is_none_or(|sent| sent <= at) {
        return Ok(held.last_sent);
    }
    let page = services.store().history(caller.scope(), held.id, BodyLimits::NONE).await?;
    let messages: Vec<Message> = page.messages.into_iter().map(|(message, _)| message).collect();
    Ok(sent_before(&messages, at).map(|message| message.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_in_one_part_is_another_event() {
        let event = SenderEvent {
            happened: Happened::Clicked,
            at: Some(Timestamp(5)),
            stats_id: None,
            message_id: None,
            campaign: None,
            email: None,
            links: vec!["https://a.example".to_owned(), "b".to_owned()],
        };
        let (one, message) = (ConversationId(1), Some(MessageId(1)));
        let mut all = vec![
            fingerprint(&event, one, message),
            fingerprint(&event, one, None),
            fingerprint(&event, ConversationId(2), message),
        ];
        for other in [
            SenderEvent { happened: Happened::Opened, ..event.clone() },
            SenderEvent { at: None, ..event.clone() },
            SenderEvent { at: Some(Timestamp(6)), ..event.clone() },
            SenderEvent { links: vec!["https://a.exampleb".to_owned()], ..event.clone() },
        ] {
            all.push(fingerprint(&other, one, message));
        }
        assert_eq!(all[0], fingerprint(&event.clone(), one, message));
        let count = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
