//! Accounts, and the names and surroundings of one.

use std::collections::HashMap;

use crewbox_core::id::{
    AccountId, CampaignId, CategoryId, ClientId, KeyId, MailboxId, MemberId, SessionId, TagId,
};
use crewbox_core::model::{
    Account, ApiKey, Campaign, CampaignSettings, Category, Client, Mailbox, MailboxSettings, Member,
    RateLimit, Session, Tag,
};
use crewbox_core::preferences::Preferences;
use crewbox_core::time::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::de::DeserializeOwned;

use super::log;
use crate::contract::{Catalog, Scope, SignIn};
use crate::sqlite::codec::{self, id, named, time};
use crate::sqlite::failure::{Result, no_account};

/// Every account.
pub(in crate::sqlite) fn accounts(db: &Connection) -> Result<Vec<Account>> {
    let mut accounts = db.prepare_cached("SELECT account_id, name FROM account ORDER BY account_id")?;
    Ok(accounts.query_map([], account)?.collect::<rusqlite::Result<_>>()?)
}

fn account(row: &Row<'_>) -> rusqlite::Result<Account> {
    Ok(Account { id: AccountId(row.get(0)?), name: row.get(1)? })
}

/// Everybody who signs in with this address.
pub(in crate::sqlite) fn sign_ins(db: &Connection, email: &str) -> Result<Vec<SignIn>> {
    let mut found = db.prepare_cached(
        "SELECT m.account_id, m.member_id, m.password_hash, m.second_factor FROM directory d
         JOIN member m ON m.account_id = d.account_id AND m.member_id = d.member_id
         WHERE d.email = ?1 ORDER BY m.account_id",
    )?;
    let sign_in = |row: &Row<'_>| {
        Ok(SignIn {
            account: AccountId(row.get(0)?),
            member: MemberId(row.get(1)?),
            password_hash: row.get(2)?,
            second_factor: row.get(3)?,
        })
    };
    Ok(found.query_map(params![email.to_lowercase()], sign_in)?.collect::<rusqlite::Result<_>>()?)
}

/// All names. Read in one snapshot.
pub(in crate::sqlite) fn catalog(db: &Connection, scope: &Scope) -> Result<Catalog> {
    let id = scope.account();
    let account = db
        .prepare_cached("SELECT account_id, name FROM account WHERE account_id = ?1")?
        .query_row(params![id.get()], account)
        .optional()?
        .ok_or_else(|| no_account(id))?;
    let all = Rows { db, account: id };
    let mut mailboxes: HashMap<u64, Vec<MailboxId>> = all.pairs(
        "SELECT campaign_id, mailbox_id FROM campaign_mailbox WHERE account_id = ?1
         ORDER BY campaign_id, mailbox_id",
    )?;
    let mut tags: HashMap<u64, Vec<TagId>> = all.pairs(
        "SELECT campaign_id, tag_id FROM campaign_tag WHERE account_id = ?1 ORDER BY campaign_id, tag_id",
    )?;
    let mut mailbox_tags: HashMap<u64, Vec<TagId>> = all.pairs(
        "SELECT mailbox_id, tag_id FROM mailbox_tag WHERE account_id = ?1 ORDER BY mailbox_id, tag_id",
    )?;
    let mut campaigns = all.read(
        "SELECT campaign_id, name, client_id, parent_id, created_at, coalesce(updated_at, created_at), deleted_at,
             status, settings FROM campaign
         WHERE account_id = ?1 ORDER BY campaign_id",
        campaign,
    )?;
    for campaign in &mut campaigns {
        campaign.mailboxes = mailboxes.remove(&campaign.id.get()).unwrap_or_default();
        campaign.tags = tags.remove(&campaign.id.get()).unwrap_or_default();
    }
    let mut connected = all.read(
        "SELECT mailbox_id, email, name, client_id, settings, created_at, removed_at,
             (SELECT json_group_array(email) FROM (SELECT email FROM mailbox_alias a WHERE a.account_id = m.account_id
                 AND a.mailbox_id = m.mailbox_id ORDER BY email))
         FROM mailbox m WHERE account_id = ?1 ORDER BY mailbox_id",
        mailbox,
    )?;
    for mailbox in &mut connected {
        mailbox.tags = mailbox_tags.remove(&mailbox.id.get()).unwrap_or_default();
    }
    Ok(Catalog {
        account,
        head: log::head(db, scope)?,
        members: all.read(
            "SELECT member_id, name, email, role, client_id, time_zone, second_factor, preferences,
                 signature
             FROM member WHERE account_id = ?1 ORDER BY member_id",
            member,
        )?,
        keys: all.read(
            "SELECT key_id, member_id, hash, dialect, rate_requests, rate_seconds, client_id, created_at,
                 revoked_at, expires_at, name, level, used_at, mcp_send
             FROM api_key WHERE account_id = ?1 ORDER BY key_id",
            key,
        )?,
        sessions: all.read(
            "SELECT session_id, member_id, hash, kind, created_at, expires_at FROM session WHERE account_id = ?1
             ORDER BY session_id",
            session,
        )?,
        clients: all.read(
            "SELECT client_id, name, email, created_at FROM client WHERE account_id = ?1 ORDER BY client_id",
            client,
        )?,
        campaigns,
        mailboxes: connected,
        categories: all.read(
            "SELECT category_id, name, sentiment, created_at FROM category WHERE account_id = ?1
             ORDER BY category_id",
            category,
        )?,
        tags: all.read("SELECT tag_id, name, color FROM tag WHERE account_id = ?1 ORDER BY tag_id", tag)?,
    })
}

