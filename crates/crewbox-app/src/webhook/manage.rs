//! Making, reading, changing and deleting webhooks.

use crewbox_core::id::{CampaignId, CategoryId, WebhookId};
use crewbox_core::permission::{Denied, Permission};
use crewbox_core::webhook::{Association, Webhook, WebhookEvent};
use crewbox_store::contract::SavedWebhook;
use crewbox_store::{Op, Outcome, Thing};

use super::secret;
use crate::caller::Caller;
use crate::refusal::{FieldError, Given, Refusal};
use crate::services::Services;

/// Webhooks that an account may have. Each may hold two connections, and an event is compared with all of them.
pub const MOST_WEBHOOKS: u64 = 100;

/// A webhook to make.
#[derive(Clone, Debug)]
pub struct NewWebhook {
    /// What people call it.
    pub name: String,
    /// Where events are posted.
    pub url: String,
    /// Whose events it gets.
    pub association: Association,
    /// What it subscribes to.
    pub events: Vec<WebhookEvent>,
    /// Only these categories; all where it is empty.
    pub categories: Vec<CategoryId>,
}

/// A webhook that was made, or got another secret. Both texts are shown this once.
#[derive(Clone, PartialEq, Eq)]
pub struct MadeWebhook {
    /// Its id.
    pub id: WebhookId,
    /// By which its deliveries are signed.
    pub secret: String,
    /// What each of its payloads has as `secret_key`.
    pub token: String,
}

impl std::fmt::Debug for MadeWebhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MadeWebhook").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What changes of a webhook; what is not given stays.
#[derive(Clone, Debug, Default)]
pub struct ChangeWebhook {
    /// What people call it.
    pub name: Option<String>,
    /// Where events are posted.
    pub url: Option<String>,
    /// What it subscribes to.
    pub events: Option<Vec<WebhookEvent>>,
    /// Only these categories; all where it is empty.
    pub categories: Option<Vec<CategoryId>>,
    /// Whether it gets another secret.
    pub new_secret: bool,
}

/// Makes a webhook. It gets what happens from then on.
///
/// # Errors
/// [`Refusal::Forbidden`] where a restricted caller names the account or another client; [`Refusal::NotFound`] for a
/// client or campaign that the caller does not see; [`Refusal::Invalid`] for an address that may not be posted to, no
/// event, or a category that does not exist; [`Refusal::Conflict`] over [`MOST_WEBHOOKS`]; the store's.
pub async fn create(services: &Services, caller: &Caller, new: NewWebhook) -> Result<MadeWebhook, Refusal> {
    caller.require(Permission::ManageWebhooks)?;
    let own = caller.scope().client();
    match new.association {
        Association::User if own.is_some() => return Err(Refusal::Forbidden(Denied::Restricted)),
        Association::Client(client) if own.is_some_and(|own| own != client) => {
            return Err(Refusal::NotFound(Thing::Client, client.get()));
        }
        Association::Client(client) => {
            caller.names().client(client).ok_or(Refusal::NotFound(Thing::Client, client.get()))?;
        }
        Association::Campaign(campaign) => {
            caller.campaign(campaign)?;
        }
        Association::User => {}
    }
    check(services, caller, Some(&new.url), Some(&new.events), Some(&new.categories)).await?;
    let secret = secret::generate(&services.mail()?.random)?;
    let saved = SavedWebhook {
        id: None,
        name: new.name,
        url: new.url,
        association: new.association,
        events: new.events,
        categories: new.categories,
        secret: Some(secret.clone()),
        most: MOST_WEBHOOKS,
    };
    let id = save(services, caller, saved).await?;
    Ok(MadeWebhook { id, token: secret::token(&secret), secret })
}

/// One webhook, without its secret.
///
/// # Errors
/// [`Refusal::NotFound`] for one that the caller does not see; the store's.
pub async fn get(services: &Services, caller: &Caller, id: WebhookId) -> Result<Webhook, Refusal> {
    caller.require(Permission::ManageWebhooks)?;
    find(services, caller, id).await
}

