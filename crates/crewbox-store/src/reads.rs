//! How much this process reads of its stores: one count of SQL statements and of looks at the heads of logs.
//!
//! Owns the counter that `/metrics` shows and that a test compares with a limit: an idle process must read
//! little, however many accounts there are.

use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::Connection;
use rusqlite::trace::TraceEventCodes;

static READS: AtomicU64 = AtomicU64::new(0);

/// Statements that readers of this process have run and heads it has looked at, since it started.
#[must_use]
pub fn total() -> u64 {
    READS.load(Ordering::Relaxed)
}

/// Counts one read.
pub(crate) fn count() {
    READS.fetch_add(1, Ordering::Relaxed);
}

/// Counts every statement that this connection runs from now on.
pub(crate) fn count_statements(db: &mut Connection) -> rusqlite::Result<()> {
    db.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(|_: rusqlite::trace::TraceEvent<'_>| count()))
}
