//! Webhooks, what is to be delivered to them, and what an event's message is.

use crewbox_core::id::{
    AccountId, CampaignId, ClientId, ConversationId, DeliveryId, MessageId, Seq, WebhookId,
};
use crewbox_core::message::Direction;
use crewbox_core::time::Timestamp;
use crewbox_core::webhook::{Association, MessageNews, Webhook, WebhookEvent};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::leads::require_campaign;
use crate::contract::{Delivery, DeliveryCounts, NewDelivery, Scope, StoreError, Thing};
use crate::seal::Sealer;
use crate::sqlite::codec::{self, Named as _};
use crate::sqlite::failure::{Result, not_found};

const WEBHOOK: &str = "webhook_id, name, url, association, client_id, campaign_id, events, categories, since, \
     created_at, updated_at";

/// The row that a webhook's secret is sealed for.
pub(in crate::sqlite) fn identity(account: AccountId, webhook: WebhookId) -> Vec<u8> {
    format!("webhook/{account}/{webhook}").into_bytes()
}

/// The webhooks that the scope sees, ascending.
pub(in crate::sqlite) fn all(db: &Connection, scope: &Scope) -> Result<Vec<Webhook>> {
    let sql = format!(
        "SELECT {WEBHOOK} FROM webhook WHERE account_id = ?1 AND (?2 IS NULL OR client_id = ?2) ORDER BY webhook_id"
    );
    let mut rows = db.prepare_cached(&sql)?;
    let client = scope.client().map(ClientId::get);
    Ok(rows.query_map(params![scope.account().get(), client], webhook)?.collect::<rusqlite::Result<_>>()?)
}

fn webhook(row: &Row<'_>) -> rusqlite::Result<Webhook> {
    let client = codec::id::<ClientId>(row, 4)?;
    let association = match (row.get_ref(3)?.as_str()?, client, codec::id::<CampaignId>(row, 5)?) {
        ("user", ..) => Association::User,
        ("client", Some(client), _) => Association::Client(client),
        ("campaign", _, Some(campaign)) => Association::Campaign(campaign),
        (other, ..) => return Err(unreadable(3, format!("no such association: {other}"))),
    };
    Ok(Webhook {
        id: WebhookId(row.get(0)?),
        name: row.get(1)?,
        url: row.get(2)?,
        association,
        client,
        events: codec::listed(row, 6)?,
        categories: codec::listed(row, 7)?,
        since: Seq(row.get(8)?),
        created_at: Timestamp(row.get(9)?),
        updated_at: Timestamp(row.get(10)?),
    })
}

fn unreadable(column: usize, what: String) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, what.into())
}

/// A webhook's secret; none where it was dropped with all sealed values.
pub(in crate::sqlite) fn secret(
    db: &Connection,
    sealer: &Sealer,
    scope: &Scope,
    id: WebhookId,
) -> Result<Option<String>> {
    let found: Option<(Option<ClientId>, Option<Vec<u8>>)> = db
        .prepare_cached("SELECT client_id, sealed FROM webhook WHERE account_id = ?1 AND webhook_id = ?2")?
        .query_row(params![scope.account().get(), id.get()], |row| Ok((codec::id(row, 0)?, row.get(1)?)))
        .optional()?;
    let found = found.filter(|(client, _)| scope.sees(*client));
    let (_, sealed) = found.ok_or_else(|| not_found(Thing::Webhook, id.get()))?;
    let Some(sealed) = sealed else { return Ok(None) };
    let plain = sealer.unseal(&identity(scope.account(), id), &sealed)?;
    let text = String::from_utf8(plain);
    Ok(Some(text.map_err(|_| StoreError::Engine("a sealed value is not text".to_owned()))?))
}

/// Up to which change the log was looked through; none where there never was a webhook.
pub(in crate::sqlite) fn cursor(db: &Connection, scope: &Scope) -> Result<Option<Seq>> {
    let found = db
        .prepare_cached("SELECT seq FROM webhook_cursor WHERE account_id = ?1")?
        .query_row(params![scope.account().get()], |row| row.get(0))
        .optional()?;
    Ok(found.map(Seq))
}

const DELIVERY: &str = "webhook_delivery_id, webhook_id, event, seq, at, conversation_id, campaign_id, message_id, \
     value_before, value_after, request_id, state, tries, next_try, status, error";

