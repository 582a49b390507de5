//! Which crate may use which.
//!
//! Owns the table of arrows of ARCHITECTURE.md, and the few outside crates that belong to one layer only.

use super::fault::Fault;
use super::manifest::{Dependency, dependencies, package, workspace_dependencies};
use super::tree::{File, Tree};

/// A crate and those of our own crates it may depend on. They point one way only.
const ARROWS: &[(&str, &[&str])] = &[
    ("crewbox-crash", &[]),
    ("crewbox-core", &[]),
    ("crewbox-store", &["crewbox-core", "crewbox-crash"]),
    ("crewbox-mail", &["crewbox-core", "crewbox-crash", "crewbox-store"]),
    ("crewbox-app", &["crewbox-core", "crewbox-crash", "crewbox-store", "crewbox-mail"]),
    ("crewbox-web", &["crewbox-core", "crewbox-store", "crewbox-app"]),
    ("crewbox-pages", &["crewbox-core", "crewbox-store", "crewbox-app"]),
    (
        "crewbox",
        &["crewbox-core", "crewbox-store", "crewbox-mail", "crewbox-app", "crewbox-web", "crewbox-pages"],
    ),
    (TESTKIT, &["crewbox-core", "crewbox-store", "crewbox-mail", "crewbox-app", "crewbox-web"]),
    ("xtask", &[]),
];

/// What any crate but xtask may use in its tests, and none elsewhere.
const TESTKIT: &str = "crewbox-testkit";

/// Outside crates that mark a layer: SQL in the store, MIME in mail, HTTP in web. The binary wires the server
/// and writes the demo's mails; the test kit measures against plain SQLite and calls over HTTP.
const LAYERS: &[(&str, &[&str])] = &[
    ("rusqlite", &["crewbox-store", TESTKIT]),
    ("axum", &["crewbox-web", "crewbox-pages", "crewbox", TESTKIT]),
    ("mail-parser", &["crewbox-mail"]),
    ("ammonia", &["crewbox-mail"]),
    ("async-imap", &["crewbox-mail"]),
    ("lettre", &["crewbox-mail", TESTKIT]),
];

/// What crewbox-app never uses: HTTP, JSON and the command line are its callers'.
const TRANSPORT: &[&str] =
    &["axum", "hyper", "hyper-util", "http-body-util", "tower", "serde_json", "utoipa", "clap", "indicatif"];

/// Crates that do I/O; the core uses none.
const IO: &[&str] = &["tokio", "rusqlite", "axum", "hyper", "hyper-util", "tower", "getrandom", "tempfile"];

/// Dependencies point along the arrows only.
pub(crate) fn arrows(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    for manifest in manifests(tree) {
        let name = package(manifest).unwrap_or_default();
        let Some((_, allowed)) = ARROWS.iter().find(|(known, _)| *known == name) else {
            let what = format!("the crate `{name}` is not in the table of arrows");
            faults.push(Fault::new(
                &manifest.path,
                1,
                what,
                "add it to ARROWS in xtask and to ARCHITECTURE.md",
            ));
            continue;
        };
        for dependency in outward(manifest, name) {
            let mut fault = |what: String, remedy| {
                faults.push(Fault::new(&manifest.path, dependency.line, what, remedy));
            };
            let used = dependency.name;
            let ours = ARROWS.iter().any(|(known, _)| *known == used);
            let for_tests = used == TESTKIT && dependency.dev && name != "xtask";
            if ours && !for_tests && !allowed.contains(&used) {
                let what = format!("`{name}` may not depend on `{used}`");
                fault(what, "move what is needed down the arrows, or pass it in from the binary");
            }
            if name == "xtask" && !ours {
                let what = format!("xtask depends on `{used}`");
                fault(what, "do without: every check starts with building xtask");
            }
            if name == "crewbox-core" && !dependency.dev && IO.contains(&used) {
                fault(format!("the core depends on `{used}`, which does I/O"), "do the I/O in the caller");
            }
            if name == "crewbox-app" && TRANSPORT.contains(&used) {
                let what =
                    format!("crewbox-app depends on `{used}`, which is for transport or the command line");
                fault(what, "take typed values in and give typed values out; web and binary translate");
            }
            let layer = LAYERS.iter().find(|(marker, _)| *marker == used);
            if layer.is_some_and(|(_, layers)| !layers.contains(&name)) {
                let what = format!("`{used}` in `{name}` breaks the layers");
                fault(what, "SQL is only in the store, HTTP only in web, MIME only in mail");
            }
        }
    }
    faults
}

