//! Messages, their texts, their raw bytes, and mail in quarantine.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use crewbox_core::id::{ClientId, ConversationId, MailboxId, MessageId, QuarantineId};
use crewbox_core::message::{Bodies, Direction, Message};
use crewbox_core::time::Timestamp;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{bodies, conversation};
use crate::contract::{
    BodyLimits, Excerpt, HistoryPage, Location, QuarantineItem, QuarantinedMail, RawMail, Scope, StoreError,
    Thing,
};
use crate::sqlite::blob::{Blobs, StoredBlob};
use crate::sqlite::codec::{self, MESSAGE};
use crate::sqlite::failure::{Result, not_found};

/// Untracked mail is nobody's but the account's: a client's scope does not see it.
const SEEN: &str = "(?2 IS NULL OR EXISTS (SELECT 1 FROM conversation c WHERE c.account_id = m.account_id
     AND c.conversation_id = m.conversation_id AND c.client_id = ?2))";

fn client(scope: &Scope) -> Option<u64> {
    scope.client().map(ClientId::get)
}

/// A message whatever its place; the caller has checked that.
pub(super) fn find(
    db: &Connection,
    scope: &Scope,
    id: MessageId,
    limits: BodyLimits,
) -> Result<Option<(Message, Excerpt)>> {
    let sql = format!(
        "SELECT {} FROM {} WHERE m.account_id = ?1 AND m.message_id = ?2",
        bodies::columns(limits),
        bodies::FROM
    );
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query(params![scope.account().get(), id.get()])?;
    rows.next()?.map(|row| bodies::message(db, row, limits)).transpose()
}

/// A conversation's messages after `after`, oldest first, or the newest ones of them within the limits. Read in one
/// snapshot.
pub(in crate::sqlite) fn history(
    db: &Connection,
    scope: &Scope,
    id: ConversationId,
    after: Option<Timestamp>,
    limits: BodyLimits,
) -> Result<HistoryPage> {
    conversation::conversation(db, scope, id)?;
    let mut page = HistoryPage::default();
    if limits.total < usize::MAX {
        (page.omitted, page.omitted_sent) = beyond(db, scope, id, after, limits)?;
    }
    let sql = format!(
        "SELECT {} FROM {} WHERE m.account_id = ?1 AND m.conversation_id = ?2 AND m.at > ?3
         ORDER BY m.at, m.message_id LIMIT -1 OFFSET ?4",
        bodies::columns(limits),
        bodies::FROM
    );
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query(params![scope.account().get(), id.get(), millis(after), page.omitted])?;
    while let Some(row) = rows.next()? {
        page.messages.push(bodies::message(db, row, limits)?);
    }
    Ok(page)
}

/// The time that messages must be after, as a number of SQL: any is where none is given.
fn millis(after: Option<Timestamp>) -> i64 {
    after.map_or(i64::MIN, Timestamp::millis)
}

/// How many of a conversation's oldest messages do not fit into the limit of all texts together, and how many of
/// those were sent by us.
fn beyond(
    db: &Connection,
    scope: &Scope,
    id: ConversationId,
    after: Option<Timestamp>,
    limits: BodyLimits,
) -> Result<(u64, u64)> {
    // Messages that are not asked for are not counted as left out.
    let sql = format!(
        "SELECT {}, m.direction FROM {} WHERE m.account_id = ?1 AND m.conversation_id = ?2 AND m.at > ?3
         ORDER BY m.at DESC, m.message_id DESC",
        bodies::size(limits),
        bodies::FROM
    );
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query(params![scope.account().get(), id.get(), millis(after)])?;
    let (mut total, mut newest, mut omitted, mut sent) = (0_usize, true, 0, 0);
    while let Some(row) = rows.next()? {
        let size: u64 = row.get(0)?;
        total = total.saturating_add(usize::try_from(size).unwrap_or(usize::MAX));
        if total > limits.total && !newest {
            omitted += 1;
            sent += u64::from(codec::named::<Direction>(row, 1)? == Direction::Outbound);
        }
        newest = false;
    }
    Ok((omitted, sent))
}

/// One message, if the scope sees it.
pub(in crate::sqlite) fn message(
    db: &Connection,
    scope: &Scope,
    id: MessageId,
    limits: BodyLimits,
) -> Result<(Message, Excerpt)> {
    let sql = format!(
        "SELECT {} FROM {} WHERE m.account_id = ?1 AND {SEEN} AND m.message_id = ?3",
        bodies::columns(limits),
        bodies::FROM
    );
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query(params![scope.account().get(), client(scope), id.get()])?;
    let row = rows.next()?.ok_or_else(|| not_found(Thing::Message, id.get()))?;
    bodies::message(db, row, limits)
}

