//! Responses that are kept for repeated calls.

use crewbox_core::id::AccountId;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::contract::{Scope, StoredResponse};
use crate::seal::Sealer;
use crate::sqlite::failure::Result;

/// What the body of one is sealed for.
pub(in crate::sqlite) fn identity(account: AccountId, fingerprint: &[u8; 32]) -> Vec<u8> {
    [format!("response/{account}/").as_bytes(), fingerprint].concat()
}

/// The response to the call with this fingerprint, if it was answered. A body that cannot be opened any more is not there.
pub(in crate::sqlite) fn one(
    db: &Connection,
    sealer: &Sealer,
    scope: &Scope,
    fingerprint: &[u8; 32],
) -> Result<Option<StoredResponse>> {
    let account = scope.account();
    let found: Option<([u8; 32], u16, Option<Vec<u8>>)> = db
        .prepare_cached(
            "SELECT asked, status, body FROM stored_response WHERE account_id = ?1 AND fingerprint = ?2",
        )?
        .query_row(params![account.get(), fingerprint], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    Ok(found.map(|(asked, status, sealed)| {
        let body = sealed.and_then(|sealed| sealer.unseal(&identity(account, fingerprint), &sealed).ok());
        StoredResponse { fingerprint: *fingerprint, asked, status, body }
    }))
}
