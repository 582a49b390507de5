//! Mail, end to end as a library: bytes in, everything that is kept out.

mod absences;
mod attachments;
mod attacks;
mod bombs;
mod classes;
mod corpus;
mod decoding;
mod folding;
mod fuzz_targets;
mod hostile;
mod house;
mod identity;
mod memory;
mod misleading;
mod mutations;
mod one_place;
mod people;
mod reading;
mod samples;
mod servers;
mod simulation;
mod threads;
mod throughput;

use std::sync::Arc;
use std::time::{Duration, Instant};

use crewbox_core::message::Mail;
use crewbox_core::own_addresses::OwnAddresses;
use crewbox_core::time::Timestamp;
use crewbox_mail::{DirectionHint, ReadContext, read};

/// 3 February 2025, 12:00 UTC: when the tests' mails are read.
pub(crate) const NOW: Timestamp = Timestamp(1_738_584_000_000);

/// The addresses of the tests' mailbox.
pub(crate) fn own() -> Arc<OwnAddresses> {
    Arc::new(OwnAddresses::new(["us@own.test"]))
}

pub(crate) fn context() -> ReadContext {
    ReadContext { own: own(), received_at: None, fallback_at: None, now: NOW, direction: DirectionHint::None }
}

pub(crate) fn must_read(raw: impl AsRef<[u8]>) -> Mail {
    read(raw.as_ref(), &context()).expect("a mail with bytes can be read")
}

/// Runs a piece of work and tells its time on the processor, so that a busy machine fails no test; where the
/// system does not tell, the time on the clock. On a thread with a reader's stack.
pub(crate) fn timed<T: Send>(work: impl FnOnce() -> T + Send) -> (T, Duration) {
    let run = move || {
        let (before, start) = (on_processor(), Instant::now());
        let result = work();
        let took = match (before, on_processor()) {
            (Some(before), Some(after)) => after.saturating_sub(before),
            _ => start.elapsed(),
        };
        (result, took)
    };
    std::thread::scope(|scope| {
        let thread =
            std::thread::Builder::new().stack_size(crewbox_mail::STACK_BYTES).spawn_scoped(scope, run);
        thread.expect("a thread").join().expect("the work does not panic")
    })
}

fn on_processor() -> Option<Duration> {
    let statistics = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    statistics.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}
