//! Reminders that are due, and the next one of each conversation of a page.

use crewbox_core::id::{ConversationId, ReminderId};
use crewbox_core::time::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::part::Added as _;
use crate::contract::{DueReminders, HeldReminder, Scope};
use crate::sqlite::failure::Result;

/// Those to be reported as due by `now`, at most `limit`, and when the next one falls due.
pub(in crate::sqlite) fn due(
    db: &Connection,
    scope: &Scope,
    now: Timestamp,
    limit: u32,
) -> Result<DueReminders> {
    let account = scope.account().get();
    let mut waiting = db.prepare_cached(
        "SELECT reminder_id, remind_at FROM reminder WHERE account_id = ?1 AND waiting = 1
         ORDER BY remind_at, reminder_id LIMIT ?2",
    )?;
    // One more than asked for says when to look again.
    let rows = waiting.query_map(params![account, limit.saturating_add(1)], |row| {
        Ok((ReminderId(row.get(0)?), Timestamp(row.get(1)?)))
    })?;
    let mut found = DueReminders::default();
    for row in rows {
        let (id, at) = row?;
        if at > now || found.due.len() >= limit as usize {
            found.next = Some(at);
            break;
        }
        found.due.push(id);
    }
    Ok(found)
}

/// The earliest open reminder of each conversation, in their order; none where there is none, or where the scope does
/// not see the conversation.
pub(in crate::sqlite) fn next(
    db: &Connection,
    scope: &Scope,
    conversations: &[ConversationId],
) -> Result<Vec<Option<HeldReminder>>> {
    let sql = format!(
        "SELECT {} FROM reminder t JOIN conversation c USING (account_id, conversation_id)
         WHERE t.account_id = ?1 AND t.conversation_id = ?2 AND t.done_at IS NULL
             AND (?3 IS NULL OR c.client_id = ?3)
         ORDER BY t.remind_at, t.reminder_id LIMIT 1",
        HeldReminder::COLUMNS
    );
    let mut select = db.prepare_cached(&sql)?;
    let client = scope.client().map(|client| client.get());
    let mut found = Vec::with_capacity(conversations.len());
    for id in conversations {
        let params = params![scope.account().get(), id.get(), client];
        found.push(select.query_row(params, HeldReminder::of_row).optional()?);
    }
    Ok(found)
}
