//! The log and its head.

use crewbox_core::change::{Cause, Change, ChangeKind, ClientChange};
use crewbox_core::id::{AccountId, ClientId, ConversationId, MemberId, Seq};
use crewbox_core::time::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::contract::{ChangePage, Head, Scope};
use crate::sqlite::codec;
use crate::sqlite::failure::{Result, no_account};

/// The log's head: one statement, since every request asks for it.
pub(in crate::sqlite) fn head(db: &Connection, scope: &Scope) -> Result<Head> {
    let head = db
        .prepare_cached("SELECT head, names_epoch FROM account WHERE account_id = ?1")?
        .query_row(params![scope.account().get()], |row| {
            Ok(Head { seq: Seq(row.get(0)?), names_epoch: row.get(1)? })
        })
        .optional()?;
    head.ok_or_else(|| no_account(scope.account()).into())
}

/// The head of every account's log.
pub(in crate::sqlite) fn heads(db: &Connection) -> Result<Vec<(AccountId, Seq)>> {
    let heads = db
        .prepare_cached("SELECT account_id, head FROM account")?
        .query_map([], |row| Ok((AccountId(row.get(0)?), Seq(row.get(1)?))))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(heads)
}

/// The number of a client's newest change; 0 before the first.
pub(in crate::sqlite) fn last_client_seq(
    db: &Connection,
    account: AccountId,
    client: ClientId,
) -> Result<Seq> {
    let last = db
        .prepare_cached(
            "SELECT client_seq FROM change_log INDEXED BY change_log_client
             WHERE account_id = ?1 AND client_id = ?2 ORDER BY client_seq DESC LIMIT 1",
        )?
        .query_row(params![account.get(), client.get()], |row| row.get(0))
        .optional()?;
    Ok(Seq(last.unwrap_or_default()))
}

/// Changes after `since`. Read in one snapshot with the head. A scope that is restricted to a client reads that client's, by
/// their own numbers.
pub(in crate::sqlite) fn changes(
    db: &Connection,
    scope: &Scope,
    since: Seq,
    limit: u32,
) -> Result<ChangePage> {
    let head = head(db, scope)?;
    let since = since.0.min(i64::MAX as u64);
    let Some(client) = scope.client() else {
        let changes = db
            .prepare_cached(&format!(
                "SELECT {CHANGE} FROM change_log WHERE account_id = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3"
            ))?
            .query_map(params![scope.account().get(), since, limit], change)?
            .collect::<rusqlite::Result<_>>()?;
        return Ok(ChangePage { changes, head });
    };
    let changes = db
        .prepare_cached(&format!(
            "SELECT {CHANGE} FROM change_log INDEXED BY change_log_client
             WHERE account_id = ?1 AND client_id = ?2 AND client_seq > ?3 ORDER BY client_seq LIMIT ?4"
        ))?
        .query_map(params![scope.account().get(), client.get(), since, limit], change)?
        .collect::<rusqlite::Result<_>>()?;
    let newest = last_client_seq(db, scope.account(), client)?;
    Ok(ChangePage { changes, head: Head { seq: newest, ..head } })
}

/// What [`change`] reads, in its order.
pub(in crate::sqlite) const CHANGE: &str =
    "seq, at, actor_id, kind, conversation_id, subject_id, detail, cause, rule_id, client_id, client_seq";

/// A change out of [`CHANGE`].
pub(in crate::sqlite) fn change(row: &Row<'_>) -> rusqlite::Result<Change> {
    let (kind, cause) = (row.get_ref(3)?.as_str()?, row.get_ref(7)?.as_str()?);
    Ok(Change {
        seq: Seq(row.get(0)?),
        at: Timestamp(row.get(1)?),
        actor: codec::id::<MemberId>(row, 2)?,
        cause: Cause::from_name(cause, row.get(8)?)
            .ok_or_else(|| unknown(7, format!("no such cause of a change: {cause}")))?,
        kind: ChangeKind::from_name(kind)
            .ok_or_else(|| unknown(3, format!("no such kind of change: {kind}")))?,
        conversation: codec::id::<ConversationId>(row, 4)?,
        subject: row.get(5)?,
        detail: codec::read_deltas(row, 6)?,
        of_client: codec::id(row, 9)?
            .zip(row.get(10)?)
            .map(|(client, seq)| ClientChange { client, seq: Seq(seq) }),
    })
}

fn unknown(column: usize, what: String) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, what.into())
}