/// The webhooks of a campaign, ascending by id; not those of its client or the account.
///
/// # Errors
/// [`Refusal::NotFound`] for a campaign that the caller does not see; the store's.
pub async fn of_campaign(
    services: &Services,
    caller: &Caller,
    campaign: CampaignId,
) -> Result<Vec<Webhook>, Refusal> {
    caller.require(Permission::ManageWebhooks)?;
    let campaign = caller.campaign(campaign)?.id;
    let mut all = services.store().webhooks(caller.scope()).await?;
    all.retain(|webhook| webhook.association == Association::Campaign(campaign));
    Ok(all)
}

/// Changes a webhook; its new secret, if it got one. `campaign` must be its own, where it is named.
///
/// # Errors
/// As [`create`]; [`Refusal::NotFound`] for a webhook that the caller does not see.
pub async fn update(
    services: &Services,
    caller: &Caller,
    id: WebhookId,
    campaign: Option<CampaignId>,
    change: ChangeWebhook,
) -> Result<Option<MadeWebhook>, Refusal> {
    caller.require(Permission::ManageWebhooks)?;
    let held = find(services, caller, id).await?;
    of(&held, campaign)?;
    check(services, caller, change.url.as_deref(), change.events.as_deref(), change.categories.as_deref())
        .await?;
    let secret = match change.new_secret {
        true => Some(secret::generate(&services.mail()?.random)?),
        false => None,
    };
    let saved = SavedWebhook {
        id: Some(id),
        name: change.name.unwrap_or(held.name),
        url: change.url.unwrap_or(held.url),
        association: held.association,
        events: change.events.unwrap_or(held.events),
        categories: change.categories.unwrap_or(held.categories),
        secret: secret.clone(),
        most: MOST_WEBHOOKS,
    };
    save(services, caller, saved).await?;
    Ok(secret.map(|secret| MadeWebhook { id, token: secret::token(&secret), secret }))
}

/// Deletes a webhook with what waits for it. `campaign` must be its own, where it is named.
///
/// # Errors
/// [`Refusal::NotFound`] for one that the caller does not see; the store's.
pub async fn delete(
    services: &Services,
    caller: &Caller,
    id: WebhookId,
    campaign: Option<CampaignId>,
) -> Result<(), Refusal> {
    caller.require(Permission::ManageWebhooks)?;
    of(&find(services, caller, id).await?, campaign)?;
    caller.commit_one(services, Op::DeleteWebhook(id)).await?;
    Ok(())
}

async fn find(services: &Services, caller: &Caller, id: WebhookId) -> Result<Webhook, Refusal> {
    let all = services.store().webhooks(caller.scope()).await?;
    all.into_iter().find(|webhook| webhook.id == id).ok_or(Refusal::NotFound(Thing::Webhook, id.get()))
}

fn of(webhook: &Webhook, campaign: Option<CampaignId>) -> Result<(), Refusal> {
    match campaign {
        Some(campaign) if webhook.association != Association::Campaign(campaign) => {
            Err(Refusal::NotFound(Thing::Webhook, webhook.id.get()))
        }
        _ => Ok(()),
    }
}

async fn save(services: &Services, caller: &Caller, saved: SavedWebhook) -> Result<WebhookId, Refusal> {
    match caller.commit_one(services, Op::SaveWebhook(Box::new(saved))).await? {
        Outcome::Id(id) => Ok(WebhookId(id)),
        Outcome::Count(_) => Err(Refusal::Conflict(format!(
            "An account has at most {MOST_WEBHOOKS} webhooks: delete one first"
        ))),
        other => Err(Refusal::Internal(format!("saving a webhook gave {other:?}"))),
    }
}

/// Everything that is wrong with the values of a webhook.
async fn check(
    services: &Services,
    caller: &Caller,
    url: Option<&str>,
    events: Option<&[WebhookEvent]>,
    categories: Option<&[CategoryId]>,
) -> Result<(), Refusal> {
    let mut errors = Vec::new();
    if events.is_some_and(<[WebhookEvent]>::is_empty) {
        errors.push(FieldError::of("event_type_map", "must enable at least one event"));
    }
    for category in categories.unwrap_or_default() {
        if caller.names().category(*category).is_none() {
            let error = FieldError::of("category_id_map", "must name categories that exist");
            errors.push(error.given(Given::Number(category.get())));
        }
    }
    if let Some(url) = url
        && let Err(rest) = services.mail()?.poster.check(url).await
    {
        errors.push(FieldError::of("webhook_url", rest));
    }
    if errors.is_empty() { Ok(()) } else { Err(Refusal::Invalid(errors)) }
}
