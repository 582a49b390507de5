//! Notes on conversations: adding one, and its row.

use crewbox_core::change::ChangeKind;
use crewbox_core::id::MemberId;
use crewbox_core::time::Timestamp;
use rusqlite::{Row, params};

use super::{Apply, Draft};
use crate::contract::{NewNote, Note, NoteId, Outcome, Thing};
use crate::sqlite::codec;
use crate::sqlite::failure::{Result, not_found};
use crate::sqlite::ids::Table;
use crate::sqlite::read::part::Part;

/// The notes of a conversation that a statement is about.
const OF: &str = "FROM note WHERE account_id = ?1 AND conversation_id = ?2";

impl Apply<'_> {
    pub(super) fn add_note(&mut self, new: &NewNote) -> Result<Outcome> {
        let (account, conversation) = (self.account().get(), new.conversation);
        if !self.scope.sees(self.load(conversation)?.client) {
            return Err(not_found(Thing::Conversation, conversation.get()));
        }
        let since = new.since.map_or(i64::MIN, Timestamp::millis);
        let before = self.find(
            &format!(
                "SELECT note_id {OF} AND fingerprint = ?3 AND created_at >= ?4 ORDER BY note_id DESC LIMIT 1"
            ),
            params![account, conversation.get(), new.fingerprint, since],
        )?;
        if let Some(id) = before {
            return Ok(Outcome::Id(id));
        }
        let held = self.find(&format!("SELECT count(*) {OF}"), params![account, conversation.get()])?;
        if let Some(held) = held.filter(|held| *held >= new.most) {
            return Ok(Outcome::Count(held));
        }
        let id = self.next_id(Table("note"))?;
        self.execute(
            "INSERT INTO note (account_id, conversation_id, note_id, member_id, text, created_at, fingerprint)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                account,
                conversation.get(),
                id,
                self.scope.actor().map(MemberId::get),
                new.text,
                self.at.millis(),
                new.fingerprint
            ],
        )?;
        self.drafts.push(Draft {
            kind: ChangeKind::NoteAdded,
            conversation: Some(conversation),
            subject: Some(id),
            detail: Vec::new(),
        });
        Ok(Outcome::Id(id))
    }
}

/// Oldest first.
impl Part for Note {
    fn select() -> String {
        format!("SELECT note_id, member_id, text, created_at {OF} ORDER BY note_id")
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: NoteId(row.get(0)?),
            author: codec::id(row, 1)?,
            text: row.get(2)?,
            created_at: Timestamp(row.get(3)?),
        })
    }
}
