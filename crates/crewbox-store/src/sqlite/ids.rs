//! Ids, reserved in blocks from a counter row and handed out from memory.
//!
//! Owns one promise: an id is used at most once, whichever process hands it out and whatever is rolled back.

use std::collections::HashMap;
use std::ops::Range;

use crewbox_core::id::AccountId;
use rusqlite::{Connection, params};

use super::failure::Result;

/// Ids a reservation takes: one counter update a thousand rows, and a restart wastes no more than that.
const BLOCK: u64 = 1_000;
/// A category of an account's own: above the contract's fixed ones, with room for more of those.
const FIRST_OWN_CATEGORY: u64 = 1_000;
/// Whose counter numbers the accounts themselves.
const SERVER: AccountId = AccountId(0);

/// A table with ids, by the name of its counter. Its ids are in the column `name_id`, which `doctor` compares with the
/// counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Table(pub(super) &'static str);

impl Table {
    pub(super) const ACCOUNT: Self = Self("account");
    pub(super) const MEMBER: Self = Self("member");
    pub(super) const KEY: Self = Self("key");
    pub(super) const SESSION: Self = Self("session");
    pub(super) const CLIENT: Self = Self("client");
    pub(super) const TAG: Self = Self("tag");
    pub(super) const CATEGORY: Self = Self("category");
    pub(super) const CAMPAIGN: Self = Self("campaign");
    pub(super) const MAILBOX: Self = Self("mailbox");
    pub(super) const LEAD: Self = Self("lead");
    pub(super) const CONVERSATION: Self = Self("conversation");
    pub(super) const MESSAGE: Self = Self("message");
    pub(super) const QUARANTINE: Self = Self("quarantine");
    pub(super) const OUTGOING: Self = Self("outgoing");

    fn first(self) -> u64 {
        if self == Self::CATEGORY { FIRST_OWN_CATEGORY } else { 1 }
    }

    /// Accounts are few, and their numbers are seen by operators: no gaps for them.
    fn block(self) -> u64 {
        if self == Self::ACCOUNT { 1 } else { BLOCK }
    }
}

/// The blocks a writer holds.
#[derive(Debug, Default)]
pub(super) struct Ids {
    blocks: HashMap<(AccountId, Table), Range<u64>>,
    /// Blocks whose reservation is not yet committed, in order.
    open: Vec<(AccountId, Table)>,
}

impl Ids {
    /// The next id; reserves a block in the running transaction when there is none.
    pub(super) fn next(&mut self, db: &Connection, account: AccountId, table: Table) -> Result<u64> {
        let account = if table == Table::ACCOUNT { SERVER } else { account };
        let block = self.blocks.entry((account, table)).or_default();
        if block.is_empty() {
            let mut reserve = db.prepare_cached(
                "INSERT INTO counter (account_id, name, next_id) VALUES (?1, ?2, ?3 + ?4)
                 ON CONFLICT (account_id, name) DO UPDATE SET next_id = next_id + ?4
                 RETURNING next_id",
            )?;
            let end: u64 = reserve
                .query_row(params![account.get(), table.0, table.first(), table.block()], |row| row.get(0))?;
            *block = end - table.block()..end;
            self.open.push((account, table));
        }
        let id = block.start;
        block.start += 1;
        Ok(id)
    }

    /// Where a batch begins, for [`Ids::forget_since`].
    pub(super) fn mark(&self) -> usize {
        self.open.len()
    }

    /// A batch was rolled back: what it reserved was never reserved. Ids it took of older blocks stay unused.
    pub(super) fn forget_since(&mut self, mark: usize) {
        for key in self.open.drain(mark..) {
            self.blocks.remove(&key);
        }
    }

    /// The group was committed.
    pub(super) fn committed(&mut self) {
        self.open.clear();
    }

    /// The group was rolled back.
    pub(super) fn rolled_back(&mut self) {
        self.forget_since(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn db() -> Connection {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch(crate::sqlite::schema::MIGRATIONS[0]).unwrap();
        db
    }

    #[test]
    fn a_rolled_back_reservation_is_not_remembered() {
        let (db, mut ids, account) = (db(), Ids::default(), AccountId(7));
        db.execute_batch("BEGIN; SAVEPOINT batch").unwrap();
        let mark = ids.mark();
        assert_eq!(ids.next(&db, account, Table::LEAD).unwrap(), 1);
        db.execute_batch("ROLLBACK TO batch; RELEASE batch").unwrap();
        ids.forget_since(mark);
        assert_eq!(ids.next(&db, account, Table::LEAD).unwrap(), 1, "the first was never committed");
        db.execute_batch("COMMIT").unwrap();
        ids.committed();

        db.execute_batch("BEGIN").unwrap();
        assert_eq!(ids.next(&db, account, Table::LEAD).unwrap(), 2);
        db.execute_batch("ROLLBACK").unwrap();
        ids.rolled_back();
        let (mut other, mut again) = (Ids::default(), ids);
        assert_eq!(again.next(&db, account, Table::LEAD).unwrap(), 3, "a committed block goes on");
        assert_eq!(other.next(&db, account, Table::LEAD).unwrap(), 1_001, "another process has its own");
        assert_eq!(again.next(&db, AccountId(8), Table::LEAD).unwrap(), 1, "each account counts for itself");
        assert_eq!(again.next(&db, account, Table::CATEGORY).unwrap(), FIRST_OWN_CATEGORY);
    }
}
