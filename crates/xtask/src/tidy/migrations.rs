//! Both database engines hold the same tables.
//!
//! Owns a quick comparison of the migrations' text, as soon as there is a second engine. The conformance suite
//! compares tables and columns of real databases; this only says it sooner.

use std::collections::BTreeMap;

use super::fault::Fault;
use super::tree::Tree;

const SQLITE: &str = "crates/crewbox-store/migrations/sqlite/";
const POSTGRES: &str = "crates/crewbox-store/migrations/postgres/";

/// Tables made for one engine are made for the other.
pub(crate) fn parity(tree: &Tree) -> Vec<Fault> {
    let (sqlite, postgres) = (tables(tree, SQLITE), tables(tree, POSTGRES));
    if postgres.is_empty() {
        return Vec::new();
    }
    let mut faults = missing(&sqlite, &postgres, "PostgreSQL");
    faults.extend(missing(&postgres, &sqlite, "SQLite"));
    faults
}

type Tables = BTreeMap<String, (String, usize)>;

fn missing(here: &Tables, there: &Tables, engine: &str) -> Vec<Fault> {
    let only_here = here.iter().filter(|(table, _)| !there.contains_key(*table));
    only_here
        .map(|(table, (path, line))| {
            let what = format!("{engine} has no table `{table}`");
            Fault::new(path, *line, what, "write the migration for both engines")
        })
        .collect()
}

fn tables(tree: &Tree, folder: &str) -> Tables {
    let mut tables = Tables::new();
    for file in tree.under(folder).filter(|file| file.path.ends_with(".sql")) {
        for (number, line) in file.lines() {
            let words = line.trim().to_ascii_lowercase();
            let Some(rest) = words.strip_prefix("create table ") else { continue };
            let rest = rest.trim_start_matches("if not exists ");
            let name = rest.split(['(', ' ']).next().unwrap_or_default();
            tables.insert(name.to_owned(), (file.path.clone(), number));
        }
    }
    tables
}

#[cfg(test)]
mod tests {
    use super::super::tree::tree;
    use super::*;

    #[test]
    fn one_engine_alone_needs_no_twin() {
        let one = ("crates/crewbox-store/migrations/sqlite/0001.sql", "CREATE TABLE lead (id INTEGER);");
        assert!(parity(&tree(&[one])).is_empty());
    }

    #[test]
    fn a_table_of_one_engine_only_is_a_fault() {
        let one =
            ("crates/crewbox-store/migrations/sqlite/0001.sql", "CREATE TABLE lead (\nCREATE TABLE tag(");
        let two = ("crates/crewbox-store/migrations/postgres/0001.sql", "create table if not exists lead (");
        let found = parity(&tree(&[one, two]));
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].line, found[0].what.as_str()), (2, "PostgreSQL has no table `tag`"));
    }
}
