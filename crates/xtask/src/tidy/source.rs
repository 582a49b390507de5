//! Rules about Rust source that clippy has no lint for.
//!
//! Owns them as two tables: one of whole-file rules, one of words that stand only in certain places. Reads
//! lines, not syntax; a rule that needs more than that belongs to clippy.

use super::fault::Fault;
use super::tree::{File, Tree};

/// More than this and a file is no longer one thing.
const MAX_LINES: usize = 450;

/// The shortest reason an `expect` may give, in words: "caller checked it" is three.
const MIN_REASON_WORDS: usize = 3;

/// Names that say nothing about what a module owns.
const EMPTY_NAMES: &[&str] = &["utils", "util", "helpers", "helper", "common", "misc"];

/// Words of source that are right in certain places only.
struct Place {
    words: &'static [&'static str],
    /// Whether a line of this file may hold them; told the path and whether the line is test code.
    allowed: fn(path: &str, test: bool) -> bool,
    what: &'static str,
    remedy: &'static str,
}

// The words are split so that this table does not find itself.
const PLACES: &[Place] = &[
    Place {
        words: &[concat!("#[", "allow("), concat!("#![", "allow(")],
        allowed: |_, _| false,
        what: "a lint is allowed for good",
        remedy: "mend the cause, or write #[expect(…, reason = \"…\")], which speaks up once it is no longer needed",
    },
    Place {
        words: &[concat!("#[", "ignore")],
        allowed: |_, _| false,
        what: "a test is left out",
        remedy: "make it quick enough to run always, with its full figures read from CREWBOX_* in `cargo xtask soak`",
    },
    Place {
        words: &[
            concat!("\"SEL", "ECT "),
            concat!("\"INS", "ERT INTO "),
            concat!("\"UPD", "ATE "),
            concat!("\"DEL", "ETE FROM "),
        ],
        allowed: |path, test| test || path.starts_with("crates/crewbox-store/") || is_bench(path),
        what: "SQL outside the store",
        remedy: "put the statement behind a method of crewbox-store's contract",
    },
    Place {
        words: &[concat!("SystemTime::", "now"), concat!("Timestamp::", "now("), concat!("Zoned::", "now(")],
        // A test beside a real mail server shares that server's clock.
        allowed: |path, _| {
            ["crates/crewbox/src/clock.rs", "crates/crewbox-testkit/src/clock.rs"].contains(&path)
        },
        what: "the clock is read",
        remedy: "take `now` as an argument; only crates/crewbox/src/clock.rs reads the clock",
    },
    Place {
        words: &[
            "std::fs",
            "std::net",
            "std::env",
            "std::process",
            "std::time::",
            "std::thread::spawn",
            "std::thread::sleep",
        ],
        allowed: |path, test| test || !path.starts_with("crates/crewbox-core/src/"),
        what: "the core does I/O, or reads its surroundings",
        remedy: "do it in the caller and pass the result in",
    },
];

/// Applies every rule to every source file.
pub(crate) fn check(tree: &Tree) -> Vec<Fault> {
    tree.rust().flat_map(|file| FILE_RULES.iter().flat_map(move |rule| rule(file))).collect()
}

const FILE_RULES: &[fn(&File) -> Vec<Fault>] = &[size, first_line, name, places, reasons];

fn size(file: &File) -> Vec<Fault> {
    let lines = file.lines().count();
    let what = || format!("{lines} lines; a file holds at most {MAX_LINES}");
    let fault =
        || Fault::new(&file.path, lines, what(), "find the second thing in it and give that its own file");
    (lines > MAX_LINES).then(fault).into_iter().collect()
}

fn first_line(file: &File) -> Vec<Fault> {
    let described = file.text.starts_with("//!");
    let what = "the module does not say what it is";
    let remedy = "open with `//!`: what it owns, who runs it, what it must never do";
    (!described).then(|| Fault::new(&file.path, 1, what, remedy)).into_iter().collect()
}

fn name(file: &File) -> Vec<Fault> {
    let mut words = file.path.trim_end_matches(".rs").split('/');
    let found = words.find(|word| EMPTY_NAMES.contains(word));
    let fault = |word| {
        Fault::new(
            &file.path,
            1,
            format!("`{word}` says nothing about what it owns"),
            "name it for the thing it holds",
        )
    };
    found.map(fault).into_iter().collect()
}

fn places(file: &File) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (number, line, test) in file.code() {
        for place in PLACES {
            let found = place.words.iter().any(|words| line.contains(words));
            if found && !(place.allowed)(&file.path, test) {
                faults.push(Fault::new(&file.path, number, place.what, place.remedy));
            }
        }
    }
    faults
}

