//! Webhooks, and the deliveries of events to them.
//!
//! Owns that an event is queued once for each webhook, together with how far the log was looked through. Which events a
//! webhook gets is the core's rule.

use crewbox_core::change::ChangeKind;
use crewbox_core::id::{CampaignId, CategoryId, ClientId, ConversationId, MessageId, Seq, WebhookId};
use crewbox_core::time::Timestamp;
use crewbox_core::webhook::{Association, WebhookEvent};
use rusqlite::{OptionalExtension as _, params};

use super::Apply;
use crate::contract::{DeliveryState, NewDelivery, Outcome, SavedWebhook, Thing, Tried};
use crate::sqlite::codec::{self, Named as _};
use crate::sqlite::failure::{Result, not_found};
use crate::sqlite::ids::Table;
use crate::sqlite::read::webhook::identity;

/// Old deliveries that one batch removes at the most: what is more goes with the next ones.
const FORGOTTEN_AT_ONCE: u32 = 500;

impl Apply<'_> {
    pub(super) fn save_webhook(&mut self, new: &SavedWebhook) -> Result<Outcome> {
        let account = self.account();
        let id = match new.id {
            Some(id) => {
                self.seen_webhook(id)?;
                id
            }
            None => {
                let count =
                    self.find("SELECT count(*) FROM webhook WHERE account_id = ?1", params![account.get()])?;
                if let Some(count) = count.filter(|count| *count >= new.most) {
                    return Ok(Outcome::Count(count));
                }
                self.add_webhook(new, count == Some(0))?
            }
        };
        let sealed = match &new.secret {
            Some(secret) => Some(self.sealer.seal(&identity(account, id), secret.as_bytes())?),
            None => None,
        };
        let names: Vec<&str> = new.events.iter().map(|event| WebhookEvent::name(*event)).collect();
        let categories: Vec<u64> = new.categories.iter().map(|id| CategoryId::get(*id)).collect();
        let params = params![
            account.get(),
            id.get(),
            new.name,
            new.url,
            codec::list(&names),
            codec::list(&categories),
            sealed,
            self.at.millis()
        ];
        self.execute(
            "UPDATE webhook SET name = ?3, url = ?4, events = ?5, categories = ?6, sealed = coalesce(?7, sealed),
                 updated_at = ?8
             WHERE account_id = ?1 AND webhook_id = ?2",
            params,
        )?;
        self.note(ChangeKind::WebhookSaved, id.get());
        Ok(Outcome::Id(id.get()))
    }

    /// Makes the row. With the account's first webhook, the log is looked through from here on.
    fn add_webhook(&mut self, new: &SavedWebhook, is_first: bool) -> Result<WebhookId> {
        let account = self.account().get();
        let client = match new.association {
            Association::User => None,
            Association::Client(client) => Some(client),
            Association::Campaign(campaign) => self.seen_campaign(campaign)?,
        };
        self.require_client(client)?;
        let head =
            self.find("SELECT head FROM account WHERE account_id = ?1", params![account])?.unwrap_or(0);
        if is_first {
            self.execute(
                "INSERT OR REPLACE INTO webhook_cursor (account_id, seq) VALUES (?1, ?2)",
                params![account, head],
            )?;
        }
        let id = self.next_id(Table("webhook"))?;
        let campaign = match new.association {
            Association::Campaign(campaign) => Some(campaign),
            Association::User | Association::Client(_) => None,
        };
        let association = match new.association {
            Association::User => "user",
            Association::Client(_) => "client",
            Association::Campaign(_) => "campaign",
        };
        self.execute(
            "INSERT INTO webhook (account_id, webhook_id, name, url, association, client_id, campaign_id, events,
                 categories, since, created_at, updated_at)
             VALUES (?1, ?2, '', '', ?3, ?4, ?5, '', '', ?6, ?7, ?7)",
            params![
                account,
                id,
                association,
                client.map(ClientId::get),
                campaign.map(CampaignId::get),
                head,
                self.at.millis()
            ],
        )?;
        Ok(WebhookId(id))
    }

    fn seen_webhook(&self, id: WebhookId) -> Result<()> {
        let client: Option<Option<ClientId>> = self
            .statement("SELECT client_id FROM webhook WHERE account_id = ?1 AND webhook_id = ?2")?
            .query_row(params![self.account().get(), id.get()], |row| codec::id(row, 0))
            .optional()?;
        match client {
            Some(client) if self.scope.sees(client) => Ok(()),
            _ => Err(not_found(Thing::Webhook, id.get())),
        }
    }

    pub(super) fn delete_webhook(&mut self, id: WebhookId) -> Result<Outcome> {
        self.seen_webhook(id)?;
        self.execute(
            "DELETE FROM webhook WHERE account_id = ?1 AND webhook_id = ?2",
            params![self.account().get(), id.get()],
        )?;
        self.note(ChangeKind::WebhookDeleted, id.get());
        Ok(Outcome::Done)
    }

    /// Queues events, and notes that the log was looked through up to `cursor`.
    pub(super) fn queue_deliveries(
        &mut self,
        cursor: Seq,
        deliveries: &[NewDelivery],
        forget_before: Timestamp,
    ) -> Result<Outcome> {
        let account = self.account().get();
        let mut queued = 0;
        for new in deliveries {
            // A webhook that was deleted meanwhile gets nothing more.
            let is_there = "SELECT 1 FROM webhook WHERE account_id = ?1 AND webhook_id = ?2";
            if !self.exists(is_there, new.webhook.get())? {
                continue;
            }
            let id = self.next_id(Table("webhook_delivery"))?;
            queued += self.execute(
                "INSERT OR IGNORE INTO webhook_delivery (account_id, webhook_delivery_id, webhook_id, seq, event, at,
                     conversation_id, campaign_id, message_id, value_before, value_after, request_id, state, tries,
                     next_try, created_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 'waiting', 0, ?13, ?13)",
                params![
                    account,
                    id,
                    new.webhook.get(),
                    new.seq.0,
                    new.event.name(),
                    new.at.millis(),
                    new.conversation.map(ConversationId::get),
                    new.campaign.map(CampaignId::get),
                    new.message.map(MessageId::get),
                    new.before,
                    new.after,
                    new.request_id,
                    self.at.millis()
                ],
            )?;
        }
        self.execute(
            "UPDATE webhook_cursor SET seq = max(seq, ?2) WHERE account_id = ?1",
            params![account, cursor.0],
        )?;
        self.execute(
            "DELETE FROM webhook_delivery WHERE account_id = ?1 AND webhook_delivery_id IN (
                 SELECT webhook_delivery_id FROM webhook_delivery
                 WHERE account_id = ?1 AND created_at < ?2 AND state <> 'waiting'
                 ORDER BY created_at LIMIT ?3)",
            params![account, forget_before.millis(), FORGOTTEN_AT_ONCE],
        )?;
        self.note(ChangeKind::WebhookEventsQueued, cursor.0);
        Ok(Outcome::Count(queued as u64))
    }

    /// Notes what became of tries. A delivery that is gone, with its webhook or by its age, needs no note.
    pub(super) fn note_tries(&mut self, webhook: WebhookId, tries: &[Tried]) -> Result<Outcome> {
        let mut noted = 0;
        for tried in tries {
            noted += self.execute(
                "UPDATE webhook_delivery SET state = ?4, next_try = coalesce(?5, next_try), status = ?6, error = ?7,
                     tries = tries + (?4 != 'delivered')
                 WHERE account_id = ?1 AND webhook_id = ?2 AND webhook_delivery_id = ?3 AND state = 'waiting'",
                params![
                    self.account().get(),
                    webhook.get(),
                    tried.delivery.get(),
                    tried.state.name(),
                    tried.next_try.map(Timestamp::millis),
                    tried.status,
                    tried.error
                ],
            )?;
        }
        if noted > 0 {
            self.note(ChangeKind::WebhookEventsTried, webhook.get());
        }
        Ok(Outcome::Count(noted as u64))
    }

    /// Makes due what waits for a time that no retry leads to.
    pub(super) fn try_deliveries_now(&mut self, webhook: WebhookId, latest: Timestamp) -> Result<Outcome> {
        let due = self.execute(
            "UPDATE webhook_delivery SET next_try = ?4
             WHERE account_id = ?1 AND webhook_id = ?2 AND state = 'waiting' AND next_try > ?3",
            params![self.account().get(), webhook.get(), latest.millis(), self.at.millis()],
        )?;
        if due > 0 {
            self.note(ChangeKind::WebhookEventsTried, webhook.get());
        }
        Ok(Outcome::Count(due as u64))
    }

    /// Lets failed deliveries of a campaign's events in a stretch of time be tried again.
    pub(super) fn retrigger(
        &mut self,
        campaign: CampaignId,
        from: Timestamp,
        to: Timestamp,
        most: u32,
    ) -> Result<Outcome> {
        self.seen_campaign(campaign)?;
        let again = self.execute(
            "UPDATE webhook_delivery SET state = 'waiting', tries = 0, next_try = ?5
             WHERE account_id = ?1 AND webhook_delivery_id IN (
                 SELECT d.webhook_delivery_id FROM webhook_delivery d
                 JOIN webhook w ON w.account_id = d.account_id AND w.webhook_id = d.webhook_id
                 WHERE d.account_id = ?1 AND d.campaign_id = ?2 AND d.at BETWEEN ?3 AND ?4 AND d.state = ?6
                     AND (?8 IS NULL OR w.client_id = ?8)
                 ORDER BY d.at LIMIT ?7)",
            params![
                self.account().get(),
                campaign.get(),
                from.millis(),
                to.millis(),
                self.at.millis(),
                DeliveryState::Failed.name(),
                most,
                self.scope.client().map(ClientId::get)
            ],
        )?;
        if again > 0 {
            self.note(ChangeKind::WebhookEventsRetriggered, campaign.get());
        }
        Ok(Outcome::Count(again as u64))
    }
}
