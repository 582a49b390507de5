//! What undoing a change of a note, a task, a reminder or a draft would do.
//!
//! Owns which columns each of them has, and what of them a change sets. The engine's undo (`apply/part_undo.rs`) does what is
//! found here.

use std::collections::BTreeMap;

use crewbox_core::change::{ChangeKind, Delta, Field, PartKind};
use crewbox_core::id::{ConversationId, MemberId, Seq};
use rusqlite::types::{FromSql, FromSqlResult, ToSql, ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::{Deserialize, Serialize};

use super::conversation;
use crate::contract::{PartUndo, PartUndoState, Scope, StoreError, Thing};
use crate::sqlite::codec;
use crate::sqlite::failure::{Result, not_found};

/// What a change of a part sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sqlite) enum Aspect {
    /// Whether it is there.
    There,
    /// What it says.
    Content,
    /// Whether it is done.
    Done,
}

impl Aspect {
    const ALL: [Self; 3] = [Self::There, Self::Content, Self::Done];

    /// Its name in the table.
    pub(in crate::sqlite) const fn name(self) -> &'static str {
        match self {
            Self::There => "there",
            Self::Content => "content",
            Self::Done => "done",
        }
    }
}

/// A table of parts.
#[derive(Debug)]
pub(in crate::sqlite) struct PartTable {
    pub(in crate::sqlite) part: PartKind,
    pub(in crate::sqlite) name: &'static str,
    pub(in crate::sqlite) thing: Thing,
    /// Every column but the account and the conversation. The first one is the id, unique in the conversation.
    pub(in crate::sqlite) columns: &'static [&'static str],
    /// Those that a change of its content sets.
    content: &'static [&'static str],
    pub(in crate::sqlite) added: ChangeKind,
    pub(in crate::sqlite) changed: ChangeKind,
    /// What is logged when it is done, and when it is open again; none for what is never done.
    pub(in crate::sqlite) done: Option<[ChangeKind; 2]>,
    pub(in crate::sqlite) deleted: ChangeKind,
}

/// Every table of parts.
pub(in crate::sqlite) static PARTS: [PartTable; 4] = [
    PartTable {
        part: PartKind::Note,
        name: "note",
        thing: Thing::Note,
        columns: &["note_id", "member_id", "created_at", "fingerprint", "asked", "text", "changed_at"],
        content: &["text", "changed_at"],
        added: ChangeKind::NoteAdded,
        changed: ChangeKind::NoteChanged,
        done: None,
        deleted: ChangeKind::NoteDeleted,
    },
    PartTable {
        part: PartKind::Task,
        name: "task",
        thing: Thing::Task,
        columns: &[
            "task_id",
            "member_id",
            "created_at",
            "fingerprint",
            "asked",
            "name",
            "description",
            "priority",
            "due_at",
            "done_at",
        ],
        content: &["name", "description", "priority", "due_at"],
        added: ChangeKind::TaskAdded,
        changed: ChangeKind::TaskChanged,
        done: Some([ChangeKind::TaskDone, ChangeKind::TaskReopened]),
        deleted: ChangeKind::TaskDeleted,
    },
    PartTable {
        part: PartKind::Reminder,
        name: "reminder",
        thing: Thing::Reminder,
        columns: &[
            "reminder_id",
            "member_id",
            "created_at",
            "fingerprint",
            "asked",
            "message",
            "remind_at",
            "done_at",
            "waiting",
            "stats_id",
        ],
        content: &["message", "remind_at"],
        added: ChangeKind::ReminderSet,
        changed: ChangeKind::ReminderChanged,
        done: Some([ChangeKind::ReminderDone, ChangeKind::ReminderReopened]),
        deleted: ChangeKind::ReminderDeleted,
    },
    // A member has one in a conversation: the member's id is its id there.
    PartTable {
        part: PartKind::Draft,
        name: "draft",
        thing: Thing::Draft,
        columns: &["member_id", "version", "content", "saved_at"],
        content: &["content"],
        added: ChangeKind::DraftSaved,
        changed: ChangeKind::DraftSaved,
        done: None,
        deleted: ChangeKind::DraftDeleted,
    },
];

