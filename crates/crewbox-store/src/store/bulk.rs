//! Bulk actions as callers read them.

use crewbox_core::bulk::Bulk;
use crewbox_core::change::Change;
use crewbox_core::id::BulkId;

use super::Store;
use crate::contract::{Scope, StoreError};

impl Store {
    /// A job.
    ///
    /// # Errors
    /// `NotFound(Bulk)`.
    pub async fn bulk(&self, scope: &Scope, id: BulkId) -> Result<Bulk, StoreError> {
        on!(self, e => e.bulk(scope, id).await)
    }

    /// The jobs of an account that are to go on.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn running_bulks(&self, scope: &Scope) -> Result<Vec<BulkId>, StoreError> {
        on!(self, e => e.running_bulks(scope).await)
    }

    /// The numbers of the changes that a job made to conversations, ascending.
    ///
    /// # Errors
    /// `NotFound(Bulk)`.
    pub async fn bulk_changes(&self, scope: &Scope, id: BulkId) -> Result<Vec<u64>, StoreError> {
        on!(self, e => e.bulk_changes(scope, id).await)
    }

    /// Changes that an undo left as they are, at most `limit`, each with the later changes of its conversation.
    ///
    /// # Errors
    /// `NotFound(Bulk)`.
    pub async fn bulk_conflicts(
        &self,
        scope: &Scope,
        id: BulkId,
        limit: u32,
    ) -> Result<Vec<(Change, Vec<Change>)>, StoreError> {
        on!(self, e => e.bulk_conflicts(scope, id, limit).await)
    }
}
