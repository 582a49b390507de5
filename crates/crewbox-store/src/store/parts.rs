//! What belongs to a conversation, read by its type.

use crewbox_core::id::ConversationId;

use super::Store;
use crate::contract::{ReadsParts, Scope, StoreError};
use crate::sqlite;

impl Store {
    /// What of this type belongs to a conversation: messages that wait to be sent ([`Outgoing`]), by time.
    ///
    /// [`Outgoing`]: crewbox_core::outgoing::Outgoing
    ///
    /// # Errors
    /// `NotFound(Conversation)`.
    pub async fn parts<T>(&self, scope: &Scope, id: ConversationId) -> Result<Vec<T>, StoreError>
    where
        sqlite::Engine: ReadsParts<T>,
    {
        on!(self, e => e.parts(scope, id))
    }
}