impl PartTable {
    /// The table of this name.
    pub(in crate::sqlite) fn named(name: &str) -> Option<&'static Self> {
        PARTS.iter().find(|table| table.name == name)
    }

    /// The column of its id.
    pub(in crate::sqlite) const fn id(&self) -> &'static str {
        self.columns[0]
    }

    /// The columns that a change of this aspect sets.
    pub(in crate::sqlite) const fn of(&self, aspect: Aspect) -> &'static [&'static str] {
        match aspect {
            Aspect::There => self.columns,
            Aspect::Content => self.content,
            Aspect::Done => &["done_at"],
        }
    }

    /// The columns by which two rows differ for people, where a change of this aspect is undone.
    fn compared(&self, aspect: Aspect) -> Vec<&'static str> {
        match aspect {
            Aspect::There if self.done.is_some() => [self.content, self.of(Aspect::Done)].concat(),
            Aspect::There => self.content.to_vec(),
            Aspect::Content | Aspect::Done => self.of(aspect).to_vec(),
        }
    }

    /// The row of one; none where it is not there.
    pub(in crate::sqlite) fn row(
        &self,
        db: &Connection,
        account: u64,
        conversation: ConversationId,
        id: u64,
    ) -> Result<Option<PartRow>> {
        let Self { name, columns, .. } = self;
        let sql = format!(
            "SELECT {} FROM {name} WHERE account_id = ?1 AND conversation_id = ?2 AND {} = ?3",
            columns.join(", "),
            self.id()
        );
        let read = |row: &rusqlite::Row<'_>| {
            let cell = |(at, name): (usize, &&str)| Ok(((*name).to_owned(), row.get(at)?));
            columns.iter().enumerate().map(cell).collect::<rusqlite::Result<_>>()
        };
        let found =
            db.prepare_cached(&sql)?.query_row(params![account, conversation.get(), id], read).optional()?;
        Ok(found.map(PartRow))
    }
}

/// The row of a part: its columns by their names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::sqlite) struct PartRow(BTreeMap<String, Cell>);

impl PartRow {
    /// The value of a column; NULL for one that a later version has added.
    pub(in crate::sqlite) fn get(&self, column: &str) -> &Cell {
        self.0.get(column).unwrap_or(&Cell::Null)
    }

    /// Whether the two agree in these columns.
    fn agrees(&self, other: &Self, columns: &[&str]) -> bool {
        columns.iter().all(|column| self.get(column) == other.get(column))
    }

    fn author(&self) -> Option<MemberId> {
        match self.get("member_id") {
            Cell::Int(id) => u64::try_from(*id).ok().map(MemberId),
            _ => None,
        }
    }
}

/// A value of a column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(in crate::sqlite) enum Cell {
    Null,
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl FromSql for Cell {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Ok(match Value::column_result(value)? {
            Value::Null => Self::Null,
            Value::Integer(number) => Self::Int(number),
            Value::Text(text) => Self::Text(text),
            Value::Blob(bytes) => Self::Bytes(bytes),
            Value::Real(_) => return Err(rusqlite::types::FromSqlError::InvalidType),
        })
    }
}

impl ToSql for Cell {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self {
            Self::Null => rusqlite::types::Null.to_sql(),
            Self::Int(number) => number.to_sql(),
            Self::Text(text) => text.to_sql(),
            Self::Bytes(bytes) => bytes.to_sql(),
        }
    }
}

/// What undoing a change of a part would do.
#[derive(Debug)]
pub(in crate::sqlite) struct Plan {
    pub(in crate::sqlite) table: &'static PartTable,
    pub(in crate::sqlite) conversation: ConversationId,
    pub(in crate::sqlite) id: u64,
    pub(in crate::sqlite) aspect: Aspect,
    pub(in crate::sqlite) before: Option<PartRow>,
    pub(in crate::sqlite) state: PartUndoState,
    author: Option<MemberId>,
}

