//! Saving and deleting templates.

use crewbox_core::change::ChangeKind;
use crewbox_core::id::{ClientId, MemberId, TemplateId};
use rusqlite::params;

use super::Apply;
use crate::contract::{NewTemplate, Outcome, StoreError, Thing};
use crate::sqlite::failure::Result;
use crate::sqlite::ids::Table;
use crate::sqlite::read;

const TABLE: Table = Table("template");

impl Apply<'_> {
    pub(super) fn save_template(&mut self, new: &NewTemplate) -> Result<Outcome> {
        let account = self.account().get();
        let held = new.id.map(|id| read::template::one(self.db, &self.scope, id)).transpose()?;
        let (author, client) = match &held {
            Some(held) => (held.author, held.client),
            None => (self.scope.actor(), new.client),
        };
        self.require_client(client)?;
        let (member, client) = (author.map(MemberId::get), client.map(ClientId::get));
        let of = "FROM template WHERE account_id = ?1 AND member_id IS ?2 AND client_id IS ?3";
        let other: Option<u64> = self.find(
            &format!("SELECT template_id {of} AND name = ?4 AND template_id IS NOT ?5"),
            params![account, member, client, new.name, new.id.map(TemplateId::get)],
        )?;
        if let Some(other) = other {
            return Err(StoreError::Exists(Thing::Template, other).into());
        }
        let id = match held {
            Some(held) => {
                if (&held.name, &held.text, held.shared) == (&new.name, &new.text, new.shared) {
                    return Ok(Outcome::Id(held.id.get()));
                }
                self.execute(
                    "UPDATE template SET name = ?3, content = ?4, shared = ?5
                     WHERE account_id = ?1 AND template_id = ?2",
                    params![account, held.id.get(), new.name, new.text, new.shared],
                )?;
                held.id.get()
            }
            None => {
                let held = self.find(&format!("SELECT count(*) {of}"), params![account, member, client])?;
                if let Some(held) = held.filter(|held| *held >= new.most) {
                    return Ok(Outcome::Count(held));
                }
                let id = self.next_id(TABLE)?;
                self.execute(
                    "INSERT INTO template (account_id, template_id, member_id, client_id, name, content, shared,
                         created_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                    params![account, id, member, client, new.name, new.text, new.shared, self.at.millis()],
                )?;
                id
            }
        };
        self.note(ChangeKind::TemplateSaved, id);
        Ok(Outcome::Id(id))
    }

    pub(super) fn delete_template(&mut self, id: TemplateId) -> Result<Outcome> {
        read::template::one(self.db, &self.scope, id)?;
        self.execute(
            "DELETE FROM template WHERE account_id = ?1 AND template_id = ?2",
            params![self.account().get(), id.get()],
        )?;
        self.note(ChangeKind::TemplateDeleted, id.get());
        Ok(Outcome::Done)
    }
}
