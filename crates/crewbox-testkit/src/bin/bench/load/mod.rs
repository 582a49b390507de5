//! Load: a second process that calls the server over keep-alive connections and says how it went.
//!
//! Owns the plan passed to that process, and starting it. A process of its own, since a generator inside the
//! server's runtime would take turns with what it measures; one thread, so that two cores are enough.

mod generator;

use std::io::Write as _;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Failure;

/// What to call, how often, and in which turns.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Plan {
    /// The server's process, whose processor time is read before and after each slice.
    pub(crate) server: u32,
    /// Whole requests; a stream draws from one pool.
    pub(crate) pools: Vec<Vec<String>>,
    /// What is compared; each takes its turn in each round.
    pub(crate) mixes: Vec<Mix>,
    /// Turns each mix has, after one that does not count.
    pub(crate) rounds: u32,
    /// Length of a turn.
    pub(crate) slice_ms: u64,
}

/// Streams that run at the same time.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Mix {
    pub(crate) streams: Vec<Stream>,
}

/// Connections that call without pause, drawing from one pool.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Stream {
    /// Where to.
    pub(crate) address: SocketAddr,
    /// Index of the pool.
    pub(crate) pool: usize,
    pub(crate) connections: u32,
}

/// How a mix went, over all its slices.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct MixResult {
    /// Time of all slices together.
    pub(crate) seconds: f64,
    /// Processor time the server used in them.
    pub(crate) server_seconds: f64,
    /// One for each stream.
    pub(crate) streams: Vec<StreamResult>,
}

/// How a stream went.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct StreamResult {
    /// Answers of status 200.
    pub(crate) answers: u64,
    /// Bytes of their bodies.
    pub(crate) bytes: u64,
    p50_ns: u64,
    p99_ns: u64,
    max_ns: u64,
}

impl StreamResult {
    /// Half the answers were faster.
    pub(crate) const fn p50(&self) -> Duration {
        Duration::from_nanos(self.p50_ns)
    }

    /// One answer in a hundred was slower.
    pub(crate) const fn p99(&self) -> Duration {
        Duration::from_nanos(self.p99_ns)
    }

    /// The slowest.
    pub(crate) const fn max(&self) -> Duration {
        Duration::from_nanos(self.max_ns)
    }
}

impl MixResult {
    /// Answers a second of a stream.
    pub(crate) fn rate(&self, stream: usize) -> f64 {
        self.streams.get(stream).map_or(0.0, |stream| stream.answers as f64 / self.seconds)
    }

    /// The server's processor time an answer, over all streams.
    pub(crate) fn server_time(&self) -> Duration {
        let answers: u64 = self.streams.iter().map(|stream| stream.answers).sum();
        Duration::from_secs_f64(self.server_seconds / (answers.max(1) as f64))
    }
}

impl Plan {
    /// Carries it out in a second process.
    pub(crate) fn run(&self) -> Result<Vec<MixResult>, Failure> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("--generate-load")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let plan = serde_json::to_vec(self)?;
        child.stdin.take().ok_or("the generator has no stdin")?.write_all(&plan)?;
        let output = child.wait_with_output()?;
        if !output.status.success() {
            return Err(format!("the load generator ended with {}", output.status).into());
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }
}

/// The second process: reads a plan, carries it out, writes the results.
pub(crate) fn generate() -> Result<(), Failure> {
    let plan: Plan = serde_json::from_reader(std::io::stdin().lock())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let results = runtime.block_on(generator::run(plan))?;
    serde_json::to_writer(std::io::stdout().lock(), &results)?;
    Ok(())
}
