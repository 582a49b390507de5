//! The end of a server whose store has stopped: soon, whatever still waits.
//!
//! Owns how long that may take. What is written is on disk already, and what is not is recovered at the next start.

use std::thread;
use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::output;

/// Requests and workers have so long to end. Where a lock is stuck each of their reads waits for ten seconds, one after the
/// other, and a supervisor starts the server only after its end.
const ENDS_WITHIN: Duration = Duration::from_secs(5);

/// Ends the process in a while, if it has not ended by then. On a thread of its own: those of the runtime may all wait.
pub(crate) fn end_soon(why: impl Into<Failure>) {
    let (why, due) = (why.into(), Instant::now() + ENDS_WITHIN);
    let thread = thread::Builder::new().name("end".to_owned()).spawn(move || end_at(due, why));
    if let Err(error) = thread {
        tracing::warn!(%error, "no thread could be started; the server ends when all that it does has ended");
    }
}

fn end_at(due: Instant, why: Failure) {
    while let Some(left) = due.checked_duration_since(Instant::now()) {
        thread::park_timeout(left);
    }
    std::process::exit(i32::from(output::print(why)))
}
