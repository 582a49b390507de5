//! Links that open without a key for a while: an account, a message, an attachment, an end, and an
//! HMAC-SHA256 (RFC 2104) over them.
//!
//! Owns signing and checking. Never logs a signature.

use crewbox_core::id::{AccountId, MessageId};
use crewbox_core::time::{SECOND_MS, Timestamp};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// A link opens for at most this many seconds.
const LIFETIME_SECONDS: i64 = 15 * 60;
/// Ends are rounded down to a multiple of this many seconds, so that the same answer asked for again within
/// some minutes has the same bytes (and the same `ETag`).
const ROUND_SECONDS: i64 = 5 * 60;
/// A clock that is set back by less than this, as a time server does, closes no link.
const CLOCK_SLACK_SECONDS: i64 = 60;

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

    /// Whether a link's parts belong together, its end has not come, and it is no later than that of a link made now: one
    /// made while the clock was ahead must not open for years once the clock is right again.
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
        let now = now.millis().div_euclid(SECOND_MS);
        bool::from(expected.as_bytes().ct_eq(signature.as_bytes()))
            && now < expires
            && expires <= now.saturating_add(LIFETIME_SECONDS + CLOCK_SLACK_SECONDS)
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

fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let keyed = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length (RFC 2104)");
    keyed.chain_update(message).finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_the_hmac_of_rfc_4231() {
        // Test cases 1 and 2.
        for (key, message, expected) in [
            (&[0x0b; 20][..], "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            (
                b"Jefe",
                "what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
        ] {
            let hex: String =
                hmac(key, message.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(hex, expected);
        }
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
        assert!(opens(account, message, 3, expires, -60_000));
        assert!(!opens(account, message, 3, expires, -61_000), "made by a clock that was ahead");
        assert!(!opens(AccountId(9), message, 3, expires, 0));
        assert!(!opens(account, MessageId(9), 3, expires, 0));
        assert!(!opens(account, message, 4, expires, 0));
        assert!(!opens(account, message, 3, expires + 1, 0));
        let link = |ms| key.attachment(account, message, 3, Timestamp(ms));
        assert_eq!(link(1_000), link(299_000), "the same bytes for some minutes");
        assert_ne!(link(1_000), link(300_000));
    }
}
