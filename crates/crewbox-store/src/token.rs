//! Secret texts that open an account: `<prefix><account>_<secret>`. The account is in clear, so that a look-up is within one
//! account from the start; only a SHA-256 of the whole text is ever stored.

use crewbox_core::id::AccountId;
use crewbox_core::model::SessionKind;
use sha2::{Digest, Sha256};

/// Random bytes in a token: 256 bits, beyond guessing.
pub const SECRET_BYTES: usize = 32;
/// No token is longer; longer input is not looked at.
const MAX_BYTES: usize = 128;

/// What a token of a session begins with, so that none is taken for another or for an API key.
#[must_use]
pub const fn prefix(kind: SessionKind) -> &'static str {
    match kind {
        SessionKind::Browser => "cbs_",
        SessionKind::Link => "cbl_",
    }
}

/// A fresh token's text and the hash to store. The text is shown once.
///
/// # Errors
/// When the system has no randomness to give.
pub fn generate(prefix: &str, account: AccountId) -> Result<(String, [u8; 32]), getrandom::Error> {
    let mut secret = [0_u8; SECRET_BYTES];
    getrandom::fill(&mut secret)?;
    Ok(from_secret(prefix, account, secret))
}

/// The token with this secret: for seeded demo data and tests.
#[must_use]
pub fn from_secret(prefix: &str, account: AccountId, secret: [u8; SECRET_BYTES]) -> (String, [u8; 32]) {
    use std::fmt::Write as _;
    let mut text = format!("{prefix}{account}_");
    for byte in secret {
        let _ = write!(text, "{byte:02x}");
    }
    let hash = hash(&text);
    (text, hash)
}

/// SHA-256 of a token's text.
#[must_use]
pub fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// The account a token names, if it has a token's form at all.
#[must_use]
pub fn account(prefix: &str, text: &str) -> Option<AccountId> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let (account, secret) = text.strip_prefix(prefix)?.split_once('_')?;
    let id: u64 = account.parse().ok()?;
    (id > 0 && secret.len() == SECRET_BYTES * 2).then_some(AccountId(id))
}