/// Messages of one `stats_id`, oldest first.
pub(in crate::sqlite) fn by_stats_id(db: &Connection, scope: &Scope, stats_id: &str) -> Result<Vec<Message>> {
    let sql = format!(
        "SELECT {MESSAGE} FROM message m WHERE m.account_id = ?1 AND {SEEN} AND m.stats_id = ?3
             AND m.conversation_id IS NOT NULL ORDER BY m.at, m.message_id"
    );
    Ok(db
        .prepare_cached(&sql)?
        .query_map(params![scope.account().get(), client(scope), stats_id], codec::message)?
        .collect::<rusqlite::Result<_>>()?)
}

/// Messages with this Message-ID (without brackets), oldest first: a mail to two of our mailboxes is held once for each
/// conversation that it is in.
pub(in crate::sqlite) fn by_rfc_id(db: &Connection, scope: &Scope, rfc_id: &str) -> Result<Vec<Message>> {
    let sql = format!(
        "SELECT {MESSAGE} FROM message m WHERE m.account_id = ?1 AND {SEEN} AND m.rfc_hash = ?3 AND m.rfc_id = ?4
             AND m.conversation_id IS NOT NULL ORDER BY m.message_id"
    );
    let params = params![scope.account().get(), client(scope), codec::rfc_hash(rfc_id), rfc_id];
    let mut found = db.prepare_cached(&sql)?;
    Ok(found.query_map(params, codec::message)?.collect::<rusqlite::Result<_>>()?)
}

/// Where a message's bytes are, if the scope sees it.
pub(in crate::sqlite) fn raw(db: &Connection, scope: &Scope, id: MessageId) -> Result<StoredBlob> {
    let sql = format!(
        "SELECT b.content, b.size, b.data FROM message m
         JOIN blob b ON b.account_id = m.account_id AND b.content = m.content
         WHERE m.account_id = ?1 AND {SEEN} AND m.message_id = ?3"
    );
    let found = db
        .prepare_cached(&sql)?
        .query_row(params![scope.account().get(), client(scope), id.get()], |row| blob(row, 0))
        .optional()?;
    let (content, size, data) = found.ok_or_else(|| not_found(Thing::Message, id.get()))?;
    Ok(StoredBlob { content, size, data, of: (Thing::Message, id.get()) })
}

type Blob = ([u8; 32], u64, Option<Vec<u8>>);

fn blob(row: &Row<'_>, from: usize) -> rusqlite::Result<Blob> {
    Ok((row.get(from)?, row.get(from + 1)?, row.get(from + 2)?))
}

/// Raw mail read in one piece ends after this many bytes: a few large mails fill the memory as many small ones do.
const RAWS_BYTES: usize = 32 << 20;

/// Messages after `after` with their bytes, at least one if there is one. Read in one snapshot.
pub(in crate::sqlite) fn raws(
    db: &Connection,
    blobs: &Blobs,
    scope: &Scope,
    after: MessageId,
    limit: u32,
) -> Result<Vec<RawMail>> {
    let sql = format!(
        "SELECT {}, r.content, r.size, r.data, m.files_digest IS NULL FROM {}
         JOIN blob r ON r.account_id = m.account_id AND r.content = m.content
         WHERE m.account_id = ?1 AND {SEEN} AND m.message_id > ?3 ORDER BY m.message_id LIMIT ?4",
        bodies::columns(BodyLimits::WHOLE),
        bodies::FROM
    );
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query(params![scope.account().get(), client(scope), after.get(), limit])?;
    let (mut mails, mut known, mut bytes) = (Vec::new(), HashMap::new(), 0);
    while let Some(row) = rows.next()? {
        let (message, Excerpt { text, html, .. }) = bodies::message(db, row, BodyLimits::WHOLE)?;
        let bodies = Bodies { text, html };
        let (content, size, data) = blob(row, bodies::COLUMNS)?;
        let of = (Thing::Message, message.id.get());
        let raw = match blobs.read(scope.account(), &content, size, data.as_deref(), of) {
            Ok(raw) => Some(raw),
            Err(StoreError::Damaged(..)) => None,
            Err(other) => return Err(other.into()),
        };
        bytes += raw.as_ref().map_or(0, Vec::len);
        let own = match message.mailbox {
            Some(mailbox) => match known.entry(mailbox) {
                Entry::Occupied(known) => Arc::clone(known.get()),
                Entry::Vacant(new) => {
                    Arc::clone(new.insert(Arc::new(super::mailboxes::addresses_of(db, scope, mailbox)?)))
                }
            },
            None => Arc::default(),
        };
        let lacks_files_digest = row.get(bodies::COLUMNS + 3)?;
        mails.push(RawMail { message, bodies, raw, own, lacks_files_digest });
        if bytes >= RAWS_BYTES {
            break;
        }
    }
    Ok(mails)
}

