//! The engine's calls for what members did.

use crewbox_core::id::ConversationId;

use super::{Engine, Result, read};
use crate::contract::{ConversationPast, KeptActivities, Scope};

impl Engine {
    pub(crate) async fn kept_activities(&self, scope: &Scope) -> Result<KeptActivities> {
        let scope = *scope;
        self.run_blocking(move |shared| shared.readers.snapshot(|db| read::team::kept(db, &scope))).await
    }

    pub(crate) async fn conversations_with_past(
        &self,
        scope: &Scope,
        after: ConversationId,
        limit: u32,
    ) -> Result<Vec<ConversationId>> {
        let scope = *scope;
        self.run_blocking(move |shared| {
            shared.readers.with(|db| read::team::with_past(db, &scope, after, limit))
        })
        .await
    }

    pub(crate) async fn pasts(&self, scope: &Scope, ids: &[ConversationId]) -> Result<Vec<ConversationPast>> {
        let (scope, ids) = (*scope, ids.to_vec());
        self.run_blocking(move |shared| shared.readers.snapshot(|db| read::team::pasts(db, &scope, &ids)))
            .await
    }
}
