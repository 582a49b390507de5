//! Starting: how long a process needs to read an account into memory.
//!
//! Owns that section. Measures [`Live::load_all`], which readiness waits for.

use std::time::Instant;

use crewbox_store::{Live, Role};

use crate::fill::Filled;
use crate::report::{self, Report};
use crate::{Failure, memory};

/// Loads of which the fastest counts: the first warms the system's file cache.
const LOADS: usize = 3;
/// Seconds a million conversations may take.
const TARGET_SECONDS: f64 = 5.0;

/// Measures.
pub(crate) async fn measure(filled: &Filled, report: &mut Report) -> Result<(), Failure> {
    report.section("Start", "--only load", "An account's index, names and keys, from the store to memory.");
    let store = filled.store(Role::Command)?;
    let mut rows = Vec::new();
    let mut best = f64::INFINITY;
    for load in 1..=LOADS {
        let before = memory::status(std::process::id(), "VmRSS").unwrap_or_default();
        let live = Live::new(store.clone());
        let started = Instant::now();
        live.load_all(&|_| {}).await?;
        let took = started.elapsed();
        let million = took.as_secs_f64() * 1e6 / filled.conversations as f64;
        best = best.min(million);
        let after = memory::status(std::process::id(), "VmRSS").unwrap_or_default();
        let held = live.loaded().iter().map(|account| account.read().heap_bytes()).sum::<usize>();
        rows.push(vec![
            load.to_string(),
            report::time(took),
            format!("{million:.2} s"),
            format!("{} bytes", held as u64 / filled.conversations.max(1)),
            report::mebibytes(after.saturating_sub(before)),
        ]);
    }
    report.table(&["load", "took", "a million", "index, a conversation", "process grew by"], &rows);
    report.judge(
        "load from the store, a million conversations",
        "≤ 5 s",
        format!("{best:.2} s"),
        best <= TARGET_SECONDS,
    );
    store.close().await;
    Ok(())
}
