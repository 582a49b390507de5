//! Mail that belongs to no conversation, and blocked domains.

use crewbox_core::id::MessageId;
use crewbox_core::message::{Address, Message};
use crewbox_core::text::normalise;
use crewbox_core::time::Timestamp;
use rusqlite::{Connection, params};

use super::messages;
use crate::contract::{BlockedDomain, BlockedQuery, BodyLimits, Excerpt, Scope, UntrackedQuery};
use crate::sqlite::codec;
use crate::sqlite::failure::Result;

/// What is offered; takes the account as `?1`.
const OFFERED: &str = "FROM untracked u
     CROSS JOIN message m ON m.account_id = u.account_id AND m.message_id = u.message_id
     WHERE u.account_id = ?1 AND u.listed = 1 AND NOT EXISTS (SELECT 1 FROM blocked_domain d
         WHERE d.account_id = ?1 AND d.domain = lower(substr(m.from_email, instr(m.from_email, '@') + 1)))";

/// What is looked for, in the form that texts are compared in.
struct Wanted {
    from: Option<String>,
    to: Option<String>,
    subject: Option<String>,
}

impl Wanted {
    fn of(query: &UntrackedQuery) -> Self {
        let form = |text: &Option<String>| text.as_deref().map(normalise);
        Self { from: form(&query.from), to: form(&query.to), subject: form(&query.subject) }
    }

    fn is_everything(&self) -> bool {
        self.from.is_none() && self.to.is_none() && self.subject.is_none()
    }

    fn fits(&self, from: &str, to: &[Address], subject: &str) -> bool {
        let holds = |text: &str, wanted: &Option<String>| {
            wanted.as_deref().is_none_or(|wanted| normalise(text).contains(wanted))
        };
        holds(from, &self.from)
            && (self.to.is_none() || to.iter().any(|to| holds(&to.email, &self.to)))
            && holds(subject, &self.subject)
    }
}

/// A page, newest first, with the total; it ends early where its texts reach their limit. Read in one snapshot.
pub(in crate::sqlite) fn untracked(
    db: &Connection,
    scope: &Scope,
    query: &UntrackedQuery,
    limits: BodyLimits,
) -> Result<(Vec<(Message, Excerpt)>, u64)> {
    if scope.client().is_some() {
        return Ok((Vec::new(), 0));
    }
    let wanted = Wanted::of(query);
    let (ids, total) =
        if wanted.is_everything() { page(db, scope, query)? } else { found(db, scope, query, &wanted)? };
    let (mut rows, mut bytes) = (Vec::with_capacity(ids.len()), 0_usize);
    for id in ids {
        let Some((message, texts)) = messages::find(db, scope, id, limits)? else { continue };
        bytes = bytes.saturating_add(texts.text.len() + texts.html.as_ref().map_or(0, String::len));
        if bytes > limits.total && !rows.is_empty() {
            break;
        }
        rows.push((message, texts));
    }
    Ok((rows, total))
}

fn page(db: &Connection, scope: &Scope, query: &UntrackedQuery) -> Result<(Vec<MessageId>, u64)> {
    let account = scope.account().get();
    let total = db
        .prepare_cached(&format!("SELECT count(*) {OFFERED}"))?
        .query_row(params![account], |row| row.get(0))?;
    let ids = db
        .prepare_cached(&format!(
            "SELECT u.message_id {OFFERED} ORDER BY u.at DESC, u.message_id DESC LIMIT ?2 OFFSET ?3"
        ))?
        .query_map(params![account, query.limit, query.offset.min(i64::MAX as u64)], |row| {
            Ok(MessageId(row.get(0)?))
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok((ids, total))
}

/// Looks at each in turn: SQL neither folds letters beyond ASCII nor tells an address from the list it is in.
fn found(
    db: &Connection,
    scope: &Scope,
    query: &UntrackedQuery,
    wanted: &Wanted,
) -> Result<(Vec<MessageId>, u64)> {
    let mut all = db.prepare_cached(&format!(
        "SELECT u.message_id, m.from_email, m.to_list, m.subject {OFFERED} ORDER BY u.at DESC, u.message_id DESC"
    ))?;
    let mut rows = all.query(params![scope.account().get()])?;
    let (mut ids, mut total) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let to: Vec<Address> = codec::listed(row, 2)?;
        let (from, subject): (String, String) = (row.get(1)?, row.get(3)?);
        if wanted.fits(&from, &to, &subject) {
            if total >= query.offset && ids.len() < query.limit as usize {
                ids.push(MessageId(row.get(0)?));
            }
            total += 1;
        }
    }
    Ok((ids, total))
}

/// Blocked domains by name, with the total. A client's scope sees none: the list is the team's.
pub(in crate::sqlite) fn blocked_domains(
    db: &Connection,
    scope: &Scope,
    query: &BlockedQuery,
) -> Result<(Vec<BlockedDomain>, u64)> {
    const MATCHING: &str = "account_id = ?1 AND (?2 IS NULL OR instr(domain, ?2) > 0)";
    if scope.client().is_some() {
        return Ok((Vec::new(), 0));
    }
    let (account, holds) = (scope.account().get(), query.holds.as_ref().map(|text| text.to_lowercase()));
    let total = db
        .prepare_cached(&format!("SELECT count(*) FROM blocked_domain WHERE {MATCHING}"))?
        .query_row(params![account, holds], |row| row.get(0))?;
    let sql = format!(
        "SELECT domain, source, at FROM blocked_domain WHERE {MATCHING} ORDER BY domain LIMIT ?3 OFFSET ?4"
    );
    let offset = query.offset.min(i64::MAX as u64);
    let domains = db
        .prepare_cached(&sql)?
        .query_map(params![account, holds, query.limit, offset], |row| {
            Ok(BlockedDomain { domain: row.get(0)?, source: row.get(1)?, at: Timestamp(row.get(2)?) })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok((domains, total))
}

/// Which of these domains are blocked.
pub(in crate::sqlite) fn blocked(db: &Connection, scope: &Scope, domains: &[String]) -> Result<Vec<bool>> {
    let mut found =
        db.prepare_cached("SELECT 1 FROM blocked_domain WHERE account_id = ?1 AND domain = ?2")?;
    Ok(domains
        .iter()
        .map(|domain| found.exists(params![scope.account().get(), domain.to_lowercase()]))
        .collect::<rusqlite::Result<_>>()?)
}
