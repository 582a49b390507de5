//! The engines that the suite runs against. The suite itself knows none of them.

use std::path::Path;

use crewbox_store::{Open, Store, StoreError};

/// An engine, with a place for its data that goes away with the value.
pub(crate) trait Engine {
    /// With no data yet.
    fn new() -> Self;

    /// Opens the store as the server.
    fn open(&self) -> Result<Store, StoreError>;

    /// Opens the store as a command, beside the server.
    fn open_as_command(&self) -> Result<Store, StoreError>;
}

/// The embedded engine, in a directory.
pub(crate) struct Sqlite(tempfile::TempDir);

impl Sqlite {
    pub(crate) fn dir(&self) -> &Path {
        self.0.path()
    }
}

impl Engine for Sqlite {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn open(&self) -> Result<Store, StoreError> {
        Store::open(&Open::server(self.dir()))
    }

    fn open_as_command(&self) -> Result<Store, StoreError> {
        Store::open(&Open::command(self.dir()))
    }
}
