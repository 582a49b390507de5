//! What is known of connected mailboxes: states, folders, places, what was begun.

use crewbox_core::id::{ClientId, MailboxId};
use crewbox_core::mailbox::{Attempt, Connected, Folder, Place, Status};
use crewbox_core::own_addresses::OwnAddresses;
use crewbox_core::time::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::contract::{Scope, Thing};
use crate::sqlite::codec::named;
use crate::sqlite::failure::{Result, not_found};

/// What [`folder`] reads, in its order.
const FOLDER: &str = "folder, role, uidvalidity, start_uid, live_uid, history_uid, since, ledger";

fn folder(row: &Row<'_>) -> rusqlite::Result<Folder> {
    let ledger: Option<String> = row.get(7)?;
    Ok(Folder {
        name: row.get(0)?,
        role: named(row, 1)?,
        uidvalidity: row.get(2)?,
        start: row.get(3)?,
        live: row.get(4)?,
        history: row.get(5)?,
        since: Timestamp(row.get(6)?),
        ledger: ledger.map(|text| json(7, &text)).transpose()?,
    })
}

fn json<T: serde::de::DeserializeOwned>(column: usize, text: &str) -> rusqlite::Result<T> {
    serde_json::from_str(text)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error.into()))
}

/// A mailbox's folders, by name.
pub(in crate::sqlite) fn folders(db: &Connection, scope: &Scope, mailbox: MailboxId) -> Result<Vec<Folder>> {
    let sql =
        format!("SELECT {FOLDER} FROM folder WHERE account_id = ?1 AND mailbox_id = ?2 ORDER BY folder");
    Ok(db
        .prepare_cached(&sql)?
        .query_map(params![scope.account().get(), mailbox.get()], folder)?
        .collect::<rusqlite::Result<_>>()?)
}