/// Versions stand once, in the root manifest, and everything there is used.
pub(crate) fn through_the_workspace(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut used = Vec::new();
    for manifest in manifests(tree) {
        for dependency in outward(manifest, package(manifest).unwrap_or_default()) {
            used.push(dependency.name);
            if !dependency.inherited {
                let what = format!("`{}` has a version of its own", dependency.name);
                let remedy = "name it in [workspace.dependencies] and write `.workspace = true` here";
                faults.push(Fault::new(&manifest.path, dependency.line, what, remedy));
            }
        }
    }
    if let Some(root) = tree.get("Cargo.toml") {
        for (line, name) in workspace_dependencies(root) {
            if !used.contains(&name) && !ARROWS.iter().any(|(ours, _)| *ours == name) {
                let what = format!("no crate uses `{name}`");
                faults.push(Fault::new(
                    &root.path,
                    line,
                    what,
                    "take the line out, and the one in docs/dependencies.md",
                ));
            }
        }
    }
    faults
}

/// Dependencies but the crate itself, which its own tests may name to switch a feature on.
fn outward<'a>(manifest: &'a File, name: &str) -> impl Iterator<Item = Dependency<'a>> {
    dependencies(manifest).into_iter().filter(move |dependency| !(dependency.dev && dependency.name == name))
}

fn manifests(tree: &Tree) -> impl Iterator<Item = &File> {
    tree.under("crates/").filter(|file| file.path.ends_with("/Cargo.toml"))
}

#[cfg(test)]
mod tests {
    use super::super::tree::tree;
    use super::*;

    fn faults(name: &str, body: &str) -> Vec<String> {
        let text = format!("[package]\nname = \"{name}\"\n{body}");
        arrows(&tree(&[("crates/x/Cargo.toml", &text)])).into_iter().map(|fault| fault.what).collect()
    }

    #[test]
    fn an_arrow_down_is_fine_and_one_up_is_not() {
        assert!(faults("crewbox-web", "[dependencies]\ncrewbox-store.workspace = true\n").is_empty());
        let up = faults("crewbox-store", "[dependencies]\ncrewbox-web.workspace = true\n");
        assert_eq!(up, ["`crewbox-store` may not depend on `crewbox-web`"]);
    }

    #[test]
    fn web_and_mail_never_see_each_other() {
        let body = "[dev-dependencies]\ncrewbox-mail.workspace = true\n";
        assert_eq!(faults("crewbox-web", body).len(), 1);
    }

    #[test]
    fn the_test_kit_is_for_tests() {
        assert!(faults("crewbox-core", "[dev-dependencies]\ncrewbox-testkit.workspace = true\n").is_empty());
        assert_eq!(faults("crewbox-web", "[dependencies]\ncrewbox-testkit.workspace = true\n").len(), 1);
        assert!(faults("crewbox-core", "[dev-dependencies]\ncrewbox-core = { path = \".\" }\n").is_empty());
    }

    #[test]
    fn layers_keep_their_tools() {
        assert_eq!(faults("crewbox-web", "[dependencies]\nrusqlite.workspace = true\n").len(), 1);
        assert_eq!(faults("crewbox-core", "[dependencies]\ntokio.workspace = true\n").len(), 1);
        assert_eq!(faults("crewbox-app", "[dependencies]\nserde_json.workspace = true\n").len(), 1);
        assert_eq!(faults("crewbox-app", "[dependencies]\ntokio.workspace = true\n").len(), 0);
        assert_eq!(faults("xtask", "[dependencies]\nserde.workspace = true\n").len(), 1);
        assert_eq!(faults("crewbox-new", "").len(), 1);
    }

    #[test]
    fn versions_stand_in_one_place_and_are_used() {
        let root = ("Cargo.toml", "[workspace.dependencies]\na = \"1\"\nb = \"1\"\n");
        let user = ("crates/x/Cargo.toml", "[dependencies]\na = \"1\"\n");
        let found = through_the_workspace(&tree(&[root, user]));
        let whats: Vec<_> = found.iter().map(|fault| fault.what.as_str()).collect();
        assert_eq!(whats, ["`a` has a version of its own", "no crate uses `b`"]);
    }
}
