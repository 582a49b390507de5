//! A campaign's leads, and one lead by address.

use crewbox_core::address::spellings;
use crewbox_core::conversation::Conversation;
use crewbox_core::id::{CampaignId, CategoryId, ClientId};
use crewbox_core::model::Lead;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::contract::{LeadPage, LeadQuery, Scope, Thing};
use crate::sqlite::codec::{self, CONVERSATION, CONVERSATION_COLUMNS, LEAD, Named as _};
use crate::sqlite::failure::{Result, not_found};

/// A page of a campaign's leads with the total. Read in one snapshot.
pub(in crate::sqlite) fn leads(
    db: &Connection,
    scope: &Scope,
    campaign: CampaignId,
    query: &LeadQuery,
) -> Result<LeadPage> {
    const MATCHING: &str = "c.account_id = ?1 AND c.campaign_id = ?2
         AND (?3 IS NULL OR c.lead_status = ?3) AND (?4 IS NULL OR c.category_id = ?4)";
    let account = scope.account().get();
    let client: Option<Option<ClientId>> = db
        .prepare_cached("SELECT client_id FROM campaign WHERE account_id = ?1 AND campaign_id = ?2")?
        .query_row(params![account, campaign.get()], |row| codec::id(row, 0))
        .optional()?;
    if !client.is_some_and(|client| scope.sees(client)) {
        return Err(not_found(Thing::Campaign, campaign.get()));
    }
    let (status, category) = (query.status.map(|status| status.name()), query.category.map(CategoryId::get));
    let total = db
        .prepare_cached(&format!("SELECT count(*) FROM conversation c WHERE {MATCHING}"))?
        .query_row(params![account, campaign.get(), status, category], |row| row.get(0))?;
    let sql = format!(
        "SELECT {CONVERSATION}, {LEAD} FROM conversation c
         JOIN lead l ON l.account_id = c.account_id AND l.lead_id = c.lead_id
         WHERE {MATCHING} ORDER BY c.conversation_id DESC LIMIT ?5 OFFSET ?6"
    );
    let offset = query.offset.min(i64::MAX as u64);
    let rows = db
        .prepare_cached(&sql)?
        .query_map(params![account, campaign.get(), status, category, query.limit, offset], |row| {
            Ok((codec::conversation(row)?, codec::lead(row, CONVERSATION_COLUMNS)?))
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(LeadPage { total, rows })
}

/// A lead with those of its conversations the scope sees; under a client's scope a lead of none is not there.
/// Read in one snapshot.
pub(in crate::sqlite) fn lead_by_email(
    db: &Connection,
    scope: &Scope,
    email: &str,
) -> Result<Option<(Lead, Vec<Conversation>)>> {
    let account = scope.account().get();
    let sql = format!("SELECT {LEAD} FROM lead l WHERE l.account_id = ?1 AND l.email = ?2");
    let mut by_email = db.prepare_cached(&sql)?;
    let mut lead = None;
    for spelling in spellings(email) {
        lead = by_email.query_row(params![account, spelling], |row| codec::lead(row, 0)).optional()?;
        if lead.is_some() {
            break;
        }
    }
    let Some(lead) = lead else { return Ok(None) };
    let sql = format!(
        "SELECT {CONVERSATION} FROM conversation c WHERE c.account_id = ?1 AND c.lead_id = ?2
         ORDER BY c.conversation_id"
    );
    let mut conversations: Vec<Conversation> = db
        .prepare_cached(&sql)?
        .query_map(params![account, lead.id.get()], codec::conversation)?
        .collect::<rusqlite::Result<_>>()?;
    conversations.retain(|conversation| scope.sees(conversation.client));
    let hidden = scope.client().is_some() && conversations.is_empty();
    Ok((!hidden).then_some((lead, conversations)))
}
