//! A campaign's figures and its sent mails: counted from the rows, for calls that are made now and then.

use crewbox_core::conversation::{Flags, LeadStatus};
use crewbox_core::id::{CampaignId, MessageId};
use crewbox_core::message::{Class, Direction};
use crewbox_core::model::Sentiment;
use crewbox_core::time::Timestamp;
use rusqlite::{Connection, Row, params};

use super::leads::require_campaign;
use super::messages;
use crate::contract::{
    BodyLimits, CampaignFigures, Scope, SentFate, SentMail, SentPage, SentQuery, StoreError,
};
use crate::sqlite::codec::{self, CONVERSATION, CONVERSATION_COLUMNS, LEAD, LEAD_COLUMNS, Named as _};
use crate::sqlite::failure::Result;

/// Bytes of each text of a sent mail that are read: a thousand of them stay within a response.
const TEXT_BYTES: usize = 16 * 1024;

/// The figures of a campaign that the scope sees.
pub(in crate::sqlite) fn figures(
    db: &Connection,
    scope: &Scope,
    campaign: CampaignId,
) -> Result<CampaignFigures> {
    require_campaign(db, scope, campaign)?;
    let has = |flag: Flags| format!("total(c.flags & {0} = {0})", flag.0);
    let status = |status: LeadStatus| format!("total(c.lead_status = '{}')", status.name());
    let columns = [
        "count(*)".to_owned(),
        "total(c.sent_count)".to_owned(),
        has(Flags::SENT),
        "total(c.opened_count)".to_owned(),
        has(Flags::OPENED),
        "total(c.clicked_count)".to_owned(),
        has(Flags::CLICKED),
        "total(c.replied_count)".to_owned(),
        has(Flags::BOUNCED),
        has(Flags::UNSUBSCRIBED),
        format!("total(t.sentiment = '{}')", Sentiment::Positive.name()),
        "coalesce(sum(c.revenue_cents), 0)".to_owned(),
        status(LeadStatus::Started),
        status(LeadStatus::InProgress),
        status(LeadStatus::Completed),
        status(LeadStatus::Paused),
        status(LeadStatus::Stopped),
        status(LeadStatus::Blocked),
    ];
    let sql = format!(
        "SELECT {} FROM conversation c
         LEFT JOIN category t ON t.account_id = c.account_id AND t.category_id = c.category_id
         WHERE c.account_id = ?1 AND c.campaign_id = ?2",
        columns.join(", ")
    );
    let figures = |row: &Row<'_>| {
        // `total` gives a float, which is exact for whole numbers of this size, and never NULL.
        let whole = |column: usize| Ok::<u64, rusqlite::Error>(row.get::<_, f64>(column)? as u64);
        Ok(CampaignFigures {
            leads: row.get(0)?,
            mails_sent: whole(1)?,
            leads_written_to: whole(2)?,
            openings: whole(3)?,
            leads_opened: whole(4)?,
            clicks: whole(5)?,
            leads_clicked: whole(6)?,
            replies: whole(7)?,
            leads_bounced: whole(8)?,
            leads_unsubscribed: whole(9)?,
            leads_interested: whole(10)?,
            revenue_cents: row.get(11)?,
            started: whole(12)?,
            in_progress: whole(13)?,
            completed: whole(14)?,
            paused: whole(15)?,
            stopped: whole(16)?,
            blocked: whole(17)?,
        })
    };
    let params = params![scope.account().get(), campaign.get()];
    Ok(db.prepare_cached(&sql)?.query_row(params, figures)?)
}

/// The how manieth sent mail of its conversation `m` is.
fn number() -> String {
    format!(
        "(SELECT count(*) FROM message e WHERE e.account_id = m.account_id
             AND e.conversation_id = m.conversation_id AND e.direction = '{}'
             AND (e.at, e.message_id) <= (m.at, m.message_id))",
        Direction::Outbound.name()
    )
}

