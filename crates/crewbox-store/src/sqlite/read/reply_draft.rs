//! The draft of the member who asks.

use crewbox_core::id::{ConversationId, MemberId};
use crewbox_core::time::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::conversation;
use crate::contract::{HeldDraft, Scope, StoreError};
use crate::sqlite::codec;
use crate::sqlite::failure::{Failure, Result};

/// The draft, or the one of version 0 where there is none, if the scope sees the conversation.
pub(in crate::sqlite) fn draft(db: &Connection, scope: &Scope, id: ConversationId) -> Result<HeldDraft> {
    conversation::conversation(db, scope, id)?;
    let found = db
        .prepare_cached(
            "SELECT version, content, saved_at FROM draft
             WHERE account_id = ?1 AND conversation_id = ?2 AND member_id = ?3",
        )?
        .query_row(params![scope.account().get(), id.get(), scope.actor().map(MemberId::get)], |row| {
            let saved_at = Some(Timestamp(row.get(2)?));
            Ok(HeldDraft {
                version: row.get(0)?,
                content: codec::listed(row, 1)?.pop().unwrap_or_default(),
                saved_at,
            })
        })
        .optional()?;
    Ok(found.unwrap_or_default())
}

/// The drafts in these conversations; those without one, and those that the scope does not see, are left out.
pub(in crate::sqlite) fn drafts(
    db: &Connection,
    scope: &Scope,
    ids: &[ConversationId],
) -> Result<Vec<(ConversationId, HeldDraft)>> {
    let mut found = Vec::new();
    for id in ids {
        match draft(db, scope, *id) {
            Ok(held) if held.saved_at.is_some() => found.push((*id, held)),
            Ok(_) | Err(Failure::Answer(StoreError::NotFound(..))) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(found)
}
