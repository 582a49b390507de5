//! No import cycles between the files of a crate.
//!
//! Owns the reading of `use` trees and of paths that begin with `crate`, `self`, `super` or a child module. Reads text
//! as rustfmt writes it, not syntax: macros and inline modules are not looked into, and test code may import
//! what it likes. Which crate may use which is the table of `crates.rs`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::fault::Fault;
use super::tree::Tree;

/// Crates that still have cycles, to be emptied. A new crate is never listed.
pub(super) const NOT_YET: &[&str] = &[];

/// A module of a crate, by the names that lead to it; empty for the crate's root.
type Module = Vec<String>;
/// A module's imports of other modules of its crate, with the line of the first.
type Imports = BTreeMap<Module, usize>;

/// Each group of files that import each other, as one fault that shows the shortest way round.
pub(crate) fn cycles(tree: &Tree) -> Vec<Fault> {
    let crates: BTreeSet<&str> =
        tree.rust().filter_map(|file| crate_and_module(&file.path)).map(|(name, _)| name).collect();
    crates.into_iter().filter(|name| !NOT_YET.contains(name)).flat_map(|name| cycles_of(tree, name)).collect()
}

fn cycles_of(tree: &Tree, name: &str) -> Vec<Fault> {
    let files: BTreeMap<Module, _> = tree
        .rust()
        .filter_map(|file| Some((crate_and_module(&file.path)?, file)))
        .filter(|((of, _), _)| *of == name)
        .map(|((_, path), file)| (module(path), file))
        .collect();
    let modules: BTreeSet<&Module> = files.keys().collect();
    let graph: BTreeMap<&Module, Imports> =
        files.iter().map(|(module, file)| (module, imports(module, &file.text, &modules))).collect();
    let mut reported: BTreeSet<Module> = BTreeSet::new();
    let mut faults = Vec::new();
    for start in graph.keys() {
        let Some(cycle) = shortest_cycle(&graph, start) else { continue };
        if cycle.iter().any(|(module, _)| reported.contains(module)) {
            continue;
        }
        let steps: Vec<String> =
            cycle.iter().map(|(module, line)| format!("{}:{line}", files[module].path)).collect();
        let what = format!("import cycle of {} files: {}", cycle.len(), steps.join(" → "));
        let remedy = "move what both need into a file below both, or pass it in";
        faults.push(Fault::new(&files[&cycle[0].0].path, cycle[0].1, what, remedy));
        reported.extend(cycle.into_iter().map(|(module, _)| module));
    }
    faults
}

/// The shortest way from a module back to itself: each module on it with the line of its import of the next.
fn shortest_cycle(graph: &BTreeMap<&Module, Imports>, start: &Module) -> Option<Vec<(Module, usize)>> {
    let mut came_from: BTreeMap<&Module, (&Module, usize)> = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(at) = queue.pop_front() {
        for (next, line) in &graph[at] {
            if next == start {
                let mut cycle = vec![(at.clone(), *line)];
                let mut back = at;
                while back != start {
                    let (before, line) = came_from[back];
                    cycle.push((before.clone(), line));
                    back = before;
                }
                cycle.reverse();
                return Some(cycle);
            }
            if !came_from.contains_key(next) {
                came_from.insert(next, (at, *line));
                queue.push_back(next);
            }
        }
    }
    None
}

/// The crate of a product file and the file's path below `src`; none for tests.
fn crate_and_module(path: &str) -> Option<(&str, &str)> {
    let (name, inner) = path.strip_prefix("crates/")?.split_once('/')?;
    let inner = inner.strip_prefix("src/")?.strip_suffix(".rs")?;
    let file = inner.rsplit('/').next()?;
    // A program in src/bin is a crate of its own.
    (!file.ends_with("tests") && !inner.contains("tests/") && !inner.starts_with("bin/"))
        .then_some((name, inner))
}

