//! Programs of other makers that tests run against the server: clients of the API, published as Python packages.
//!
//! Owns where they are installed: in the target directory, in an environment of their own, in pinned versions. Without
//! them their tests run nothing, which is an ERROR in the summary and not a silent gap.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;
use crate::install;
use crate::step::perform;

/// The pinned versions, of all packages that they need.
const REQUIREMENTS: &str = "crates/crewbox/tests/clients/requirements.txt";
/// What was installed, word for word: tests run only what is pinned now.
const INSTALLED: &str = "installed.txt";

/// Installs them, unless they are there.
pub(crate) fn install(root: &Path) -> Result<(), Failure> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let folder = target.join("clients");
    let pinned = read(&root.join(REQUIREMENTS))?;
    if is_installed(&folder, &pinned) {
        return Ok(());
    }
    environment(&folder)?;
    let mut pip = Command::new(folder.join("bin/python"));
    // Only built packages: none of them runs code of its own while it is installed.
    pip.args(["-m", "pip", "install", "--quiet", "--no-input", "--only-binary", ":all:", "--requirement"]);
    perform(pip.arg(root.join(REQUIREMENTS)))?;
    fs::write(folder.join(INSTALLED), &pinned)
        .map_err(|error| format!("{} cannot be written: {error}", folder.join(INSTALLED).display()))
}

/// Whether exactly these versions are there.
fn is_installed(folder: &Path, pinned: &str) -> bool {
    fs::read_to_string(folder.join(INSTALLED)).is_ok_and(|text| text == pinned)
        && folder.join("bin/python").exists()
}

/// A new environment in place of an old one. Debian has what this takes in a package of its own.
fn environment(folder: &Path) -> Result<(), Failure> {
    let make = || {
        let mut python = Command::new("python3");
        perform(python.args(["-m", "venv", "--clear"]).arg(folder))
    };
    if make().is_ok() {
        return Ok(());
    }
    install::packages(&["python3-venv"])?;
    make()
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_pinned_versions_are_taken_as_installed() {
        let folder = std::env::temp_dir().join(format!("xtask-clients-{}", std::process::id()));
        fs::create_dir_all(folder.join("bin")).unwrap();
        assert!(!is_installed(&folder, "a==1\n"));
        fs::write(folder.join(INSTALLED), "a==1\n").unwrap();
        assert!(!is_installed(&folder, "a==1\n"), "without its Python");
        fs::write(folder.join("bin/python"), "").unwrap();
        assert!(is_installed(&folder, "a==1\n"));
        assert!(!is_installed(&folder, "a==2\n"));
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn every_version_is_pinned() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for line in read(&root.join(REQUIREMENTS)).unwrap().lines() {
            assert!(
                line.split_once("==").is_some_and(|(name, version)| !name.is_empty() && !version.is_empty()),
                "{line}"
            );
        }
    }
}