/// Every mailbox the scope sees that is not removed. Read in one snapshot.
pub(in crate::sqlite) fn connected(db: &Connection, scope: &Scope) -> Result<Vec<Connected>> {
    let account = scope.account().get();
    let rows: Vec<(u64, Option<String>, i64)> = db
        .prepare_cached(
            "SELECT x.mailbox_id, s.status, coalesce(s.since, x.created_at) FROM mailbox x
             LEFT JOIN mailbox_state s ON s.account_id = x.account_id AND s.mailbox_id = x.mailbox_id
             WHERE x.account_id = ?1 AND x.removed_at IS NULL AND (?2 IS NULL OR x.client_id = ?2)
             ORDER BY x.mailbox_id",
        )?
        .query_map(params![account, scope.client().map(ClientId::get)], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?
        .collect::<rusqlite::Result<_>>()?;
    let mut counted = db.prepare_cached(
        "SELECT count(*) FROM message_location WHERE account_id = ?1 AND mailbox_id = ?2 AND folder = ?3
             AND uidvalidity = ?4 AND gone_at IS NULL",
    )?;
    let mut all = Vec::with_capacity(rows.len());
    for (id, status, since) in rows {
        let folders = folders(db, scope, MailboxId(id))?;
        let mut held = 0;
        for folder in &folders {
            // Counting takes a step a mail, and this is asked often: the ledger knows, since each mail is entered.
            held += match folder.ledger {
                Some(ledger) => ledger.held,
                None => counted
                    .query_row(params![account, id, folder.name, folder.uidvalidity], |row| row.get(0))?,
            };
        }
        all.push(Connected {
            mailbox: MailboxId(id),
            status: status.map(|text| json(1, &text)).transpose()?.unwrap_or_default(),
            since: Timestamp(since),
            folders,
            held,
        });
    }
    Ok(all)
}

/// The addresses that a mailbox's owner writes from, also of a removed one, whose mail stays.
pub(in crate::sqlite) fn own_addresses(
    db: &Connection,
    scope: &Scope,
    mailbox: MailboxId,
) -> Result<OwnAddresses> {
    let seen = db
        .prepare_cached(
            "SELECT 1 FROM mailbox WHERE account_id = ?1 AND mailbox_id = ?2 AND (?3 IS NULL OR client_id = ?3)",
        )?
        .exists(params![scope.account().get(), mailbox.get(), scope.client().map(ClientId::get)])?;
    if seen { addresses_of(db, scope, mailbox) } else { Err(not_found(Thing::Mailbox, mailbox.get())) }
}

/// The same; the caller has checked that the scope may see what came through it.
pub(super) fn addresses_of(db: &Connection, scope: &Scope, mailbox: MailboxId) -> Result<OwnAddresses> {
    let emails: Vec<String> = db
        .prepare_cached(
            "SELECT email FROM mailbox WHERE account_id = ?1 AND mailbox_id = ?2
             UNION ALL SELECT email FROM mailbox_alias WHERE account_id = ?1 AND mailbox_id = ?2",
        )?
        .query_map(params![scope.account().get(), mailbox.get()], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(OwnAddresses::new(emails))
}

/// The status of one.
pub(in crate::sqlite) fn status(db: &Connection, scope: &Scope, mailbox: MailboxId) -> Result<Status> {
    let found: Option<Option<String>> = db
        .prepare_cached(
            "SELECT s.status FROM mailbox x
             LEFT JOIN mailbox_state s ON s.account_id = x.account_id AND s.mailbox_id = x.mailbox_id
             WHERE x.account_id = ?1 AND x.mailbox_id = ?2 AND x.removed_at IS NULL
                 AND (?3 IS NULL OR x.client_id = ?3)",
        )?
        .query_row(params![scope.account().get(), mailbox.get(), scope.client().map(ClientId::get)], |row| {
            row.get(0)
        })
        .optional()?;
    let status = found.ok_or_else(|| not_found(Thing::Mailbox, mailbox.get()))?;
    Ok(status.map(|text| json(0, &text)).transpose()?.unwrap_or_default())
}

/// Every place known in a folder, ascending by UID.
pub(in crate::sqlite) fn places(
    db: &Connection,
    scope: &Scope,
    mailbox: MailboxId,
    folder: &str,
    uidvalidity: u32,
) -> Result<Vec<Place>> {
    let of = |table: &str, quarantined: bool| -> Result<Vec<Place>> {
        let sql = format!(
            "SELECT uid, gone_at IS NOT NULL FROM {table} WHERE account_id = ?1 AND mailbox_id = ?2
                 AND folder = ?3 AND uidvalidity = ?4 ORDER BY uid"
        );
        Ok(db
            .prepare_cached(&sql)?
            .query_map(params![scope.account().get(), mailbox.get(), folder, uidvalidity], |row| {
                Ok(Place { uid: row.get(0)?, quarantined, gone: row.get(1)? })
            })?
            .collect::<rusqlite::Result<_>>()?)
    };
    let mut all = of("message_location", false)?;
    let quarantined = of("quarantine_location", true)?;
    if !quarantined.is_empty() {
        all.extend(quarantined);
        // Held wins where both know a place.
        all.sort_by_key(|place| (place.uid, place.quarantined));
        all.dedup_by_key(|place| place.uid);
    }
    Ok(all)
}

/// What was begun and not finished, ascending by UID.
pub(in crate::sqlite) fn attempts(
    db: &Connection,
    scope: &Scope,
    mailbox: MailboxId,
    folder: &str,
    uidvalidity: u32,
) -> Result<Vec<Attempt>> {
    Ok(db
        .prepare_cached(
            "SELECT uid, deaths FROM fetch_attempt WHERE account_id = ?1 AND mailbox_id = ?2 AND folder = ?3
                 AND uidvalidity = ?4 ORDER BY uid",
        )?
        .query_map(params![scope.account().get(), mailbox.get(), folder, uidvalidity], |row| {
            Ok(Attempt { uid: row.get(0)?, deaths: row.get(1)? })
        })?
        .collect::<rusqlite::Result<_>>()?)
}
