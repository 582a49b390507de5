//! What the system says of a process: memory and processor time, from /proc.
//!
//! Owns the reading of those files. Answers none where there is no /proc.

use std::path::Path;
use std::time::Duration;
use std::{fs, io};

/// Ticks a second in `/proc/<pid>/stat`: fixed at 100 in Linux's interface to programs.
const TICKS_A_SECOND: u64 = 100;

/// A line of `/proc/<pid>/status` such as `VmHWM` or `VmRSS`, in bytes.
pub(crate) fn status(pid: u32, key: &str) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}

/// Processor time a process has used, all threads, user and system, to a hundredth of a second.
pub(crate) fn processor_time(pid: u32) -> Option<Duration> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the program's name in brackets, and may hold anything.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: u64 = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 1_000 / TICKS_A_SECOND))
}

/// Bytes of a file, or of all files below a directory.
pub(crate) fn tree(path: &Path) -> io::Result<u64> {
    let meta = fs::metadata(path)?;
    if !meta.is_dir() {
        return Ok(meta.len());
    }
    let mut bytes = 0;
    for entry in fs::read_dir(path)? {
        bytes += tree(&entry?.path())?;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_this_process() {
        let pid = std::process::id();
        assert!(status(pid, "VmHWM").unwrap() >= status(pid, "VmRSS").unwrap() / 2);
        assert!(processor_time(pid).is_some());
        assert_eq!(status(pid, "Nothing"), None);
    }
}
