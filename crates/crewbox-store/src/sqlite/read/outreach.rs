//! What happened with mail to leads in a period, each kind by an index in the order of its time; of one campaign, by its
//! conversations.

use crewbox_core::conversation::Flags;
use crewbox_core::id::{CampaignId, CategoryId, ClientId, ConversationId, MailboxId};
use crewbox_core::message::{Class, CountsAs, Direction};
use crewbox_core::outreach::{FirstReply, LeadState, OutreachEvent, OutreachEventKind};
use crewbox_core::time::Timestamp;
use rusqlite::{Connection, Row, params};

use crate::contract::{OutreachQuery, Scope};
use crate::sqlite::codec::{self, Named as _};
use crate::sqlite::failure::Result;

/// What is read of a conversation, as `c`.
const LEAD: &str = "c.conversation_id, c.campaign_id, c.client_id, c.category_id, c.flags";
/// How many columns [`LEAD`] has.
const LEAD_COLUMNS: usize = 5;

/// The classes of messages that unsubscribe a lead. Written as the index has it, or the index is not used.
const UNSUBSCRIBES: &str = "class IN ('unsubscribe', 'feedback')";

/// Gives each event of the period to `add`.
pub(in crate::sqlite) fn events(
    db: &Connection,
    scope: &Scope,
    query: &OutreachQuery,
    add: &mut dyn FnMut(&OutreachEvent),
) -> Result<()> {
    let asked = Asked { db, scope, query };
    asked.messages(add)?;
    asked.tracked("opened_at", OutreachEventKind::Opened, add)?;
    asked.tracked("clicked_at", OutreachEventKind::Clicked, add)?;
    asked.bounces(add)?;
    asked.unsubscriptions(add)
}

struct Asked<'a> {
    db: &'a Connection,
    scope: &'a Scope,
    query: &'a OutreachQuery,
}

impl Asked<'_> {
    /// The messages `m` with their conversations `c` whose column `time` is in the period. The order of the tables is that of
    /// the join: the period of an account, or the conversations of a campaign.
    fn messages_where(&self, time: &str) -> String {
        let tables = match self.query.campaign {
            None => {
                "message m CROSS JOIN conversation c
                     ON c.account_id = m.account_id AND c.conversation_id = m.conversation_id"
            }
            Some(_) => {
                "conversation c CROSS JOIN message m
                     ON m.account_id = c.account_id AND m.conversation_id = c.conversation_id"
            }
        };
        let of_account = if self.query.campaign.is_none() { "m" } else { "c" };
        format!(
            "FROM {tables} WHERE {of_account}.account_id = ?1 AND {time} >= ?2 AND {time} < ?3
                 AND m.conversation_id IS NOT NULL AND {}",
            self.of_campaign()
        )
    }

    fn of_campaign(&self) -> &'static str {
        if self.query.campaign.is_some() { "c.campaign_id = ?4" } else { "?4 IS NULL" }
    }

    /// Runs a query whose columns are a time, a mailbox, [`LEAD`] and others.
    fn each(&self, sql: &str, mut found: impl FnMut(&Row<'_>, Found) -> Result<()>) -> Result<()> {
        let OutreachQuery { from, to, campaign, .. } = self.query;
        let mut statement = self.db.prepare_cached(sql)?;
        let account = self.scope.account().get();
        let campaign = campaign.map(CampaignId::get);
        let mut rows = statement.query(params![account, from.millis(), to.millis(), campaign])?;
        while let Some(row) = rows.next()? {
            let lead = lead(row, 2)?;
            if self.scope.sees(lead.client) && self.query.has(lead.campaign) {
                found(row, Found { at: Timestamp(row.get(0)?), mailbox: codec::id(row, 1)?, lead })?;
            }
        }
        Ok(())
    }

    fn messages(&self, add: &mut dyn FnMut(&OutreachEvent)) -> Result<()> {
        let sql = format!(
            "SELECT m.at, m.mailbox_id, {LEAD}, m.direction, m.class {}",
            self.messages_where("m.at")
        );
        self.each(&sql, |row, found| {
            let direction: Direction = codec::named(row, 2 + LEAD_COLUMNS)?;
            let class: Class = codec::named(row, 3 + LEAD_COLUMNS)?;
            if let Some(counts_as) = CountsAs::of(direction, class) {
                add(&found.event(counts_as.into()));
            }
            Ok(())
        })
    }

    fn tracked(
        &self,
        column: &str,
        kind: OutreachEventKind,
        add: &mut dyn FnMut(&OutreachEvent),
    ) -> Result<()> {
        let time = format!("m.{column}");
        let sql = format!("SELECT {time}, m.mailbox_id, {LEAD} {}", self.messages_where(&time));
        self.each(&sql, |_, found| {
            add(&found.event(kind));
            Ok(())
        })
    }

    fn bounces(&self, add: &mut dyn FnMut(&OutreachEvent)) -> Result<()> {
        let sql = format!(
            "SELECT c.bounce_time, c.mailbox_id, {LEAD} FROM conversation c
             WHERE c.account_id = ?1 AND c.bounce_time >= ?2 AND c.bounce_time < ?3 AND {}",
            self.of_campaign()
        );
        self.each(&sql, |_, found| {
            if found.lead.flags.has(Flags::BOUNCED) {
                add(&found.event(OutreachEventKind::Bounced));
            }
            Ok(())
        })
    }

    /// Unsubscriptions are few: the first one of each conversation is found among all of them.
    fn unsubscriptions(&self, add: &mut dyn FnMut(&OutreachEvent)) -> Result<()> {
        let sql = format!(
            "WITH first AS (
                 SELECT conversation_id, min(at) AS at FROM (
                     SELECT conversation_id, at FROM message
                     WHERE account_id = ?1 AND {UNSUBSCRIBES} AND conversation_id IS NOT NULL
                     UNION ALL
                     SELECT conversation_id, at FROM change_log
                     WHERE account_id = ?1 AND kind = 'lead_unsubscribed' AND conversation_id IS NOT NULL
                 ) GROUP BY conversation_id
             )
             SELECT first.at, c.mailbox_id, {LEAD} FROM first CROSS JOIN conversation c
                 ON c.account_id = ?1 AND c.conversation_id = first.conversation_id
             WHERE first.at >= ?2 AND first.at < ?3 AND {}",
            self.of_campaign()
        );
        self.each(&sql, |_, found| {
            if found.lead.flags.has(Flags::UNSUBSCRIBED) {
                add(&found.event(OutreachEventKind::Unsubscribed));
            }
            Ok(())
        })
    }
}

