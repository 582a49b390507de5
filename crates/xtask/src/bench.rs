//! `cargo xtask bench`: runs the benchmark program and keeps its report.
//!
//! Owns docs/benchmarks.md. The program (`crewbox-testkit`, binary `bench`) prints progress to stderr and a
//! Markdown report to stdout; this only adds where, when and how it was measured. Never edits a figure.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use crate::failure::Failure;
use crate::install;
use crate::machine;
use crate::step::{cargo, perform};

/// Where the report goes.
pub(crate) const REPORT: &str = "docs/benchmarks.md";
const PRINT: &str = "--print";
/// Conversations of the account in which the web inbox is measured.
const CONVERSATIONS: &str = "100000";

/// Measures and writes the report, or prints it.
pub(crate) fn run(root: &Path, arguments: &[String]) -> Result<(), Failure> {
    if arguments.first().is_some_and(|word| word == "ui") {
        return ui(root, arguments.get(1).map_or(CONVERSATIONS, String::as_str));
    }
    let passed: Vec<&str> =
        arguments.iter().map(String::as_str).filter(|word| *word != PRINT && *word != "--").collect();
    let asks_for_help = passed.iter().any(|word| matches!(*word, "--help" | "-h"));
    let output = cargo(root)
        .args(["run", "--release", "--locked", "-p", "crewbox-testkit"])
        .args(["--features", "bench", "--bin", "bench", "--"])
        .args(&passed)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cargo could not be started: {error}"))?;
    let measured = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        print!("{measured}");
        return Err(format!("the benchmark ended with {}; {REPORT} is as it was", output.status));
    }
    if asks_for_help {
        print!("{measured}");
        return Ok(());
    }
    let command = ["cargo xtask bench"].into_iter().chain(passed).collect::<Vec<_>>().join(" ");
    let report = report(&machine::heading(root, &command), &measured);
    if arguments.iter().any(|word| word == PRINT) {
        print!("{report}");
        return Ok(());
    }
    fs::write(root.join(REPORT), report).map_err(|error| format!("{REPORT} cannot be written: {error}"))?;
    eprintln!("wrote {REPORT}");
    Ok(())
}

/// Measures the web inbox in a browser and prints it.
fn ui(root: &Path, conversations: &str) -> Result<(), Failure> {
    install::run()?;
    perform(cargo(root).args(["build", "--release", "--locked", "-p", "crewbox"]))?;
    let program = root.join("target/release/crewbox");
    perform(
        cargo(root)
            .args(["run", "--release", "--locked", "-p", "crewbox-testkit", "--features", "browser"])
            .args(["--bin", "bench_ui", "--"])
            .arg(program)
            .arg(conversations),
    )
}

fn report(heading: &str, measured: &str) -> String {
    format!(
        "# Benchmarks\n\nWritten by `cargo xtask bench`; run it to replace these figures with your machine's.\n\n{heading}\n{}\n",
        measured.trim()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_keeps_the_figures_as_they_came() {
        let text = report("| heading |\n", "\n## Index\n\n| p99 | 5 µs |\n");
        assert!(text.starts_with("# Benchmarks\n"));
        assert!(text.ends_with("| heading |\n\n## Index\n\n| p99 | 5 µs |\n"));
    }
}
