//! The numbers of changes among those of a client, and the changes of names, which concern more than one.

use crewbox_core::change::Change;
use crewbox_core::id::{AccountId, Seq};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::log::{CHANGE, change};
use crate::contract::Scope;
use crate::sqlite::failure::Result;

/// The number, as the scope sees it, of the newest change that it sees up to this one of the account.
pub(in crate::sqlite) fn seq_as_seen(db: &Connection, scope: &Scope, up_to: Seq) -> Result<Seq> {
    let sql = "SELECT client_seq FROM change_log INDEXED BY change_log_client
         WHERE account_id = ?1 AND client_id = ?2 AND seq <= ?3 ORDER BY client_seq DESC LIMIT 1";
    translated(db, scope, up_to, sql)
}

/// The reverse: the account's number of the newest change up to the one that the scope sees under this number.
pub(in crate::sqlite) fn seq_of_account(db: &Connection, scope: &Scope, seen: Seq) -> Result<Seq> {
    let sql = "SELECT seq FROM change_log INDEXED BY change_log_client
         WHERE account_id = ?1 AND client_id = ?2 AND client_seq <= ?3 ORDER BY client_seq DESC LIMIT 1";
    translated(db, scope, seen, sql)
}

/// What this finds for an account, a client and a number; 0 where it finds nothing. Without a client both numbers are the same.
fn translated(db: &Connection, scope: &Scope, number: Seq, sql: &str) -> Result<Seq> {
    let Some(client) = scope.client() else { return Ok(number) };
    let params = params![scope.account().get(), client.get(), number.0.min(i64::MAX as u64)];
    let found = db.prepare_cached(sql)?.query_row(params, |row| row.get(0)).optional()?;
    Ok(Seq(found.unwrap_or_default()))
}

/// Changes of the account after `since` by which rows show another name, at most `limit`.
pub(in crate::sqlite) fn renames(
    db: &Connection,
    account: AccountId,
    since: Seq,
    limit: u32,
) -> Result<Vec<Change>> {
    let changes = db
        .prepare_cached(&format!(
            "SELECT {CHANGE} FROM change_log INDEXED BY change_log_names
             WHERE account_id = ?1 AND seq > ?2 AND detail = '[[\"shown_names\",null,null]]' ORDER BY seq LIMIT ?3"
        ))?
        .query_map(params![account.get(), since.0.min(i64::MAX as u64), limit], change)?
        .collect::<rusqlite::Result<_>>()?;
    Ok(changes)
}
