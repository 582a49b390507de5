//! How much the writer does while nobody else can write, counted for tests: a time would depend on the machine.

use std::cell::Cell;
use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;
use rusqlite::trace::{TraceEvent, TraceEventCodes};

thread_local! {
    /// Statements that the writer of this thread has run.
    static STATEMENTS: Cell<u64> = const { Cell::new(0) };
}

/// What one group of batches did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Hold {
    /// Rows that it inserted, updated or deleted.
    pub(super) rows: u64,
    /// Statements that it ran.
    pub(super) statements: u64,
}

/// The most that any group did since the last look.
#[derive(Debug, Default)]
pub(super) struct Longest(Mutex<Hold>);

impl Longest {
    pub(super) fn take(&self) -> Hold {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn note(&self, began: Hold, db: &Connection) {
        let ended = so_far(db);
        let mut longest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        longest.rows = longest.rows.max(ended.rows - began.rows);
        longest.statements = longest.statements.max(ended.statements - began.statements);
    }
}

/// What the writer has done since it was opened.
pub(super) fn so_far(db: &Connection) -> Hold {
    Hold { rows: db.total_changes(), statements: STATEMENTS.get() }
}

/// Counts the statements of this connection from now on.
pub(super) fn count_statements(db: &mut Connection) -> rusqlite::Result<()> {
    db.trace_v2(
        TraceEventCodes::SQLITE_TRACE_STMT,
        Some(|_: TraceEvent<'_>| STATEMENTS.set(STATEMENTS.get() + 1)),
    )
}
