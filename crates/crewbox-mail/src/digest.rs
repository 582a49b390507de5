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
        hasher.update(collapsed(text));
        hasher.update([0]);
    }
    hasher.finalize().into()
}

/// The text with one space for each run of white space, and none around it.
fn collapsed(text: &str) -> Vec<u8> {
    if !text.is_ascii() {
        return text.split_whitespace().collect::<Vec<_>>().join(" ").into_bytes();
    }
    // Without branches: words are short, and where they end is not to be foreseen.
    let mut bytes = vec![0; text.len()];
    let (mut length, mut after_space) = (0, true);
    for &byte in text.as_bytes() {
        let space = matches!(byte, b'\t'..=b'\r' | b' ');
        bytes[length] = if space { b' ' } else { byte };
        length += usize::from(!(space && after_space));
        after_space = space;
    }
    bytes.truncate(length);
    if bytes.ends_with(b" ") {
        bytes.pop();
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_to_collapse_agree() {
        for text in ["", " ", "a", " a\r\n\tb \x0b\x0c c ", "a b", "\n\na\x1fb"] {
            let words: Vec<&str> = text.split_whitespace().collect();
            assert_eq!(collapsed(text), words.join(" ").as_bytes(), "{text:?}");
        }
        assert_eq!(collapsed(" \u{e9}\u{a0} b"), "\u{e9} b".as_bytes());
    }
}
