//! `cargo xtask test`: everything a change must pass, the quick checks first.
//!
//! Owns the list and its order. Needs the Rust toolchain and the packages of [`install`]; never skips a check
//! silently.

use std::path::Path;

use crate::clients;
use crate::failure::Failure;
use crate::install;
use crate::step::{Steps, cargo, has_nextest, perform};
use crate::tidy;

/// Runs all checks; the first failure ends the run.
pub(crate) fn run(root: &Path) -> Result<(), Failure> {
    let mut steps = Steps::new();
    steps.run("format", || run_cargo(root, &["fmt", "--all", "--check"]))?;
    steps.run("tidy", || tidy::run(root))?;
    steps.run("clippy", || {
        let all = ["clippy", "--workspace", "--all-targets", "--all-features", "--locked"];
        perform(cargo(root).args(all).args(["--", "-D", "warnings"]))
    })?;
    steps.run("rustdoc", || {
        perform(
            cargo(root)
                .args(["doc", "--workspace", "--all-features", "--no-deps", "--locked", "--quiet"])
                .env("RUSTDOCFLAGS", "-D warnings"),
        )
    })?;
    // Nextest leaves examples in documentation alone, so they run by themselves either way; the long list
    // goes last, so that its closing lines stand at the end.
    steps.run("examples in the documentation", || {
        run_cargo(root, &["test", "--workspace", "--all-features", "--doc", "--locked", "--quiet"])
    })?;
    steps.run("packages", install::run)?;
    let mut verdict = "all passed".to_owned();
    steps.run("clients of other makers", || {
        // Everything else can be tested without them.
        if let Err(failure) = clients::install(root) {
            eprintln!("ERROR: {failure}");
            verdict = format!(
                "ERROR: all passed, but the tests with clients of other makers ran nothing: {failure}"
            );
        }
        Ok(())
    })?;
    steps.run("tests", || {
        if has_nextest(root) {
            run_cargo(root, &["nextest", "run", "--workspace", "--all-features", "--locked"])
        } else {
            eprintln!("    cargo-nextest is not installed; cargo test does as well, only slower");
            run_cargo(root, &["test", "--workspace", "--all-targets", "--all-features", "--locked"])
        }
    })?;
    steps.finish(&verdict);
    Ok(())
}

fn run_cargo(root: &Path, arguments: &[&str]) -> Result<(), Failure> {
    perform(cargo(root).args(arguments))
}
