//! Power loss: the writes of a working server are traced, and replayed onto a disk that loses what was not synced.
//!
//! `CREWBOX_POWER_STATES` is how many states are tried, `CREWBOX_SEED` replays a run.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crewbox_testkit::figures::figure;
use crewbox_testkit::power::Disk;
use crewbox_testkit::trace::{Event, events, strace};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tempfile::TempDir;

use super::workload::{Outcome, Workload, Write};
use crate::drive::{Server, clean, path, run};

const WRITES: u64 = 40;

#[test]
fn every_acknowledged_write_outlives_a_power_loss() {
    let (states, seed) = (figure("CREWBOX_POWER_STATES", 30), figure("CREWBOX_SEED", 1));
    println!("CREWBOX_SEED={seed} CREWBOX_POWER_STATES={states}");
    if !may_trace() {
        println!("not run: this system lets this user trace no process");
        return;
    }
    let workload = Workload::new();
    let data = workload.data().canonicalize().unwrap();
    let before = Disk::of(&data);
    let logs = TempDir::new().unwrap();
    let log = logs.path().join("trace");
    let server = traced(&data, &log);
    let writes: Vec<Write> = (0..WRITES)
        .map(|turn| match workload.write(&server.url, turn) {
            Outcome::Acknowledged(write) => write,
            Outcome::Refused(status) => panic!("write {turn}: {status}"),
            Outcome::Gone => panic!("write {turn}: the server is gone"),
        })
        .collect();
    server.kill();
    let events = events(&finished(&log), &data);
    let responses = events.iter().filter(|event| **event == Event::Response).count();
    assert_eq!(responses as u64, WRITES, "every response is in the trace");

    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    for state in 0..states {
        let at = rng.random_range(0..=events.len());
        let acknowledged = events[..at].iter().filter(|event| **event == Event::Response).count();
        let lost = lose_power(&before, &events[..at], &mut rng);
        let unsure: Vec<u64> = workload.conversation_of(acknowledged as u64).into_iter().collect();
        let state = format!("state {state}, after {at} of {} calls, {acknowledged} responses", events.len());
        workload.check(lost.path(), &writes[..acknowledged], &unsure, &state);
    }
    println!(
        "soak: power loss: {states} states from seed {seed} of {WRITES} writes and {} calls to the disk; 0 acknowledged \
         lost, doctor ok after each",
        events.len() - responses
    );
}

#[test]
fn a_power_loss_within_the_first_start_leaves_a_directory_that_can_be_set_up() {
    let (states, seed) = (figure("CREWBOX_POWER_STATES", 30), figure("CREWBOX_SEED", 1));
    println!("CREWBOX_SEED={seed} CREWBOX_POWER_STATES={states}");
    if !may_trace() {
        println!("not run: this system lets this user trace no process");
        return;
    }
    let temp = TempDir::new().unwrap();
    let data = temp.path().canonicalize().unwrap().join("data");
    fs::create_dir(&data).unwrap();
    let before = Disk::of(&data);
    let log = temp.path().join("trace");
    traced(&data, &log).kill();
    let events = events(&finished(&log), &data);
    assert!(events.len() > 30, "{events:?}");
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    for state in 0..states {
        let at = rng.random_range(0..=events.len());
        let lost = lose_power(&before, &events[..at], &mut rng);
        let left: Vec<_> =
            fs::read_dir(lost.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        let words =
            ["--account", "A", "--name", "Ann", "--email", "a@x.example", "--data", path(lost.path())];
        let printed = run(&[&["setup"], &words[..]].concat());
        let state = format!("state {state}, after {at} of {} calls, with {left:?}", events.len());
        assert_eq!(printed.code, Some(0), "{state}: {printed:?}");
        let printed = run(&["doctor", "--data", path(lost.path())]);
        assert_eq!(printed.code, Some(0), "{state}: {printed:?}");
    }
    println!(
        "soak: power loss within the first start: {states} states from seed {seed}; each can be set up, doctor ok"
    );
}

/// A server of this directory whose calls to the disk are logged.
fn traced(data: &Path, log: &Path) -> Server {
    let mut command = clean(Command::new("strace"));
    command.args(strace(log).into_iter().skip(1)).arg(env!("CARGO_BIN_EXE_crewbox"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data);
    Server::of(command.stdin(Stdio::null())).expect("a server that starts")
}

/// One of the directories that may be there if the power fails after these events.
fn lose_power(before: &Disk, events: &[Event], rng: &mut ChaCha8Rng) -> TempDir {
    let mut disk = before.clone();
    events.iter().for_each(|event| disk.apply(event));
    let lost = TempDir::new().unwrap();
    fs::set_permissions(lost.path(), fs::Permissions::from_mode(0o700)).unwrap();
    disk.lose_power(rng, lost.path());
    lost
}

/// Whether processes may be traced here.
pub(super) fn may_trace() -> bool {
    let mut command = Command::new("strace");
    command.args(["-o", "/dev/null", "true"]).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// The log, once its process has ended.
fn finished(log: &Path) -> String {
    let since = Instant::now();
    loop {
        let text = fs::read_to_string(log).unwrap();
        let first = text.split(' ').next().unwrap_or_default().to_owned();
        if text.lines().any(|line| line.starts_with(&first) && line.contains("+++ killed by SIGKILL")) {
            return text;
        }
        assert!(since.elapsed() < Duration::from_secs(20), "the trace does not end");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}
