//! The outbox: what is due, what must be looked after, and single records.

use std::ops::RangeInclusive;

use crewbox_core::id::{ClientId, ConversationId, MemberId, OutgoingId};
use crewbox_core::outgoing::Outgoing;
use crewbox_core::time::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Params, Row, params};

use super::part::{Part, bounds};
use crate::contract::{Scope, Thing};
use crate::sqlite::blob::Blobs;
use crate::sqlite::codec::{self, OUTGOING};
use crate::sqlite::failure::{Result, not_found};

/// A client's scope sees what is of its conversations; takes account and client as `?1` and `?2`.
const SEEN: &str = "o.account_id = ?1 AND (?2 IS NULL OR EXISTS (SELECT 1 FROM conversation c
     WHERE c.account_id = o.account_id AND c.conversation_id = o.conversation_id AND c.client_id = ?2))";

fn client(scope: &Scope) -> Option<u64> {
    scope.client().map(ClientId::get)
}

fn all(db: &Connection, rest: &str, params: impl Params) -> Result<Vec<Outgoing>> {
    let sql = format!("SELECT {OUTGOING} FROM outgoing o WHERE {SEEN} AND {rest}");
    Ok(db.prepare_cached(&sql)?.query_map(params, codec::outgoing)?.collect::<rusqlite::Result<_>>()?)
}

/// Of each mailbox the queued message that is due first, if any is due; oldest due first. However much waits in one
/// mailbox, it is one step a mailbox.
pub(in crate::sqlite) fn due(db: &Connection, scope: &Scope, now: Timestamp) -> Result<Vec<Outgoing>> {
    all(
        db,
        "o.outgoing_id IN (SELECT (
             SELECT p.outgoing_id FROM outgoing p
             WHERE p.account_id = b.account_id AND p.mailbox_id = b.mailbox_id AND p.state = 'queued'
                 AND p.next_try <= ?3
             ORDER BY p.next_try, p.outgoing_id LIMIT 1) FROM mailbox b WHERE b.account_id = ?1)
         ORDER BY o.next_try, o.outgoing_id",
        params![scope.account().get(), client(scope), now.millis()],
    )
}

/// When the next one falls due that is not due at `now`.
pub(in crate::sqlite) fn next(db: &Connection, scope: &Scope, now: Timestamp) -> Result<Option<Timestamp>> {
    let sql = format!(
        "SELECT min(o.next_try) FROM outgoing o WHERE {SEEN} AND o.outgoing_id IN (SELECT (
             SELECT p.outgoing_id FROM outgoing p
             WHERE p.account_id = b.account_id AND p.mailbox_id = b.mailbox_id AND p.state = 'queued'
                 AND p.next_try > ?3
             ORDER BY p.next_try LIMIT 1) FROM mailbox b WHERE b.account_id = ?1)"
    );
    let next: Option<i64> = db
        .prepare_cached(&sql)?
        .query_row(params![scope.account().get(), client(scope), now.millis()], |row| row.get(0))?;
    Ok(next.map(Timestamp))
}

/// Queued messages that are tried again only after `latest`, although no person scheduled them for later than `now`.
pub(in crate::sqlite) fn tried_too_late(
    db: &Connection,
    scope: &Scope,
    now: Timestamp,
    latest: Timestamp,
) -> Result<Vec<OutgoingId>> {
    let sql = format!(
        "SELECT o.outgoing_id FROM outgoing o WHERE {SEEN} AND o.state = 'queued' AND o.next_try > ?4
             AND coalesce(o.scheduled_time, ?3) <= ?3
         ORDER BY o.outgoing_id"
    );
    let mut statement = db.prepare_cached(&sql)?;
    let params = params![scope.account().get(), client(scope), now.millis(), latest.millis()];
    Ok(statement.query_map(params, |row| row.get(0).map(OutgoingId))?.collect::<rusqlite::Result<_>>()?)
}

/// What a call of this fingerprint made in this time, unless it has failed or was taken back: its id, its Message-ID,
/// and the digest of the call's body.
pub(in crate::sqlite) fn asked_before(
    db: &Connection,
    scope: &Scope,
    fingerprint: &[u8; 32],
    within: Option<&RangeInclusive<Timestamp>>,
) -> Result<Option<(OutgoingId, String, [u8; 32])>> {
    let sql = format!(
        "SELECT o.outgoing_id, o.rfc_id, o.asked FROM outgoing o WHERE {SEEN} AND o.fingerprint = ?3
             AND o.created_at BETWEEN ?4 AND ?5 AND o.state NOT IN ('failed', 'cancelled')
         ORDER BY o.outgoing_id LIMIT 1"
    );
    let (since, until) = bounds(within);
    Ok(db
        .prepare_cached(&sql)?
        .query_row(params![scope.account().get(), client(scope), fingerprint, since, until], |row| {
            Ok((OutgoingId(row.get(0)?), row.get(1)?, row.get(2)?))
        })
        .optional()?)
}

