//! Who takes part in a conversation besides its lead, as a scope sees it.

use std::collections::HashMap;

use crewbox_core::address::comparison_key;
use crewbox_core::id::{ConversationId, MessageId};
use crewbox_core::time::Timestamp;
use rusqlite::{Connection, params};

use super::conversation;
use crate::contract::{HeldParticipant, Scope};
use crate::sqlite::codec;
use crate::sqlite::failure::Result;

/// A conversation's participants in the order of their addresses, detached ones too. Read in one snapshot.
pub(in crate::sqlite) fn participants(
    db: &Connection,
    scope: &Scope,
    id: ConversationId,
) -> Result<Vec<HeldParticipant>> {
    conversation::conversation(db, scope, id)?;
    let key = params![scope.account().get(), id.get()];
    let mut people: Vec<HeldParticipant> = db
        .prepare_cached(
            "SELECT email, confirmed, since, detached_at FROM participant
             WHERE account_id = ?1 AND conversation_id = ?2 ORDER BY email",
        )?
        .query_map(key, |row| {
            Ok(HeldParticipant {
                email: row.get(0)?,
                confirmed: row.get(1)?,
                since: Timestamp(row.get(2)?),
                detached_at: codec::time(row, 3)?,
                messages: Vec::new(),
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    let places: HashMap<String, usize> =
        people.iter().enumerate().map(|(place, person)| (person.email.clone(), place)).collect();
    let mut written = db.prepare_cached(
        "SELECT message_id, from_email FROM message
         WHERE account_id = ?1 AND conversation_id = ?2 AND direction = 'inbound' ORDER BY at, message_id",
    )?;
    let mut rows = written.query(params![scope.account().get(), id.get()])?;
    while let Some(row) = rows.next()? {
        let sender = comparison_key(row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?);
        if let Some(person) = places.get(&sender).and_then(|place| people.get_mut(*place)) {
            person.messages.push(MessageId(row.get(0)?));
        }
    }
    Ok(people)
}
