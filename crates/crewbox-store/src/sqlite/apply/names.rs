//! Members, keys, clients, tags and categories.

use crewbox_core::change::ChangeKind;
use crewbox_core::id::{CampaignId, CategoryId, ClientId, KeyId, MemberId, TagId};
use crewbox_core::model::{RateLimit, Sentiment};
use crewbox_core::time::{SECOND_MS, Timestamp};
use rusqlite::params;

use super::Apply;
use crate::contract::{NewKey, NewMember, Outcome, StoreError, Thing};
use crate::sqlite::codec::Named as _;
use crate::sqlite::failure::{Result, not_found};
use crate::sqlite::ids::Table;

/// A kind of thing that has a name on rows and can be renamed.
struct Renaming {
    thing: Thing,
    kind: ChangeKind,
    read: &'static str,
    write: &'static str,
}

const MEMBER: Renaming = Renaming {
    thing: Thing::Member,
    kind: ChangeKind::MemberChanged,
    read: "SELECT name FROM member WHERE account_id = ?1 AND member_id = ?2",
    write: "UPDATE member SET name = ?3 WHERE account_id = ?1 AND member_id = ?2",
};
const CATEGORY: Renaming = Renaming {
    thing: Thing::Category,
    kind: ChangeKind::CategorySaved,
    read: "SELECT name FROM category WHERE account_id = ?1 AND category_id = ?2",
    write: "UPDATE category SET name = ?3 WHERE account_id = ?1 AND category_id = ?2",
};
const CAMPAIGN: Renaming = Renaming {
    thing: Thing::Campaign,
    kind: ChangeKind::CampaignSaved,
    read: "SELECT name FROM campaign WHERE account_id = ?1 AND campaign_id = ?2",
    write: "UPDATE campaign SET name = ?3 WHERE account_id = ?1 AND campaign_id = ?2",
};
const TAG: Renaming = Renaming {
    thing: Thing::Tag,
    kind: ChangeKind::TagSaved,
    read: "SELECT name FROM tag WHERE account_id = ?1 AND tag_id = ?2",
    write: "UPDATE tag SET name = ?3 WHERE account_id = ?1 AND tag_id = ?2",
};
const TAG_COLOR: &str = "UPDATE tag SET color = ?3 WHERE account_id = ?1 AND tag_id = ?2 AND color IS NOT ?3";
const TAG_BY_NAME: &str = "SELECT tag_id FROM tag WHERE account_id = ?1 AND name = ?2";

