//! The suite against the embedded engine.

/// The engine under test.
type Tested = crate::engine::Sqlite;

#[path = "suite.rs"]
pub(crate) mod suite;
