//! What members did with a conversation, out of the log.

use rusqlite::Row;

use super::log::{CHANGE, change};
use super::part::Part;
use crate::contract::Activity;

/// How many are shown: the newest. A page of a conversation with more is no longer read.
const MOST: u32 = 100;

/// Newest first. The condition on the kind is that of the index `activity`, word by word.
impl Part for Activity {
    fn select() -> String {
        format!(
            "SELECT {CHANGE} FROM change_log WHERE account_id = ?1 AND conversation_id = ?2
             AND kind IN ('owner_changed', 'category_changed', 'archived_changed', 'important_changed', 'snooze_changed')
             ORDER BY seq DESC LIMIT {MOST}"
        )
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self(change(row)?))
    }
}
