//! One conversation, as a scope sees it.

use crewbox_core::conversation::Conversation;
use crewbox_core::id::{ClientId, ConversationId};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::contract::{Scope, Thing};
use crate::sqlite::codec::{self, CONVERSATION};
use crate::sqlite::failure::{Result, not_found};

/// One conversation, if the scope sees it.
pub(in crate::sqlite) fn conversation(
    db: &Connection,
    scope: &Scope,
    id: ConversationId,
) -> Result<Conversation> {
    let sql = format!(
        "SELECT {CONVERSATION} FROM conversation c
         WHERE c.account_id = ?1 AND c.conversation_id = ?2 AND (?3 IS NULL OR c.client_id = ?3)"
    );
    let found = db
        .prepare_cached(&sql)?
        .query_row(
            params![scope.account().get(), id.get(), scope.client().map(ClientId::get)],
            codec::conversation,
        )
        .optional()?;
    found.ok_or_else(|| not_found(Thing::Conversation, id.get()))
}
