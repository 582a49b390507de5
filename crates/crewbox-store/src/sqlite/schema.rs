//! The schema's versions, and who may move it on.
//!
//! A migration is never altered once released; the next one is a new file. Each runs in a transaction of its
//! own together with its number, so a crash leaves the schema at one version or the next, never between.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::failure::Result;
use crate::contract::StoreError;

/// Every migration, in order: the files of `migrations/sqlite`, by name. The schema's version is how many have run.
pub(crate) const MIGRATIONS: &[&str] = include!(concat!(env!("OUT_DIR"), "/sqlite_migrations.rs"));

/// The version this binary knows.
pub(super) fn known() -> u32 {
    u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX)
}

/// The version of a database; 0 when it is empty.
pub(super) fn version(db: &Connection) -> Result<u32> {
    Ok(db.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

/// Refuses a schema newer than this binary.
pub(super) fn refuse_newer(db: &Connection, dir: &Path) -> Result<()> {
    let found = version(db)?;
    if found > known() {
        return Err(StoreError::SchemaNewer { location: dir.into(), found, known: known() }.into());
    }
    Ok(())
}

/// Runs what has not run. The caller holds the directory.
pub(super) fn migrate(db: &mut Connection) -> Result<()> {
    // A migration that makes a table again drops the old one, which must not delete the rows that belong to its rows.
    db.pragma_update(None, "foreign_keys", false)?;
    while version(db)? < known() {
        let step = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Read again under the write lock: another process may just have done it.
        let found = version(&step)?;
        if let Some(migration) = MIGRATIONS.get(found as usize) {
            step.execute_batch(migration)?;
            step.pragma_update(None, "user_version", found + 1)?;
        }
        step.commit()?;
    }
    db.pragma_update(None, "foreign_keys", true)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use crewbox_core::conversation::replay::REPLAYED;

    use super::*;
    use crate::sqlite::apply::EDITS;

    fn fresh() -> Connection {
        let mut db = Connection::open_in_memory().unwrap();
        migrate(&mut db).unwrap();
        db
    }

    #[test]
    fn a_change_from_before_causes_were_kept_is_a_persons_if_it_has_an_actor() {
        let db = Connection::open_in_memory().unwrap();
        let (before, rest) = MIGRATIONS.split_at(7);
        before.iter().for_each(|migration| db.execute_batch(migration).unwrap());
        db.execute_batch(
            "INSERT INTO change_log (account_id, seq, at, actor_id, kind, detail)
             VALUES (1, 1, 0, NULL, 'account_created', ''), (1, 2, 0, 4, 'tag_saved', '')",
        )
        .unwrap();
        rest.iter().for_each(|migration| db.execute_batch(migration).unwrap());
        let causes: Vec<(String, Option<u64>)> = db
            .prepare("SELECT cause, rule_id FROM change_log ORDER BY seq")
            .unwrap()
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .collect::<rusqlite::Result<_>>()
            .unwrap();
        assert_eq!(causes, [("system".to_owned(), None), ("person".to_owned(), None)]);
    }

    #[test]
    fn migrations_are_numbered_without_a_gap() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/sqlite");
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names.len(), MIGRATIONS.len());
        for (place, name) in names.iter().enumerate() {
            assert!(name.starts_with(&format!("{:04}_", place + 1)), "{name}");
        }
    }

    #[test]
    fn every_key_beside_a_primary_key_has_its_selectivity() {
        let db = fresh();
        let unknown: Vec<String> = db
            .prepare(
                "SELECT i.name FROM sqlite_schema i WHERE i.type = 'index'
                     AND NOT EXISTS (SELECT 1 FROM sqlite_stat1 s WHERE s.idx = i.name)
                     AND (SELECT count(*) FROM sqlite_schema o
                          WHERE o.type = 'index' AND o.tbl_name = i.tbl_name) > 1",
            )
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .collect::<rusqlite::Result<_>>()
            .unwrap();
        assert_eq!(unknown, Vec::<String>::new());
    }

    #[test]
    fn what_taking_mail_in_looks_up_is_found_by_its_key_and_not_by_its_account() {
        let db = fresh();
        for (sql, key) in [
            ("SELECT 1 FROM message WHERE account_id = 1 AND rfc_hash = 2 ORDER BY message_id", "rfc_hash=?"),
            ("SELECT 1 FROM conversation WHERE account_id = 1 AND lead_id = 2", "lead_id=?"),
            ("SELECT email FROM lead WHERE account_id = 1 AND lead_id = 2", "lead_id=?"),
            ("SELECT 1 FROM lead WHERE account_id = 1 AND email = 'x'", "email=?"),
            (
                "SELECT 1 FROM lead WHERE account_id = 1 AND email = 'x' AND coalesce(client_id, 0) = coalesce(2, 0)",
                "<expr>=?",
            ),
            (
                "SELECT 1 FROM message WHERE account_id = 1 AND conversation_id = 2 ORDER BY at",
                "conversation_id=?",
            ),
            ("SELECT 1 FROM quarantine WHERE account_id = 1 AND content = x'00'", "content=?"),
            ("SELECT 1 FROM api_key WHERE account_id = 1 AND hash = x'00'", "hash=?"),
        ] {
            let plan: Vec<String> = db
                .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
                .unwrap()
                .query_map([], |row| row.get(3))
                .unwrap()
                .collect::<rusqlite::Result<_>>()
                .unwrap();
            assert!(plan[0].contains(key), "{sql}: {plan:?}");
            // A sort, however small, builds and drops a tree for every mail.
            let sorted = plan.iter().any(|step| step.contains("TEMP B-TREE"));
            assert_eq!(sorted, sql.contains("ORDER BY at"), "{sql}: {plan:?}");
        }
    }

    /// In a tree WITHOUT ROWID each comparison of keys reads the row that it passes, whole.
    #[test]
    fn tables_with_megabytes_in_a_row_are_no_trees_of_rows() {
        let db = fresh();
        for table in ["lead", "message"] {
            let is_tree_of_rows: bool = db
                .query_row("SELECT wr FROM pragma_table_list WHERE name = ?1", [table], |row| row.get(0))
                .unwrap();
            assert!(!is_tree_of_rows, "{table}");
        }
    }

    #[test]
    fn what_people_did_to_a_conversation_is_found_in_order_without_reading_the_log() {
        let db = fresh();
        let sql = EDITS.replace("?1", "1").replace("?2", "2");
        let plan: Vec<String> = db
            .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
            .unwrap()
            .query_map([], |row| row.get(3))
            .unwrap()
            .collect::<rusqlite::Result<_>>()
            .unwrap();
        assert!(plan.len() == 1 && plan[0].contains("change_log_replayed"), "{plan:?}");
        for kind in REPLAYED {
            assert!(sql.contains(&format!("'{}'", kind.name())), "{kind:?}");
        }
        assert_eq!(sql.matches("_changed'").count(), REPLAYED.len());
    }
}