impl Apply<'_> {
    pub(super) fn rename_member(&mut self, member: MemberId, name: &str) -> Result<Outcome> {
        self.rename(&MEMBER, member.get(), name)
    }

    pub(super) fn rename_category(&mut self, category: CategoryId, name: &str) -> Result<Outcome> {
        self.rename(&CATEGORY, category.get(), name)
    }

    pub(super) fn rename_campaign(&mut self, campaign: CampaignId, name: &str) -> Result<Outcome> {
        self.seen_campaign(campaign)?;
        self.rename(&CAMPAIGN, campaign.get(), name)
    }

    fn rename(&mut self, what: &Renaming, id: u64, name: &str) -> Result<Outcome> {
        let account = self.account().get();
        let before: Option<String> = rusqlite::OptionalExtension::optional(
            self.statement(what.read)?.query_row(params![account, id], |row| row.get(0)),
        )?;
        if before.ok_or_else(|| not_found(what.thing, id))? != name {
            self.execute(what.write, params![account, id, name])?;
            self.note_name(what.kind, id, true);
        }
        Ok(Outcome::Done)
    }

    pub(super) fn add_member(&mut self, new: &NewMember) -> Result<Outcome> {
        let account = self.account().get();
        let email = new.email.to_lowercase();
        let taken = "SELECT member_id FROM member WHERE account_id = ?1 AND email = ?2";
        if let Some(id) = self.find(taken, params![account, email])? {
            return Err(StoreError::Exists(Thing::Member, id).into());
        }
        if new.client.is_some() {
            self.require_client(new.client)?;
        }
        let id = self.next_id(Table::MEMBER)?;
        self.execute(
            "INSERT INTO member (account_id, member_id, name, email, role, client_id, password_hash, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                account,
                id,
                new.name,
                email,
                new.role.name(),
                new.client.map(|client| client.get()),
                new.password_hash,
                self.at.millis()
            ],
        )?;
        self.execute(
            "INSERT INTO directory (email, account_id, member_id) VALUES (?1, ?2, ?3)",
            params![email, account, id],
        )?;
        self.note(ChangeKind::MemberAdded, id);
        Ok(Outcome::Id(id))
    }

    pub(super) fn add_key(&mut self, new: &NewKey) -> Result<Outcome> {
        let account = self.account().get();
        self.require(
            Thing::Member,
            "SELECT 1 FROM member WHERE account_id = ?1 AND member_id = ?2",
            new.member.get(),
        )?;
        if new.client.is_some() {
            self.require_client(new.client)?;
        }
        let taken = "SELECT key_id FROM api_key WHERE account_id = ?1 AND hash = ?2";
        if let Some(id) = self.find(taken, params![account, new.hash])? {
            return Err(StoreError::Exists(Thing::Key, id).into());
        }
        let id = self.next_id(Table::KEY)?;
        self.execute(
            "INSERT INTO api_key (account_id, key_id, member_id, hash, dialect, rate_requests, rate_seconds,
                 client_id, created_at, expires_at, name, level, mcp_send)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            params![
                account,
                id,
                new.member.get(),
                new.hash,
                new.dialect.name(),
                new.rate_limit.map(|RateLimit { requests, .. }| requests),
                new.rate_limit.map(|RateLimit { seconds, .. }| seconds),
                new.client.map(|client| client.get()),
                self.at.millis(),
                new.expires_at.map(Timestamp::millis),
                new.name,
                new.level.name(),
                new.mcp_send
            ],
        )?;
        self.note(ChangeKind::KeyCreated, id);
        Ok(Outcome::Id(id))
    }

    pub(super) fn revoke_key(&mut self, key: KeyId) -> Result<Outcome> {
        self.require(Thing::Key, "SELECT 1 FROM api_key WHERE account_id = ?1 AND key_id = ?2", key.get())?;
        let revoked = self.execute(
            "UPDATE api_key SET revoked_at = ?3 WHERE account_id = ?1 AND key_id = ?2 AND revoked_at IS NULL",
            params![self.account().get(), key.get(), self.at.millis()],
        )?;
        if revoked > 0 {
            self.note(ChangeKind::KeyRevoked, key.get());
        }
        Ok(Outcome::Done)
    }

    pub(super) fn reset_key(&mut self, key: KeyId, hash: &[u8; 32]) -> Result<Outcome> {
        self.require(Thing::Key, "SELECT 1 FROM api_key WHERE account_id = ?1 AND key_id = ?2", key.get())?;
        let reset = self.execute(
            "UPDATE api_key SET hash = ?3 WHERE account_id = ?1 AND key_id = ?2 AND revoked_at IS NULL",
            params![self.account().get(), key.get(), hash],
        )?;
        if reset == 0 {
            return Err(StoreError::Conflict(Thing::Key, key.get()).into());
        }
        self.note(ChangeKind::KeyReset, key.get());
        Ok(Outcome::Done)
    }

    pub(super) fn use_key(&mut self, key: KeyId, at: Timestamp) -> Result<Outcome> {
        /// How exactly the use of a key is known: enough to find keys that nobody uses.
        const EXACT_TO: i64 = 3_600 * SECOND_MS;
        let used = self.execute(
            "UPDATE api_key SET used_at = ?3
             WHERE account_id = ?1 AND key_id = ?2 AND coalesce(used_at, ?3 - ?4) <= ?3 - ?4",
            params![self.account().get(), key.get(), at.millis(), EXACT_TO],
        )?;
        if used > 0 {
            self.note(ChangeKind::KeyUsed, key.get());
        }
        Ok(Outcome::Done)
    }

    /// No other client has the address.
    fn require_free_address(&self, client: Option<ClientId>, email: &str) -> Result<()> {
        let taken = self.find(
            "SELECT client_id FROM client WHERE account_id = ?1 AND lower(email) = lower(?2) AND client_id != ?3",
            params![self.account().get(), email, client.map_or(0, ClientId::get)],
        )?;
        taken.map_or(Ok(()), |other| Err(StoreError::Exists(Thing::Client, other).into()))
    }

    pub(super) fn change_client(&mut self, client: ClientId, name: &str, email: &str) -> Result<Outcome> {
        self.require_client(Some(client))?;
        self.require_free_address(Some(client), email)?;
        let changed = self.execute(
            "UPDATE client SET name = ?3, email = ?4
             WHERE account_id = ?1 AND client_id = ?2 AND (name != ?3 OR email != ?4)",
            params![self.account().get(), client.get(), name, email],
        )?;
        if changed > 0 {
            self.note(ChangeKind::ClientSaved, client.get());
        }
        Ok(Outcome::Done)
    }

    pub(super) fn add_client(&mut self, name: &str, email: &str) -> Result<Outcome> {
        self.require_free_address(None, email)?;
        let id = self.next_id(Table::CLIENT)?;
        self.execute(
            "INSERT INTO client (account_id, client_id, name, email, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![self.account().get(), id, name, email, self.at.millis()],
        )?;
        self.note(ChangeKind::ClientSaved, id);
        Ok(Outcome::Id(id))
    }

    pub(super) fn add_tag(&mut self, name: &str) -> Result<Outcome> {
        let account = self.account().get();
        if let Some(id) = self.find(TAG_BY_NAME, params![account, name])? {
            return Ok(Outcome::Id(id));
        }
        let id = self.next_id(Table::TAG)?;
        self.execute(
            "INSERT INTO tag (account_id, tag_id, name) VALUES (?1, ?2, ?3)",
            params![account, id, name],
        )?;
        self.note(ChangeKind::TagSaved, id);
        Ok(Outcome::Id(id))
    }

    pub(super) fn rename_tag(&mut self, tag: TagId, name: &str) -> Result<Outcome> {
        match self.find(TAG_BY_NAME, params![self.account().get(), name])? {
            Some(other) if other != tag.get() => Err(StoreError::Exists(Thing::Tag, other).into()),
            _ => self.rename(&TAG, tag.get(), name),
        }
    }

    pub(super) fn save_tag(
        &mut self,
        tag: Option<TagId>,
        name: &str,
        color: Option<&str>,
    ) -> Result<Outcome> {
        let id = match tag {
            Some(tag) => {
                self.rename_tag(tag, name)?;
                tag.get()
            }
            None => match self.add_tag(name)? {
                Outcome::Id(id) => id,
                other => return Ok(other),
            },
        };
        if let Some(color) = color
            && self.execute(TAG_COLOR, params![self.account().get(), id, color])? > 0
        {
            self.note(ChangeKind::TagSaved, id);
        }
        Ok(Outcome::Id(id))
    }

    pub(super) fn add_category(&mut self, name: &str, sentiment: Sentiment) -> Result<Outcome> {
        let id = self.next_id(Table::CATEGORY)?;
        self.insert_category(id, name, sentiment)?;
        self.note(ChangeKind::CategorySaved, id);
        Ok(Outcome::Id(id))
    }

    pub(super) fn insert_category(&self, id: u64, name: &str, sentiment: Sentiment) -> Result<()> {
        self.execute(
            "INSERT INTO category (account_id, category_id, name, sentiment, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            params![self.account().get(), id, name, sentiment.name(), self.at.millis()],
        )?;
        Ok(())
    }
}
