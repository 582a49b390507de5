//! Saving and deleting views.

use crewbox_core::change::ChangeKind;
use crewbox_core::id::{ClientId, MemberId, SavedViewId};
use rusqlite::{OptionalExtension as _, params};

use super::Apply;
use crate::contract::{NewSavedView, Outcome, SavedViewChange};
use crate::sqlite::codec;
use crate::sqlite::failure::Result;
use crate::sqlite::ids::Table;
use crate::sqlite::read;

const TABLE: Table = Table("saved_view");

impl Apply<'_> {
    pub(super) fn save_view(&mut self, new: &NewSavedView) -> Result<Outcome> {
        let account = self.account().get();
        self.require_client(new.client)?;
        let (member, client) = (self.scope.actor().map(MemberId::get), new.client.map(ClientId::get));
        let content = codec::list(std::slice::from_ref(&new.list));
        let of = "FROM saved_view WHERE account_id = ?1 AND member_id IS ?2 AND client_id IS ?3";
        let held: Option<(u64, bool, String)> = self
            .statement(&format!("SELECT saved_view_id, shared, content {of} AND name = ?4"))?
            .query_row(params![account, member, client, new.name], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        let id = match held {
            Some((id, shared, held)) if shared == new.shared && held == content => {
                return Ok(Outcome::Id(id));
            }
            Some((id, ..)) => {
                self.execute(
                    "UPDATE saved_view SET shared = ?3, content = ?4
                     WHERE account_id = ?1 AND saved_view_id = ?2",
                    params![account, id, new.shared, content],
                )?;
                id
            }
            None => {
                let held = self.find(&format!("SELECT count(*) {of}"), params![account, member, client])?;
                if let Some(held) = held.filter(|held| *held >= new.most) {
                    return Ok(Outcome::Count(held));
                }
                let id = self.next_id(TABLE)?;
                self.execute(
                    "INSERT INTO saved_view (account_id, saved_view_id, member_id, client_id, name, shared,
                         content, created_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                    params![account, id, member, client, new.name, new.shared, content, self.at.millis()],
                )?;
                id
            }
        };
        self.note(ChangeKind::SavedViewSaved, id);
        Ok(Outcome::Id(id))
    }

    pub(super) fn change_saved_view(&mut self, change: &SavedViewChange) -> Result<Outcome> {
        let account = self.account().get();
        let held = read::saved_view::one(self.db, &self.scope, change.id)?;
        if held.name == change.name && held.shared == change.shared {
            return Ok(Outcome::Id(change.id.get()));
        }
        let (member, client) = (held.author.map(MemberId::get), held.client.map(ClientId::get));
        let other: Option<u64> = self.find(
            "SELECT saved_view_id FROM saved_view
             WHERE account_id = ?1 AND member_id IS ?2 AND client_id IS ?3 AND name = ?4 AND saved_view_id <> ?5",
            params![account, member, client, change.name, change.id.get()],
        )?;
        if let Some(other) = other {
            return Ok(Outcome::Id(other));
        }
        self.execute(
            "UPDATE saved_view SET name = ?3, shared = ?4 WHERE account_id = ?1 AND saved_view_id = ?2",
            params![account, change.id.get(), change.name, change.shared],
        )?;
        self.note(ChangeKind::SavedViewSaved, change.id.get());
        Ok(Outcome::Id(change.id.get()))
    }

    pub(super) fn delete_saved_view(&mut self, id: SavedViewId) -> Result<Outcome> {
        read::saved_view::one(self.db, &self.scope, id)?;
        self.execute(
            "DELETE FROM saved_view WHERE account_id = ?1 AND saved_view_id = ?2",
            params![self.account().get(), id.get()],
        )?;
        self.note(ChangeKind::SavedViewDeleted, id.get());
        Ok(Outcome::Done)
    }
}
