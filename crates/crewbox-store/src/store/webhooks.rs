//! Webhooks and what is delivered to them.

use crewbox_core::id::{CampaignId, MessageId, Seq, WebhookId};
use crewbox_core::time::Timestamp;
use crewbox_core::webhook::{MessageNews, Webhook};

use super::Store;
use crate::contract::{Delivery, DeliveryCounts, Scope, StoreError};

impl Store {
    /// The webhooks that the scope sees, ascending by id.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn webhooks(&self, scope: &Scope) -> Result<Vec<Webhook>, StoreError> {
        on!(self, e => e.webhooks(scope).await)
    }

    /// By what deliveries to a webhook are signed; none where it was dropped with all sealed values.
    ///
    /// # Errors
    /// `NotFound(Webhook)`, `KeyMissing`, `KeyWrong`.
    pub async fn webhook_secret(&self, scope: &Scope, id: WebhookId) -> Result<Option<String>, StoreError> {
        on!(self, e => e.webhook_secret(scope, id).await)
    }

    /// Up to which change the log was looked through for webhooks; none where there never was one.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn webhook_cursor(&self, scope: &Scope) -> Result<Option<Seq>, StoreError> {
        on!(self, e => e.webhook_cursor(scope).await)
    }

    /// What waits for a webhook, what is due first, whether it is due or not.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn deliveries_waiting(
        &self,
        scope: &Scope,
        webhook: WebhookId,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        on!(self, e => e.deliveries_waiting(scope, webhook, limit).await)
    }

    /// Whether a delivery to a webhook waits for a time after `latest`.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn delivery_waits_after(
        &self,
        scope: &Scope,
        webhook: WebhookId,
        latest: Timestamp,
    ) -> Result<bool, StoreError> {
        on!(self, e => e.delivery_waits_after(scope, webhook, latest).await)
    }

    /// How many deliveries of a campaign's events in a stretch of time there were, both ends included, and those that
    /// failed, newest first, at most `limit` of them.
    ///
    /// # Errors
    /// `NotFound(Campaign)`.
    pub async fn delivery_summary(
        &self,
        scope: &Scope,
        campaign: CampaignId,
        between: (Timestamp, Timestamp),
        limit: u32,
    ) -> Result<(DeliveryCounts, Vec<Delivery>), StoreError> {
        on!(self, e => e.delivery_summary(scope, campaign, between, limit).await)
    }

    /// What decides which event a message is; none where it is gone.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn message_news(
        &self,
        scope: &Scope,
        id: MessageId,
    ) -> Result<Option<MessageNews>, StoreError> {
        on!(self, e => e.message_news(scope, id).await)
    }
}
