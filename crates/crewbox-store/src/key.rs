//! API keys as text: a [`token`] that begins with `cbx_`.

use crewbox_core::id::AccountId;

use crate::token::{self, SECRET_BYTES};
pub use token::hash;

const PREFIX: &str = "cbx_";

/// A fresh key's text and the hash to store. The text is shown once.
///
/// # Errors
/// When the system has no randomness to give.
pub fn generate(account: AccountId) -> Result<(String, [u8; 32]), getrandom::Error> {
    token::generate(PREFIX, account)
}

/// The key with this secret: for seeded demo data and tests.
#[must_use]
pub fn from_secret(account: AccountId, secret: [u8; SECRET_BYTES]) -> (String, [u8; 32]) {
    token::from_secret(PREFIX, account, secret)
}

/// The account a key names, if it has a key's form at all.
#[must_use]
pub fn account(text: &str) -> Option<AccountId> {
    token::account(PREFIX, text)
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
        let (session, _) = token::from_secret("cbs_", AccountId(42), [7; 32]);
        assert_eq!(account(&session), None, "a session is no key");
    }
}
