//! Making an account, with all it needs before its first mail.

use crewbox_core::change::ChangeKind;
use crewbox_core::id::{AccountId, MemberId};
use crewbox_core::model::SYSTEM_CATEGORIES;
use rusqlite::params;

use super::Apply;
use crate::contract::{NewAccount, Outcome, Scope, SignIn, StoreError, Thing};
use crate::sqlite::failure::Result;
use crate::sqlite::ids::Table;

impl Apply<'_> {
    /// Makes an account and moves this batch's scope into it. Its name is unique on the server; accounts are
    /// few, and an index on names alone would break the rule of keys.
    pub(in crate::sqlite) fn create_account(&mut self, new: &NewAccount) -> Result<SignIn> {
        if let Some(id) = self.find("SELECT account_id FROM account WHERE name = ?1", params![new.name])? {
            return Err(StoreError::Exists(Thing::Account, id).into());
        }
        let account = AccountId(self.next_id(Table::ACCOUNT)?);
        self.scope = Scope::operator(account);
        self.execute(
            "INSERT INTO account (account_id, name, created_at) VALUES (?1, ?2, ?3)",
            params![account.get(), new.name, self.at.millis()],
        )?;
        self.note(ChangeKind::AccountCreated, account.get());
        for (id, name, sentiment) in SYSTEM_CATEGORIES {
            self.insert_category(id.get(), name, sentiment)?;
        }
        let Outcome::Id(member) = self.add_member(&new.owner)? else {
            return Err(StoreError::Engine("a member without an id".to_owned()).into());
        };
        Ok(SignIn {
            account,
            member: MemberId(member),
            password_hash: new.owner.password_hash.clone(),
            second_factor: None,
        })
    }
}