/// `expect` states the invariant that makes it safe, in words.
fn reasons(file: &File) -> Vec<Fault> {
    let opening = concat!(".exp", "ect(\"");
    let mut faults = Vec::new();
    for (number, line, test) in file.code() {
        let Some((_, rest)) = line.split_once(opening) else { continue };
        let words = rest.split('"').next().unwrap_or_default().split_whitespace().count();
        if !test && words < MIN_REASON_WORDS {
            let what = "`expect` without a reason";
            let remedy = "return an error, or say which invariant makes this impossible";
            faults.push(Fault::new(&file.path, number, what, remedy));
        }
    }
    faults
}

fn is_bench(path: &str) -> bool {
    path.starts_with("benches/") || (path.starts_with("crates/crewbox-testkit/") && path.contains("/bench"))
}

#[cfg(test)]
mod tests {
    use super::super::tree::tree;
    use super::*;

    const WEB: &str = "crates/crewbox-web/src/route.rs";

    fn faults(path: &str, text: &str) -> Vec<(usize, String)> {
        let text = format!("//! Doc.\n{text}");
        check(&tree(&[(path, &text)])).into_iter().map(|fault| (fault.line, fault.what)).collect()
    }

    /// The first words of the rule whose fault says this.
    fn words(what: &str) -> &'static str {
        PLACES.iter().find(|place| place.what == what).map(|place| place.words[0]).unwrap()
    }

    #[test]
    fn a_file_is_one_thing_and_says_which() {
        assert!(faults(WEB, "fn a() {}\n").is_empty());
        assert_eq!(faults(WEB, &"\n".repeat(MAX_LINES - 1)), []);
        assert_eq!(faults(WEB, &"\n".repeat(MAX_LINES)).len(), 1);
        assert_eq!(check(&tree(&[(WEB, "fn a() {}\n")])).len(), 1);
        assert_eq!(faults("crates/crewbox-web/src/utils.rs", "").len(), 1);
        assert_eq!(faults("crates/crewbox-web/src/common/row.rs", "").len(), 1);
    }

    #[test]
    fn sql_is_in_the_store_and_in_tests() {
        let what = "SQL outside the store";
        let line = format!("let a = {}1\";\n", words(what));
        assert_eq!(faults(WEB, &line), [(2, what.to_owned())]);
        assert_eq!(faults("crates/crewbox-store/src/row.rs", &line), []);
        assert_eq!(faults("crates/crewbox-web/tests/it/row.rs", &line), []);
        assert_eq!(faults("crates/crewbox-web/src/row/tests.rs", &line), []);
        assert_eq!(faults("crates/crewbox-testkit/src/bin/bench/sqlite.rs", &line), []);
        assert_eq!(faults(WEB, &format!("#[cfg(test)]\nmod tests {{\n    {line}}}\n")), []);
        let after = format!("#[cfg(test)]\nmod tests {{\n}}\n{line}");
        assert_eq!(faults(WEB, &after), [(5, what.to_owned())]);
    }

    #[test]
    fn the_clock_has_one_place() {
        let line = format!("let now = {}();\n", words("the clock is read"));
        assert_eq!(faults(WEB, &line).len(), 1);
        assert_eq!(faults("crates/crewbox/src/clock.rs", &line), []);
    }

    #[test]
    fn nothing_is_silenced() {
        assert_eq!(faults(WEB, &format!("{}dead_code)]\n", words("a lint is allowed for good"))).len(), 1);
        assert_eq!(
            faults("crates/crewbox-web/tests/it/a.rs", &format!("{}]\n", words("a test is left out"))).len(),
            1
        );
        assert_eq!(faults(WEB, &format!("// {}dead_code)]\n", words("a lint is allowed for good"))), []);
    }

    #[test]
    fn the_core_does_no_io() {
        assert_eq!(faults("crates/crewbox-core/src/a.rs", "use std::fs;\n").len(), 1);
        assert_eq!(faults("crates/crewbox-store/src/a.rs", "use std::fs;\n"), []);
    }

    #[test]
    fn an_expect_gives_its_reason() {
        let expect = |reason: &str| format!("let a = b{}{reason}\");\n", concat!(".exp", "ect(\""));
        assert_eq!(faults(WEB, &expect("oops")).len(), 1);
        assert_eq!(faults(WEB, &expect("checked when it was parsed")), []);
        assert_eq!(faults("crates/crewbox-web/tests/it/a.rs", &expect("oops")), []);
    }
}
