//! What every engine must do, seen from outside through the contract alone, and what only the embedded one has.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

mod check;
mod engine;
mod older_rows;
mod sqlite;
mod sweep;
