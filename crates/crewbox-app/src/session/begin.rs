//! Signing in between the password and the code of a second factor.
//!
//! Owns what the browser carries meanwhile, signed, and that no code is taken twice.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crewbox_core::id::{AccountId, MemberId};
use crewbox_core::time::Timestamp;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// A member whose password was right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Half {
    pub(super) account: AccountId,
    pub(super) member: MemberId,
    /// Of the second factor.
    pub(super) number: u64,
    /// Until when the code may follow.
    pub(super) until: Timestamp,
}

impl Half {
    /// The text that the browser carries.
    pub(super) fn text(self, key: &[u8; 32]) -> String {
        let plain = format!("{}.{}.{}.{}", self.account, self.member, self.number, self.until.millis());
        format!("{plain}.{}", signature(&plain, key))
    }

    /// What such a text says; none for one that we did not write.
    pub(super) fn read(text: &str, key: &[u8; 32]) -> Option<Self> {
        let (plain, signed) = text.rsplit_once('.')?;
        if signed.len() != 64 || !is_signature(plain, signed, key) {
            return None;
        }
        let mut parts = plain.split('.');
        let mut next = || parts.next()?.parse::<u64>().ok();
        let (account, member, number, until) = (next()?, next()?, next()?, next()?);
        let until = Timestamp(i64::try_from(until).ok()?);
        Some(Self { account: AccountId(account), member: MemberId(member), number, until })
    }
}

fn mac(plain: &str, key: &[u8; 32]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(plain.as_bytes());
    Some(mac)
}

fn signature(plain: &str, key: &[u8; 32]) -> String {
    let Some(mac) = mac(plain, key) else { return String::new() };
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn is_signature(plain: &str, signed: &str, key: &[u8; 32]) -> bool {
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Option<Vec<u8>> = signed.as_bytes().chunks(2).map(byte).collect();
    // Compared in constant time.
    bytes.zip(mac(plain, key)).is_some_and(|(bytes, mac)| mac.verify_slice(&bytes).is_ok())
}

/// The newest step of each member whose code was taken: RFC 6238 takes a code once. Forgotten by a restart, within a minute
/// of which a code that somebody saw would count once more.
#[derive(Debug, Default)]
pub(super) struct SecondFactors(Mutex<HashMap<(AccountId, MemberId), i64>>);

impl SecondFactors {
    /// Whether no code of this step or a later one was taken before; then it is taken now.
    pub(super) fn is_first(&self, member: (AccountId, MemberId), step: i64) -> bool {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = taken.entry(member).or_insert(i64::MIN);
        let is_first = step > *newest;
        *newest = step.max(*newest);
        is_first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_text_is_read() {
        let half = Half { account: AccountId(1), member: MemberId(2), number: 3, until: Timestamp(4) };
        let text = half.text(&[7; 32]);
        assert_eq!(Half::read(&text, &[7; 32]), Some(half));
        assert_eq!(Half::read(&text, &[8; 32]), None);
        for wrong in
            ["", "1.2.3.4", &text.replacen('2', "9", 1), &text[..text.len() - 1], &format!("{text}0")]
        {
            assert_eq!(Half::read(wrong, &[7; 32]), None, "{wrong}");
        }
    }

    #[test]
    fn a_code_is_taken_once() {
        let (taken, member) = (SecondFactors::default(), (AccountId(1), MemberId(2)));
        assert_eq!([5, 5, 4, 6].map(|step| taken.is_first(member, step)), [true, false, false, true]);
        assert!(taken.is_first((AccountId(1), MemberId(3)), 5));
    }
}
