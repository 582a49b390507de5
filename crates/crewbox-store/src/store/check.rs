//! The calls of `doctor`: what is wrong with the data of an account, and with what is below all accounts.

use super::Store;
use crate::contract::{DataLocation, Fault, Scope, StoreError};
use crate::sqlite;

impl Store {
    /// Checks one account's rows against its log and its blobs against their hashes. Empty when all is well.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn check(&self, scope: &Scope) -> Result<Vec<Fault>, StoreError> {
        on!(self, e => e.check(scope).await)
    }

    /// Checks what is below all accounts: the engine's own files, every page against the check sum that is kept of it, and
    /// the record of the newest changes. Reads everything. The operator's call; empty when all is well.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn check_files(&self) -> Result<Vec<Fault>, StoreError> {
        on!(self, e => e.check_files().await)
    }

    /// The pages that are not as they were written, of data that cannot be opened.
    ///
    /// # Errors
    /// I/O.
    pub fn check_pages(location: &DataLocation) -> Result<Vec<Fault>, StoreError> {
        match location {
            DataLocation::Directory(dir) => sqlite::Engine::check_pages(dir),
        }
    }
}
