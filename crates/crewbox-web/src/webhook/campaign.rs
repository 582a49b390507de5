//! The webhooks of one campaign.

use crewbox_app::webhook::{self, ChangeWebhook, NewWebhook};
use crewbox_core::id::{CampaignId, WebhookId};
use crewbox_core::webhook::Association;

use super::manage::{MAX_URL, UNNAMED, WhichWebhook, categories, events};
use super::object::{ShownWebhook, WebhookSaved, shown};
use super::value::{CategoryMap, CategoryNames, EventMap, EventNames};
use crate::answer::{Done, Json, Success};
use crate::call::SignedCall;
use crate::declare::input;
use crate::error::ApiError;
use crate::handler::{Body, Path};
use crate::value::{MAX_NAME, NonBlank, OrBlank, Trimmed};
use crewbox_app::{FieldError, Refusal};

input! {
    /// A webhook of a campaign to make, or to change.
    pub(crate) struct CampaignWebhook {
        /// Which one to change; a new one is made without it.
        id: Option<OrBlank<WebhookId>>,
        /// What people call it.
        name: Option<Trimmed<MAX_NAME>>,
        /// Where events are posted. A new one needs it.
        webhook_url: Option<NonBlank<MAX_URL>>,
        /// The events that it subscribes to. A new one needs at least one.
        event_types: Option<EventNames>,
        /// The same, by the name that some clients use.
        events: Option<EventNames>,
        /// The same as an object.
        event_type_map: Option<EventMap>,
        /// Limits LEAD_CATEGORY_UPDATED to these categories, by name or id; none for all.
        categories: Option<CategoryNames>,
        /// The same as an object, by id.
        category_id_map: Option<CategoryMap>,
    }
}

/// GET `/campaigns/{id}/webhooks`.
pub(crate) async fn list(
    call: SignedCall,
    Path(id): Path<CampaignId>,
) -> Result<Json<Vec<ShownWebhook>>, ApiError> {
    let caller = call.caller();
    let all = webhook::of_campaign(call.services(), &caller, id).await?;
    Ok(Json(all.into_iter().map(|one| shown(&call, caller.names(), one)).collect()))
}

/// POST `/campaigns/{id}/webhooks`.
pub(crate) async fn save(
    call: SignedCall,
    Path(campaign): Path<CampaignId>,
    Body(given): Body<CampaignWebhook>,
) -> Result<Done<WebhookSaved>, ApiError> {
    let caller = call.caller();
    let events = events([given.event_types, given.events], given.event_type_map);
    let categories = categories(caller.names(), [given.categories, None], given.category_id_map)?;
    let (name, url) = (given.name.map(|name| name.0), given.webhook_url.map(|url| url.0));
    let (id, made) = match given.id {
        Some(OrBlank(id)) => {
            let change = ChangeWebhook { name, url, events, categories, new_secret: false };
            (id, webhook::update(call.services(), &caller, id, Some(campaign), change).await?)
        }
        None => {
            let url = url.ok_or_else(|| Refusal::from(FieldError::of("webhook_url", "is required")))?;
            let command = NewWebhook {
                name: name.unwrap_or_else(|| UNNAMED.to_owned()),
                url,
                association: Association::Campaign(campaign),
                events: events.unwrap_or_default(),
                categories: categories.unwrap_or_default(),
            };
            let made = webhook::create(call.services(), &caller, command).await?;
            (made.id, Some(made))
        }
    };
    Ok(Done { message: "Webhook saved successfully", more: WebhookSaved::new(id, made) })
}

/// DELETE `/campaigns/{id}/webhooks`.
pub(crate) async fn delete_named(
    call: SignedCall,
    Path(campaign): Path<CampaignId>,
    Body(which): Body<WhichWebhook>,
) -> Result<Success<&'static str>, ApiError> {
    deleted(&call, campaign, which.id()?).await
}

/// DELETE `/campaigns/{id}/webhooks/{webhook_id}`.
pub(crate) async fn delete_of(
    call: SignedCall,
    Path((campaign, id)): Path<(CampaignId, WebhookId)>,
) -> Result<Success<&'static str>, ApiError> {
    deleted(&call, campaign, id).await
}

async fn deleted(
    call: &SignedCall,
    campaign: CampaignId,
    id: WebhookId,
) -> Result<Success<&'static str>, ApiError> {
    let caller = call.caller();
    webhook::delete(call.services(), &caller, id, Some(campaign)).await?;
    Ok(Success { message: "Webhook deleted successfully", data: "success" })
}
