//! Numbers the changes of a group of batches, and writes them to the log: the last thing before the commit.
//!
//! A change that belongs to a client has a number among that client's changes as well.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crewbox_core::id::{AccountId, ClientId, MemberId, Seq};
use rusqlite::{Connection, params};

use super::apply::{Draft, Origin};
use super::codec;
use super::failure::Result;
use super::read::log::last_client_seq;

/// Writes changes to an account's log, with as many renames among them. Answers the account's head before them.
pub(super) fn write(
    db: &Connection,
    account: AccountId,
    changes: &[(Origin, Draft)],
    renames: u64,
) -> Result<u64> {
    let count = changes.len() as u64;
    let head: u64 = if count == 0 {
        db.prepare_cached("SELECT head FROM account WHERE account_id = ?1")?
            .query_row(params![account.get()], |row| row.get(0))?
    } else {
        db.prepare_cached(
            "UPDATE account SET head = head + ?2, names_epoch = names_epoch + ?3
             WHERE account_id = ?1 RETURNING head",
        )?
        .query_row(params![account.get(), count, renames], |row| row.get(0))?
    };
    let base = head - count;
    let mut insert = db.prepare_cached(
        "INSERT INTO change_log (account_id, seq, at, actor_id, kind, conversation_id, subject_id, detail,
             cause, rule_id, client_id, client_seq)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?;
    let mut last: HashMap<ClientId, Seq> = HashMap::new();
    for (seq, (origin, draft)) in (base + 1..).zip(changes) {
        let client_seq = match origin.client {
            Some(client) => Some(next(db, account, client, &mut last)?),
            None => None,
        };
        insert.execute(params![
            account.get(),
            seq,
            origin.at.millis(),
            origin.actor.map(MemberId::get),
            draft.kind.name(),
            draft.conversation.map(|id| id.get()),
            draft.subject,
            codec::deltas(&draft.detail),
            origin.cause.name(),
            origin.cause.id(),
            origin.client.map(ClientId::get),
            client_seq
        ])?;
    }
    Ok(base)
}

/// The number of a client's next change. `last` has those of the group so far.
fn next(
    db: &Connection,
    account: AccountId,
    client: ClientId,
    last: &mut HashMap<ClientId, Seq>,
) -> Result<u64> {
    let last = match last.entry(client) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(place) => place.insert(last_client_seq(db, account, client)?),
    };
    last.0 += 1;
    Ok(last.0)
}
