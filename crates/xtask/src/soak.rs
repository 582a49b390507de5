//! `cargo xtask soak`: the test suite in the release profile, with the full figures.
//!
//! Owns docs/soak.md, made of the lines that tests print with [`MARK`] in front. Tests read their
//! figures from the environment and take their small default where nothing is set, so that both runs are the same code.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::time::Instant;

use crate::clients;
use crate::failure::Failure;
use crate::install;
use crate::machine;
use crate::step::{cargo, has_nextest, shown};

/// Where the report goes.
pub(crate) const REPORT: &str = "docs/soak.md";

/// What a test prints in front of a result worth keeping.
const MARK: &str = "soak: ";

/// The figures, and what each counts. One that is set already is kept.
const FIGURES: &[(&str, &str, &str)] = &[
    ("CREWBOX_SOAK", "1", "tells a test that this is the long run"),
    ("CREWBOX_KILLS", "50", "times a writing server is killed with SIGKILL and recovered"),
    ("CREWBOX_STEPS", "60000", "random change-and-query steps a property test takes"),
    (
        "CREWBOX_HISTORY",
        "3000",
        "things that happen before figures of teams and days are compared with a plain count",
    ),
    ("CREWBOX_SEEDS", "20000", "lives the sync machine is put through"),
    ("CREWBOX_CRASH_HITS", "5", "first hits of each crash point the server dies at"),
    ("CREWBOX_SUBSCRIBERS", "5000", "readers of the event stream at once"),
    ("CREWBOX_RATE_MILLIS", "5000", "milliseconds for which the rate of list calls beside them is measured"),
    ("CREWBOX_DISCONNECTS", "1000", "times a reader of the event stream loses its connection"),
    ("CREWBOX_CYCLES", "300", "times a server with mail coming and going is killed and resumed"),
    ("CREWBOX_DELIVERIES", "300", "mails timed from their delivery to the API"),
    ("CREWBOX_BACKLOG", "10000", "mails a new mailbox is read with while the API is asked"),
    ("CREWBOX_MAILBOX", "100000", "mails of a mailbox that is synced with flat memory"),
    ("CREWBOX_IDLE", "200", "mailboxes that rest"),
    ("CREWBOX_IDLE_SECONDS", "130", "seconds they are watched"),
    ("CREWBOX_LONG_TEXT", "10000000", "bytes of text of the mails in a page of long ones"),
    ("CREWBOX_FUZZ_SECONDS", "120", "seconds that each fuzz target is fed mutations of its seeds"),
    ("CREWBOX_POWER_STATES", "500", "states of a disk that lost power, each checked by doctor and a server"),
    ("CREWBOX_FLIPS", "150", "bits that are changed in a closed data directory, one at a time"),
    (
        "CREWBOX_INJECTIONS",
        "80",
        "failures of system calls under a working server, each checked by doctor and a server",
    ),
    ("CREWBOX_LOCKS", "40", "locks that the system does not release, each in a server of its own"),
    ("CREWBOX_CLOCK_ROUNDS", "5", "times that the clock makes each of its jumps"),
    ("CREWBOX_BOMBS", "1000", "mail bombs that are posted to the API, at most"),
    (
        "CREWBOX_TIMED_CALLS",
        "500",
        "times that a call with another client's id is timed against one with an id that nothing has",
    ),
    (
        "CREWBOX_ISOLATION_CALLS",
        "100000",
        "kinds of calls with ids of other owners; there are fewer, so all of them",
    ),
    ("CREWBOX_ODD_REQUESTS", "2000", "requests of random and damaged bytes"),
    ("CREWBOX_HOSTILE_SECONDS", "8", "seconds that the cost of each hostile mail server is measured"),
    (
        "CREWBOX_COSTLY_REQUESTS",
        "100000",
        "requests with the worst bodies and filters; there are fewer, so all of them",
    ),
    (
        "CREWBOX_SCHEMATHESIS_SECONDS",
        "3600",
        "seconds that schemathesis asks every call of the API, as three callers",
    ),
    (
        "CREWBOX_KEYBOARD_DAY",
        "60",
        "conversations that are worked in a browser by the keyboard alone, each key timed",
    ),
    ("CREWBOX_MUTATIONS", "1000000", "damaged mails the parser's path is fed"),
];

/// Runs the suite, or the tests of it that a filter of nextest names, and prints what it found. All of it writes it, too. A
/// failure leaves the old report alone.
pub(crate) fn run(root: &Path, filter: &str) -> Result<(), Failure> {
    install::run()?;
    clients::install(root)?;
    let mut command = suite(root, SUITE, &[]);
    if !filter.is_empty() {
        command.args(["-E", filter]);
        let (results, minutes) = perform(&mut command)?;
        results.iter().for_each(|line| println!("- {line}"));
        eprintln!("\nxtask soak: passed in {minutes:.1} min");
        return Ok(());
    }
    let figures = figures_table();
    let (results, minutes) = perform(&mut command)?;
    if results.is_empty() {
        return Err(format!("all tests passed but none printed a line starting with `{MARK}`"));
    }
    let heading = machine::heading(root, "cargo xtask soak");
    let what = "# Soak\n\nWritten by `cargo xtask soak`: the whole test suite, release profile, with the full figures.";
    write(root, REPORT, &report(what, &heading, &figures, minutes, &results))?;
    eprintln!("\nxtask soak: passed in {minutes:.1} min; wrote {REPORT}");
    Ok(())
}

fn write(root: &Path, path: &str, text: &str) -> Result<(), Failure> {
    fs::write(root.join(path), text).map_err(|error| format!("{path} cannot be written: {error}"))
}

