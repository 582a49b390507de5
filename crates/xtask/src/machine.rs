//! What a report must say about where and when it was made.
//!
//! Owns the heading of every written report. Never records the host's name, its user or a path.

use std::fs;
use std::path::Path;
use std::process::Command;

/// The lines under a report's title: command, machine, date, revision.
pub(crate) fn heading(root: &Path, command: &str) -> String {
    format!(
        "| | |\n|---|---|\n| command | `{command}` |\n| machine | {} |\n| compiler | {} |\n| date | {} |\n| revision | {} |\n",
        machine(),
        output(root, "rustc", &["--version"]),
        output(root, "date", &["-u", "+%Y-%m-%d"]),
        revision(root),
    )
}

fn machine() -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    describe(&cpu, &memory, cores)
}

fn describe(cpu: &str, memory: &str, cores: usize) -> String {
    let model = value(cpu, "model name").unwrap_or("unknown processor");
    let gibibytes = value(memory, "MemTotal")
        .and_then(|total| total.split(' ').next()?.parse::<u64>().ok())
        .map_or_else(|| "unknown".to_owned(), |kib| format!("{:.0} GiB", kib as f64 / f64::from(1 << 20)));
    format!("{model}, {cores} cores, {gibibytes} memory")
}

/// The value of the first `key : value` line of this key.
fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        (name.trim() == key).then_some(value.trim())
    })
}

fn revision(root: &Path) -> String {
    let commit = output(root, "git", &["-c", "safe.directory=*", "rev-parse", "--short=12", "HEAD"]);
    let clean =
        output(root, "git", &["-c", "safe.directory=*", "status", "--porcelain", "--untracked-files=no"])
            .is_empty();
    if clean { commit } else { format!("{commit} with uncommitted changes") }
}

/// What a command prints, trimmed; empty where it cannot be had.
fn output(root: &Path, program: &str, arguments: &[&str]) -> String {
    Command::new(program)
        .args(arguments)
        .current_dir(root)
        .output()
        .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn describes_the_machine() {
        let cpu = "processor\t: 0\nmodel name\t: Example 9000 @ 3 GHz\n";
        let memory = "MemTotal:        8388608 kB\nMemFree: 1 kB\n";
        assert_eq!(describe(cpu, memory, 2), "Example 9000 @ 3 GHz, 2 cores, 8 GiB memory");
        assert_eq!(describe("", "", 4), "unknown processor, 4 cores, unknown memory");
    }
}
