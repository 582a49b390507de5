//! What makes two copies of a message the same message, whatever the way it travelled.

use sha2::{Digest, Sha256};

/// SHA-256 of bytes.
pub(crate) fn content(raw: &[u8]) -> [u8; 32] {
    Sha256::digest(raw).into()
}

/// The digest of From, Date, Subject and body: over decoded text, white space collapsed, so that another
/// transfer encoding, charset, line length or Received line changes nothing.
pub(crate) fn message(from: &str, date: &str, subject: &str, bodies: &[&str]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    let from = from.to_lowercase();
    for text in [from.as_str(), date, subject].into_iter().chain(bodies.iter().copied()) {
        collapse_into(&mut hasher, text);
        hasher.update([0]);
    }
    hasher.finalize().into()
}

fn collapse_into(hasher: &mut Sha256, text: &str) {
    let mut first = true;
    for word in text.split_whitespace() {
        if !first {
            hasher.update(b" ");
        }
        first = false;
        hasher.update(word.as_bytes());
    }
}
