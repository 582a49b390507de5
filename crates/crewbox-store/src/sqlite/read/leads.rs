//! A campaign's leads, the leads of an address, and one by its id.

use crewbox_core::address::spellings;
use crewbox_core::conversation::{Conversation, Flags};
use crewbox_core::filter::EmailStatus;
use crewbox_core::id::{CampaignId, CategoryId, ClientId, ConversationId, LeadId};
use crewbox_core::model::Lead;
use crewbox_core::time::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::contract::{LeadPage, LeadQuery, Scope, Thing};
use crate::sqlite::codec::{self, CONVERSATION, CONVERSATION_COLUMNS, LEAD, Named as _};
use crate::sqlite::failure::{Result, not_found};

/// Selects the rows of a page or of an export.
fn select() -> String {
    format!(
        "SELECT {CONVERSATION}, {LEAD} FROM conversation c
         JOIN lead l ON l.account_id = c.account_id AND l.lead_id = c.lead_id"
    )
}

fn row(row: &Row<'_>) -> rusqlite::Result<(Conversation, Lead)> {
    Ok((codec::conversation(row)?, codec::lead(row, CONVERSATION_COLUMNS)?))
}

/// The campaign is one that the scope sees.
pub(super) fn require_campaign(db: &Connection, scope: &Scope, campaign: CampaignId) -> Result<()> {
    let client: Option<Option<ClientId>> = db
        .prepare_cached(
            "SELECT client_id FROM campaign WHERE account_id = ?1 AND campaign_id = ?2 AND deleted_at IS NULL",
        )?
        .query_row(params![scope.account().get(), campaign.get()], |row| codec::id(row, 0))
        .optional()?;
    match client {
        Some(client) if scope.sees(client) => Ok(()),
        _ => Err(not_found(Thing::Campaign, campaign.get())),
    }
}

/// A condition for flags that have any of these states.
fn with_status(statuses: &[EmailStatus]) -> String {
    let holds = |status: &EmailStatus| {
        let (Flags(all), Flags(none)) = status.needs();
        format!("(c.flags & {all} = {all} AND c.flags & {none} = 0)")
    };
    let any: Vec<String> = statuses.iter().map(holds).collect();
    if any.is_empty() { "1".to_owned() } else { format!("({})", any.join(" OR ")) }
}

/// A page of a campaign's leads with the total. Read in one snapshot.
pub(in crate::sqlite) fn leads(
    db: &Connection,
    scope: &Scope,
    campaign: CampaignId,
    query: &LeadQuery,
) -> Result<LeadPage> {
    require_campaign(db, scope, campaign)?;
    let matching = format!(
        "c.account_id = ?1 AND c.campaign_id = ?2 AND (?3 IS NULL OR c.lead_status = ?3)
         AND (?4 IS NULL OR c.category_id = ?4) AND (?5 IS NULL OR c.created_at > ?5)
         AND (?6 IS NULL OR c.sent_time > ?6) AND (?7 IS NULL OR c.sent_time > ?7 OR c.reply_time > ?7) AND {}",
        with_status(&query.email_status)
    );
    let account = scope.account().get();
    let (status, category) = (query.status.map(|status| status.name()), query.category.map(CategoryId::get));
    let millis = |time: Option<Timestamp>| time.map(Timestamp::millis);
    let (created, sent) = (millis(query.created_after), millis(query.sent_after));
    let event = millis(query.event_after);
    let total = db
        .prepare_cached(&format!("SELECT count(*) FROM conversation c WHERE {matching}"))?
        .query_row(params![account, campaign.get(), status, category, created, sent, event], |row| {
            row.get(0)
        })?;
    let sql = format!("{} WHERE {matching} ORDER BY c.conversation_id DESC LIMIT ?8 OFFSET ?9", select());
    let offset = query.offset.min(i64::MAX as u64);
    let mut statement = db.prepare_cached(&sql)?;
    let found = statement.query_map(
        params![account, campaign.get(), status, category, created, sent, event, query.limit, offset],
        row,
    )?;
    let (mut rows, mut bytes) = (Vec::new(), 0);
    for one in found {
        let (conversation, lead) = one?;
        bytes += lead.fields.bytes();
        if bytes > query.most_bytes && !rows.is_empty() {
            break;
        }
        rows.push((conversation, lead));
    }
    Ok(LeadPage { total, rows })
}

