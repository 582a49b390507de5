//! A campaign's leads, and the leads of an address.

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
        .prepare_cached(
            "SELECT client_id FROM campaign WHERE account_id = ?1 AND campaign_id = ?2 AND deleted_at IS NULL",
        )?
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
