//! Locks that the system does not release (`ENOLCK`), on the index of the database's log and on that of the search index's.
//! Nothing acknowledged is lost; a server that cannot write any more ends with the code for a restart; one that goes on
//! indexes what comes.
//!
//! `CREWBOX_LOCKS` is how many failures are tried, each in a server of its own; `CREWBOX_SEED` chooses them.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crewbox_testkit::figures::{figure, is_soak};
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tempfile::TempDir;

use super::{FAILED, RESTART};
use crate::attack::power::may_trace;
use crate::attack::workload::{Outcome, Workload, Write};
use crate::drive::{Server, clean, path};
use crate::http;

/// The files whose locks fail.
const INDEXES: &[&str] = &["crewbox.db-shm", "search.db-shm"];
/// How many locks of a thread work before one fails. Each thread's are counted alone: those of the start come first, and
/// most threads take fewer than the last of these.
const WORKING: std::ops::Range<u64> = 12..48;
/// Locks in a row that fail.
const FAILING: u64 = 2;
const WRITES: u64 = 10;
/// After so many refusals the client stops: each took as long as a writer waits for its lock.
const REFUSALS: usize = 2;
/// The search index has everything within this: a step waits 5 s for a lock before it fails.
const INDEXED_WITHIN: Duration = Duration::from_secs(60);

#[test]
fn a_lock_that_is_not_released_ends_the_server_or_is_left_behind() {
    let (count, seed) = (figure("CREWBOX_LOCKS", 2), figure("CREWBOX_SEED", 1));
    println!("CREWBOX_SEED={seed} CREWBOX_LOCKS={count}");
    if !may_trace() {
        println!("not run: this system lets this user trace no process");
        return;
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut cases: Vec<(&str, u64)> =
        WORKING.flat_map(|working| INDEXES.iter().map(move |index| (*index, working))).collect();
    cases.shuffle(&mut rng);
    // Each file has its turn: the key of a case is made once.
    cases.sort_by_cached_key({
        let mut turns = [0_u32; 2];
        move |(index, _)| {
            let turn = &mut turns[INDEXES.iter().position(|one| one == index).unwrap()];
            *turn += 1;
            *turn
        }
    });
    let workload = Workload::new();
    let (mut restarts, mut not_started) = (0, 0);
    let cases = &cases[..cases.len().min(usize::try_from(count).unwrap())];
    for (index, working) in cases {
        match attack(&workload, index, *working, rng.random()) {
            Ended::Works => {}
            Ended::Restarts => restarts += 1,
            Ended::NotStarted => not_started += 1,
        }
    }
    assert!(!is_soak() || restarts > 0, "no server ended with {RESTART}: no lock of a writer failed");
    println!(
        "soak: locks that are not released: {} failures from seed {seed}; 0 acknowledged lost; {restarts} servers ended with \
         code {RESTART}, {not_started} failed to start, the others index what comes; doctor ok after each",
        cases.len()
    );
}

/// How a server took the failure.
enum Ended {
    Works,
    Restarts,
    NotStarted,
}

fn attack(workload: &Workload, index: &str, working: u64, first_turn: u8) -> Ended {
    let temp = TempDir::new().unwrap();
    let data = temp.path().join("data");
    assert!(Command::new("cp").arg("-a").arg(workload.data()).arg(&data).status().unwrap().success());
    let state = format!("locks {} to {} of {index}", working + 1, working + FAILING);
    println!("{state}");
    let log = temp.path().join("log");
    let errors = std::fs::File::create(&log).unwrap();
    let logged = || std::fs::read_to_string(&log).unwrap();
    let mut command = server(index, working, &data, temp.path());
    let server = match Server::start_or_end(command.stdin(Stdio::null()).stderr(errors)) {
        Ok(server) => server,
        Err(ended) => {
            assert!([FAILED, RESTART].map(Some).contains(&ended.code()), "{state}: {ended}\n{}", logged());
            workload.check(&data, &[], &[], &state);
            return Ended::NotStarted;
        }
    };
    let (mut writes, mut unsure, mut refusals, mut gone) = (Vec::<Write>::new(), Vec::new(), 0, false);
    for turn in (u64::from(first_turn)..).take(usize::try_from(WRITES).unwrap()) {
        match workload.write(&server.url, turn) {
            Outcome::Acknowledged(write) => {
                unsure.retain(|conversation| Some(*conversation) != workload.conversation_of(turn));
                writes.push(write);
                continue;
            }
            Outcome::Refused(status) => {
                assert_eq!(status, 503, "{state}: write {turn}\n{}", logged());
                refusals += 1;
            }
            Outcome::Gone => gone = true,
        }
        unsure.extend(workload.conversation_of(turn));
        if gone || refusals == REFUSALS {
            break;
        }
    }
    // It ends itself after the response that refuses.
    let ended = if gone || !is_indexed(&server, &state) {
        let ended = server.ended();
        assert_eq!(ended.code(), Some(RESTART), "{state}: {ended}\n{}", logged());
        Ended::Restarts
    } else {
        server.kill();
        Ended::Works
    };
    assert!(!logged().contains("panicked"), "{state}\n{}", logged());
    workload.check(&data, &writes, &unsure, &state);
    ended
}

/// Waits until the search index has everything; false if the server ends before.
fn is_indexed(server: &Server, state: &str) -> bool {
    let since = Instant::now();
    loop {
        let Ok(figures) = http::send(&server.url, "GET", "/metrics", "", "text/plain", b"") else {
            return false;
        };
        let figures = String::from_utf8_lossy(&figures.body).into_owned();
        if figures.lines().any(|line| line == "crewbox_search_behind_messages 0") {
            return true;
        }
        assert!(since.elapsed() < INDEXED_WITHIN, "{state}: nothing is indexed any more");
        std::thread::park_timeout(Duration::from_millis(100));
    }
}

/// The command that starts a server in which these locks of the file fail.
fn server(index: &str, working: u64, data: &Path, temp: &Path) -> Command {
    let (first, last) = (working + 1, working + FAILING);
    let mut command = clean(Command::new("strace"));
    command.args(["-D", "-f", "-qq", "-o", path(&temp.join("trace")), "-P", path(&data.join(index))]);
    command.arg("-etrace=fcntl").arg(format!("-einject=fcntl:error=ENOLCK:when={first}..{last}")).arg("--");
    command.arg(env!("CARGO_BIN_EXE_crewbox"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data);
    command
}
