//! Reading what members did.

use crewbox_core::id::ConversationId;

use super::Store;
use crate::contract::{ConversationPast, KeptActivities, Scope, StoreError};

impl Store {
    /// What is kept of what members did ([`Op::KeepActivities`]). The operator's call.
    ///
    /// [`Op::KeepActivities`]: crate::Op::KeepActivities
    ///
    /// # Errors
    /// Engine errors.
    pub async fn kept_activities(&self, scope: &Scope) -> Result<KeptActivities, StoreError> {
        on!(self, e => e.kept_activities(scope).await)
    }

    /// The next conversations after this one, ascending by id and at most `limit`, in which members may have done
    /// something. The operator's call.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn conversations_with_past(
        &self,
        scope: &Scope,
        after: ConversationId,
        limit: u32,
    ) -> Result<Vec<ConversationId>, StoreError> {
        on!(self, e => e.conversations_with_past(scope, after, limit).await)
    }

    /// The pasts of these conversations, in one snapshot; what is not there is left out. The operator's call.
    ///
    /// # Errors
    /// Engine errors.
    pub async fn pasts(
        &self,
        scope: &Scope,
        ids: &[ConversationId],
    ) -> Result<Vec<ConversationPast>, StoreError> {
        on!(self, e => e.pasts(scope, ids).await)
    }
}
