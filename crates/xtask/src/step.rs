//! Steps: a command with a name, run with its own output in view and its time taken.
//!
//! Owns how progress and the closing summary look. Never hides or reorders what a command prints.

use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::failure::Failure;

/// Runs steps one after another and remembers how long each took.
pub(crate) struct Steps {
    started: Instant,
    done: Vec<(String, Duration)>,
}

impl Steps {
    /// Nothing run yet.
    pub(crate) fn new() -> Self {
        Self { started: Instant::now(), done: Vec::new() }
    }

    /// Runs one step. Its failure ends the run, with a summary of what had passed.
    pub(crate) fn run(
        &mut self,
        name: &str,
        action: impl FnOnce() -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        eprintln!("\n==> {name}");
        let started = Instant::now();
        let outcome = action();
        let took = started.elapsed();
        match outcome {
            Ok(()) => {
                self.done.push((name.to_owned(), took));
                Ok(())
            }
            Err(failure) => {
                self.report();
                eprintln!("    {:>8}  {name}  FAILED", seconds(took));
                Err(format!("{name}: {failure}"))
            }
        }
    }

    /// Prints every step with its time, and the whole.
    pub(crate) fn finish(&self, verdict: &str) {
        self.report();
        eprintln!("    {:>8}  {verdict}", seconds(self.started.elapsed()));
    }

    fn report(&self) {
        eprintln!("\n==> summary");
        for (name, took) in &self.done {
            eprintln!("    {:>8}  {name}", seconds(*took));
        }
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

/// The cargo that runs this, in the repository, without its colours decided for it.
pub(crate) fn cargo(root: &Path) -> Command {
    let program = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(program);
    command.current_dir(root);
    command
}

/// Runs a command in view of whoever watches.
pub(crate) fn perform(command: &mut Command) -> Result<(), Failure> {
    let shown = shown(command);
    eprintln!("    {shown}");
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{shown}` ended with {status}")),
        Err(error) => Err(format!("`{shown}` could not be started: {error}")),
    }
}

/// The command as one would type it.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// Whether cargo-nextest is installed; it runs every test in a process of its own, which fault tests like.
pub(crate) fn has_nextest(root: &Path) -> bool {
    let mut probe = cargo(root);
    probe.args(["nextest", "--version"]);
    probe.output().is_ok_and(|output| output.status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_typed() {
        let mut command = Command::new("/somewhere/bin/cargo");
        command.args(["fmt", "--all"]);
        assert_eq!(shown(&command), "cargo fmt --all");
    }

    #[test]
    fn a_failed_step_names_itself() {
        let mut steps = Steps::new();
        assert_eq!(steps.run("first", || Ok(())), Ok(()));
        let failed = steps.run("second", || Err("it broke".to_owned()));
        assert_eq!(failed, Err("second: it broke".to_owned()));
    }
}
