//! As much of a Cargo.toml as the rules need: names of packages and of their dependencies, with lines.
//!
//! Owns that reading, line by line. It is no TOML parser: it knows the forms this repository uses.

use super::tree::File;

/// A dependency as a manifest declares it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Dependency<'a> {
    pub(crate) name: &'a str,
    pub(crate) line: usize,
    /// Only for tests, examples and benches.
    pub(crate) dev: bool,
    /// Takes its version from the workspace.
    pub(crate) inherited: bool,
}

/// The package's name.
pub(crate) fn package(manifest: &File) -> Option<&str> {
    entries(manifest).find_map(|(_, section, key, value)| {
        (section == "package" && key == "name").then(|| value.trim_matches('"'))
    })
}

/// Everything below `[dependencies]`, `[dev-dependencies]`, `[build-dependencies]`, and the same for one target.
pub(crate) fn dependencies(manifest: &File) -> Vec<Dependency<'_>> {
    let found = entries(manifest).filter_map(|(line, section, key, value)| {
        let kind = section.rsplit('.').next().unwrap_or(section);
        let dev = kind == "dev-dependencies";
        if section.starts_with("workspace") || !(dev || matches!(kind, "dependencies" | "build-dependencies"))
        {
            return None;
        }
        let name = key.split('.').next().unwrap_or(key);
        let inherited = key.ends_with(".workspace") || value.replace(' ', "").contains("workspace=true");
        Some(Dependency { name, line, dev, inherited })
    });
    found.collect()
}

/// The entries of `[workspace.dependencies]` with their lines.
pub(crate) fn workspace_dependencies(root_manifest: &File) -> Vec<(usize, &str)> {
    let found = entries(root_manifest)
        .filter(|(_, section, _, _)| *section == "workspace.dependencies")
        .map(|(line, _, key, _)| (line, key));
    found.collect()
}

/// `(line, section, key, value)` of every `key = value` at the left margin.
fn entries(manifest: &File) -> impl Iterator<Item = (usize, &str, &str, &str)> {
    let mut section = "";
    manifest.lines().filter_map(move |(number, line)| {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            section = name;
            return None;
        }
        let (key, value) = line.split_once('=')?;
        let plain = key.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '_');
        plain.then_some((number, section, key.trim(), value.trim()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(text: &str) -> File {
        File { path: "Cargo.toml".to_owned(), text: text.to_owned() }
    }

    #[test]
    fn reads_the_forms_in_use() {
        let file = manifest(
            "[package]\nname = \"one\"\n\n[dependencies]\na.workspace = true\nb = { workspace = true }\nc = \"1\"\n\n\
             [dev-dependencies]\nd.workspace = true\n[lints]\nworkspace = true\n",
        );
        assert_eq!(package(&file), Some("one"));
        let found: Vec<_> =
            dependencies(&file).iter().map(|d| (d.name, d.line, d.dev, d.inherited)).collect();
        assert_eq!(
            found,
            [("a", 5, false, true), ("b", 6, false, true), ("c", 7, false, false), ("d", 10, true, true)]
        );
    }

    #[test]
    fn the_workspace_list_is_not_a_crates_own() {
        let file = manifest(
            "[workspace.dependencies]\na = \"1\"\nb = { version = \"2\", features = [\n  \"x\",\n] }\n",
        );
        assert_eq!(workspace_dependencies(&file), [(2, "a"), (3, "b")]);
        assert!(dependencies(&file).is_empty());
    }
}
