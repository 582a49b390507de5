//! Which deliveries a change of the log is.

use crewbox_core::change::{Change, ChangeKind};
use crewbox_core::id::{AccountId, CampaignId, CategoryId, MessageId};
use crewbox_core::webhook::{About, MessageNews, Webhook, WebhookEvent, events_of, may_be_event, receivers};
use crewbox_store::contract::NewDelivery;
use crewbox_store::{Catalog, Scope, Store, StoreError};

use super::secret::hex;
use crate::random::Random;

/// The deliveries of a change. Empty where it is no event, or where what it is about is gone.
pub(super) async fn deliveries(
    store: &Store,
    names: &Catalog,
    random: &Random,
    account: AccountId,
    webhooks: &[Webhook],
    change: &Change,
) -> Result<Vec<NewDelivery>, StoreError> {
    if !may_be_event(change) {
        return Ok(Vec::new());
    }
    let scope = Scope::operator(account);
    let message = change.subject.filter(|_| is_of_message(change.kind)).map(MessageId);
    let news: Option<MessageNews> = match message {
        Some(message) => store.message_news(&scope, message).await?,
        None => None,
    };
    let events = events_of(change, news);
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let Some(about) = about(store, names, &scope, change).await? else { return Ok(Vec::new()) };
    let mut queued = Vec::new();
    for (event, delta) in events {
        let after = delta.and_then(|delta| delta.after);
        let category = after.filter(|_| event == WebhookEvent::LeadCategoryUpdated);
        let category = category.and_then(|id| u64::try_from(id).ok()).map(CategoryId);
        for webhook in receivers(webhooks, event, About { category, ..about }, change.seq) {
            queued.push(NewDelivery {
                webhook: webhook.id,
                event,
                seq: change.seq,
                at: change.at,
                conversation: change.conversation,
                campaign: about.campaign,
                message,
                before: delta.and_then(|delta| delta.before),
                after,
                request_id: request_id(random)?,
            });
        }
    }
    Ok(queued)
}

const fn is_of_message(kind: ChangeKind) -> bool {
    matches!(
        kind,
        ChangeKind::MessageSent
            | ChangeKind::MessageReceived
            | ChangeKind::MessageAttached
            | ChangeKind::MessageUntracked
            | ChangeKind::MessageOpened
            | ChangeKind::MessageClicked
    )
}

/// The campaign and the client of a change; none where what it is about is gone.
async fn about(
    store: &Store,
    names: &Catalog,
    scope: &Scope,
    change: &Change,
) -> Result<Option<About>, StoreError> {
    if let Some(id) = change.conversation {
        return match store.conversation(scope, id).await {
            Ok(held) => {
                Ok(Some(About { campaign: Some(held.campaign), client: held.client, category: None }))
            }
            Err(StoreError::NotFound(..)) => Ok(None),
            Err(other) => Err(other),
        };
    }
    if change.kind != ChangeKind::CampaignStatusChanged {
        return Ok(Some(About::default()));
    }
    let campaign = change.subject.and_then(|id| names.campaign(CampaignId(id)));
    let about = |campaign: &crewbox_core::model::Campaign| About {
        campaign: Some(campaign.id),
        client: campaign.client,
        category: None,
    };
    Ok(campaign.map(about))
}

/// An id in a UUID's form. Random, so that it says nothing of how much happens in the account.
fn request_id(random: &Random) -> Result<String, StoreError> {
    let bytes = random.bytes::<16>();
    let bytes = bytes.map_err(|_| StoreError::OutOfResources("random bytes".to_owned()))?;
    let hex = hex(&bytes);
    let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
    Ok(parts.join("-"))
}
