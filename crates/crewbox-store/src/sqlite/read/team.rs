//! The pasts of conversations, and what is kept of what members did in them.

use crewbox_core::change::{ChangeKind, Delta, Field};
use crewbox_core::conversation::replay::edit_of;
use crewbox_core::conversation::{Edit, Flags};
use crewbox_core::id::{CampaignId, CategoryId, ConversationId, MemberId, MessageId, Seq};
use crewbox_core::message::Direction;
use crewbox_core::team::{Activity, ActivityKind, Decided, Decision, OwnerChange, Past, PastMessage};
use crewbox_core::time::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::contract::{ConversationActivities, ConversationPast, KeptActivities, Scope};
use crate::sqlite::codec::{self, Named as _};
use crate::sqlite::failure::Result;

/// The kinds of activity, by their names in the table.
const RECEIVED: &str = "received";
const SENT: &str = "sent";
const RESPONDED: &str = "responded";
const FIRST_RESPONDED: &str = "first_responded";
const ARCHIVED: &str = "archived";
const CATEGORISED: &str = "categorised";

/// The columns `kind` and `value` of an activity.
pub(in crate::sqlite) fn stored(kind: ActivityKind) -> (&'static str, Option<u64>) {
    match kind {
        ActivityKind::Received => (RECEIVED, None),
        ActivityKind::Sent => (SENT, None),
        ActivityKind::Responded(seconds) => (RESPONDED, Some(u64::from(seconds))),
        ActivityKind::FirstResponded(seconds) => (FIRST_RESPONDED, Some(u64::from(seconds))),
        ActivityKind::Archived => (ARCHIVED, None),
        ActivityKind::Categorised(category) => (CATEGORISED, Some(category.get())),
    }
}

/// The activity of these columns; none for a name that a later version wrote.
fn read_kind(name: &str, value: u64) -> Option<ActivityKind> {
    let seconds = u32::try_from(value).unwrap_or(u32::MAX);
    match name {
        RECEIVED => Some(ActivityKind::Received),
        SENT => Some(ActivityKind::Sent),
        RESPONDED => Some(ActivityKind::Responded(seconds)),
        FIRST_RESPONDED => Some(ActivityKind::FirstResponded(seconds)),
        ARCHIVED => Some(ActivityKind::Archived),
        CATEGORISED => Some(ActivityKind::Categorised(CategoryId(value))),
        _ => None,
    }
}

/// All that is kept. Read in one snapshot.
pub(in crate::sqlite) fn kept(db: &Connection, scope: &Scope) -> Result<KeptActivities> {
    let account = scope.account().get();
    let seq = db
        .prepare_cached("SELECT seq FROM team_position WHERE account_id = ?1")?
        .query_row([account], |row| Ok(Seq(row.get(0)?)))
        .optional()?;
    let mut conversations: Vec<ConversationActivities> = Vec::new();
    let mut statement = db.prepare_cached(
        "SELECT a.conversation_id, c.campaign_id, a.member_id, a.at, a.kind, coalesce(a.value, 0)
         FROM team_activity a
         JOIN conversation c ON c.account_id = a.account_id AND c.conversation_id = a.conversation_id
         WHERE a.account_id = ?1 ORDER BY a.conversation_id, a.number",
    )?;
    let mut rows = statement.query([account])?;
    while let Some(row) = rows.next()? {
        let (conversation, campaign) = (ConversationId(row.get(0)?), CampaignId(row.get(1)?));
        if conversations.last().is_none_or(|last| last.conversation != conversation) {
            conversations.push(ConversationActivities { conversation, campaign, activities: Vec::new() });
        }
        let (member, at) = (MemberId(row.get(2)?), Timestamp(row.get(3)?));
        let kind = read_kind(row.get_ref(4)?.as_str().map_err(rusqlite::Error::from)?, row.get(5)?);
        if let Some((last, kind)) = conversations.last_mut().zip(kind) {
            last.activities.push(Activity { member, at, kind });
        }
    }
    Ok(KeptActivities { seq, conversations })
}

/// The next conversations after one, ascending by id, that may have activities: with a reply by a person, or something
/// that people decided.
pub(in crate::sqlite) fn with_past(
    db: &Connection,
    scope: &Scope,
    after: ConversationId,
    limit: u32,
) -> Result<Vec<ConversationId>> {
    let sql = format!(
        "SELECT c.conversation_id FROM conversation c WHERE c.account_id = ?1 AND c.conversation_id > ?2
             AND (c.flags & {0} = {0} OR EXISTS (SELECT 1 FROM change_log l
                 WHERE l.account_id = c.account_id AND l.conversation_id = c.conversation_id AND {DECIDED}))
         ORDER BY c.conversation_id LIMIT ?3",
        Flags::REPLIED.0
    );
    let ids = db
        .prepare_cached(&sql)?
        .query_map(params![scope.account().get(), after.get(), limit], |row| Ok(ConversationId(row.get(0)?)))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(ids)
}

