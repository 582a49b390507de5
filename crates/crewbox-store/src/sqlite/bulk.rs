//! The engine's reads of bulk actions.

use crewbox_core::bulk::Bulk;
use crewbox_core::change::Change;
use crewbox_core::id::BulkId;

use super::{Engine, Result, read};
use crate::contract::Scope;

impl Engine {
    pub(crate) async fn bulk(&self, scope: &Scope, id: BulkId) -> Result<Bulk> {
        self.shared.readers.with(|db| read::bulk::one(db, scope, id))
    }

    pub(crate) async fn running_bulks(&self, scope: &Scope) -> Result<Vec<BulkId>> {
        self.shared.readers.with(|db| read::bulk::running(db, scope))
    }

    pub(crate) async fn bulk_changes(&self, scope: &Scope, id: BulkId) -> Result<Vec<u64>> {
        let scope = *scope;
        self.run_blocking(move |shared| shared.readers.snapshot(|db| read::bulk::changes(db, &scope, id)))
            .await
    }

    pub(crate) async fn bulk_conflicts(
        &self,
        scope: &Scope,
        id: BulkId,
        limit: u32,
    ) -> Result<Vec<(Change, Vec<Change>)>> {
        let scope = *scope;
        let read = move |db: &rusqlite::Connection| read::bulk::conflicts(db, &scope, id, limit);
        self.run_blocking(move |shared| shared.readers.snapshot(read)).await
    }
}