/// One account's rows.
struct Rows<'a> {
    db: &'a Connection,
    account: AccountId,
}

impl Rows<'_> {
    fn read<T>(&self, sql: &str, row: fn(&Row<'_>) -> rusqlite::Result<T>) -> Result<Vec<T>> {
        let mut rows = self.db.prepare_cached(sql)?;
        Ok(rows.query_map(params![self.account.get()], row)?.collect::<rusqlite::Result<_>>()?)
    }

    /// The second column's ids by the first's.
    fn pairs<T: From<u64>>(&self, sql: &str) -> Result<HashMap<u64, Vec<T>>> {
        let pairs = self.read(sql, |row| Ok((row.get::<_, u64>(0)?, row.get::<_, u64>(1)?)))?;
        let mut by_first: HashMap<u64, Vec<T>> = HashMap::new();
        for (first, second) in pairs {
            by_first.entry(first).or_default().push(T::from(second));
        }
        Ok(by_first)
    }
}

fn member(row: &Row<'_>) -> rusqlite::Result<Member> {
    Ok(Member {
        id: MemberId(row.get(0)?),
        name: row.get(1)?,
        email: row.get(2)?,
        role: named(row, 3)?,
        client: id(row, 4)?,
        time_zone: row.get(5)?,
        second_factor: row.get(6)?,
        preferences: match row.get_ref(7)?.as_str_or_null()? {
            None => Preferences::default(),
            Some(json) => from_json(7, json)?,
        },
        signature: row.get(8)?,
    })
}

fn key(row: &Row<'_>) -> rusqlite::Result<ApiKey> {
    let (requests, seconds): (Option<u32>, Option<u32>) = (row.get(4)?, row.get(5)?);
    Ok(ApiKey {
        id: KeyId(row.get(0)?),
        member: MemberId(row.get(1)?),
        hash: row.get(2)?,
        dialect: named(row, 3)?,
        rate_limit: requests.zip(seconds).map(|(requests, seconds)| RateLimit { requests, seconds }),
        client: id(row, 6)?,
        created_at: Timestamp(row.get(7)?),
        revoked_at: time(row, 8)?,
        expires_at: time(row, 9)?,
        name: row.get(10)?,
        level: named(row, 11)?,
        used_at: time(row, 12)?,
        mcp_send: row.get(13)?,
    })
}

fn session(row: &Row<'_>) -> rusqlite::Result<Session> {
    Ok(Session {
        id: SessionId(row.get(0)?),
        member: MemberId(row.get(1)?),
        hash: row.get(2)?,
        kind: named(row, 3)?,
        created_at: Timestamp(row.get(4)?),
        expires_at: Timestamp(row.get(5)?),
    })
}

fn client(row: &Row<'_>) -> rusqlite::Result<Client> {
    Ok(Client {
        id: ClientId(row.get(0)?),
        name: row.get(1)?,
        email: row.get(2)?,
        created_at: Timestamp(row.get(3)?),
    })
}

fn campaign(row: &Row<'_>) -> rusqlite::Result<Campaign> {
    Ok(Campaign {
        id: CampaignId(row.get(0)?),
        name: row.get(1)?,
        client: id(row, 2)?,
        parent: id(row, 3)?,
        created_at: Timestamp(row.get(4)?),
        updated_at: Timestamp(row.get(5)?),
        deleted_at: time(row, 6)?,
        status: named(row, 7)?,
        settings: match row.get_ref(8)?.as_str()? {
            "" => CampaignSettings::default(),
            json => from_json(8, json)?,
        },
        mailboxes: Vec::new(),
        tags: Vec::new(),
    })
}

fn mailbox(row: &Row<'_>) -> rusqlite::Result<Mailbox> {
    let settings: MailboxSettings = from_json(4, row.get_ref(4)?.as_str()?)?;
    Ok(Mailbox {
        id: MailboxId(row.get(0)?),
        email: row.get(1)?,
        aliases: codec::listed(row, 7)?,
        name: row.get(2)?,
        client: id(row, 3)?,
        settings,
        tags: Vec::new(),
        created_at: Timestamp(row.get(5)?),
        removed_at: time(row, 6)?,
    })
}

fn from_json<T: DeserializeOwned>(column: usize, text: &str) -> rusqlite::Result<T> {
    serde_json::from_str(text)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error.into()))
}

fn category(row: &Row<'_>) -> rusqlite::Result<Category> {
    Ok(Category {
        id: CategoryId(row.get(0)?),
        name: row.get(1)?,
        sentiment: codec::named(row, 2)?,
        created_at: Timestamp(row.get(3)?),
    })
}

fn tag(row: &Row<'_>) -> rusqlite::Result<Tag> {
    Ok(Tag { id: TagId(row.get(0)?), name: row.get(1)?, color: row.get(2)? })
}
