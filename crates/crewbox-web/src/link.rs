//! Links that open without a key for a while: an account, a message, an attachment, an end, and an
//! HMAC-SHA256 (RFC 2104) over them.
//!
//! Owns signing and checking. Never logs a signature.

use crewbox_core::id::{AccountId, MessageId};
use crewbox_core::time::{SECOND_MS, Timestamp};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// A link opens for at most this many seconds.
const LIFETIME_SECONDS: i64 = 15 * 60;
/// Ends are rounded down to a multiple of this many seconds, so that the same answer asked for again within
/// some minutes has the same bytes (and the same `ETag`).
const ROUND_SECONDS: i64 = 5 * 60;
/// SHA-256 works on blocks of this many bytes.
const BLOCK: usize = 64;

/// Signs links.
pub(crate) struct LinkKey([u8; 32]);

impl LinkKey {
    pub(crate) const fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// The path and query that open an attachment.
    pub(crate) fn attachment(
        &self,
        account: AccountId,
        message: MessageId,
        index: u32,
        now: Timestamp,
    ) -> String {
        let seconds = now.millis().div_euclid(SECOND_MS) + LIFETIME_SECONDS;
        let expires = seconds - seconds.rem_euclid(ROUND_SECONDS);
        let signature = self.sign(account, message, index, expires);
        format!(
            "/api/v1/messages/{message}/attachments/{index}?account={account}&expires={expires}&signature={signature}"
        )
    }

    /// Whether a link's parts belong together and its end has not come.
    pub(crate) fn opens(
        &self,
        account: AccountId,
        message: MessageId,
        index: u32,
        expires: i64,
        signature: &str,
        now: Timestamp,
    ) -> bool {
        let expected = self.sign(account, message, index, expires);
        bool::from(expected.as_bytes().ct_eq(signature.as_bytes()))
            && now.millis().div_euclid(SECOND_MS) < expires
    }

    fn sign(&self, account: AccountId, message: MessageId, index: u32, expires: i64) -> String {
        use std::fmt::Write as _;
        let digest = hmac(&self.0, format!("{account}/{message}/{index}/{expires}").as_bytes());
        digest.iter().fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

fn hmac(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    let padded = |pad: u8| {
        let mut block = [pad; BLOCK];
        for (byte, key) in block.iter_mut().zip(key) {
            *byte ^= key;
        }
        block
    };
    let inner = Sha256::new().chain_update(padded(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(padded(0x5c)).chain_update(inner).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hmac_is_that_of_rfc_4231() {
        // Test case 1, whose 20-byte key is padded with zeros as any short key is.
        let mut key = [0; 32];
        key[..20].fill(0x0b);
        assert_eq!(hmac(&key, b"Hi There")[..4], [0xb0, 0x34, 0x4c, 0x61]);
    }

    #[test]
    fn a_link_opens_what_it_names_until_its_end() {
        let key = LinkKey::new([7; 32]);
        let (account, message) = (AccountId(1), MessageId(2));
        let expires = 900;
        let signature = key.sign(account, message, 3, expires);
        let opens = |account, message, index, expires, now| {
            key.opens(account, message, index, expires, &signature, Timestamp(now))
        };
        assert!(opens(account, message, 3, expires, 899_999));
        assert!(!opens(account, message, 3, expires, 900_000), "ended");
        assert!(!opens(AccountId(9), message, 3, expires, 0));
        assert!(!opens(account, MessageId(9), 3, expires, 0));
        assert!(!opens(account, message, 4, expires, 0));
        assert!(!opens(account, message, 3, expires + 1, 0));
        let link = |ms| key.attachment(account, message, 3, Timestamp(ms));
        assert_eq!(link(1_000), link(299_000), "the same bytes for some minutes");
        assert_ne!(link(1_000), link(300_000));
    }
}
