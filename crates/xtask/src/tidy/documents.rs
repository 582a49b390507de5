//! Documents that must agree with the code, and a repository that needs no other.
//!
//! Owns the rules about Markdown files and about what no tracked file may name.

use super::fault::Fault;
use super::manifest::workspace_dependencies;
use super::tree::Tree;
use crate::{bench, soak};

const DEPENDENCIES: &str = "docs/dependencies.md";
const OURS: &str = "crewbox-";

/// Every outside dependency has its row in docs/dependencies.md, and every row its dependency.
pub(crate) fn dependencies(tree: &Tree) -> Vec<Fault> {
    let Some(root) = tree.get("Cargo.toml") else { return Vec::new() };
    let used = workspace_dependencies(root);
    let Some(document) = tree.get(DEPENDENCIES) else {
        return vec![Fault::new(
            DEPENDENCIES,
            1,
            "the document is missing",
            "write a row for each dependency",
        )];
    };
    let rows: Vec<(usize, &str)> = document
        .lines()
        .filter_map(|(number, line)| Some((number, line.strip_prefix("| `")?.split('`').next()?)))
        .collect();
    let unexplained = used
        .iter()
        .filter(|(_, name)| !name.starts_with(OURS) && !rows.iter().any(|(_, row)| row == name))
        .map(|(line, name)| {
            let what = format!("`{name}` has no row in {DEPENDENCIES}");
            Fault::new(
                &root.path,
                *line,
                what,
                "say there why it is needed, what else was weighed, how to leave it",
            )
        });
    let unused =
        rows.iter().filter(|(_, row)| !used.iter().any(|(_, name)| name == row)).map(|(line, row)| {
            let what = format!("`{row}` is no dependency of the workspace");
            Fault::new(DEPENDENCIES, *line, what, "take the row out")
        });
    unexplained.chain(unused).collect()
}

/// The changelog is open for the next release.
pub(crate) fn changelog(tree: &Tree) -> Vec<Fault> {
    let open =
        tree.get("CHANGELOG.md").is_some_and(|file| file.lines().any(|(_, line)| line == "## Unreleased"));
    if open {
        return Vec::new();
    }
    let what = "no section `## Unreleased`";
    vec![Fault::new("CHANGELOG.md", 1, what, "add it; what an operator or a client feels goes there")]
}

/// Folders that exist on one person's machine only.
const MACHINE: &[&str] = &[concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];

/// Package registries and a folder beside the repository, neither of which a clone may need by name.
const ELSEWHERE: &[&str] = &[
    concat!("..", "/shared"),
    concat!("registry", ".npmjs"),
    concat!("pypi", ".org"),
    concat!("python", "hosted"),
    concat!("deb", ".debian"),
    concat!("index.", "crates.io"),
    concat!("static.", "crates.io"),
];

/// No file names a path of one machine, a registry's host or a folder outside the repository.
pub(crate) fn needs_no_other(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    for file in tree.files.iter().filter(|file| file.path != "Cargo.lock") {
        for (number, line) in file.lines() {
            let path = MACHINE.iter().find(|path| names_path(line, path));
            let host = ELSEWHERE.iter().find(|host| line.contains(**host));
            if let Some(found) = path.or(host) {
                let what = format!("names `{found}`, which a clone does not have");
                faults.push(Fault::new(
                    &file.path,
                    number,
                    what,
                    "the repository needs no other place: leave it out",
                ));
            }
        }
    }
    faults
}

/// Whether the line has the absolute path itself, not a longer path or address that contains it.
fn names_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|char| char.is_alphanumeric() || matches!(char, '_' | '.' | '-' | '}' | '*'))
    })
}

/// Reports that a command writes; a clone may not have them yet.
const WRITTEN: &[&str] = &[bench::REPORT, soak::REPORT];

/// A document that source or text names is in the repository.
pub(crate) fn named_documents_exist(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    let read = tree.files.iter().filter(|file| file.path.ends_with(".rs") || file.path.ends_with(".md"));
    for file in read {
        for (number, line) in file.lines() {
            for name in documents_named(line) {
                let mut paths =
                    tree.files.iter().map(|file| file.path.as_str()).chain(WRITTEN.iter().copied());
                let there = paths.any(|path| path.rsplit('/').next() == Some(name));
                if !there {
                    let what = format!("names `{name}`, which is not in the repository");
                    faults.push(Fault::new(
                        &file.path,
                        number,
                        what,
                        "name the document that says it, or say it here",
                    ));
                }
            }
        }
    }
    faults
}

/// Words of the line that are file names ending in `.md`, without their folders.
fn documents_named(line: &str) -> impl Iterator<Item = &str> {
    line.split(|char: char| !(char.is_ascii_alphanumeric() || matches!(char, '.' | '-' | '_')))
        .map(|word| word.trim_end_matches('.'))
        .filter(|word| word.strip_suffix(".md").is_some_and(|stem| !stem.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::super::tree::tree;
    use super::*;

    #[test]
    fn dependencies_and_rows_agree() {
        let root = (
            "Cargo.toml",
            "[workspace.dependencies]\ncrewbox-core = { path = \"x\" }\na = \"1\"\nb = \"2\"\n",
        );
        let document = (DEPENDENCIES, "| crate | why |\n|---|---|\n| `a` | reason |\n| `c` | reason |\n");
        let found = dependencies(&tree(&[root, document]));
        let places: Vec<_> = found.iter().map(|fault| (fault.path.as_str(), fault.line)).collect();
        assert_eq!(places, [("Cargo.toml", 4), (DEPENDENCIES, 4)]);
        assert_eq!(dependencies(&tree(&[root])).len(), 1);
    }

    #[test]
    fn the_changelog_is_open() {
        assert!(changelog(&tree(&[("CHANGELOG.md", "# Changelog\n\n## Unreleased\n")])).is_empty());
        assert_eq!(changelog(&tree(&[("CHANGELOG.md", "# Changelog\n")])).len(), 1);
    }

    #[test]
    fn paths_of_a_machine_are_found_and_addresses_are_not() {
        let [first, ..] = MACHINE else { panic!("the table is empty") };
        let found = |line: &str| needs_no_other(&tree(&[("a.txt", line)])).len();
        assert_eq!(found(&format!("see {first}main")), 1);
        assert_eq!(found(&format!("see https://example.org{first}main")), 0);
        assert_eq!(found(ELSEWHERE[0]), 1);
    }

    #[test]
    fn documents_must_exist() {
        // Put together here, since this file is read by the rule as well.
        let (here, gone) = (["here", "md"].join("."), ["gone", "md"].join("."));
        let source = format!("//! See docs/{here}.\n// and {gone}\n// *.md");
        let found = named_documents_exist(&tree(&[(&format!("docs/{here}"), ""), ("a.rs", &source)]));
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].line, found[0].what.contains(&gone)), (2, true));
    }
}
