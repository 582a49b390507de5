//! The scripts of the inbox as browsers load them: the modules of `assets/` joined into one file, and a file of those that
//! no page needs at first.
//!
//! Owns how modules are joined. A module keeps its own names: its text becomes the body of a function whose result is what
//! it exports, so the sources stay plain ES modules without a build step. One request instead of ten is what makes a first
//! page fast far away from the server, and repeated words compress once. Reads only what our own modules have: imports and
//! exports of names, each on one line.

use std::fmt::Write as _;

/// A module: its name, and its text.
pub(crate) type Module = (&'static str, &'static str);

/// One file of these modules, which run in their order. `later` are the addresses of what they load by `import()`, by the
/// module's name.
pub(crate) fn joined(modules: &[Module], later: &[(&str, String)]) -> String {
    let mut text = bodies(modules);
    for (stem, path) in later {
        text = text.replace(&format!("import(\"./{stem}.js\")"), &loading(path, modules));
    }
    text
}

/// A file that the modules of [`joined`] load by `import()`: it uses theirs, and runs once.
pub(crate) fn loaded_later(module: &Module, joined: &[Module]) -> String {
    let (stem, _) = module;
    format!(
        "let made;\nexport default ({}) => made ??= (() => {{\n{}return {};\n}})();\n",
        names(joined),
        bodies(&[*module]),
        variable(stem)
    )
}

fn loading(path: &str, modules: &[Module]) -> String {
    format!("import(\"{path}\").then((file) => file.default({}))", names(modules))
}

/// The variables of these modules, with commas between them.
fn names(modules: &[Module]) -> String {
    let names: Vec<String> = modules.iter().map(|(stem, _)| variable(stem)).collect();
    names.join(", ")
}

/// The variable that holds what a module exports.
fn variable(stem: &str) -> String {
    format!("module_{stem}")
}

fn bodies(modules: &[Module]) -> String {
    let mut file = String::new();
    for (stem, text) in modules {
        let mut exported = Vec::new();
        let _ = writeln!(file, "const {} = (() => {{", variable(stem));
        for line in statements(text) {
            match (imported(line), line.strip_prefix("export ")) {
                (Some((what, from)), _) => {
                    let _ = writeln!(file, "const {what} = {};", variable(from));
                }
                (None, Some(rest)) => {
                    exported.extend(declared(rest));
                    let _ = writeln!(file, "{rest}");
                }
                (None, None) => {
                    let _ = writeln!(file, "{line}");
                }
            }
        }
        let _ = writeln!(file, "return {{ {} }};\n}})();", exported.join(", "));
    }
    file
}

/// The lines of a script without those that only comment it, and without indentation: a sixth of its compressed size. No
/// template literal of ours goes over several lines.
fn statements(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"))
}

/// What a line imports, in braces, and from which module.
fn imported(line: &str) -> Option<(&str, &str)> {
    let (what, from) = line.strip_prefix("import ")?.split_once(" from ")?;
    Some((what, from.strip_prefix("\"./")?.strip_suffix(".js\";")?))
}

/// The name that a statement declares.
fn declared(statement: &str) -> Option<&str> {
    let after = |keyword: &str| statement.split_once(keyword).map(|(_, rest)| rest);
    let kinds = ["async function ", "function ", "const ", "class "];
    let kind = kinds.into_iter().find(|kind| statement.starts_with(kind))?;
    after(kind)?.split([' ', '(']).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Module = (
        "one",
        "// Counts.\nexport const start = 1;\nexport async function next(by) {\n  return start + by;\n}\nexport class Late {}\n",
    );
    const TWO: Module =
        ("two", "import { start, next } from \"./one.js\";\nconst more = await import(\"./more.js\");\n");

    #[test]
    fn modules_become_functions_that_keep_their_names() {
        let text = joined(&[ONE, TWO], &[("more", "/assets/more-1.js".to_owned())]);
        assert_eq!(
            text,
            "const module_one = (() => {\nconst start = 1;\nasync function next(by) {\nreturn start + by;\n}\nclass Late {}\n\
             return { start, next, Late };\n})();\nconst module_two = (() => {\nconst { start, next } = module_one;\n\
             const more = await import(\"/assets/more-1.js\").then((file) => file.default(module_one, module_two));\n\
             return {  };\n})();\n"
        );
    }

    #[test]
    fn a_file_for_later_gets_the_modules_that_it_uses() {
        let more = ("more", "import { start } from \"./one.js\";\nexport const end = start;\n");
        assert_eq!(
            loaded_later(&more, &[ONE, TWO]),
            "let made;\nexport default (module_one, module_two) => made ??= (() => {\nconst module_more = (() => {\n\
             const { start } = module_one;\nconst end = start;\nreturn { end };\n})();\nreturn module_more;\n})();\n"
        );
    }
}
