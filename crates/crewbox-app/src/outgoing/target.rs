//! The message that a reply or a forward is about, and what it takes to answer it.

use std::collections::BTreeSet;

use crewbox_core::id::{CampaignId, ClientId, ConversationId, MailboxId, MessageId};
use crewbox_core::message::{Direction, Message};
use crewbox_core::model::Mailbox;
use crewbox_store::contract::Excerpt;
use crewbox_store::{BodyLimits, StoreError};

use crate::caller::Caller;
use crate::message::with_whole_text;
use crate::refusal::{FieldError, Refusal};
use crate::services::Services;

/// How a caller names a message.
pub(super) struct Named<'a> {
    /// The campaign that its conversation belongs to; none for any that the caller sees.
    pub(super) campaign: Option<CampaignId>,
    /// The `stats_id` of a message of the thread.
    pub(super) stats_id: &'a str,
    /// The name of the field with the `stats_id`.
    pub(super) field: &'static str,
    /// The message itself, by its Message-ID or our own id.
    pub(super) message: Option<&'a str>,
    /// The last message of the conversation that the caller has seen, in the same way.
    pub(super) last_seen: Option<&'a str>,
}

/// The messages of a conversation, oldest first.
type History = Vec<(Message, Excerpt)>;

/// A message and its surroundings.
pub(super) struct Target {
    pub(super) conversation: ConversationId,
    pub(super) message: Message,
    /// Its whole texts.
    pub(super) texts: Excerpt,
    /// Message-IDs of the conversation up to that message, oldest first.
    pub(super) thread: Vec<String>,
    /// The last message that the caller has seen.
    pub(super) last_seen: Option<MessageId>,
    /// The conversation's client.
    pub(super) client: Option<ClientId>,
    /// Mailboxes that an answer could leave through, the best one first.
    mailboxes: Vec<MailboxId>,
}

impl Target {
    /// The message that a caller names.
    pub(super) async fn find(
        services: &Services,
        caller: &Caller,
        named: Named<'_>,
    ) -> Result<Self, Refusal> {
        let campaign = named.campaign.map(|id| caller.campaign_or_deleted(id)).transpose()?.map(|one| one.id);
        let (store, scope) = (services.store(), caller.scope());
        let unknown = || {
            let place = if campaign.is_some() { " in this campaign" } else { "" };
            Refusal::NoMatch(format!("{} not found{place}", named.field))
        };
        let not_here = || Refusal::NoMatch("The message named is not in this conversation".to_owned());
        let mut found = conversations(services, caller, named.stats_id, campaign).await?;
        if found.len() > 1 {
            // The messages of a thread that was split share it: what else is named tells which part is meant.
            let names = || [named.message, named.last_seen].into_iter().flatten();
            found.retain(|(.., history)| names().all(|name| position_of(history, name).is_some()));
            if found.len() > 1 {
                let sentence =
                    "is in several conversations, since its thread was split: name the message, too";
                return Err(Refusal::Conflict(format!("{} {sentence}", named.field)));
            }
            if found.is_empty() {
                return Err(not_here());
            }
        }
        let (conversation, client, history) = found.pop().ok_or_else(unknown)?;
        let place = match named.message {
            Some(name) => position_of(&history, name).ok_or_else(not_here)?,
            None => position_of_newest(&history, named.stats_id).ok_or_else(unknown)?,
        };
        let last_seen = named.last_seen.map(|name| match position_of(&history, name) {
            Some(place) => Ok(history[place].0.id),
            None => Err(FieldError::of("last_seen_message_id", "must be a message of this conversation")),
        });
        let last_seen = last_seen.transpose()?;
        let thread = history[..=place].iter().map(|(message, _)| message.message_id.clone()).collect();
        let newest = history.iter().rev().find_map(|(message, _)| message.mailbox);
        let chosen = history.get(place).ok_or_else(unknown)?.0.id;
        let (message, texts) = store.message(scope, chosen, BodyLimits::WHOLE).await?;
        let texts = with_whole_text(services, caller, &message, texts).await?;
        let mailboxes = [message.mailbox, newest].into_iter().flatten().collect();
        Ok(Self { conversation, client, message, texts, thread, last_seen, mailboxes })
    }

    /// The mailbox that an answer leaves through.
    pub(super) fn mailbox(&self, caller: &Caller) -> Result<Mailbox, Refusal> {
        let usable = |id: &MailboxId| {
            let mailbox = caller.names().mailbox(*id)?;
            let fits = mailbox.client.is_none() || mailbox.client == self.client;
            (mailbox.removed_at.is_none() && fits).then(|| mailbox.clone())
        };
        self.mailboxes.iter().find_map(usable).ok_or_else(|| {
            let sentence = "The e-mail account of this conversation was removed: connect it again";
            Refusal::Conflict(sentence.to_owned())
        })
    }
}

/// The conversations that the caller sees with messages of this `stats_id`, each with its client and its messages.
async fn conversations(
    services: &Services,
    caller: &Caller,
    stats_id: &str,
    campaign: Option<CampaignId>,
) -> Result<Vec<(ConversationId, Option<ClientId>, History)>, Refusal> {
    let (store, scope) = (services.store(), caller.scope());
    let messages = store.messages_by_stats_id(scope, stats_id).await?;
    let ids: BTreeSet<ConversationId> = messages.iter().filter_map(|message| message.conversation).collect();
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        let held = match store.conversation(scope, id).await {
            Err(StoreError::NotFound(..)) => continue,
            other => other?,
        };
        if campaign.is_none_or(|campaign| campaign == held.campaign) {
            let history = store.history(scope, id, BodyLimits::NONE).await?.messages;
            found.push((id, held.client, history));
        }
    }
    Ok(found)
}

/// Where a message is in a history, by its Message-ID, with or without brackets, or by our id (`msg_12`, `12`).
fn position_of(history: &[(Message, Excerpt)], name: &str) -> Option<usize> {
    let bare = without_brackets(name);
    let number = bare.trim_start_matches("msg_").parse::<u64>().ok();
    history.iter().position(|(message, _)| message.message_id == bare || number == Some(message.id.get()))
}

/// The newest message with this `stats_id`: their reply before our own mail, and what machines report about that (a
/// bounce has its `stats_id`) only when there is nothing else.
fn position_of_newest(history: &[(Message, Excerpt)], stats_id: &str) -> Option<usize> {
    let newest = |fits: &dyn Fn(&Message) -> bool| {
        history.iter().rposition(|(message, _)| message.stats_id == stats_id && fits(message))
    };
    let is_reply = |message: &Message| message.direction == Direction::Inbound && message.class.is_reply();
    newest(&is_reply)
        .or_else(|| newest(&|message| message.direction == Direction::Outbound))
        .or_else(|| newest(&|_| true))
}

/// A Message-ID as the store has it.
pub(super) fn without_brackets(message_id: &str) -> &str {
    message_id.trim().trim_start_matches('<').trim_end_matches('>')
}
