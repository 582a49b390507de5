//! Failing I/O: system calls of the working server fail, or write less than they were asked to. No acknowledged write is
//! lost, no write fails with 500 for what passes, and no mail is quarantined because of it.
//!
//! `CREWBOX_INJECTIONS` is how many failures are tried, each in a server of its own; `CREWBOX_SEED` replays a run.

mod locks;

use std::path::Path;
use std::process::{Command, Stdio};

use crewbox_testkit::figures::figure;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tempfile::TempDir;

use super::power::may_trace;
use super::workload::{Outcome, Workload};
use crate::drive::{Server, clean, path};

/// What fails.
#[derive(Clone, Copy, Debug)]
enum Failure {
    /// A system call, its error, and the most calls of it that work before.
    Call(&'static str, &'static str, u64),
    /// Writes beyond this many KiB of a file: the one across the limit is short, the next ones fail with `EFBIG`.
    FileSize(u64),
}

use Failure::{Call, FileSize};

const FAILURES: &[Failure] = &[
    Call("pwrite64", "EIO", 60),
    Call("pwrite64", "ENOSPC", 60),
    Call("pwrite64", "EDQUOT", 60),
    Call("pwrite64", "EINTR", 60),
    Call("write", "ENOSPC", 120),
    Call("write", "EIO", 120),
    Call("write", "EINTR", 120),
    Call("fsync", "EIO", 6),
    Call("fsync", "ENOSPC", 6),
    Call("fsync", "EINTR", 6),
    Call("fdatasync", "EIO", 12),
    Call("fdatasync", "ENOSPC", 12),
    Call("ftruncate", "EIO", 3),
    Call("openat", "EMFILE", 60),
    Call("openat", "ENFILE", 60),
    Call("openat", "EIO", 60),
    Call("openat", "ENOSPC", 60),
    Call("openat", "EACCES", 60),
    Call("openat", "EINTR", 60),
    Call("openat", "ENOMEM", 60),
    Call("rename", "EIO", 2),
    Call("rename", "ENOSPC", 2),
    Call("unlink", "EIO", 3),
    Call("mkdir", "ENOSPC", 2),
    Call("mkdir", "ENOMEM", 2),
    Call("pread64", "EIO", 120),
    Call("pread64", "ENOMEM", 120),
    Call("pread64", "EINTR", 120),
    Call("read", "EIO", 60),
    Call("fcntl", "ENOLCK", 120),
    Call("fcntl", "EINTR", 120),
    Call("fcntl", "EIO", 120),
    Call("fstat", "ENOMEM", 60),
    Call("statx", "ENOMEM", 20),
    Call("accept4", "EMFILE", 12),
    Call("accept4", "ENOMEM", 12),
    FileSize(80),
    FileSize(160),
    FileSize(400),
    FileSize(700),
];

/// Errors that no retry helps against: a write that meets one may fail with 500.
const LASTING: &[&str] = &["EIO", "EACCES"];
/// Most calls in a row that fail.
const CALLS: u64 = 4;
const WRITES: u64 = 16;
/// After this many refusals the client stops: a lock that the system does not release delays each further write.
const REFUSALS: usize = 5;
/// The exit codes of a server that cannot start, of one that must be started again, and of a program whose libraries
/// the system cannot load.
const FAILED: i32 = 1;
const RESTART: i32 = 70;
const NOT_LOADED: i32 = 127;

