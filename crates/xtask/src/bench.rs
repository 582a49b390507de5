//! `cargo xtask bench`: runs the benchmark program and keeps its report.
//!
//! Owns docs/benchmarks.md. The programs (`crewbox-testkit`, binaries `bench` and `bench_ui`) print progress to stderr and
//! Markdown to stdout; this only adds where, when and how it was measured. Never edits a figure.

use std::fs;
use std::ops::Range;
use std::path::Path;
use std::process::Stdio;

use crate::failure::Failure;
use crate::install;
use crate::machine;
use crate::step::{cargo, perform};

/// Where the report goes.
pub(crate) const REPORT: &str = "docs/benchmarks.md";
const PRINT: &str = "--print";
/// The section that `bench ui` writes.
const UI: &str = "## Web inbox";
/// Conversations of the account in which the web inbox is measured.
const CONVERSATIONS: &str = "100000";

/// Measures and writes the report, or prints it.
pub(crate) fn run(root: &Path, arguments: &[String]) -> Result<(), Failure> {
    if let Some((_, more)) = arguments.split_first().filter(|(first, _)| *first == "ui") {
        return ui(root, more);
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
    // The web inbox is measured by itself, and its section stays as it is.
    let before = fs::read_to_string(root.join(REPORT)).unwrap_or_default();
    let report = match section(&before, UI) {
        Some(ui) => with_section(&report, UI, &before[ui]),
        None => report,
    };
    if arguments.iter().any(|word| word == PRINT) {
        print!("{report}");
        return Ok(());
    }
    fs::write(root.join(REPORT), report).map_err(|error| format!("{REPORT} cannot be written: {error}"))?;
    eprintln!("wrote {REPORT}");
    Ok(())
}

/// Measures the web inbox in a browser, and writes its section of the report, or prints it.
fn ui(root: &Path, arguments: &[String]) -> Result<(), Failure> {
    let prints = arguments.iter().any(|word| word == PRINT);
    let conversations = arguments.iter().find(|word| *word != PRINT).map_or(CONVERSATIONS, String::as_str);
    install::run()?;
    perform(cargo(root).args(["build", "--release", "--locked", "-p", "crewbox"]))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), Into::into);
    let output = cargo(root)
        .args(["run", "--release", "--locked", "-p", "crewbox-testkit", "--features", "browser"])
        .args(["--bin", "bench_ui", "--"])
        .arg(target.join("release/crewbox"))
        .arg(conversations)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cargo could not be started: {error}"))?;
    let measured = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        return Err(format!("the benchmark ended with {}; {REPORT} is as it was", output.status));
    }
    let heading = machine::heading(root, &format!("cargo xtask bench ui {conversations}"));
    let text = format!("{UI}\n\n{heading}\n{}\n", measured.trim());
    if prints {
        print!("{text}");
        return Ok(());
    }
    let before = fs::read_to_string(root.join(REPORT)).unwrap_or_default();
    let report = with_section(&before, UI, &text);
    fs::write(root.join(REPORT), report).map_err(|error| format!("{REPORT} cannot be written: {error}"))?;
    eprintln!("wrote {REPORT}");
    Ok(())
}

/// Where the section of this title is in a report.
fn section(report: &str, title: &str) -> Option<Range<usize>> {
    let start = report.find(&format!("\n{title}\n"))? + 1;
    let end = report[start..].find("\n## ").map_or(report.len(), |end| start + end + 1);
    Some(start..end)
}

/// The report with this text as the section of this title, at its place or else at the end.
fn with_section(report: &str, title: &str, text: &str) -> String {
    let place = section(report, title).unwrap_or(report.len()..report.len());
    let (before, after) = (report[..place.start].trim_end(), &report[place.end..]);
    let gap = if after.is_empty() { "" } else { "\n" };
    format!("{before}\n\n{}\n{gap}{after}", text.trim())
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
    #[test]
    fn a_section_is_replaced_where_it_is_and_else_added() {
        let report = "# Benchmarks\n\n## Index\n\nold\n";
        let added = with_section(report, UI, "## Web inbox\n\nfirst\n");
        assert_eq!(added, "# Benchmarks\n\n## Index\n\nold\n\n## Web inbox\n\nfirst\n");
        let more = format!("{added}\n## Import\n\nlast\n");
        let replaced = with_section(&more, UI, "## Web inbox\n\nsecond\n");
        assert_eq!(
            replaced,
            "# Benchmarks\n\n## Index\n\nold\n\n## Web inbox\n\nsecond\n\n## Import\n\nlast\n"
        );
        assert_eq!(&replaced[section(&replaced, UI).unwrap()], "## Web inbox\n\nsecond\n\n");
    }
}
