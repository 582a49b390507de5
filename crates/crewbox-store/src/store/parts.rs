//! What belongs to a conversation, read by its type.

use crewbox_core::id::ConversationId;

use super::Store;
use crate::contract::{ReadsPart, ReadsParts, Scope, StoreError};
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

    /// What of this type has this id: a [`Note`](crate::contract::Note), for example.
    ///
    /// # Errors
    /// `NotFound` of its kind, also where the scope does not see its conversation.
    pub async fn part<T>(&self, scope: &Scope, id: u64) -> Result<T, StoreError>
    where
        sqlite::Engine: ReadsPart<T>,
    {
        on!(self, e => e.part(scope, id))
    }
}
