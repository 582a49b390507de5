//! Plain words: the literary and archaic ones that a newcomer would not search for.
//!
//! Owns the list. Looks at names, string literals and comments alike, so at the whole text of a source file.

use super::fault::Fault;
use super::tree::Tree;

/// A word or phrase, and what to write instead.
const WORDS: &[(&str, &str)] = &[
    ("ailing", "failing"),
    ("ails", "fails"),
    ("anew", "again"),
    ("apart", "separate, except"),
    ("at hand", "available, in memory"),
    ("calm", "quiet, idle"),
    ("fared", "worked"),
    ("fares", "works; connection state"),
    ("in disorder", "unexpectedly"),
    ("in good order", "cleanly"),
    ("kin", "similar systems"),
    ("said", "printed, answered, reported"),
    ("stands", "is"),
    ("told of", "reported to"),
    ("untold", "not reported"),
    ("whither", "where to"),
    ("whom", "who, which; recipient"),
];

/// The file that must spell them out.
const THIS_FILE: &str = "crates/xtask/src/tidy/words.rs";

/// Each line with a word of the list.
pub(crate) fn plain(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    for file in tree.rust().filter(|file| file.path != THIS_FILE) {
        for (number, line) in file.lines() {
            let words = words(line);
            for (listed, instead) in WORDS.iter().filter(|(listed, _)| words.contains(&format!(" {listed} ")))
            {
                let what = format!("`{listed}` is not plain; for instance: {instead}");
                faults.push(Fault::new(
                    &file.path,
                    number,
                    what,
                    "say it with the word a newcomer would search for",
                ));
            }
        }
    }
    faults
}

/// The words of a line in lower case, each between spaces; names are cut at `_` and before capitals.
fn words(line: &str) -> String {
    let mut words = String::from(" ");
    let mut before = ' ';
    for c in line.chars() {
        if c.is_uppercase() && before.is_lowercase() {
            words.push(' ');
        }
        if c.is_alphabetic() {
            words.extend(c.to_lowercase());
        } else if !words.ends_with(' ') {
            words.push(' ');
        }
        before = c;
    }
    words.push(' ');
    words
}

#[cfg(test)]
mod tests {
    use super::super::tree::tree;
    use super::*;

    fn found(line: &str) -> usize {
        plain(&tree(&[("crates/crewbox-new/src/a.rs", line)])).len()
    }

    #[test]
    fn names_literals_and_comments_are_plain() {
        for (listed, _) in WORDS {
            assert_eq!(found(&format!("// It {listed}.")), 1, "{listed}");
            assert_eq!(found(&format!("let a = \"It {listed}\";")), 1, "{listed}");
            assert_eq!(found(&format!("let it_{} = 1;", listed.replace(' ', "_"))), 1, "{listed}");
        }
        assert_eq!(found(concat!("struct Mailbox", "Fares;")), 1);
        assert_eq!(found("let kind = standstill(); // an apartment"), 0);
        assert_eq!(plain(&tree(&[("benches/search/src/a.rs", concat!("// a", "new"))])).len(), 1);
    }
}
