//! Conversations: index entries, rows to render, single ones.

use crewbox_core::conversation::{Conversation, Entry};
use crewbox_core::id::{CampaignId, ClientId, ConversationId, LeadId, Seq};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{log, messages};
use crate::contract::{BodyLimits, Row, Scope, Thing};
use crate::sqlite::codec::{self, CONVERSATION, CONVERSATION_COLUMNS, ENTRY, LEAD};
use crate::sqlite::failure::{Result, not_found};

/// Every entry with the head it is of. Read in one snapshot.
pub(in crate::sqlite) fn all_entries(db: &Connection, scope: &Scope) -> Result<(Seq, Vec<Entry>)> {
    let head = log::head(db, scope)?;
    let sql = format!("SELECT {ENTRY} FROM conversation WHERE account_id = ?1 ORDER BY conversation_id");
    let entries = db
        .prepare_cached(&sql)?
        .query_map(params![scope.account().get()], codec::entry)?
        .collect::<rusqlite::Result<_>>()?;
    Ok((head.seq, entries))
}

/// These entries. Read in one snapshot.
pub(in crate::sqlite) fn entries(
    db: &Connection,
    scope: &Scope,
    ids: &[ConversationId],
) -> Result<Vec<Entry>> {
    let sql = format!("SELECT {ENTRY} FROM conversation WHERE account_id = ?1 AND conversation_id = ?2");
    let mut statement = db.prepare_cached(&sql)?;
    let mut entries = Vec::with_capacity(ids.len());
    for id in ids {
        entries
            .extend(statement.query_row(params![scope.account().get(), id.get()], codec::entry).optional()?);
    }
    Ok(entries)
}

/// Rows to render, with their last messages where limits for them are given. Read in one snapshot.
pub(in crate::sqlite) fn rows(
    db: &Connection,
    scope: &Scope,
    ids: &[ConversationId],
    last: Option<BodyLimits>,
) -> Result<Vec<Row>> {
    let sql = format!(
        "SELECT {CONVERSATION}, {LEAD} FROM conversation c
         JOIN lead l ON l.account_id = c.account_id AND l.lead_id = c.lead_id
         WHERE c.account_id = ?1 AND c.conversation_id = ?2 AND (?3 IS NULL OR c.client_id = ?3)"
    );
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = Vec::with_capacity(ids.len());
    for id in ids {
        let found = statement
            .query_row(params![scope.account().get(), id.get(), scope.client().map(ClientId::get)], |row| {
                Ok((codec::conversation(row)?, codec::lead(row, CONVERSATION_COLUMNS)?))
            })
            .optional()?;
        let Some((conversation, lead)) = found else { continue };
        let shown = last.zip(conversation.last_reply.or(conversation.last_sent));
        let last_message = match shown {
            Some((limits, id)) => messages::find(db, scope, id, limits)?,
            None => None,
        };
        rows.push(Row { conversation, lead, last_message });
    }
    Ok(rows)
}

/// The conversation of a lead in a campaign, if the scope sees it.
pub(in crate::sqlite) fn conversation_of(
    db: &Connection,
    scope: &Scope,
    campaign: CampaignId,
    lead: LeadId,
) -> Result<Conversation> {
    let sql = format!(
        "SELECT {CONVERSATION} FROM conversation c
         WHERE c.account_id = ?1 AND c.lead_id = ?2 AND c.campaign_id = ?3 AND (?4 IS NULL OR c.client_id = ?4)"
    );
    let found = db
        .prepare_cached(&sql)?
        .query_row(
            params![scope.account().get(), lead.get(), campaign.get(), scope.client().map(ClientId::get)],
            codec::conversation,
        )
        .optional()?;
    found.ok_or_else(|| not_found(Thing::Lead, lead.get()))
}
