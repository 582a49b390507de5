//! Keeping responses to calls with an idempotency key. They are written without a change: they say nothing that a change does
//! not say.
//!
//! Owns how long they are kept, and that none tells of what was deleted.

use rusqlite::params;

use super::Apply;
use crate::contract::{Outcome, StoredResponse};
use crate::sqlite::failure::Result;
use crate::sqlite::read::stored_response::identity;

/// How long one is kept, in ms: a day, far longer than anybody repeats a call.
const KEPT_MS: i64 = 86_400_000;
/// Responses of an account that are kept: some megabytes. Forgetting their bodies takes some milliseconds.
const MOST: u64 = 5_000;
/// Old ones that are removed with each new one: more than one, so that they never pile up.
const REMOVED_AT_ONCE: u32 = 20;

/// Removes old ones, and those beyond [`MOST`]. Parameters: account, earliest time, at most.
const REMOVE: &str = "DELETE FROM stored_response WHERE account_id = ?1 AND fingerprint IN (
     SELECT fingerprint FROM stored_response WHERE account_id = ?1 AND at < ?2 ORDER BY at LIMIT ?3)";
const REMOVE_MOST: &str = "DELETE FROM stored_response WHERE account_id = ?1 AND fingerprint IN (
     SELECT fingerprint FROM stored_response WHERE account_id = ?1 ORDER BY at DESC LIMIT ?3 OFFSET ?2)";

impl Apply<'_> {
    pub(super) fn keep_response(&mut self, new: &StoredResponse) -> Result<Outcome> {
        let account = self.account();
        let seal = |body: &Vec<u8>| self.sealer.seal(&identity(account, &new.fingerprint), body);
        let body = new.body.as_ref().map(seal).transpose()?;
        self.execute(
            "INSERT OR REPLACE INTO stored_response (account_id, fingerprint, asked, at, status, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![account.get(), new.fingerprint, new.asked, self.at.millis(), new.status, body],
        )?;
        let before = self.at.millis().saturating_sub(KEPT_MS);
        self.execute(REMOVE, params![account.get(), before, REMOVED_AT_ONCE])?;
        self.execute(REMOVE_MOST, params![account.get(), MOST, REMOVED_AT_ONCE])?;
        Ok(Outcome::Done)
    }

    /// Something was deleted for good: no response tells of it any more. That the calls were answered stays known.
    pub(super) fn forget_responses(&self) -> Result<()> {
        self.execute(
            "UPDATE stored_response SET body = NULL WHERE account_id = ?1 AND body IS NOT NULL",
            params![self.account().get()],
        )?;
        Ok(())
    }
}
