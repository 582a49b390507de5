//! Mail that belongs to no conversation, and blocked domains.

use crewbox_core::message::{Bodies, Message};
use rusqlite::{Connection, params};

use crate::contract::{Scope, UntrackedQuery};
use crate::sqlite::codec::{self, MESSAGE};
use crate::sqlite::failure::Result;

/// Takes the account, then patterns for sender, recipients and subject, as `?1` to `?4`.
const MATCHING: &str = "u.account_id = ?1
     AND (?2 IS NULL OR m.from_email LIKE ?2 ESCAPE '\\')
     AND (?3 IS NULL OR m.to_list LIKE ?3 ESCAPE '\\')
     AND (?4 IS NULL OR m.subject LIKE ?4 ESCAPE '\\')
     AND NOT EXISTS (SELECT 1 FROM blocked_domain d WHERE d.account_id = ?1
         AND d.domain = lower(substr(m.from_email, instr(m.from_email, '@') + 1)))";

/// A page, newest first, with the total. Read in one snapshot.
pub(in crate::sqlite) fn untracked(
    db: &Connection,
    scope: &Scope,
    query: &UntrackedQuery,
) -> Result<(Vec<(Message, Bodies)>, u64)> {
    if scope.client().is_some() {
        return Ok((Vec::new(), 0));
    }
    let account = scope.account().get();
    let (from, to, subject) = (pattern(&query.from), pattern(&query.to), pattern(&query.subject));
    let total = db
        .prepare_cached(&format!(
            "SELECT count(*) FROM untracked u
             JOIN message m ON m.account_id = u.account_id AND m.message_id = u.message_id WHERE {MATCHING}"
        ))?
        .query_row(params![account, from, to, subject], |row| row.get(0))?;
    let rows = db
        .prepare_cached(&format!(
            "SELECT {MESSAGE} FROM untracked u
             CROSS JOIN message m ON m.account_id = u.account_id AND m.message_id = u.message_id
             CROSS JOIN message_body b ON b.account_id = m.account_id AND b.message_id = m.message_id
             WHERE {MATCHING} ORDER BY u.at DESC, u.message_id DESC LIMIT ?5 OFFSET ?6"
        ))?
        .query_map(params![account, from, to, subject, query.limit, query.offset], codec::message)?
        .collect::<rusqlite::Result<_>>()?;
    Ok((rows, total))
}

/// A pattern that finds the text anywhere, in any case.
fn pattern(text: &Option<String>) -> Option<String> {
    let text = text.as_deref()?;
    let escaped = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    Some(format!("%{escaped}%"))
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