/// What people decide. Written as the index of the log has it, or the index is not used.
const DECIDED: &str = "kind IN ('read_changed', 'category_changed', 'archived_changed', 'snooze_changed')";

/// The pasts of these conversations; what is not there is left out. Read in one snapshot.
pub(in crate::sqlite) fn pasts(
    db: &Connection,
    scope: &Scope,
    ids: &[ConversationId],
) -> Result<Vec<ConversationPast>> {
    let account = scope.account().get();
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        let row = db
            .prepare_cached(
                "SELECT campaign_id, owner_id FROM conversation WHERE account_id = ?1 AND conversation_id = ?2",
            )?
            .query_row(params![account, id.get()], |row| {
                Ok((CampaignId(row.get(0)?), codec::id::<MemberId>(row, 1)?))
            })
            .optional()?;
        if let Some((campaign, owner)) = row {
            let past = Past {
                messages: messages(db, account, *id)?,
                owners: owners(db, account, *id)?,
                owner,
                decisions: decisions(db, account, *id)?,
            };
            found.push(ConversationPast { conversation: *id, campaign, past });
        }
    }
    Ok(found)
}

fn messages(db: &Connection, account: u64, id: ConversationId) -> Result<Vec<PastMessage>> {
    let sql = format!(
        "SELECT m.message_id, m.at, m.direction, m.class,
             CASE m.direction WHEN '{}' THEN (SELECT o.member_id FROM outgoing o
                 WHERE o.account_id = m.account_id AND o.rfc_hash = m.rfc_hash AND o.message_id = m.message_id) END
         FROM message m WHERE m.account_id = ?1 AND m.conversation_id = ?2",
        Direction::Outbound.name()
    );
    let message = |row: &Row<'_>| {
        Ok(PastMessage {
            id: MessageId(row.get(0)?),
            at: Timestamp(row.get(1)?),
            direction: codec::named(row, 2)?,
            class: codec::named(row, 3)?,
            sender: codec::id(row, 4)?,
        })
    };
    Ok(db
        .prepare_cached(&sql)?
        .query_map(params![account, id.get()], message)?
        .collect::<rusqlite::Result<_>>()?)
}

fn owners(db: &Connection, account: u64, id: ConversationId) -> Result<Vec<OwnerChange>> {
    let change = |row: &Row<'_>| {
        let (at, detail) = (Timestamp(row.get(0)?), codec::read_deltas(row, 1)?);
        let member = |id: Option<i64>| id.and_then(|id| u64::try_from(id).ok()).map(MemberId);
        let owner = detail.iter().find(|delta| delta.field == Field::Owner);
        Ok(owner.map(|delta| OwnerChange { at, before: member(delta.before), after: member(delta.after) }))
    };
    let changes: Vec<Option<OwnerChange>> = db
        .prepare_cached(
            "SELECT at, detail FROM change_log
             WHERE account_id = ?1 AND conversation_id = ?2 AND kind = 'owner_changed' ORDER BY seq",
        )?
        .query_map(params![account, id.get()], change)?
        .collect::<rusqlite::Result<_>>()?;
    Ok(changes.into_iter().flatten().collect())
}

fn decisions(db: &Connection, account: u64, id: ConversationId) -> Result<Vec<Decision>> {
    let sql = format!(
        "SELECT at, kind, detail, actor_id FROM change_log
         WHERE account_id = ?1 AND conversation_id = ?2 AND actor_id IS NOT NULL AND {DECIDED} ORDER BY seq"
    );
    let decision = |row: &Row<'_>| {
        let (at, by) = (Timestamp(row.get(0)?), MemberId(row.get(3)?));
        let kind = ChangeKind::from_name(row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?);
        let detail = codec::read_deltas(row, 2)?;
        let decided = kind.and_then(|kind| decided(kind, at, &detail));
        Ok(decided.map(|decided| Decision { by, at, decided }))
    };
    let all: Vec<Option<Decision>> = db
        .prepare_cached(&sql)?
        .query_map(params![account, id.get()], decision)?
        .collect::<rusqlite::Result<_>>()?;
    Ok(all.into_iter().flatten().collect())
}

fn decided(kind: ChangeKind, at: Timestamp, detail: &[Delta]) -> Option<Decided> {
    match edit_of(kind, at, detail)? {
        Edit::Archived(true) => Some(Decided::Archived),
        Edit::Category(Some(category)) => Some(Decided::Category(category)),
        _ => None,
    }
}
