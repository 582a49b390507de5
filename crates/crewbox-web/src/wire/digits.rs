//! Numbers of JSON with more digits than any number needs.
//!
//! Owns how they are found without a look at every byte: a run of that many digits covers one of the places that are looked at.

use memchr::memchr2;

/// Digits that a number may have, one after another. 767 distinguish any two doubles, and reading a number of 48 million
/// digits takes a tenth of a second.
pub(super) const MOST_DIGITS: usize = 1_024;

/// Whether a body holds a number with more than [`MOST_DIGITS`] digits one after another. Digits of a text are no number.
pub(super) fn has_long_number(body: &[u8]) -> bool {
    let mut texts = Texts { body, at: 0, is_within: false };
    let mut at = MOST_DIGITS;
    while at < body.len() {
        let after = body[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if after > 0 {
            let before = body[..at].iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
            if before + after > MOST_DIGITS && !texts.hold(at) {
                return true;
            }
        }
        at += after.max(1).next_multiple_of(MOST_DIGITS);
    }
    false
}

/// Where the texts of a body are, from its start on.
struct Texts<'b> {
    body: &'b [u8],
    at: usize,
    is_within: bool,
}

impl Texts<'_> {
    /// Whether this place is within a text. Each is behind the one before.
    fn hold(&mut self, place: usize) -> bool {
        while let Some(found) = memchr2(b'"', b'\\', &self.body[self.at..place]) {
            self.at += found + 1;
            match self.body[self.at - 1] {
                b'"' => self.is_within = !self.is_within,
                // The character behind it is part of the escape sequence.
                _ => self.at += 1,
            }
            if self.at >= place {
                break;
            }
        }
        self.at = self.at.max(place);
        self.is_within
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_long(body: &str) -> bool {
        has_long_number(body.as_bytes())
    }

    #[test]
    fn a_number_is_long_wherever_it_begins() {
        for start in 0..2 * MOST_DIGITS {
            let number = |digits: usize| format!("[{}{}]", " ".repeat(start), "7".repeat(digits));
            assert!(!is_long(&number(MOST_DIGITS)), "{start}");
            assert!(is_long(&number(MOST_DIGITS + 1)), "{start}");
        }
        let fraction = format!("{{\"a\": 0.{}}}", "3".repeat(5 * MOST_DIGITS));
        assert!(is_long(&fraction));
    }

    #[test]
    fn digits_of_a_text_are_no_number() {
        let digits = "0".repeat(3 * MOST_DIGITS);
        assert!(!is_long(&format!("{{\"{digits}\":\"{digits}\"}}")));
        // A quote that is escaped ends no text, and a backslash that is escaped escapes no quote.
        assert!(!is_long(&format!("[\"\\\"{digits}\"]")));
        assert!(!is_long(&format!("[\"\\\\\\\"{digits}\"]")));
        assert!(is_long(&format!("[\"\\\\\",{digits}]")));
        assert!(is_long(&format!("[\"{digits}\",{digits}]")));
    }
}
