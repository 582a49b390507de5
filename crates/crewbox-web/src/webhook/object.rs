//! How a webhook is shown. Its secret never is, except once where it is made.

use crewbox_app::webhook::MadeWebhook;
use crewbox_core::id::{CampaignId, ClientId, WebhookId};
use crewbox_core::webhook::{Association, Webhook};
use crewbox_store::Catalog;

use super::value::Level;
use crate::call::SignedCall;
use crate::declare::output;
use crate::object::At;
use crate::value::{Map, Nullable};

output! {
    /// A webhook, without its secret.
    pub(crate) struct ShownWebhook {
        /// Its id.
        id: WebhookId,
        /// What people call it.
        name: String,
        /// Where events are posted.
        webhook_url: String,
        /// Whose events it gets.
        association_type: Level,
        /// The campaign, of a campaign's webhook.
        email_campaign_id: Nullable<CampaignId>,
        /// The client whose data it gets.
        client_id: Nullable<ClientId>,
        /// The events that it subscribes to.
        event_types: Vec<&'static str>,
        /// The same as an object.
        event_type_map: Map<bool>,
        /// The categories to which LEAD_CATEGORY_UPDATED is limited, by name; none for all.
        categories: Vec<String>,
        /// The same as an object, by id.
        category_id_map: Map<bool>,
        /// When it was made.
        created_at: At,
        /// When it was changed last.
        updated_at: At,
    }
}

/// A webhook for a caller.
pub(super) fn shown(call: &SignedCall, names: &Catalog, webhook: Webhook) -> ShownWebhook {
    let category =
        |id: &crewbox_core::id::CategoryId| names.category(*id).map(|category| category.name.clone());
    let level = match webhook.association {
        Association::User => Level::User,
        Association::Client(_) => Level::Client,
        Association::Campaign(_) => Level::Campaign,
    };
    let campaign = match webhook.association {
        Association::Campaign(campaign) => Some(campaign),
        Association::User | Association::Client(_) => None,
    };
    ShownWebhook {
        id: webhook.id,
        name: webhook.name,
        webhook_url: webhook.url,
        association_type: level,
        email_campaign_id: campaign.into(),
        client_id: webhook.client.into(),
        event_types: webhook.events.iter().map(|event| event.name()).collect(),
        event_type_map: Map(webhook.events.iter().map(|event| (event.name().to_owned(), true)).collect()),
        categories: webhook.categories.iter().filter_map(category).collect(),
        category_id_map: Map(webhook.categories.iter().map(|id| (id.to_string(), true)).collect()),
        created_at: call.at(webhook.created_at),
        updated_at: call.at(webhook.updated_at),
    }
}

output! {
    /// A webhook that was made. Its secret is shown this once.
    pub(crate) struct WebhookMade {
        /// Its id.
        id: WebhookId,
        /// Where events are posted.
        webhook_url: String,
        /// By which deliveries are signed: `X-Smartlead-Signature` is `sha256=` and the HMAC-SHA256 of the body by it.
        secret: String,
        /// What each payload has as `secret_key`.
        secret_key: String,
    }
}

output! {
    /// A webhook that was saved.
    pub(crate) struct WebhookSaved {
        /// Its id.
        id: WebhookId,
        /// Its secret, where it got one; it is shown this once.
        secret: Option<String>,
        /// What each payload has as `secret_key`, likewise.
        secret_key: Option<String>,
    }
}

impl WebhookSaved {
    pub(super) fn new(id: WebhookId, made: Option<MadeWebhook>) -> Self {
        let (secret, secret_key) = made.map(|made| (made.secret, made.token)).unzip();
        Self { id, secret, secret_key }
    }
}