/// What somebody must look after, oldest first.
pub(in crate::sqlite) fn unsettled(db: &Connection, scope: &Scope) -> Result<Vec<Outgoing>> {
    all(
        db,
        "(o.state IN ('sending', 'unknown') OR o.copy = 'wanted') ORDER BY o.outgoing_id",
        params![scope.account().get(), client(scope)],
    )
}

/// A message that failed, after which no other was written in its conversation.
const NOT_REPLACED: &str = "o.state = 'failed' AND NOT EXISTS (SELECT 1 FROM outgoing p
     WHERE p.account_id = o.account_id AND p.conversation_id = o.conversation_id AND p.outgoing_id > o.outgoing_id)";

/// The messages of the member who asks that failed and that no later one of their conversation replaces; newest first, at
/// most `limit`.
pub(in crate::sqlite) fn failed(db: &Connection, scope: &Scope, limit: u32) -> Result<Vec<Outgoing>> {
    all(
        db,
        &format!("o.member_id = ?3 AND {NOT_REPLACED} ORDER BY o.outgoing_id DESC LIMIT ?4"),
        params![scope.account().get(), client(scope), scope.actor().map(MemberId::get), limit],
    )
}

/// The message of a conversation that failed, if no later one of the conversation replaces it.
pub(in crate::sqlite) fn failed_in(
    db: &Connection,
    scope: &Scope,
    conversation: ConversationId,
) -> Result<Option<Outgoing>> {
    super::conversation::conversation(db, scope, conversation)?;
    let rest = format!("o.conversation_id = ?3 AND {NOT_REPLACED}");
    let found = all(db, &rest, params![scope.account().get(), client(scope), conversation.get()])?;
    Ok(found.into_iter().next())
}

/// Whether a message failed and no later one of its conversation replaces it.
pub(in crate::sqlite) fn is_failed(db: &Connection, scope: &Scope, id: OutgoingId) -> Result<bool> {
    let sql = format!("SELECT 1 FROM outgoing o WHERE {SEEN} AND o.outgoing_id = ?3 AND {NOT_REPLACED}");
    Ok(db
        .prepare_cached(&sql)?
        .query_row(params![scope.account().get(), client(scope), id.get()], |_| Ok(()))
        .optional()?
        .is_some())
}

/// Those that wait to be sent, by time.
impl Part for Outgoing {
    fn select() -> String {
        format!(
            "SELECT {OUTGOING} FROM outgoing o WHERE o.account_id = ?1 AND o.conversation_id = ?2
                 AND o.state = 'queued' ORDER BY o.not_before, o.outgoing_id"
        )
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        codec::outgoing(row)
    }
}

/// One by its Message-ID.
pub(in crate::sqlite) fn by_message_id(db: &Connection, scope: &Scope, rfc_id: &str) -> Result<Outgoing> {
    let found = all(
        db,
        "o.rfc_hash = ?3 AND o.rfc_id = ?4 ORDER BY o.outgoing_id LIMIT 1",
        params![scope.account().get(), client(scope), codec::rfc_hash(rfc_id), rfc_id],
    )?;
    found.into_iter().next().ok_or_else(|| not_found(Thing::Outgoing, 0))
}

/// Its bytes.
pub(in crate::sqlite) fn raw(
    db: &Connection,
    blobs: &Blobs,
    scope: &Scope,
    id: OutgoingId,
) -> Result<Vec<u8>> {
    let sql = format!(
        "SELECT b.content, b.size, b.data FROM outgoing o
         JOIN blob b ON b.account_id = o.account_id AND b.content = o.content
         WHERE {SEEN} AND o.outgoing_id = ?3"
    );
    let found: Option<([u8; 32], u64, Option<Vec<u8>>)> = db
        .prepare_cached(&sql)?
        .query_row(params![scope.account().get(), client(scope), id.get()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    let (content, size, data) = found.ok_or_else(|| not_found(Thing::Outgoing, id.get()))?;
    Ok(blobs.read(scope.account(), &content, size, data.as_deref(), (Thing::Outgoing, id.get()))?)
}
