//! What operations on the things that members add to a conversation have in common: adding one only once, changing and
//! deleting one by its id, and the entry in the log.

use crewbox_core::change::{ChangeKind, Delta};
use crewbox_core::id::{ConversationId, MemberId};
use rusqlite::{OptionalExtension as _, params};

use super::{Apply, Draft};
use crate::contract::{NewPart, Outcome, StoreError, Thing};
use crate::sqlite::failure::{Result, not_found};
use crate::sqlite::ids::Table;
use crate::sqlite::read;
use crate::sqlite::read::part::Added;
use crate::sqlite::read::part_undo::{Aspect, PartTable};

/// The columns that every such table begins with. [`Apply::add_part`] writes them.
const FIRST: &str = "account_id, conversation_id, {table}_id, member_id, created_at, fingerprint, asked";

impl Apply<'_> {
    /// Adds a row, unless the request came before or there are too many. `rest` are its further columns, by name.
    pub(super) fn add_part<T: Added>(
        &mut self,
        new: &NewPart,
        kind: ChangeKind,
        rest: &[(&str, &dyn rusqlite::ToSql)],
    ) -> Result<Outcome> {
        let (account, conversation, table) = (self.account().get(), new.conversation, T::TABLE);
        if !self.scope.sees(self.load(conversation)?.client) {
            return Err(not_found(Thing::Conversation, conversation.get()));
        }
        let of = format!("FROM {table} WHERE account_id = ?1 AND conversation_id = ?2");
        let (since, until) = read::part::bounds(new.within.as_ref());
        let before: Option<(u64, Option<[u8; 32]>)> = self
            .statement(&format!(
                "SELECT {table}_id, asked {of} AND fingerprint = ?3 AND created_at BETWEEN ?4 AND ?5
                 ORDER BY {table}_id DESC LIMIT 1"
            ))?
            .query_row(params![account, conversation.get(), new.fingerprint, since, until], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        if let Some((id, asked)) = before {
            // Rows of the first version do not have it: what was asked for is taken for the same.
            let same = asked.is_none_or(|asked| asked == new.asked);
            return Ok(if same { Outcome::Id(id) } else { Outcome::OtherRequest });
        }
        let held = self.find(&format!("SELECT count(*) {of}"), params![account, conversation.get()])?;
        if let Some(held) = held.filter(|held| *held >= new.most) {
            return Ok(Outcome::Count(held));
        }
        let id = self.next_id(Table(table))?;
        let author = self.scope.actor().map(MemberId::get);
        let at = self.at.millis();
        let (of_conversation, fingerprint, asked) = (conversation.get(), new.fingerprint, new.asked);
        let mut columns = FIRST.replace("{table}", table);
        let mut values: Vec<&dyn rusqlite::ToSql> =
            vec![&account, &of_conversation, &id, &author, &at, &fingerprint, &asked];
        for (name, value) in rest {
            columns.push_str(", ");
            columns.push_str(name);
            values.push(*value);
        }
        let marks = vec!["?"; values.len()].join(", ");
        self.execute(&format!("INSERT INTO {table} ({columns}) VALUES ({marks})"), values.as_slice())?;
        self.draft_kept(table_of::<T>()?, (conversation, id), (kind, Aspect::There), None)?;
        Ok(Outcome::Id(id))
    }

    /// Deletes a row by its id.
    pub(super) fn delete_part<T: Added>(
        &mut self,
        conversation: ConversationId,
        id: u64,
        kind: ChangeKind,
    ) -> Result<Outcome> {
        let table = table_of::<T>()?;
        let before = self.part_row(table, conversation, id)?;
        self.remove_part(table, conversation, id)?;
        self.draft_kept(table, (conversation, id), (kind, Aspect::There), before.as_ref())?;
        Ok(Outcome::Done)
    }

    /// Drafts a change of something that was added to a conversation.
    pub(super) fn draft_part(
        &mut self,
        kind: ChangeKind,
        conversation: ConversationId,
        id: u64,
        detail: Vec<Delta>,
    ) {
        let (conversation, subject) = (Some(conversation), Some(id));
        self.drafts.push(Draft { kind, conversation, subject, detail });
    }
}

/// The table of a type.
pub(super) fn table_of<T: Added>() -> Result<&'static PartTable> {
    let none = || StoreError::Engine(format!("{} is no table of parts", T::TABLE));
    Ok(PartTable::named(T::TABLE).ok_or_else(none)?)
}