/// What of this class came in for `m`, which shares its `stats_id` with it.
fn answers(class: Class) -> String {
    format!(
        "FROM message a WHERE a.account_id = m.account_id AND a.stats_id = m.stats_id
             AND a.conversation_id = m.conversation_id AND a.direction = '{}' AND a.class = '{}'",
        Direction::Inbound.name(),
        class.name()
    )
}

fn of_fate(fate: Option<SentFate>) -> String {
    match fate {
        None => "1".to_owned(),
        Some(SentFate::Opened) => "m.opened_at IS NOT NULL".to_owned(),
        Some(SentFate::Clicked) => "m.clicked_at IS NOT NULL".to_owned(),
        Some(SentFate::Unsubscribed) => format!("c.flags & {0} = {0}", Flags::UNSUBSCRIBED.0),
        Some(SentFate::Replied) => format!("EXISTS (SELECT 1 {})", answers(Class::Human)),
        Some(SentFate::Bounced) => format!("EXISTS (SELECT 1 {})", answers(Class::Bounce)),
    }
}

/// The sent mails of a campaign that the scope sees, newest first, with the total. Read in one snapshot.
pub(in crate::sqlite) fn sent(
    db: &Connection,
    scope: &Scope,
    campaign: CampaignId,
    query: &SentQuery,
) -> Result<SentPage> {
    require_campaign(db, scope, campaign)?;
    let from = format!(
        "FROM conversation c
         JOIN message m ON m.account_id = c.account_id AND m.conversation_id = c.conversation_id
         WHERE c.account_id = ?1 AND c.campaign_id = ?2 AND m.direction = '{}'
             AND (?3 IS NULL OR m.at >= ?3) AND (?4 IS NULL OR m.at <= ?4)
             AND (?5 IS NULL OR {} = ?5) AND {}",
        Direction::Outbound.name(),
        number(),
        of_fate(query.fate)
    );
    let account = scope.account().get();
    let millis = |time: Option<Timestamp>| time.map(Timestamp::millis);
    let (start, end) = (millis(query.from), millis(query.to));
    let total = db
        .prepare_cached(&format!("SELECT count(*) {from}"))?
        .query_row(params![account, campaign.get(), start, end, query.number], |row| row.get(0))?;
    // First the page, then what is shown of it: the rest is not read.
    let page = format!("SELECT m.message_id {from} ORDER BY m.at DESC, m.message_id DESC LIMIT ?6 OFFSET ?7");
    let offset = query.offset.min(i64::MAX as u64);
    let ids: Vec<u64> = db
        .prepare_cached(&page)?
        .query_map(params![account, campaign.get(), start, end, query.number, query.limit, offset], |row| {
            row.get(0)
        })?
        .collect::<rusqlite::Result<_>>()?;
    let sql = format!(
        "SELECT {CONVERSATION}, {LEAD}, {}, (SELECT min(a.at) {}), EXISTS (SELECT 1 {})
         FROM message m
         JOIN conversation c ON c.account_id = m.account_id AND c.conversation_id = m.conversation_id
         JOIN lead l ON l.account_id = c.account_id AND l.lead_id = c.lead_id
         WHERE m.account_id = ?1 AND m.message_id = ?2",
        number(),
        answers(Class::Human),
        answers(Class::Bounce)
    );
    let mut one = db.prepare_cached(&sql)?;
    let limits = BodyLimits { text: TEXT_BYTES, html: TEXT_BYTES, total: usize::MAX };
    let mut mails = Vec::with_capacity(ids.len());
    for id in ids {
        let message = messages::find(db, scope, MessageId(id), limits)?;
        let message = message.ok_or_else(|| StoreError::Engine(format!("message {id} is gone")))?;
        let next = CONVERSATION_COLUMNS + LEAD_COLUMNS;
        mails.push(one.query_row(params![account, id], |row| {
            Ok(SentMail {
                message,
                conversation: codec::conversation(row)?,
                lead: codec::lead(row, CONVERSATION_COLUMNS)?,
                number: row.get(next)?,
                replied_at: codec::time(row, next + 1)?,
                is_bounced: row.get(next + 2)?,
            })
        })?);
    }
    Ok(SentPage { total, mails })
}
