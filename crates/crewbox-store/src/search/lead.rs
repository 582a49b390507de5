//! What leads are found by, as one long text a few hundred at a time: short enough to be looked through
//! whole, which is exact for a term of any length.

use std::collections::HashSet;

use crewbox_core::id::{AccountId, ConversationId};
use crewbox_core::text::normalise;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::page::ROW_BYTES;
use super::source::LeadText;
use super::token::MARK;

/// Before each lead. Never part of UTF-8.
const BEGIN: u8 = 0xFE;
/// Rows that one thread looks through at a time: some milliseconds' work.
const ROWS_TOGETHER: usize = 512;
/// About how many leads a row has.
const LEADS_A_ROW: u64 = 250;
/// Bytes of a conversation's id.
const ID_BYTES: usize = 8;

/// Appends leads to an account's.
pub(super) fn append(
    db: &Connection,
    account: AccountId,
    leads: &[(ConversationId, LeadText)],
) -> Result<(), rusqlite::Error> {
    if leads.is_empty() {
        return Ok(());
    }
    let last = "SELECT id, fields, conversations FROM lead WHERE account_id = ?1 ORDER BY id DESC LIMIT 1";
    let last: Option<(i64, Vec<u8>, Vec<u8>)> = db
        .prepare_cached(last)?
        .query_row([account.get()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let (mut fields, mut conversations) = (Vec::new(), Vec::new());
    if let Some((id, open, ids)) = last {
        db.prepare_cached("DELETE FROM lead WHERE id = ?1")?.execute([id])?;
        (fields, conversations) = (open, ids);
    }
    let write = |fields: &mut Vec<u8>, conversations: &mut Vec<u8>| -> Result<(), rusqlite::Error> {
        db.prepare_cached("INSERT INTO lead (account_id, fields, conversations) VALUES (?1, ?2, ?3)")?
            .execute(params![account.get(), *fields, *conversations])?;
        fields.clear();
        conversations.clear();
        Ok(())
    };
    let mut added = Vec::new();
    for (conversation, lead) in leads {
        added.clear();
        added.push(BEGIN);
        for field in lead.fields() {
            added.extend_from_slice(normalise(field).as_bytes());
            added.push(MARK);
        }
        let together = fields.len() + added.len() + conversations.len() + ID_BYTES;
        if together > ROW_BYTES && !fields.is_empty() {
            write(&mut fields, &mut conversations)?;
        }
        fields.extend_from_slice(&added);
        conversations.extend_from_slice(&conversation.get().to_le_bytes());
    }
    write(&mut fields, &mut conversations)
}

/// Removes the leads of these conversations.
pub(super) fn erase(
    db: &Connection,
    account: AccountId,
    conversations: &HashSet<ConversationId>,
) -> Result<(), rusqlite::Error> {
    if conversations.is_empty() {
        return Ok(());
    }
    let mut changed: Vec<(i64, Vec<u8>, Vec<u8>)> = Vec::new();
    let mut statement =
        db.prepare_cached("SELECT id, fields, conversations FROM lead WHERE account_id = ?1")?;
    let mut rows = statement.query([account.get()])?;
    while let Some(row) = rows.next()? {
        let ids = row.get_ref(2)?.as_blob()?;
        let is_erased = |id: &[u8]| {
            id.first_chunk()
                .is_some_and(|id| conversations.contains(&ConversationId(u64::from_le_bytes(*id))))
        };
        if !ids.chunks_exact(ID_BYTES).any(is_erased) {
            continue;
        }
        let (mut fields, mut kept) = (Vec::new(), Vec::new());
        // What is before the first lead is empty.
        let leads = row.get_ref(1)?.as_blob()?.split(|byte| *byte == BEGIN).skip(1);
        for (lead, id) in leads.zip(ids.chunks_exact(ID_BYTES)).filter(|(_, id)| !is_erased(id)) {
            fields.push(BEGIN);
            fields.extend_from_slice(lead);
            kept.extend_from_slice(id);
        }
        changed.push((row.get(0)?, fields, kept));
    }
    for (id, fields, kept) in changed {
        db.prepare_cached("UPDATE lead SET fields = ?2, conversations = ?3 WHERE id = ?1")?
            .execute(params![id, fields, kept])?;
    }
    Ok(())
}

/// Some neighbouring rows of an account.
#[derive(Clone, Copy, Debug)]
pub(super) struct LeadRows {
    first: i64,
    last: i64,
    /// About how many leads they have.
    pub(super) leads: u64,
}

/// All rows of an account, so many at a time.
pub(super) fn rows(db: &Connection, account: AccountId) -> Result<Vec<LeadRows>, rusqlite::Error> {
    let ids: Vec<i64> = db
        .prepare_cached("SELECT id FROM lead WHERE account_id = ?1 ORDER BY id")?
        .query_map([account.get()], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let together = |ids: &[i64]| {
        let leads = ids.len() as u64 * LEADS_A_ROW;
        ids.first().zip(ids.last()).map(|(first, last)| LeadRows { first: *first, last: *last, leads })
    };
    Ok(ids.chunks(ROWS_TOGETHER).filter_map(together).collect())
}

/// Tells `sink` every conversation whose lead is in these rows and has the term in a field.
pub(super) fn find(
    db: &Connection,
    account: AccountId,
    rows: LeadRows,
    term: &str,
    mut sink: impl FnMut(ConversationId),
) -> Result<(), rusqlite::Error> {
    let finder = memchr::memmem::Finder::new(term);
    let within = "SELECT fields, conversations FROM lead WHERE account_id = ?1 AND id BETWEEN ?2 AND ?3";
    let mut statement = db.prepare_cached(within)?;
    let mut found = statement.query(params![account.get(), rows.first, rows.last])?;
    while let Some(row) = found.next()? {
        let fields = row.get_ref(0)?.as_blob()?;
        let (mut from, mut counted, mut number) = (0, 0, 0_usize);
        while let Some(hit) = finder.find(&fields[from..]).map(|at| at + from) {
            number += memchr::memchr_iter(BEGIN, &fields[counted..hit]).count();
            counted = hit;
            let ids = row.get_ref(1)?.as_blob()?;
            let id = ids.get((number - 1) * ID_BYTES..).and_then(<[u8]>::first_chunk);
            sink(ConversationId(id.map_or(0, |id| u64::from_le_bytes(*id))));
            let Some(next) = memchr::memchr(BEGIN, &fields[hit..]) else { break };
            from = hit + next;
        }
    }
    Ok(())
}

/// Whether a lead as it now is has the term in a field.
pub(super) fn has(lead: &LeadText, term: &str) -> bool {
    lead.fields().iter().any(|field| normalise(field).contains(term))
}