#[test]
fn a_failing_system_call_loses_nothing_acknowledged() {
    let (injections, seed) = (figure("CREWBOX_INJECTIONS", 6), figure("CREWBOX_SEED", 1));
    println!("CREWBOX_SEED={seed} CREWBOX_INJECTIONS={injections}");
    if !may_trace() {
        println!("not run: this system lets this user trace no process");
        return;
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut order = FAILURES.to_vec();
    order.shuffle(&mut rng);
    let workload = Workload::new();
    let mut seen = Seen::default();
    for failure in order.into_iter().cycle().take(usize::try_from(injections).unwrap()) {
        seen.attack(&workload, failure, &mut rng);
    }
    let Seen { acknowledged, refused, not_started, restarts } = seen;
    println!(
        "soak: failing I/O: {injections} failures from seed {seed}; of {acknowledged} acknowledged writes 0 lost, \
         {refused} refused; {not_started} servers failed to start, {restarts} asked to be restarted; doctor ok after each"
    );
}

/// What the failures did.
#[derive(Default)]
struct Seen {
    acknowledged: usize,
    refused: usize,
    not_started: usize,
    restarts: usize,
}

impl Seen {
    fn attack(&mut self, workload: &Workload, failure: Failure, rng: &mut ChaCha8Rng) {
        let temp = TempDir::new().unwrap();
        let data = temp.path().join("data");
        assert!(Command::new("cp").arg("-a").arg(workload.data()).arg(&data).status().unwrap().success());
        let (mut command, state) = server(failure, &data, temp.path(), rng);
        println!("{state}");
        let log = temp.path().join("log");
        let errors = std::fs::File::create(&log).unwrap();
        let server = Server::start_or_end(command.stdin(Stdio::null()).stderr(errors));
        let logged = || std::fs::read_to_string(&log).unwrap();
        let (mut writes, mut unsure) = (Vec::new(), Vec::new());
        match server {
            Ok(server) => {
                let (mut gone, mut refusals) = (false, 0);
                for turn in 0..WRITES {
                    if refusals == REFUSALS {
                        break;
                    }
                    gone = false;
                    match workload.write(&server.url, turn) {
                        Outcome::Acknowledged(write) => {
                            unsure
                                .retain(|conversation| Some(*conversation) != workload.conversation_of(turn));
                            writes.push(write);
                            continue;
                        }
                        Outcome::Refused(status) => {
                            let expected = status == 503 || status == 500 && failure.lasts();
                            assert!(expected, "{state}: write {turn} is answered {status}\n{}", logged());
                            refusals += 1;
                        }
                        Outcome::Gone => gone = true,
                    }
                    unsure.extend(workload.conversation_of(turn));
                }
                self.refused += refusals;
                if gone {
                    self.restarts += 1;
                    let ended = server.ended();
                    let expected = ended.code() == Some(RESTART) || failure.stops_threads();
                    assert!(expected, "{state}: {ended}\n{}", logged());
                } else {
                    server.kill();
                }
            }
            Err(ended) => {
                self.not_started += 1;
                let codes = [FAILED, RESTART, NOT_LOADED].map(Some);
                assert!(codes.contains(&ended.code()), "{state}: {ended}\n{}", logged());
            }
        }
        let panicked = logged().contains("panicked") && !failure.stops_threads();
        assert!(!panicked, "{state}\n{}", logged());
        self.acknowledged += writes.len();
        workload.check(&data, &writes, &unsure, &state);
    }
}

impl Failure {
    fn lasts(self) -> bool {
        matches!(self, Call(_, error, _) if LASTING.contains(&error))
    }

    /// Threads are woken by a `write` that no system lets fail: the runtime ends the process when one does.
    fn stops_threads(self) -> bool {
        matches!(self, Call("write", _, _))
    }
}

/// The command that starts a server with this failure, and a description.
fn server(failure: Failure, data: &Path, temp: &Path, rng: &mut ChaCha8Rng) -> (Command, String) {
    let (mut command, state) = match failure {
        Call(call, error, most) => {
            let (first, more) = (rng.random_range(1..=most), rng.random_range(0..CALLS));
            let injected = format!("{call}:error={error}:when={first}..{}", first + more);
            let mut command = clean(Command::new("strace"));
            command.args(["-D", "-f", "--seccomp-bpf", "-qq", "-o", path(&temp.join("trace"))]);
            command.arg(format!("-etrace={call}")).arg(format!("-einject={injected}")).arg("--");
            (command, injected)
        }
        FileSize(kib) => {
            // The shell's ignored signal is inherited: without it the limit would end the process.
            let limited = format!("trap '' XFSZ; ulimit -f {kib}; exec \"$@\"");
            let mut command = clean(Command::new("bash"));
            command.args(["-c", &limited, "bash"]);
            (command, format!("files of at most {kib} KiB"))
        }
    };
    command.arg(env!("CARGO_BIN_EXE_crewbox"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data);
    (command, state)
}