fn module(path: &str) -> Module {
    let mut names: Module = path.split('/').map(str::to_owned).collect();
    if names.last().is_some_and(|last| last == "mod") || matches!(path, "lib" | "main") {
        names.pop();
    }
    names
}

/// The modules that this one imports, by the longest part of each path that is a module.
fn imports(module: &Module, text: &str, modules: &BTreeSet<&Module>) -> Imports {
    let mut found = Imports::new();
    for (line, statement) in statements(text) {
        let paths = match use_tree(&statement) {
            Some(tree) => expand(&[], tree),
            None => paths(&statement),
        };
        for path in paths {
            let Some(mut target) = absolute(module, &path, modules) else { continue };
            while !target.is_empty() && !modules.contains(&target) {
                target.pop();
            }
            if target != *module && modules.contains(&target) {
                found.entry(target).or_insert(line);
            }
        }
    }
    found
}

/// A path from the crate's root; none if it leads out of the crate.
fn absolute(module: &Module, path: &[String], modules: &BTreeSet<&Module>) -> Option<Module> {
    let (first, rest) = path.split_first()?;
    match first.as_str() {
        "crate" => Some(rest.to_vec()),
        "self" => Some([module, rest].concat()),
        "super" => {
            let ups = path.iter().take_while(|name| *name == "super").count();
            let base = &module[..module.len().checked_sub(ups)?];
            Some([base, &path[ups..]].concat())
        }
        child => {
            let mut below = module.clone();
            below.push(child.to_owned());
            modules.contains(&below).then(|| [module, path].concat())
        }
    }
}

/// Lines of code with their numbers, without comments, string literals and test items; a `use` is one line.
fn statements(text: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut test: Option<usize> = None;
    let mut open_use = false;
    for (number, line) in text.lines().enumerate() {
        let indent = line.len() - line.trim_start().len();
        let line = without_literals(line);
        let code = line.trim();
        // Who may see an item is no import.
        let code = code
            .strip_prefix("pub(in ")
            .and_then(|rest| rest.split_once(") "))
            .map_or(code, |(_, rest)| rest);
        if let Some(margin) = test {
            // rustfmt ends an item with a line at its own margin.
            let attribute = code.starts_with('#');
            if !attribute && indent == margin && (code.ends_with(';') || code.ends_with('}')) {
                test = None;
            }
            continue;
        }
        if code.starts_with("#[cfg(test)]") {
            test = Some(indent);
            continue;
        }
        match found.last_mut() {
            Some((_, last)) if open_use => {
                last.push(' ');
                last.push_str(code);
            }
            _ => found.push((number + 1, code.to_owned())),
        }
        let (_, last) = &found[found.len() - 1];
        open_use = is_use(last) && !last.ends_with(';');
    }
    found
}

/// A line without its comment and with empty string literals.
fn without_literals(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut in_string = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if in_string => drop(chars.next()),
            '"' => in_string = !in_string,
            _ if in_string => {}
            '/' if chars.peek() == Some(&'/') => break,
            _ => out.push(c),
        }
    }
    out
}

fn is_use(code: &str) -> bool {
    use_tree(code).is_some() || code.starts_with("use ")
}

/// The tree behind `use`, without its visibility.
fn use_tree(code: &str) -> Option<&str> {
    let public = code.strip_prefix("pub").map(|rest| match rest.strip_prefix('(') {
        Some(scope) => scope.split_once(')').map_or("", |(_, rest)| rest),
        None => rest,
    });
    let tree = public.unwrap_or(code).trim_start().strip_prefix("use ")?;
    Some(tree.trim_end_matches(';'))
}

/// Every path of a `use` tree.
fn expand(prefix: &[String], tree: &str) -> Vec<Vec<String>> {
    let tree = tree.trim();
    let Some((head, rest)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or_default();
        return vec![[prefix, &names(path)].concat()];
    };
    let prefix = [prefix, &names(head)].concat();
    let body = rest.trim_end().strip_suffix('}').unwrap_or(rest);
    let mut depth = 0_usize;
    let parts = body.split(|c| {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    });
    parts.filter(|part| !part.trim().is_empty()).flat_map(|part| expand(&prefix, part)).collect()
}

