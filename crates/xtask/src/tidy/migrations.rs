//! Migrations are numbered without a gap or a duplicate, and both database engines hold the same tables.
//!
//! Owns the check of file names, and a quick comparison of the migrations' text, as soon as there is a second engine. The
//! conformance suite compares tables and columns of real databases; this only says it sooner.

use std::collections::BTreeMap;

use super::fault::Fault;
use super::tree::Tree;

const SQLITE: &str = "crates/crewbox-store/migrations/sqlite/";
const POSTGRES: &str = "crates/crewbox-store/migrations/postgres/";

/// The files of an engine are numbered 0001, 0002 and so on. A database counts the migrations that it has had: of two files
/// with one number, a database that had the one would not get the other, or get it as the next.
pub(crate) fn numbers(tree: &Tree) -> Vec<Fault> {
    [SQLITE, POSTGRES].into_iter().flat_map(|folder| numbers_of(tree, folder)).collect()
}

fn numbers_of(tree: &Tree, folder: &str) -> Vec<Fault> {
    let mut names: Vec<&str> = tree.under(folder).filter_map(|file| file.path.strip_prefix(folder)).collect();
    names.sort_unstable();
    let number = |name: &str| name.split(['_', '.']).next().filter(|number| number.len() == 4)?.parse().ok();
    let mut faults = Vec::new();
    let mut expected = 1_usize;
    for name in names {
        let path = format!("{folder}{name}");
        match number(name) {
            Some(number) if number == expected => expected += 1,
            Some(number) if number < expected => {
                let what = format!("another migration has the number {number:04}, too");
                faults.push(Fault::new(&path, 1, what, "take the next free number"));
            }
            found => {
                let what = format!("the next migration has the number {expected:04}");
                faults.push(Fault::new(
                    &path,
                    1,
                    what,
                    "number migrations 0001, 0002 and so on, without a gap",
                ));
                expected = found.map_or(expected, |number: usize| number + 1);
            }
        }
    }
    faults
}

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
    fn a_number_that_two_migrations_have_and_one_that_none_has_are_faults() {
        let found = |names: &[&str]| -> Vec<String> {
            let paths: Vec<String> = names.iter().map(|name| format!("{SQLITE}{name}")).collect();
            let files: Vec<(&str, &str)> = paths.iter().map(|path| (path.as_str(), "")).collect();
            let faults = numbers(&tree(&files));
            faults
                .into_iter()
                .map(|fault| format!("{}: {}", &fault.path[SQLITE.len()..], fault.what))
                .collect()
        };
        assert_eq!(found(&["0001_start.sql", "0002_mail.sql", "0003_tag.sql"]), [""; 0]);
        assert_eq!(
            found(&["0001_start.sql", "0002_mail.sql", "0002_tag.sql", "0003_note.sql"]),
            ["0002_tag.sql: another migration has the number 0002, too"]
        );
        assert_eq!(
            found(&["0001_start.sql", "0003_mail.sql", "0004_tag.sql", "later.sql"]),
            [
                "0003_mail.sql: the next migration has the number 0002",
                "later.sql: the next migration has the number 0005"
            ]
        );
    }

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
