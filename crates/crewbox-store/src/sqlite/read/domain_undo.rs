//! What undoing that domains were blocked, or blocked no longer, would do.

use crewbox_core::change::{ChangeKind, Delta, Field};
use crewbox_core::id::Seq;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::contract::{ChangedDomain, DomainUndo, PartUndoState, Scope, Thing};
use crate::sqlite::codec;
use crate::sqlite::failure::{Result, not_found};

/// What undoing this change would do. Read in one snapshot.
pub(in crate::sqlite) fn domain_undo(db: &Connection, scope: &Scope, change: Seq) -> Result<DomainUndo> {
    let account = scope.account().get();
    let missing = || not_found(Thing::Change, change.0);
    let logged: Option<(String, Vec<Delta>)> = db
        .prepare_cached("SELECT kind, detail FROM change_log WHERE account_id = ?1 AND seq = ?2")?
        .query_row(params![account, change.0], |row| Ok((row.get(0)?, codec::read_deltas(row, 1)?)))
        .optional()?;
    let (kind, detail) = logged.filter(|_| scope.client().is_none()).ok_or_else(missing)?;
    let kept = detail.iter().find(|delta| delta.field == Field::DomainChange).and_then(|delta| delta.after);
    let kept = kept.ok_or_else(missing)?;
    let blocked_by_it = kind == ChangeKind::DomainsBlocked.name();
    let domains: Vec<ChangedDomain> = db
        .prepare_cached(
            "SELECT domain, source FROM domain_change WHERE account_id = ?1 AND domain_change_id = ?2",
        )?
        .query_map(params![account, kept], |row| {
            Ok(ChangedDomain { name: row.get(0)?, source: row.get(1)? })
        })?
        .collect::<rusqlite::Result<_>>()?;
    if domains.is_empty() {
        return Err(missing());
    }
    let mut is_blocked =
        db.prepare_cached("SELECT 1 FROM blocked_domain WHERE account_id = ?1 AND domain = ?2")?;
    let mut later_of = db.prepare_cached(
        "SELECT domain_change_id FROM domain_change WHERE account_id = ?1 AND domain = ?2
             AND domain_change_id > ?3",
    )?;
    let (mut undone, mut untouched, mut later) = (0, 0, Vec::new());
    for domain in &domains {
        let changes: Vec<i64> = later_of
            .query_map(params![account, domain.name, kept], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        undone += usize::from(is_blocked.exists(params![account, domain.name])? != blocked_by_it);
        untouched += usize::from(changes.is_empty());
        later.extend(changes);
    }
    let state = match domains.len() {
        all if undone == all => PartUndoState::Undone,
        all if untouched == all => PartUndoState::Possible,
        _ => PartUndoState::ChangedSince,
    };
    Ok(DomainUndo { domains, blocked_by_it, state, later })
}
