//! API keys as text: `cbx_<account>_<secret>`. The account is in clear, so that a lookup is within one
//! account from the start; only a SHA-256 of the whole text is ever stored.

use crewbox_core::id::AccountId;
use sha2::{Digest, Sha256};

/// Random bytes in a key: 256 bits, beyond guessing.
const SECRET_BYTES: usize = 32;
/// No key is longer; longer input is not looked at.
const MAX_KEY_BYTES: usize = 128;

/// A fresh key's text and the hash to store. The text is shown once.
///
/// # Errors
/// When the system has no randomness to give.
pub fn generate(account: AccountId) -> Result<(String, [u8; 32]), getrandom::Error> {
    let mut secret = [0_u8; SECRET_BYTES];
    getrandom::fill(&mut secret)?;
    Ok(from_secret(account, secret))
}

/// The key with this secret: for seeded demo data and tests.
#[must_use]
pub fn from_secret(account: AccountId, secret: [u8; SECRET_BYTES]) -> (String, [u8; 32]) {
    use std::fmt::Write as _;
    let mut text = format!("cbx_{account}_");
    for byte in secret {
        let _ = write!(text, "{byte:02x}");
    }
    let hash = hash(&text);
    (text, hash)
}

/// SHA-256 of a key's text.
#[must_use]
pub fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// The account a key names, if it has a key's form at all.
#[must_use]
pub fn account(text: &str) -> Option<AccountId> {
    if text.len() > MAX_KEY_BYTES {
        return None;
    }
    let (account, secret) = text.strip_prefix("cbx_")?.split_once('_')?;
    let id: u64 = account.parse().ok()?;
    (id > 0 && secret.len() == SECRET_BYTES * 2).then_some(AccountId(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_names_its_account_and_nothing_else_does() {
        let (text, stored) = from_secret(AccountId(42), [7; 32]);
        assert_eq!(account(&text), Some(AccountId(42)));
        assert_eq!(stored, hash(&text));
        for wrong in ["", "cbx_", "cbx_0_00", "cbx_x_", "cbx_42_short", &"cbx_1_".repeat(99)] {
            assert_eq!(account(wrong), None, "{wrong}");
        }
    }
}