/// Runs the attacks whose name contains this, and prints what they found. The report of them is that of [`run`].
pub(crate) fn attack(root: &Path, name: &str) -> Result<(), Failure> {
    install::run()?;
    let (results, minutes) = perform(&mut suite(root, ATTACKS, &["attack::", name]))?;
    results.iter().for_each(|line| println!("- {line}"));
    eprintln!("\nxtask attack: passed in {minutes:.1} min");
    Ok(())
}

/// Each figure with its value of this run and its meaning.
fn figures_of() -> impl Iterator<Item = (&'static str, String, &'static str)> {
    FIGURES.iter().map(|(name, full, meaning)| {
        (*name, std::env::var(name).unwrap_or_else(|_| (*full).to_owned()), *meaning)
    })
}

/// The same as rows of a table.
fn figures_table() -> String {
    figures_of().map(|(name, value, meaning)| format!("| `{name}={value}` | {meaning} |\n")).collect()
}

/// Runs a suite to its end; its marked lines, and the minutes it took.
fn perform(command: &mut Command) -> Result<(Vec<String>, f64), Failure> {
    command.envs(figures_of().map(|(name, value, _)| (name, value)));
    eprintln!("    {}", shown(command));
    let started = Instant::now();
    let results = watch(command)?;
    Ok((results, started.elapsed().as_secs_f64() / 60.0))
}

/// Every crate but this one, whose own tests print marked lines that are no results.
const SUITE: &[&str] = &["--workspace", "--exclude", "xtask", "--release", "--all-features", "--locked"];

/// The crate whose tests attack the built server.
const ATTACKS: &[&str] = &["--package", "crewbox", "--test", "it", "--release", "--all-features", "--locked"];

/// The tests of these packages whose names contain all of these words.
fn suite(root: &Path, packages: &[&str], words: &[&str]) -> Command {
    let mut command = cargo(root);
    let words: Vec<&str> = words.iter().copied().filter(|word| !word.is_empty()).collect();
    if has_nextest(root) {
        command.args(["nextest", "run"]).args(packages);
        command.args(["--profile", "soak", "--no-fail-fast", "--success-output", "immediate"]);
        if !words.is_empty() {
            let all: Vec<String> = words.iter().map(|word| format!("test({word})")).collect();
            command.args(["-E", &all.join(" and ")]);
        }
    } else {
        // Without nextest a test is chosen by one word only: the last is the narrowest.
        command.arg("test").args(packages).args(["--no-fail-fast", "--", "--nocapture"]).args(words.last());
    }
    command
}

/// Passes everything on as it comes and returns the marked lines.
fn watch(command: &mut Command) -> Result<Vec<String>, Failure> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cargo could not be started: {error}"))?;
    let (found, results) = channel();
    // Both pipes are drained at once: a full one would stop the child.
    std::thread::scope(|scope| {
        if let Some(stdout) = child.stdout.take() {
            let found = found.clone();
            scope.spawn(move || drain(stdout, &found));
        }
        if let Some(stderr) = child.stderr.take() {
            drain(stderr, &found);
        }
    });
    drop(found);
    let status = child.wait().map_err(|error| format!("cargo cannot be waited for: {error}"))?;
    if status.success() {
        Ok(results.iter().collect())
    } else {
        Err(format!("the tests ended with {status}"))
    }
}

fn drain(pipe: impl Read, found: &Sender<String>) {
    let mut lines = BufReader::new(pipe);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        let text = String::from_utf8_lossy(&line);
        eprint!("{text}");
        if let Some(result) = result(&text) {
            // The receiver outlives both readers.
            let _ = found.send(result);
        }
        line.clear();
    }
}

/// A marked line's text, wherever a test runner indented it to; or that a test passed when it was repeated.
fn result(line: &str) -> Option<String> {
    let line = line.trim();
    let repeated = || {
        let (tries, rest) = line.strip_prefix("FLAKY ")?.split_once(' ')?;
        let (_, test) = rest.rsplit_once(") ")?;
        Some(format!("measured again, since a limit was exceeded: {test}, try {tries} passed"))
    };
    line.strip_prefix(MARK).map(str::to_owned).or_else(repeated)
}

fn report(what: &str, heading: &str, figures: &str, minutes: f64, results: &[String]) -> String {
    let mut sorted = results.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let lines: String = sorted.iter().map(|line| format!("- {line}\n")).collect();
    format!("{what}\n\n{heading}| took | {minutes:.1} min |\n\n| figure | |\n|---|---|\n{figures}\n{lines}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marked_lines_are_kept_without_the_mark() {
        assert_eq!(result("    soak: 50 kills, nothing lost\n"), Some("50 kills, nothing lost".to_owned()));
        assert_eq!(result("running 3 tests"), None);
        assert_eq!(result("about soak: no"), None);
        assert_eq!(
            result("   FLAKY 2/3 [   4.048s] (  18/1390) crewbox::it attack::cost::mails").as_deref(),
            Some(
                "measured again, since a limit was exceeded: crewbox::it attack::cost::mails, try 2/3 passed"
            )
        );
    }

    #[test]
    fn both_pipes_are_read_and_a_failure_is_one() {
        let found = watch(Command::new("sh").args(["-c", "echo 'soak: out'; echo 'soak: err' >&2"]));
        let mut found = found.unwrap();
        found.sort_unstable();
        assert_eq!(found, ["err", "out"]);
        assert!(watch(Command::new("sh").args(["-c", "exit 3"])).is_err());
    }

    #[test]
    fn a_report_lists_results_in_a_stable_order() {
        let text =
            report("# Soak", "| machine |\n", "| `A=1` | x |\n", 2.0, &["b", "a", "b"].map(str::to_owned));
        assert!(text.ends_with("| `A=1` | x |\n\n- a\n- b\n"));
    }
}