fn delivery(row: &Row<'_>) -> rusqlite::Result<Delivery> {
    let event = row.get_ref(2)?.as_str()?;
    let event =
        WebhookEvent::from_name(event).ok_or_else(|| unreadable(2, format!("no such event: {event}")))?;
    Ok(Delivery {
        id: DeliveryId(row.get(0)?),
        what: NewDelivery {
            webhook: WebhookId(row.get(1)?),
            event,
            seq: Seq(row.get(3)?),
            at: Timestamp(row.get(4)?),
            conversation: codec::id::<ConversationId>(row, 5)?,
            campaign: codec::id::<CampaignId>(row, 6)?,
            message: codec::id::<MessageId>(row, 7)?,
            before: row.get(8)?,
            after: row.get(9)?,
            request_id: row.get(10)?,
        },
        state: codec::named(row, 11)?,
        tries: row.get(12)?,
        next_try: Timestamp(row.get(13)?),
        status: row.get(14)?,
        error: row.get(15)?,
    })
}

/// What waits for a webhook, what is due first; one more than those that are due says when to look again.
pub(in crate::sqlite) fn waiting(
    db: &Connection,
    scope: &Scope,
    webhook: WebhookId,
    limit: u32,
) -> Result<Vec<Delivery>> {
    let sql = format!(
        "SELECT {DELIVERY} FROM webhook_delivery WHERE account_id = ?1 AND webhook_id = ?2 AND state = 'waiting'
         ORDER BY next_try, webhook_delivery_id LIMIT ?3"
    );
    let mut rows = db.prepare_cached(&sql)?;
    let params = params![scope.account().get(), webhook.get(), limit];
    Ok(rows.query_map(params, delivery)?.collect::<rusqlite::Result<_>>()?)
}

/// Whether a delivery to a webhook waits for a time after `latest`.
pub(in crate::sqlite) fn waits_after(
    db: &Connection,
    scope: &Scope,
    webhook: WebhookId,
    latest: Timestamp,
) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM webhook_delivery
         WHERE account_id = ?1 AND webhook_id = ?2 AND state = 'waiting' AND next_try > ?3)";
    let params = params![scope.account().get(), webhook.get(), latest.millis()];
    Ok(db.prepare_cached(sql)?.query_row(params, |row| row.get(0))?)
}

/// Failed deliveries of a campaign's events in a stretch of time, newest first, and how many of all there were.
pub(in crate::sqlite) fn summary(
    db: &Connection,
    scope: &Scope,
    campaign: CampaignId,
    (from, to): (Timestamp, Timestamp),
    limit: u32,
) -> Result<(DeliveryCounts, Vec<Delivery>)> {
    require_campaign(db, scope, campaign)?;
    // A client's caller sees the client's own webhooks only.
    let matching =
        "account_id = ?1 AND campaign_id = ?2 AND at BETWEEN ?3 AND ?4 AND (?5 IS NULL OR webhook_id IN
             (SELECT webhook_id FROM webhook w WHERE w.account_id = ?1 AND w.client_id = ?5))";
    let (account, client) = (scope.account().get(), scope.client().map(ClientId::get));
    let counts = db
        .prepare_cached(&format!(
            "SELECT count(*), count(*) FILTER (WHERE state = 'delivered'), count(*) FILTER (WHERE state = 'failed')
             FROM webhook_delivery WHERE {matching}"
        ))?
        .query_row(params![account, campaign.get(), from.millis(), to.millis(), client], |row| {
            Ok(DeliveryCounts { total: row.get(0)?, delivered: row.get(1)?, failed: row.get(2)? })
        })?;
    let sql = format!(
        "SELECT {DELIVERY} FROM webhook_delivery WHERE {matching} AND state = 'failed'
         ORDER BY at DESC, webhook_delivery_id DESC LIMIT ?6"
    );
    let mut rows = db.prepare_cached(&sql)?;
    let params = params![account, campaign.get(), from.millis(), to.millis(), client, limit];
    let failed = rows.query_map(params, delivery)?.collect::<rusqlite::Result<_>>()?;
    Ok((counts, failed))
}

/// What decides which event a message is; none where it is gone.
pub(in crate::sqlite) fn message_news(
    db: &Connection,
    scope: &Scope,
    id: MessageId,
) -> Result<Option<MessageNews>> {
    let sql = "SELECT direction, class, about_another, backfill, direction = ?3 AND NOT EXISTS (
             SELECT 1 FROM message e WHERE e.account_id = m.account_id AND e.conversation_id = m.conversation_id
                 AND e.direction = ?3 AND (e.at, e.message_id) < (m.at, m.message_id))
         FROM message m WHERE account_id = ?1 AND message_id = ?2";
    let news = |row: &Row<'_>| {
        Ok(MessageNews {
            direction: codec::named(row, 0)?,
            class: codec::named(row, 1)?,
            about_another: row.get(2)?,
            arrival: codec::arrival(row, 3)?,
            is_first: row.get(4)?,
        })
    };
    let params = params![scope.account().get(), id.get(), Direction::Outbound.name()];
    Ok(db.prepare_cached(sql)?.query_row(params, news).optional()?)
}