fn names(path: &str) -> Vec<String> {
    path.split("::").map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// Every path with `::` in a line of code.
fn paths(code: &str) -> Vec<Vec<String>> {
    let part_of_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    code.split(|c| !part_of_path(c))
        .filter(|word| word.contains("::") && !word.starts_with(':'))
        .map(names)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::tree::tree;
    use super::*;

    /// The faults of a crate with these files below `src`.
    fn faults(files: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<(String, &str)> =
            files.iter().map(|(path, text)| (format!("crates/x/src/{path}"), *text)).collect();
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
        cycles(&tree(&files)).into_iter().map(|fault| fault.what).collect()
    }

    fn expanded(tree: &str) -> Vec<String> {
        expand(&[], tree).iter().map(|path| path.join("::")).collect()
    }

    #[test]
    fn a_use_tree_gives_every_path() {
        let tree = "crate::{a::{self, B as C}, d, e::*}";
        assert_eq!(expanded(tree), ["crate::a::self", "crate::a::B", "crate::d", "crate::e::*"]);
        assert_eq!(use_tree("pub(crate) use super::a;"), Some("super::a"));
        assert_eq!(use_tree("pub use a::B;"), Some("a::B"));
        assert_eq!(use_tree("user.name();"), None);
    }

    #[test]
    fn files_that_import_each_other_are_shown_with_their_lines() {
        let a = "//! A.\n\nuse crate::{\n    b::B,\n};\n";
        let b = "//! B.\n\nfn b() {\n    crate::a::call()\n}\n";
        let found = faults(&[("a.rs", a), ("b.rs", b), ("c.rs", "use crate::a;\nuse crate::b;\n")]);
        assert_eq!(found, ["import cycle of 2 files: crates/x/src/a.rs:3 → crates/x/src/b.rs:4"]);
    }

    #[test]
    fn a_cycle_through_three_files_is_found() {
        let files =
            [("a.rs", "use super::b;\n"), ("b.rs", "use crate::c::d::C;\n"), ("c/d.rs", "use crate::a;\n")];
        assert_eq!(faults(&[&files[..], &[("c/mod.rs", "mod d;\n")]].concat()).len(), 1);
    }

    #[test]
    fn a_parent_and_a_child_may_not_need_each_other() {
        let parent = "mod child;\nfn run() {\n    child::run()\n}\n";
        assert_eq!(faults(&[("a/mod.rs", parent), ("a/child.rs", "use super::Type;\n")]).len(), 1);
        assert_eq!(
            faults(&[("a/mod.rs", parent), ("a/child.rs", "use super::other::Type;\n"), ("a/other.rs", "")])
                .len(),
            0
        );
        assert_eq!(faults(&[("a/mod.rs", "mod child;\n"), ("a/child.rs", "use super::Type;\n")]).len(), 0);
    }

    #[test]
    fn comments_texts_and_tests_import_nothing() {
        let b = ("b.rs", "use crate::a;\n");
        for a in [
            "// use crate::b;\n",
            "let a = \"crate::b::c\";\n",
            "#[cfg(test)]\nmod tests {\n    use crate::b;\n}\n",
            "#[cfg(test)]\nuse crate::b;\n",
            "pub(in crate::b) fn a() {}\n",
        ] {
            assert_eq!(faults(&[("a.rs", a), b]), Vec::<String>::new(), "{a}");
        }
        assert_eq!(faults(&[("a.rs", "#[cfg(test)]\nmod tests {\n}\nuse crate::b;\n"), b]).len(), 1);
        assert_eq!(faults(&[("a/tests.rs", "use crate::b;\n"), ("b.rs", "use crate::a::tests;\n")]).len(), 0);
    }
}
