//! Search's reader over the embedded engine's tables: a read-only connection of its own.

use std::path::Path;

use crewbox_core::change::ChangeKind;
use crewbox_core::conversation_set::ConversationSet;
use crewbox_core::id::{AccountId, ClientId, ConversationId, MessageId, Seq};
use crewbox_core::time::Timestamp;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params};

use super::file::engine;
use super::source::{LeadText, Logged, Source, Text};
use crate::contract::StoreError;

/// Pages of the store read through the system's cache: texts are read one by one, from all over it.
const MAPPED_BYTES: i64 = 4 << 30;
/// How long to wait while a server opens or closes the store, in ms.
const BUSY_MS: u64 = 5_000;

/// A reader of the store's file.
#[derive(Debug)]
pub struct SqliteSource(Connection);

impl SqliteSource {
    /// Opens a reader of this database file.
    ///
    /// # Errors
    /// The engine's.
    pub fn open(file: &Path) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut db = Connection::open_with_flags(file, flags).map_err(engine)?;
        db.busy_timeout(std::time::Duration::from_millis(BUSY_MS)).map_err(engine)?;
        db.pragma_update(None, "mmap_size", MAPPED_BYTES).map_err(engine)?;
        crate::reads::count_statements(&mut db).map_err(engine)?;
        Ok(Self(db))
    }

    fn all<T>(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
        map: impl FnMut(&rusqlite::Row<'_>) -> Result<T, rusqlite::Error>,
    ) -> Result<Vec<T>, StoreError> {
        let read = || self.0.prepare_cached(sql)?.query_map(params, map)?.collect::<Result<Vec<T>, _>>();
        read().map_err(engine)
    }

    fn one<T>(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
        map: impl FnOnce(&rusqlite::Row<'_>) -> Result<T, rusqlite::Error>,
    ) -> Result<Option<T>, StoreError> {
        let read = || self.0.prepare_cached(sql)?.query_row(params, map).optional();
        read().map_err(engine)
    }
}

impl Source for SqliteSource {
    fn accounts(&self) -> Result<Vec<AccountId>, StoreError> {
        let sql = "SELECT account_id FROM account ORDER BY account_id";
        self.all(sql, [], |row| row.get(0).map(AccountId))
    }

    fn head(&self, account: AccountId) -> Result<Seq, StoreError> {
        let sql = "SELECT head FROM account WHERE account_id = ?1";
        Ok(Seq(self.one(sql, [account.get()], |row| row.get(0))?.unwrap_or_default()))
    }

    fn log(&self, account: AccountId, since: Seq, limit: u32) -> Result<Vec<Logged>, StoreError> {
        let sql = "SELECT seq, at, kind, conversation_id, subject_id FROM change_log
                   WHERE account_id = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3";
        let read = self.all(sql, params![account.get(), since.0, limit], |row| {
            Ok(ChangeKind::from_name(row.get_ref(2)?.as_str()?).map(|kind| {
                Ok::<_, rusqlite::Error>(Logged {
                    seq: Seq(row.get(0)?),
                    at: Timestamp(row.get(1)?),
                    kind,
                    conversation: row.get::<_, Option<u64>>(3)?.map(ConversationId),
                    subject: row.get(4)?,
                })
            }))
        })?;
        let unknown =
            || StoreError::Engine("search: a change of a kind this version does not know".to_owned());
        read.into_iter().map(|change| change.ok_or_else(unknown)?.map_err(engine)).collect()
    }

    fn text(&self, account: AccountId, message: MessageId) -> Result<Option<Text>, StoreError> {
        let sql = "SELECT m.conversation_id, m.subject, b.body_text FROM message m
                   JOIN message_body b ON b.account_id = m.account_id AND b.message_id = m.message_id
                   WHERE m.account_id = ?1 AND m.message_id = ?2";
        self.one(sql, params![account.get(), message.get()], |row| {
            Ok(Text {
                conversation: row.get::<_, Option<u64>>(0)?.map(ConversationId),
                subject: row.get(1)?,
                text: row.get(2)?,
            })
        })
    }

    fn lead(&self, account: AccountId, conversation: ConversationId) -> Result<Option<LeadText>, StoreError> {
        let sql = "SELECT l.email, l.first_name, l.last_name, l.company FROM conversation c
                   JOIN lead l ON l.account_id = c.account_id AND l.lead_id = c.lead_id
                   WHERE c.account_id = ?1 AND c.conversation_id = ?2";
        self.one(sql, params![account.get(), conversation.get()], |row| {
            let optional = |at| row.get_ref(at)?.as_str_or_null().map_err(rusqlite::Error::from);
            let email: String = row.get(0)?;
            Ok(LeadText::of(&email, optional(1)?, optional(2)?, optional(3)?))
        })
    }

    fn client(
        &self,
        account: AccountId,
        conversation: ConversationId,
    ) -> Result<Option<ClientId>, StoreError> {
        let sql = "SELECT client_id FROM conversation WHERE account_id = ?1 AND conversation_id = ?2";
        let client =
            self.one(sql, params![account.get(), conversation.get()], |row| row.get::<_, Option<u64>>(0))?;
        Ok(client.flatten().map(ClientId))
    }

    fn of_client(&self, account: AccountId, client: ClientId) -> Result<ConversationSet, StoreError> {
        // By the key of campaigns, whose rows are a few bytes: a conversation is of the client of its campaign.
        let sql = "SELECT c.conversation_id FROM campaign p
                   CROSS JOIN conversation c INDEXED BY conversation_by_campaign
                   ON c.account_id = p.account_id AND c.campaign_id = p.campaign_id
                   WHERE p.account_id = ?1 AND p.client_id = ?2";
        let read = || {
            let mut statement = self.0.prepare_cached(sql)?;
            let mut rows = statement.query(params![account.get(), client.get()])?;
            let mut found = ConversationSet::default();
            while let Some(row) = rows.next()? {
                found.insert(ConversationId(row.get(0)?));
            }
            Ok(found)
        };
        read().map_err(engine)
    }
}