/// A campaign's leads before a conversation, newest first: by key, so that the last ones cost no more than the first.
pub(in crate::sqlite) fn leads_before(
    db: &Connection,
    scope: &Scope,
    campaign: CampaignId,
    before: Option<ConversationId>,
    limit: u32,
) -> Result<Vec<(Conversation, Lead)>> {
    require_campaign(db, scope, campaign)?;
    let sql = format!(
        "{} WHERE c.account_id = ?1 AND c.campaign_id = ?2 AND c.conversation_id < ?3
         ORDER BY c.conversation_id DESC LIMIT ?4",
        select()
    );
    let before = before.map_or(i64::MAX as u64, ConversationId::get);
    let params = params![scope.account().get(), campaign.get(), before, limit];
    Ok(db.prepare_cached(&sql)?.query_map(params, row)?.collect::<rusqlite::Result<_>>()?)
}

/// One lead that the scope sees, with its conversations. A lead of another client costs the same as one that does not
/// exist.
pub(in crate::sqlite) fn lead(
    db: &Connection,
    scope: &Scope,
    id: LeadId,
) -> Result<(Lead, Vec<Conversation>)> {
    let account = scope.account().get();
    let sql = format!(
        "SELECT {LEAD} FROM lead l
         WHERE l.account_id = ?1 AND l.lead_id = ?2 AND (?3 IS NULL OR l.client_id = ?3)"
    );
    let found = db
        .prepare_cached(&sql)?
        .query_row(params![account, id.get(), scope.client().map(ClientId::get)], |row| codec::lead(row, 0))
        .optional()?;
    let found = found.ok_or_else(|| not_found(Thing::Lead, id.get()))?;
    let sql = format!(
        "SELECT {CONVERSATION} FROM conversation c WHERE c.account_id = ?1 AND c.lead_id = ?2
         ORDER BY c.conversation_id"
    );
    let conversations = db
        .prepare_cached(&sql)?
        .query_map(params![account, id.get()], codec::conversation)?
        .collect::<rusqlite::Result<_>>()?;
    Ok((found, conversations))
}

/// The leads of an address that the scope sees, in any of its spellings, each with its conversations. Read in one
/// snapshot. A lead of another client costs the same as one that does not exist: the look-up leaves it out.
pub(in crate::sqlite) fn leads_by_email(
    db: &Connection,
    scope: &Scope,
    email: &str,
) -> Result<Vec<(Lead, Vec<Conversation>)>> {
    let (account, client) = (scope.account().get(), scope.client().map(ClientId::get));
    let sql = format!(
        "SELECT {LEAD} FROM lead l
         WHERE l.account_id = ?1 AND l.email = ?2 AND (?3 IS NULL OR l.client_id = ?3)"
    );
    let mut by_email = db.prepare_cached(&sql)?;
    let mut leads: Vec<Lead> = Vec::new();
    for spelling in spellings(email) {
        let found = by_email.query_map(params![account, spelling, client], |row| codec::lead(row, 0))?;
        for lead in found {
            leads.push(lead?);
        }
    }
    let sql = format!(
        "SELECT {CONVERSATION} FROM conversation c WHERE c.account_id = ?1 AND c.lead_id = ?2
         ORDER BY c.conversation_id"
    );
    let mut of_lead = db.prepare_cached(&sql)?;
    leads
        .into_iter()
        .map(|lead| {
            let conversations = of_lead
                .query_map(params![account, lead.id.get()], codec::conversation)?
                .collect::<rusqlite::Result<_>>()?;
            Ok((lead, conversations))
        })
        .collect()
}
