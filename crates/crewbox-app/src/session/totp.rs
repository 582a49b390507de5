//! Second factors: one-time passwords by time (RFC 6238) from an app on the member's phone.
//!
//! Owns the algorithm and how a secret is made. No secret is stored: it is derived from the server's key, the member and the
//! number that is kept of the second factor, so that a copy of the database has none.

use crewbox_core::id::{AccountId, MemberId};
use crewbox_core::time::Timestamp;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use sha2::Sha256;

/// How long a code is shown, milliseconds (RFC 6238, section 5.2).
const STEP_MS: i64 = 30_000;
/// Steps before and after the present one whose code is taken, too: clocks differ, and people type slowly.
const SLACK: i64 = 1;
/// Digits of a code.
const DIGITS: u32 = 6;
/// Bytes of a secret (RFC 4226, section 4).
const SECRET_BYTES: usize = 20;
/// The letters of base 32 (RFC 4648, section 6).
const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The secret of a second factor.
#[derive(Clone)]
pub struct Secret([u8; SECRET_BYTES]);

impl Secret {
    /// The secret of a member's second factor with this number.
    pub(super) fn of(key: &[u8; 32], account: AccountId, member: MemberId, number: u64) -> Option<Self> {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
        for part in [account.get(), member.get(), number] {
            mac.update(&part.to_be_bytes());
        }
        let digest = mac.finalize().into_bytes();
        digest.get(..SECRET_BYTES)?.try_into().ok().map(Self)
    }

    /// The secret as people type it into an app.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for chunk in self.0.chunks(5) {
            let bits = chunk.iter().fold(0_u64, |bits, byte| (bits << 8) | u64::from(*byte));
            for place in (0..8).rev() {
                let letter = (bits >> (5 * place)) & 31;
                text.push(char::from(LETTERS[usize::try_from(letter).unwrap_or_default()]));
            }
        }
        text
    }

    /// The address that sets an app up, for the member of this name at this account.
    #[must_use]
    pub fn address(&self, account: &str, email: &str) -> String {
        let plain = |text: &str| -> String {
            text.bytes()
                .map(|byte| match byte {
                    b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
                        char::from(byte).to_string()
                    }
                    other => format!("%{other:02X}"),
                })
                .collect()
        };
        let (issuer, email) = (plain(account), plain(email));
        format!("otpauth://totp/{issuer}:{email}?secret={}&issuer={issuer}", self.text())
    }

    /// The step whose code this is, around a time; none for a wrong code.
    pub(crate) fn step_of(&self, code: &str, now: Timestamp) -> Option<i64> {
        let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let code = code.parse::<u32>().ok().filter(|_| code.len() == DIGITS as usize)?;
        let present = now.millis().div_euclid(STEP_MS);
        (present - SLACK..=present + SLACK).find(|step| self.code(*step) == Some(code))
    }

    /// The code that an app shows at a time.
    #[must_use]
    pub fn code_at(&self, at: Timestamp) -> Option<u32> {
        self.code(at.millis().div_euclid(STEP_MS))
    }

    /// The code of a step (RFC 4226, section 5.3).
    fn code(&self, step: i64) -> Option<u32> {
        let mut mac = Hmac::<Sha1>::new_from_slice(&self.0).ok()?;
        mac.update(&step.to_be_bytes());
        let digest = mac.finalize().into_bytes();
        let at = usize::from(digest.last()? & 15);
        let four: [u8; 4] = digest.get(at..at + 4)?.try_into().ok()?;
        Some((u32::from_be_bytes(four) & 0x7fff_ffff) % 10_u32.pow(DIGITS))
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238, appendix B: its eight digits end in ours.
        let secret = Secret(*b"12345678901234567890");
        for (seconds, code) in [
            (59, 94_287_082),
            (1_111_111_109, 7_081_804),
            (1_111_111_111, 14_050_471),
            (1_234_567_890, 89_005_924),
            (2_000_000_000, 69_279_037),
            (20_000_000_000_i64, 65_353_130),
        ] {
            assert_eq!(secret.code(seconds / 30), Some(code % 1_000_000), "{seconds}");
        }
        assert_eq!(secret.text(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }

    #[test]
    fn a_code_is_taken_around_its_time_and_at_no_other() {
        let secret = Secret(*b"12345678901234567890");
        let step = |seconds: i64| secret.step_of(" 287 082", Timestamp(seconds * 1_000));
        assert_eq!([step(30), step(59), step(89)], [Some(1); 3]);
        assert_eq!([step(-1), step(90 + 30)], [None; 2]);
        for wrong in ["", "287083", "0287082", "28708", "２８７０８２"] {
            assert_eq!(secret.step_of(wrong, Timestamp(59_000)), None, "{wrong}");
        }
    }

    #[test]
    fn each_second_factor_has_its_own_secret() {
        let secret = |account, member, number| {
            Secret::of(&[7; 32], AccountId(account), MemberId(member), number).unwrap().text()
        };
        assert_eq!(secret(1, 2, 3), secret(1, 2, 3));
        for other in [secret(2, 2, 3), secret(1, 3, 3), secret(1, 2, 4)] {
            assert_ne!(other, secret(1, 2, 3));
        }
        let address = Secret(*b"12345678901234567890").address("Acme & Co", "ann@acme.example");
        assert!(
            address.starts_with("otpauth://totp/Acme%20%26%20Co:ann%40acme.example?secret=GEZD"),
            "{address}"
        );
    }
}
