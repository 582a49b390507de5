//! Making, reading, changing and deleting a webhook.

use crewbox_app::webhook::{self, ChangeWebhook, NewWebhook};
use crewbox_app::{FieldError, Refusal};
use crewbox_core::id::{CampaignId, CategoryId, ClientId, WebhookId};
use crewbox_core::webhook::{Association, WebhookEvent};
use crewbox_store::Catalog;

use super::object::{ShownWebhook, WebhookMade, WebhookSaved, shown};
use super::value::{CategoryMap, CategoryNames, EventMap, EventNames, GivenLevel, Level};
use crate::answer::{Done, Success};
use crate::call::SignedCall;
use crate::declare::input;
use crate::error::ApiError;
use crate::handler::{Body, Path};
use crate::value::{MAX_NAME, NonBlank, OrBlank, Trimmed};

/// Characters of an address: the use case checks more.
pub(super) const MAX_URL: usize = 2_000;
/// The name of a webhook that is given none.
pub(super) const UNNAMED: &str = "Webhook";

input! {
    /// A webhook to make.
    pub(crate) struct CreatedWebhook {
        /// Where events are posted: https, or http. Not an address of this machine or a private network, unless the operator
        /// allows it.
        webhook_url: NonBlank<MAX_URL>,
        /// Whose events it gets; 1, 2 and 3 are taken for these names. Of the levels account, client and campaign, the
        /// first one that subscribes to an event gets it.
        association_type: GivenLevel,
        /// The campaign, of a campaign's webhook.
        email_campaign_id: Option<OrBlank<CampaignId>>,
        /// The client, of a client's webhook.
        client_id: Option<OrBlank<ClientId>>,
        /// What people call it; `Webhook` unless given.
        name: Option<Trimmed<MAX_NAME>>,
        /// The events that it subscribes to. At least one is needed.
        event_type_map: Option<EventMap>,
        /// The same by their names.
        event_types: Option<EventNames>,
        /// One more of them.
        event_type: Option<EventNames>,
        /// Limits LEAD_CATEGORY_UPDATED to these categories, by id.
        category_id_map: Option<CategoryMap>,
        /// The same, by name or id.
        categories: Option<CategoryNames>,
        /// One more of them.
        category_id: Option<CategoryNames>,
    }
}

input! {
    /// What changes of a webhook; what is not given stays.
    pub(crate) struct UpdatedWebhook {
        /// Where events are posted.
        webhook_url: Option<NonBlank<MAX_URL>>,
        /// What people call it.
        name: Option<Trimmed<MAX_NAME>>,
        /// The events that it subscribes to.
        event_type_map: Option<EventMap>,
        /// The same by their names.
        event_types: Option<EventNames>,
        /// Limits LEAD_CATEGORY_UPDATED to these categories, by id; an empty object ends the limit.
        category_id_map: Option<CategoryMap>,
        /// The same, by name or id.
        categories: Option<CategoryNames>,
        /// Whether it gets another secret, which is then shown once.
        reset_secret: Option<bool>,
    }
}

input! {
    /// A webhook to delete.
    pub(crate) struct WhichWebhook {
        /// Its id. This or `webhook_id` is needed.
        id: Option<OrBlank<WebhookId>>,
        /// Its id.
        webhook_id: Option<OrBlank<WebhookId>>,
    }
}

impl WhichWebhook {
    pub(super) fn id(self) -> Result<WebhookId, Refusal> {
        let id = self.id.or(self.webhook_id).map(|id| id.0);
        id.ok_or_else(|| FieldError::of("id", "is required").into())
    }
}

/// POST `/webhook/create`.
pub(crate) async fn create(
    call: SignedCall,
    Body(new): Body<CreatedWebhook>,
) -> Result<Done<WebhookMade>, ApiError> {
    let caller = call.caller();
    let association = match new.association_type.0 {
        Level::User => Association::User,
        Level::Client => Association::Client(needed(new.client_id.map(|id| id.0), "client_id")?),
        Level::Campaign => {
            Association::Campaign(needed(new.email_campaign_id.map(|id| id.0), "email_campaign_id")?)
        }
    };
    let events = events([new.event_types, new.event_type], new.event_type_map).unwrap_or_default();
    let categories = categories(caller.names(), [new.categories, new.category_id], new.category_id_map)?;
    let url = new.webhook_url.0;
    let command = NewWebhook {
        name: new.name.map_or_else(|| UNNAMED.to_owned(), |name| name.0),
        url: url.clone(),
        association,
        events,
        categories: categories.unwrap_or_default(),
    };
    let made = webhook::create(call.services(), &caller, command).await?;
    let more = WebhookMade { id: made.id, webhook_url: url, secret: made.secret, secret_key: made.token };
    Ok(Done { message: "Webhook created successfully", more })
}

/// GET `/webhook/{id}`.
pub(crate) async fn get(
    call: SignedCall,
    Path(id): Path<WebhookId>,
) -> Result<Success<ShownWebhook>, ApiError> {
    let caller = call.caller();
    let found = webhook::get(call.services(), &caller, id).await?;
    Ok(Success { message: "Webhook", data: shown(&call, caller.names(), found) })
}

/// PUT `/webhook/update/{id}`.
pub(crate) async fn update(
    call: SignedCall,
    Path(id): Path<WebhookId>,
    Body(new): Body<UpdatedWebhook>,
) -> Result<Done<WebhookSaved>, ApiError> {
    let caller = call.caller();
    let change = ChangeWebhook {
        name: new.name.map(|name| name.0),
        url: new.webhook_url.map(|url| url.0),
        events: events([new.event_types, None], new.event_type_map),
        categories: categories(caller.names(), [new.categories, None], new.category_id_map)?,
        new_secret: new.reset_secret.unwrap_or(false),
    };
    let made = webhook::update(call.services(), &caller, id, None, change).await?;
    Ok(Done { message: "Webhook saved successfully", more: WebhookSaved::new(id, made) })
}

/// DELETE `/webhook/delete`.
pub(crate) async fn delete(
    call: SignedCall,
    Body(which): Body<WhichWebhook>,
) -> Result<Success<&'static str>, ApiError> {
    webhook::delete(call.services(), &call.caller(), which.id()?, None).await?;
    Ok(Success { message: "Webhook deleted successfully", data: "success" })
}

fn needed<T>(value: Option<T>, field: &str) -> Result<T, Refusal> {
    value.ok_or_else(|| FieldError::of(field, "is required for this association_type").into())
}

/// All events that are named, each once; none where no key names any.
pub(super) fn events(names: [Option<EventNames>; 2], map: Option<EventMap>) -> Option<Vec<WebhookEvent>> {
    let is_given = map.is_some() || names.iter().any(Option::is_some);
    let mut events = map.map(|map| map.0).unwrap_or_default();
    for event in names.into_iter().flatten().flat_map(|names| names.0) {
        if !events.contains(&event) {
            events.push(event);
        }
    }
    is_given.then_some(events)
}

/// All categories that are named, each once; none where no key names any.
pub(super) fn categories(
    catalog: &Catalog,
    names: [Option<CategoryNames>; 2],
    map: Option<CategoryMap>,
) -> Result<Option<Vec<CategoryId>>, Refusal> {
    let is_given = map.is_some() || names.iter().any(Option::is_some);
    let mut ids = map.map(|map| map.ids(catalog)).transpose()?.unwrap_or_default();
    for names in names.into_iter().flatten() {
        ids.extend(names.ids(catalog)?);
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(is_given.then_some(ids))
}
