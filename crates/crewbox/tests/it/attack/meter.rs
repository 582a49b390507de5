//! What a server's process uses: its CPU time and its memory, read from `/proc`.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::drive::Server;
use crate::http;

/// Linux shows CPU time to programs in hundredths of a second (`USER_HZ`, proc(5)).
const TICK: Duration = Duration::from_millis(10);
/// A process that uses no CPU for so long is at rest.
const REST: Duration = Duration::from_millis(25);
/// What is not at rest within this works on something else, such as indexing, and is measured all the same.
const LONGEST_REST: Duration = Duration::from_secs(20);

/// What something cost a server.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cost {
    /// CPU time, until the server was at rest again.
    pub(crate) cpu: Duration,
    /// Memory at its highest, over what it was before, in bytes.
    pub(crate) memory: u64,
    /// The longest that `/healthz` took meanwhile, where it was called.
    pub(crate) health: Duration,
}

/// Measures one server.
pub(crate) struct Meter<'s> {
    server: &'s Server,
}

impl<'s> Meter<'s> {
    pub(crate) fn new(server: &'s Server) -> Self {
        Self { server }
    }

    /// CPU time so far.
    pub(crate) fn cpu(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.server.pid())).unwrap();
        // The name before it may hold spaces and brackets.
        let (_, rest) = stat.rsplit_once(") ").unwrap();
        let fields: Vec<&str> = rest.split(' ').collect();
        // proc_pid_stat(5): utime and stime are the fields 14 and 15, and `rest` begins with the third.
        let ticks: u32 = fields[11..=12].iter().map(|field| field.parse::<u32>().unwrap()).sum();
        TICK * ticks
    }

    /// Memory by this line of the process's status, in bytes.
    pub(crate) fn memory(&self, line: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.server.pid())).unwrap();
        let found = status.lines().find_map(|one| one.strip_prefix(line)).unwrap();
        found.trim_start_matches(':').trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }

    /// Waits until the process uses no CPU.
    pub(crate) fn rest(&self) {
        let deadline = Instant::now() + LONGEST_REST;
        let mut cpu = self.cpu();
        while Instant::now() < deadline {
            std::thread::park_timeout(REST);
            let now = self.cpu();
            if now == cpu {
                return;
            }
            cpu = now;
        }
    }

    /// What this costs, from rest to rest. Memory is what the process itself allocates: pages of mapped files, such as the
    /// search index and the program, are the system's cache, which it takes back whenever it needs memory.
    pub(crate) fn cost(&self, work: impl FnOnce()) -> Cost {
        self.rest();
        let (cpu, memory, files) = (self.cpu(), self.memory("VmRSS"), self.memory("RssFile"));
        // Forgets the highest memory so far (proc_pid_clear_refs(5)).
        fs::write(format!("/proc/{}/clear_refs", self.server.pid()), "5").unwrap();
        work();
        self.rest();
        let files = self.memory("RssFile").saturating_sub(files);
        let memory = self.memory("VmHWM").saturating_sub(memory + files);
        Cost { cpu: self.cpu() - cpu, memory, health: Duration::ZERO }
    }

    /// What this costs, and how long `/healthz` takes meanwhile at the most.
    pub(crate) fn cost_to_others(&self, work: impl FnOnce()) -> Cost {
        let done = AtomicBool::new(false);
        let mut longest = Duration::ZERO;
        let cost = self.cost(|| {
            longest = std::thread::scope(|scope| {
                let health = scope.spawn(|| longest_health(&self.server.url, &done));
                work();
                done.store(true, Ordering::Relaxed);
                health.join().unwrap()
            });
        });
        Cost { health: longest, ..cost }
    }
}

/// Calls `/healthz` until it is done; the longest that one call took.
fn longest_health(url: &str, done: &AtomicBool) -> Duration {
    let mut longest = Duration::ZERO;
    while !done.load(Ordering::Relaxed) {
        let since = Instant::now();
        let response = http::send(url, "GET", "/healthz", "", "text/plain", b"").unwrap();
        longest = longest.max(since.elapsed());
        assert_eq!(response.status, 200);
        // Calls without a pause would themselves be the load.
        std::thread::park_timeout(Duration::from_millis(2));
    }
    longest
}
