//! The engine's reads of webhooks.

use crewbox_core::id::{CampaignId, MessageId, Seq, WebhookId};
use crewbox_core::time::Timestamp;
use crewbox_core::webhook::{MessageNews, Webhook};

use super::{Engine, Result, read};
use crate::contract::{Delivery, DeliveryCounts, Scope};

impl Engine {
    pub(crate) async fn webhooks(&self, scope: &Scope) -> Result<Vec<Webhook>> {
        self.shared.readers.with(|db| read::webhook::all(db, scope))
    }

    pub(crate) async fn webhook_secret(&self, scope: &Scope, id: WebhookId) -> Result<Option<String>> {
        self.shared.readers.with(|db| read::webhook::secret(db, &self.shared.sealer, scope, id))
    }

    pub(crate) async fn webhook_cursor(&self, scope: &Scope) -> Result<Option<Seq>> {
        self.shared.readers.with(|db| read::webhook::cursor(db, scope))
    }

    pub(crate) async fn deliveries_waiting(
        &self,
        scope: &Scope,
        webhook: WebhookId,
        limit: u32,
    ) -> Result<Vec<Delivery>> {
        self.shared.readers.with(|db| read::webhook::waiting(db, scope, webhook, limit))
    }

    pub(crate) async fn delivery_waits_after(
        &self,
        scope: &Scope,
        webhook: WebhookId,
        latest: Timestamp,
    ) -> Result<bool> {
        self.shared.readers.with(|db| read::webhook::waits_after(db, scope, webhook, latest))
    }

    pub(crate) async fn delivery_summary(
        &self,
        scope: &Scope,
        campaign: CampaignId,
        between: (Timestamp, Timestamp),
        limit: u32,
    ) -> Result<(DeliveryCounts, Vec<Delivery>)> {
        self.shared.readers.snapshot(|db| read::webhook::summary(db, scope, campaign, between, limit))
    }

    pub(crate) async fn message_news(&self, scope: &Scope, id: MessageId) -> Result<Option<MessageNews>> {
        self.shared.readers.with(|db| read::webhook::message_news(db, scope, id))
    }
}
