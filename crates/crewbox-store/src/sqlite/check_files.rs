//! `doctor`'s look at the database as a whole: each page against its check sum, SQLite's own check, and the newest changes
//! against the record beside it. What cannot be read is a fault, too.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use crewbox_core::id::{AccountId, Seq};
use rusqlite::Connection;

use super::connect::DATABASE;
use super::failure::{Failure, Result, io};
use super::page_sums::{self, PageSums};
use super::record;
use crate::contract::{Fault, StoreError};

/// Lines that SQLite is asked for, and pages that are named, at most: enough to see a pattern.
const NAMED: usize = 20;

/// Compares each page with its check sum. Needs no database that can be opened. No table is named, as that is read from
/// the database ([`tables`]).
pub(super) fn changed_pages(dir: &Path) -> std::result::Result<Vec<u32>, StoreError> {
    let changed = || match PageSums::open_to_read(dir)? {
        Some(sums) => sums.changed(dir),
        None => Ok(Vec::new()),
    };
    changed().map_err(|source| io(dir, || format!("reading {}", dir.join(DATABASE).display()), source))
}

/// Runs each check. `recorded` was read before the snapshot began.
pub(super) fn check(db: &Connection, changed: &[u32], recorded: Vec<(AccountId, Seq)>) -> Vec<Fault> {
    let mut faults = pages(changed, &tables(db, changed));
    let mut add = |check: &'static str, found: Result<Vec<String>>| {
        let unreadable = |failure: Failure| {
            vec![format!("{DATABASE} cannot be read: {}; restore a backup", failure.into_answer())]
        };
        let found = found.unwrap_or_else(unreadable);
        faults.extend(found.into_iter().map(|what| Fault { check, what }));
    };
    add("database file", integrity(db));
    add("record of the newest changes", newest(db, recorded));
    faults
}

/// The faults of pages that changed; `tables` says what is in them, as far as that is known.
pub(super) fn pages(changed: &[u32], tables: &HashMap<u32, String>) -> Vec<Fault> {
    let check = "pages are as they were written";
    let named = changed.iter().take(NAMED).map(|page| {
        let of = tables.get(page).map_or(String::new(), |table| format!(" ({table})"));
        format!(
            "page {page} of {DATABASE}{of} is damaged, or was written by another program: restore a backup, or remove {} \
             to accept {DATABASE} as it is",
            page_sums::FILE
        )
    });
    let more = changed.len().saturating_sub(NAMED);
    let more = (more > 0).then(|| format!("and {more} more"));
    named.chain(more).map(|what| Fault { check, what }).collect()
}

/// What is in these pages; nothing where the database does not say.
fn tables(db: &Connection, pages: &[u32]) -> HashMap<u32, String> {
    let wanted: HashSet<u32> = pages.iter().copied().collect();
    let mut found = HashMap::new();
    if wanted.is_empty() {
        return found;
    }
    let mut read = || -> rusqlite::Result<()> {
        let mut all = db.prepare(
            "SELECT d.pageno, CASE s.type WHEN 'index' THEN 'index ' || d.name || ' of table ' || s.tbl_name
                 ELSE 'table ' || d.name END
             FROM dbstat d LEFT JOIN sqlite_schema s ON s.name = d.name",
        )?;
        let mut rows = all.query([])?;
        while let Some(row) = rows.next()? {
            let page = row.get(0)?;
            if wanted.contains(&page) {
                found.insert(page, row.get(1)?);
            }
        }
        Ok(())
    };
    if let Err(error) = read() {
        tracing::warn!(%error, "not all damaged pages can be named by their tables");
    }
    found
}

/// SQLite's full check: unlike the quick one, it also compares each index with its table, so that a row that an index
/// misses is found.
fn integrity(db: &Connection) -> Result<Vec<String>> {
    let mut lines = db.prepare(&format!("PRAGMA integrity_check({NAMED})"))?;
    let lines: Vec<String> = lines.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let damage = lines.into_iter().filter(|line| line != "ok");
    Ok(damage.map(|line| format!("{DATABASE} is damaged ({line}): restore a backup")).collect())
}

fn newest(db: &Connection, recorded: Vec<(AccountId, Seq)>) -> Result<Vec<String>> {
    let sentence = |behind: record::Behind| {
        let record::Behind { account, found, recorded } = behind;
        format!(
            "account {account} ends at change {found}, but change {recorded} was acknowledged: restore a backup"
        )
    };
    Ok(record::behind(db, recorded)?.into_iter().map(sentence).collect())
}
