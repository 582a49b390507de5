//! A webhook's secret, and what is made of it: the signature of a delivery, and the token in its payload.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::random::Random;
use crate::refusal::Refusal;

/// Hexadecimal digits of the token in payloads: 128 bits.
const TOKEN_DIGITS: usize = 32;

/// A new secret: 256 random bits.
pub(super) fn generate(random: &Random) -> Result<String, Refusal> {
    Ok(format!("whsec_{}", hex(&random.bytes::<32>()?)))
}

/// What `X-Smartlead-Signature` says of a body.
pub(super) fn signature(secret: &str, body: &[u8]) -> String {
    format!("sha256={}", hex(&mac(secret, body)))
}

/// The `secret_key` in each payload. Receivers of the hosted service compare it with one that they know; it is made of
/// the secret and does not give it away.
pub(super) fn token(secret: &str) -> String {
    let mut token = hex(&mac(secret, b"secret_key"));
    token.truncate(TOKEN_DIGITS);
    token
}

fn mac(secret: &str, message: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// Bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_the_hmac_of_rfc_4231_and_the_token_is_another_value() {
        // Test case 2 of RFC 4231, section 4.3.
        assert_eq!(
            signature("Jefe", b"what do ya want for nothing?"),
            "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        let token = token("Jefe");
        assert!(token.len() == TOKEN_DIGITS && !signature("Jefe", b"").contains(&token));
    }
}
