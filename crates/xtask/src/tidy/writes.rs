//! Writes are use cases: only crewbox-app and the store put operations together and commit them.
//!
//! Owns the list of files that still do so elsewhere. It only shrinks: a file that no longer writes must leave it, which
//! is a rule too.

use super::fault::Fault;
use super::tree::{File, Tree};

/// What a write looks like in source.
const SIGNS: &[&str] =
    &[concat!("O", "p::"), concat!("Batch", " {"), concat!("Batch", "::new("), concat!(".com", "mit(")];

/// Where writes belong. crewbox-mail is below crewbox-app and writes what it alone knows: what came in, what was
/// sent, and how far it has read.
const HOME: &[&str] = &[
    "crates/crewbox-app/",
    "crates/crewbox-store/",
    "crates/crewbox-mail/src/intake.rs",
    "crates/crewbox-mail/src/oauth/",
    "crates/crewbox-mail/src/outbox/",
    "crates/crewbox-mail/src/sync/",
    // Fills stores for measurements and tests.
    "crates/crewbox-testkit/",
    "benches/",
];

/// This file, where a stale exemption is reported.
const HERE: &str = "crates/xtask/src/tidy/writes.rs";

/// Files outside that still write, to be emptied into crewbox-app.
const NOT_YET: &[&str] = &[
    "crates/crewbox/src/command/import_mail.rs",
    "crates/crewbox/src/command/reindex.rs",
    "crates/crewbox/src/command/secrets.rs",
    "crates/crewbox/src/data.rs",
    "crates/crewbox/src/demo/fill.rs",
];

/// Each line that writes outside of the layers that may.
pub(crate) fn in_use_cases(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    for file in tree.rust().filter(|file| !HOME.iter().any(|home| file.path.starts_with(home))) {
        let writes = writes(file);
        if NOT_YET.contains(&file.path.as_str()) {
            continue;
        }
        for (number, sign) in writes {
            let what = format!("`{sign}` outside crewbox-app and crewbox-store");
            faults.push(Fault::new(&file.path, number, what, "call a use case of crewbox-app, or add one"));
        }
    }
    faults
}

/// Each exemption that nothing needs any more.
pub(crate) fn without_stale_exemptions(tree: &Tree) -> Vec<Fault> {
    stale(tree, NOT_YET)
}

fn stale(tree: &Tree, exempt: &[&str]) -> Vec<Fault> {
    let writes_no_more = |path: &&&str| tree.get(path).is_none_or(|file| writes(file).is_empty());
    exempt
        .iter()
        .filter(writes_no_more)
        .map(|path| {
            let what = format!("{path} is exempt from this rule and writes nothing");
            Fault::new(HERE, 1, what, "remove it from NOT_YET")
        })
        .collect()
}

/// The lines of product code that write, each with its sign.
fn writes(file: &File) -> Vec<(usize, &'static str)> {
    let sign = |line: &str| {
        let begins = |at: usize, sign: &str| {
            sign.starts_with('.')
                || !line[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_')
        };
        SIGNS.iter().copied().find(|sign| line.match_indices(*sign).any(|(at, _)| begins(at, sign)))
    };
    file.code()
        .filter(|(_, _, test)| !test)
        .filter_map(|(number, line, _)| Some((number, sign(line)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::tree::tree;
    use super::*;

    fn faults(path: &str, line: &str) -> usize {
        in_use_cases(&tree(&[(path, line)])).len()
    }

    #[test]
    fn only_use_cases_and_the_store_write() {
        let write = concat!("store.com", "mit(batch).await?;");
        assert_eq!(faults("crates/crewbox-web/src/note.rs", write), 1);
        assert_eq!(
            faults("crates/crewbox-web/src/note.rs", concat!("let op = O", "p::Edit { conversation };")),
            1
        );
        assert_eq!(faults("crates/crewbox-web/src/note.rs", "let op = SetOp::All;"), 0);
        assert_eq!(faults("crates/crewbox-web/src/note.rs", &format!("// {write}")), 0);
        assert_eq!(faults("crates/crewbox-web/tests/it/note.rs", write), 0);
        for home in [
            "crates/crewbox-app/src/note.rs",
            "crates/crewbox-store/src/a.rs",
            "crates/crewbox-mail/src/sync/driver.rs",
        ] {
            assert_eq!(faults(home, write), 0, "{home}");
        }
        assert_eq!(faults("crates/crewbox-mail/src/read.rs", write), 1);
    }

    #[test]
    fn a_file_that_no_longer_writes_is_not_exempt() {
        let write = concat!("store.com", "mit(batch).await?;");
        let tree = tree(&[("a.rs", write), ("b.rs", "let a = 1;")]);
        let found: Vec<String> =
            stale(&tree, &["a.rs", "b.rs", "c.rs"]).into_iter().map(|one| one.what).collect();
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].starts_with("b.rs") && found[1].starts_with("c.rs"), "{found:?}");
    }
}