/// What undoing this change would do. Read in one snapshot.
pub(in crate::sqlite) fn plan(db: &Connection, scope: &Scope, change: Seq) -> Result<Plan> {
    let account = scope.account().get();
    let missing = || not_found(Thing::Change, change.0);
    let logged: Option<(Option<ConversationId>, Vec<Delta>)> = db
        .prepare_cached("SELECT conversation_id, detail FROM change_log WHERE account_id = ?1 AND seq = ?2")?
        .query_row(params![account, change.0], |row| Ok((codec::id(row, 0)?, codec::read_deltas(row, 1)?)))
        .optional()?;
    let (conversation, detail) = logged.ok_or_else(missing)?;
    let conversation = conversation.ok_or_else(missing)?;
    conversation::conversation(db, scope, conversation)?;
    let kept = detail.iter().find(|delta| delta.field == Field::PartChange).and_then(|delta| delta.after);
    let kept = kept.ok_or_else(missing)?;
    let found: Option<(String, u64, String, Option<String>)> = db
        .prepare_cached(
            "SELECT part, part_id, aspect, before FROM part_change
             WHERE account_id = ?1 AND conversation_id = ?2 AND part_change_id = ?3",
        )?
        .query_row(params![account, conversation.get(), kept], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    let (part, id, aspect, before) = found.ok_or_else(missing)?;
    let table = PartTable::named(&part).ok_or_else(missing)?;
    let aspect = Aspect::ALL.into_iter().find(|one| one.name() == aspect).ok_or_else(missing)?;
    let read = |json: String| serde_json::from_str(&json).map_err(|e| StoreError::Engine(e.to_string()));
    let before: Option<PartRow> = before.map(read).transpose()?;
    let held = table.row(db, account, conversation, id)?;
    // What this change left is what the next one found.
    let next: Option<Option<String>> = db
        .prepare_cached(
            "SELECT before FROM part_change WHERE account_id = ?1 AND part = ?2 AND part_id = ?3
                 AND part_change_id > ?4 AND (aspect = ?5 OR aspect = 'there' OR ?5 = 'there')
                 AND conversation_id = ?6
             ORDER BY part_change_id LIMIT 1",
        )?
        .query_row(params![account, table.name, id, kept, aspect.name(), conversation.get()], |row| {
            row.get(0)
        })
        .optional()?;
    let left: Option<PartRow> = next.flatten().map(read).transpose()?;
    let unless_changed = |held: &PartRow| match &left {
        Some(left) if !held.agrees(left, &table.compared(aspect)) => PartUndoState::ChangedSince,
        _ => PartUndoState::Possible,
    };
    let state = match (aspect, &before, &held) {
        (Aspect::There, None, None) => PartUndoState::Undone,
        // The member has written another one since.
        (Aspect::There, Some(before), Some(held))
            if table.part == PartKind::Draft && !held.agrees(before, table.of(Aspect::Content)) =>
        {
            PartUndoState::ChangedSince
        }
        (Aspect::There, Some(_), Some(_)) => PartUndoState::Undone,
        (Aspect::There, Some(_), None) => PartUndoState::Possible,
        (Aspect::There, None, Some(held)) => unless_changed(held),
        (_, Some(before), Some(held)) if held.agrees(before, table.of(aspect)) => PartUndoState::Undone,
        (_, Some(_), Some(held)) => unless_changed(held),
        (_, _, None) => PartUndoState::ChangedSince,
        (_, None, Some(_)) => return Err(missing()),
    };
    let author = held.as_ref().or(before.as_ref()).and_then(PartRow::author);
    Ok(Plan { table, conversation, id, aspect, before, state, author })
}

/// The same as callers ask for it.
pub(in crate::sqlite) fn part_undo(db: &Connection, scope: &Scope, change: Seq) -> Result<PartUndo> {
    let plan = plan(db, scope, change)?;
    let name = plan.table.name;
    let held: u64 = db
        .prepare_cached(&format!(
            "SELECT count(*) FROM {name} WHERE account_id = ?1 AND conversation_id = ?2"
        ))?
        .query_row(params![scope.account().get(), plan.conversation.get()], |row| row.get(0))?;
    let brings_back = plan.aspect == Aspect::There && plan.before.is_some();
    Ok(PartUndo {
        part: plan.table.part,
        author: plan.author,
        state: plan.state,
        held_after: held + u64::from(brings_back && plan.state == PartUndoState::Possible),
        brings_back,
    })
}
