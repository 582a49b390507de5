//! Notes on conversations: their operations and their row.

use crewbox_core::change::ChangeKind;
use crewbox_core::id::NoteId;
use crewbox_core::time::Timestamp;
use rusqlite::{Row, params};

use super::Apply;
use super::part::table_of;
use crate::contract::{NewNote, Note, Outcome, Thing};
use crate::sqlite::codec;
use crate::sqlite::failure::Result;
use crate::sqlite::read::part::{Added, by_id};
use crate::sqlite::read::part_undo::Aspect;

impl Apply<'_> {
    pub(super) fn add_note(&mut self, new: &NewNote) -> Result<Outcome> {
        self.add_part::<Note>(&new.part, ChangeKind::NoteAdded, &[("text", &new.text)])
    }

    pub(super) fn change_note(&mut self, id: NoteId, text: &str) -> Result<Outcome> {
        let held: Note = by_id(self.db, &self.scope, id.get())?;
        if held.text != text {
            let (table, part) = (table_of::<Note>()?, (held.conversation, id.get()));
            let before = self.part_row(table, part.0, part.1)?;
            self.execute(
                "UPDATE note SET text = ?4, changed_at = ?5
                 WHERE account_id = ?1 AND conversation_id = ?2 AND note_id = ?3",
                params![self.account().get(), held.conversation.get(), id.get(), text, self.at.millis()],
            )?;
            self.draft_kept(table, part, (ChangeKind::NoteChanged, Aspect::Content), before.as_ref())?;
        }
        Ok(Outcome::Done)
    }

    pub(super) fn delete_note(&mut self, id: NoteId) -> Result<Outcome> {
        let held: Note = by_id(self.db, &self.scope, id.get())?;
        self.delete_part::<Note>(held.conversation, id.get(), ChangeKind::NoteDeleted)
    }
}

impl Added for Note {
    const TABLE: &'static str = "note";
    const COLUMNS: &'static str =
        "t.note_id, t.conversation_id, t.member_id, t.text, t.created_at, t.changed_at";
    const THING: Thing = Thing::Note;

    fn of_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: NoteId(row.get(0)?),
            conversation: row.get::<_, u64>(1)?.into(),
            author: codec::id(row, 2)?,
            text: row.get(3)?,
            created_at: Timestamp(row.get(4)?),
            changed_at: codec::time(row, 5)?,
        })
    }
}