/// Which contents are held, as message, in quarantine, or as a tombstone (deleted mail is not wanted again).
pub(in crate::sqlite) fn held(db: &Connection, scope: &Scope, contents: &[[u8; 32]]) -> Result<Vec<bool>> {
    let mut held = db.prepare_cached(
        "SELECT 1 FROM blob WHERE account_id = ?1 AND content = ?2
         UNION ALL SELECT 1 FROM tombstone WHERE account_id = ?1 AND content = ?2",
    )?;
    let account = scope.account().get();
    Ok(contents
        .iter()
        .map(|content| held.exists(params![account, content]))
        .collect::<rusqlite::Result<_>>()?)
}

/// What a client's scope sees of the quarantine: its mailboxes'.
const QUARANTINE: &str = "FROM quarantine q
     JOIN mailbox x ON x.account_id = q.account_id AND x.mailbox_id = q.mailbox_id
     WHERE q.account_id = ?1 AND (?2 IS NULL OR x.client_id = ?2)";

/// A page of the quarantine, with the total. Read in one snapshot.
pub(in crate::sqlite) fn quarantine(
    db: &Connection,
    scope: &Scope,
    offset: u64,
    limit: u32,
) -> Result<(Vec<QuarantineItem>, u64)> {
    let account = scope.account().get();
    let total = db
        .prepare_cached(&format!("SELECT count(*) {QUARANTINE}"))?
        .query_row(params![account, client(scope)], |row| row.get(0))?;
    let sql = format!(
        "SELECT {QUARANTINED} {QUARANTINE}
         ORDER BY q.quarantine_id DESC LIMIT ?3 OFFSET ?4"
    );
    let items = db
        .prepare_cached(&sql)?
        .query_map(params![account, client(scope), limit, offset.min(i64::MAX as u64)], quarantine_item)?
        .collect::<rusqlite::Result<_>>()?;
    Ok((items, total))
}

/// Where a quarantined mail's bytes are.
pub(in crate::sqlite) fn quarantine_raw(
    db: &Connection,
    scope: &Scope,
    id: QuarantineId,
) -> Result<StoredBlob> {
    let sql = format!(
        "SELECT content, size, data FROM blob WHERE account_id = ?1 AND content =
             (SELECT q.content {QUARANTINE} AND q.quarantine_id = ?3)"
    );
    let found = db
        .prepare_cached(&sql)?
        .query_row(params![scope.account().get(), client(scope), id.get()], |row| blob(row, 0))
        .optional()?;
    let (content, size, data) = found.ok_or_else(|| not_found(Thing::Quarantine, id.get()))?;
    Ok(StoredBlob { content, size, data, of: (Thing::Quarantine, id.get()) })
}

/// What [`quarantine_item`] reads, in its order.
const QUARANTINED: &str = "q.quarantine_id, q.mailbox_id, q.folder, q.uid, q.reason, q.size, q.received_at, q.uidvalidity, q.mail_at, \
     q.backfill, q.direction";

fn quarantine_item(row: &Row<'_>) -> rusqlite::Result<QuarantineItem> {
    Ok(QuarantineItem {
        id: QuarantineId(row.get(0)?),
        mailbox: MailboxId(row.get(1)?),
        folder: row.get(2)?,
        uid: row.get(3)?,
        reason: row.get(4)?,
        size: row.get(5)?,
        received_at: Timestamp(row.get(6)?),
    })
}

/// A quarantined mail with its bytes and where it was seen. Read in one snapshot.
pub(in crate::sqlite) fn quarantined(
    db: &Connection,
    blobs: &Blobs,
    scope: &Scope,
    id: QuarantineId,
) -> Result<QuarantinedMail> {
    let sql = format!("SELECT {QUARANTINED} {QUARANTINE} AND q.quarantine_id = ?3");
    let found = db
        .prepare_cached(&sql)?
        .query_row(params![scope.account().get(), client(scope), id.get()], |row| {
            let direction = match row.get_ref(10)? {
                ValueRef::Null => None,
                _ => Some(codec::named(row, 10)?),
            };
            let seen = (row.get::<_, Option<u32>>(7)?, codec::time(row, 8)?, row.get(9)?, direction);
            Ok((quarantine_item(row)?, seen))
        })
        .optional()?;
    let (item, (uidvalidity, mail_at, backfill, direction)) =
        found.ok_or_else(|| not_found(Thing::Quarantine, id.get()))?;
    let location = match (&item.folder, uidvalidity, item.uid) {
        (Some(folder), Some(uidvalidity), Some(uid)) => {
            Some(Location { folder: folder.clone(), uidvalidity, uid })
        }
        _ => None,
    };
    let StoredBlob { content, size, data, of } = quarantine_raw(db, scope, id)?;
    let raw = blobs.read(scope.account(), &content, size, data.as_deref(), of)?;
    Ok(QuarantinedMail { item, location, mail_at, backfill, direction, raw })
}