/// What the queries have in common.
struct Found {
    at: Timestamp,
    mailbox: Option<MailboxId>,
    lead: LeadState,
}

impl Found {
    const fn event(&self, kind: OutreachEventKind) -> OutreachEvent {
        OutreachEvent { at: self.at, kind, mailbox: self.mailbox, lead: self.lead }
    }
}

/// A lead out of the columns of [`LEAD`], from `first` on.
fn lead(row: &Row<'_>, first: usize) -> rusqlite::Result<LeadState> {
    Ok(LeadState {
        conversation: ConversationId(row.get(first)?),
        campaign: CampaignId(row.get(first + 1)?),
        client: codec::id::<ClientId>(row, first + 2)?,
        category: codec::id::<CategoryId>(row, first + 3)?,
        flags: Flags(row.get(first + 4)?),
    })
}

/// The conversations whose first reply by a person came in the period.
pub(in crate::sqlite) fn first_replies(
    db: &Connection,
    scope: &Scope,
    query: &OutreachQuery,
) -> Result<Vec<FirstReply>> {
    let asked = Asked { db, scope, query };
    let sql = format!(
        "SELECT min(m.at), NULL, {LEAD},
             (SELECT min(e.at) FROM message e WHERE e.account_id = c.account_id
                  AND e.conversation_id = c.conversation_id AND e.direction = '{inbound}' AND e.class = '{human}'),
             (SELECT min(e.at) FROM message e WHERE e.account_id = c.account_id
                  AND e.conversation_id = c.conversation_id AND e.direction = '{outbound}')
         {from} AND m.direction = '{inbound}' AND m.class = '{human}'
         GROUP BY c.conversation_id",
        inbound = Direction::Inbound.name(),
        outbound = Direction::Outbound.name(),
        human = Class::Human.name(),
        from = asked.messages_where("m.at")
    );
    let mut replies = Vec::new();
    asked.each(&sql, |row, found| {
        let first: i64 = row.get(2 + LEAD_COLUMNS)?;
        if first >= query.from.millis() {
            let sent_at = codec::time(row, 3 + LEAD_COLUMNS)?;
            replies.push(FirstReply { lead: found.lead, sent_at, replied_at: Timestamp(first) });
        }
        Ok(())
    })?;
    Ok(replies)
}
