//! Reading what is held of a person, before it is erased.

use crewbox_core::address::{comparison_key, spellings};
use crewbox_core::id::{ClientId, ConversationId, LeadId, MessageId, QuarantineId};
use crewbox_core::message::{Address, Direction};
use rusqlite::{Connection, Row, params};

use super::leads;
use crate::contract::{HeldOfPerson, Scope};
use crate::sqlite::codec;
use crate::sqlite::failure::Result;

/// Raw mail in files: of a conversation's messages and outbox. Parameters: account, conversation.
const FILES_OF_CONVERSATION: &str =
    "SELECT b.content FROM blob b WHERE b.account_id = ?1 AND b.data IS NULL AND b.content IN
     (SELECT content FROM message WHERE account_id = ?1 AND conversation_id = ?2
      UNION ALL SELECT content FROM outgoing WHERE account_id = ?1 AND conversation_id = ?2)";
/// The same of one message. Parameters: account, message.
const FILE_OF_MESSAGE: &str =
    "SELECT b.content FROM blob b WHERE b.account_id = ?1 AND b.data IS NULL AND b.content =
     (SELECT content FROM message WHERE account_id = ?1 AND message_id = ?2)";
/// The same of a quarantined mail. Parameters: account, quarantined mail.
const FILE_OF_QUARANTINED: &str =
    "SELECT b.content FROM blob b WHERE b.account_id = ?1 AND b.data IS NULL AND b.content =
     (SELECT content FROM quarantine WHERE account_id = ?1 AND quarantine_id = ?2)";

/// What the scope sees of a person, by one of their leads. Read in one snapshot.
pub(in crate::sqlite) fn held(
    db: &Connection,
    scope: &Scope,
    lead: LeadId,
    quarantined: &[QuarantineId],
) -> Result<HeldOfPerson> {
    let (lead, _) = leads::lead(db, scope, lead)?;
    let address = lead.fields.email;
    let mut held = HeldOfPerson { messages: elsewhere(db, scope, &address)?, files: Vec::new() };
    if scope.client().is_none() {
        held.messages.extend(untracked(db, scope, &address)?);
    }
    let mut files = Vec::new();
    for (_, conversations) in leads::leads_by_email(db, scope, &address)? {
        files.extend(conversations.iter().map(|found| (FILES_OF_CONVERSATION, found.id.get())));
    }
    files.extend(held.messages.iter().map(|id| (FILE_OF_MESSAGE, id.get())));
    files.extend(quarantined.iter().map(|id| (FILE_OF_QUARANTINED, id.get())));
    for (sql, id) in files {
        let mut statement = db.prepare_cached(sql)?;
        for content in statement.query_map(params![scope.account().get(), id], |row| row.get(0))? {
            held.files.push(content?);
        }
    }
    Ok(held)
}

/// Messages from the person in conversations in which they take part besides the lead.
fn elsewhere(db: &Connection, scope: &Scope, address: &str) -> Result<Vec<MessageId>> {
    let (account, key) = (scope.account().get(), comparison_key(address));
    let conversations: Vec<ConversationId> = db
        .prepare_cached(
            "SELECT p.conversation_id FROM participant p
             JOIN conversation c ON c.account_id = p.account_id AND c.conversation_id = p.conversation_id
             WHERE p.account_id = ?1 AND p.email = ?2 AND (?3 IS NULL OR c.client_id = ?3)",
        )?
        .query_map(params![account, key, scope.client().map(ClientId::get)], |row| {
            Ok(ConversationId(row.get(0)?))
        })?
        .collect::<rusqlite::Result<_>>()?;
    let mut of_conversation = db.prepare_cached(
        "SELECT message_id, from_email FROM message
         WHERE account_id = ?1 AND conversation_id = ?2 AND direction = 'inbound'",
    )?;
    let mut messages = Vec::new();
    for conversation in conversations {
        let mut rows = of_conversation.query(params![account, conversation.get()])?;
        while let Some(row) = rows.next()? {
            if comparison_key(row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?) == key {
                messages.push(MessageId(row.get(0)?));
            }
        }
    }
    Ok(messages)
}

/// Mail that belongs to no conversation, from the person, or from us to the person. Looks at all such mail: what it reads
/// of each is short.
fn untracked(db: &Connection, scope: &Scope, address: &str) -> Result<Vec<MessageId>> {
    let (key, spellings) = (comparison_key(address), spellings(address));
    let is_theirs = |row: &Row<'_>| -> rusqlite::Result<bool> {
        if codec::named::<Direction>(row, 1)? == Direction::Inbound {
            return Ok(comparison_key(row.get_ref(2)?.as_str()?) == key);
        }
        for column in [3, 4] {
            // Most lists name nobody like them, and need not be read as JSON.
            let list = row.get_ref(column)?.as_str()?.to_lowercase();
            if spellings.iter().any(|spelling| list.contains(spelling.as_str())) {
                let named: Vec<Address> = codec::listed(row, column)?;
                if named.iter().any(|one| comparison_key(&one.email) == key) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    };
    let mut statement = db.prepare_cached(
        "SELECT m.message_id, m.direction, m.from_email, m.to_list, m.cc_list FROM untracked u
         JOIN message m ON m.account_id = u.account_id AND m.message_id = u.message_id WHERE u.account_id = ?1",
    )?;
    let mut rows = statement.query([scope.account().get()])?;
    let mut messages = Vec::new();
    while let Some(row) = rows.next()? {
        if is_theirs(row)? {
            messages.push(MessageId(row.get(0)?));
        }
    }
    Ok(messages)
}
