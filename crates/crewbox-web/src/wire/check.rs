//! Whether a body is JSON: it is read to its end, and nothing of it is kept.

use std::cell::Cell;
use std::fmt;

use memchr::memchr_iter;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use super::digits::{MOST_DIGITS, has_long_number};

/// Values a body may hold: 400 leads with 200 custom fields each, three times over. Reading a number takes a hundred times
/// as long as reading a byte of a string: this bounds the time that a body of short values takes.
pub(super) const MOST_VALUES: usize = 250_000;
/// Escape sequences (`\n`, `\/`, `\u00e4`) a body may hold: 1 MiB of characters of HTML, each as one, and those of 35 MB of
/// files as base64 in lines of 64 characters that end with `\r\n`, where `/` is one too. Reading one takes as long as reading
/// a hundred other bytes of a string, and a string with one is copied.
pub(super) const MOST_ESCAPES: usize = 3_500_000;

/// Why a body cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// It is not JSON: what is wrong, with line and column.
    NotJson(String),
    /// It holds more values than a body may.
    TooManyValues(usize),
    /// It holds more escape sequences than a body may.
    TooManyEscapes(usize),
    /// It holds a number with more digits than one may have.
    TooManyDigits(usize),
}

/// The body as text, if it is one JSON value.
///
/// # Errors
/// What is wrong, with line and column; and where it holds too many values, escape sequences or digits, before they are read.
pub(super) fn checked(body: &[u8]) -> Result<&str, Unreadable> {
    // One has two characters at least.
    if body.len() > 2 * MOST_ESCAPES && memchr_iter(b'\\', body).count() > MOST_ESCAPES {
        return Err(Unreadable::TooManyEscapes(MOST_ESCAPES));
    }
    if has_long_number(body) {
        return Err(Unreadable::TooManyDigits(MOST_DIGITS));
    }
    let left = Cell::new(MOST_VALUES);
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let read = Any { left: &left }.deserialize(&mut deserializer).and_then(|()| deserializer.end());
    read.map_err(|error| match left.get() {
        0 => Unreadable::TooManyValues(MOST_VALUES),
        _ => Unreadable::NotJson(format!("The body is not valid JSON: {error}")),
    })?;
    str::from_utf8(body).map_err(|error| Unreadable::NotJson(format!("The body is not valid JSON: {error}")))
}

/// Reads any value, while the body may hold further ones.
#[derive(Clone, Copy)]
struct Any<'c> {
    left: &'c Cell<usize>,
}

impl<'de> DeserializeSeed<'de> for Any<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let left = self.left.get().saturating_sub(1);
        self.left.set(left);
        if left == 0 {
            return Err(D::Error::custom("too many values"));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Any<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(self)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_key::<Key>()?.is_some() {
            map.next_value_seed(self)?;
        }
        Ok(())
    }
}

/// A key. It is no value, so it is not counted.
struct Key;

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(KeyVisitor)
    }
}

struct KeyVisitor;

impl Visitor<'_> for KeyVisitor {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, _: &str) -> Result<Key, E> {
        Ok(Key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_json_is_refused_with_line_and_column() {
        let Unreadable::NotJson(error) = checked(b"{\n \"a\": }").unwrap_err() else { panic!() };
        assert!(error.contains("line 2 column 7"), "{error}");
        for wrong in ["{} x", "\"\\ud800\"", "[1,]", "{\"a\" 1}", "01", "\"\n\"", "", "1e999"] {
            assert!(matches!(checked(wrong.as_bytes()), Err(Unreadable::NotJson(_))), "{wrong}");
        }
        assert!(matches!(checked(b"[\"\xff\"]"), Err(Unreadable::NotJson(_))), "no UTF-8");
        assert!(checked("[".repeat(100_000).as_bytes()).is_err(), "depth is bounded");
    }

    #[test]
    fn a_body_of_escape_sequences_is_refused_before_it_is_read() {
        let text = |count: usize| format!("\"{}\"", "\\n".repeat(count));
        assert!(checked(text(MOST_ESCAPES).as_bytes()).is_ok());
        let over = text(MOST_ESCAPES + 1) + "and what is no JSON";
        assert_eq!(checked(over.as_bytes()), Err(Unreadable::TooManyEscapes(MOST_ESCAPES)));
    }

    #[test]
    fn reading_ends_at_the_limit_of_values() {
        let array = |count: usize| format!("[{}]", vec!["1"; count].join(","));
        assert!(checked(array(MOST_VALUES - 2).as_bytes()).is_ok(), "the array is a value too");
        let endless = array(MOST_VALUES) + "and what is no JSON";
        assert_eq!(checked(endless.as_bytes()), Err(Unreadable::TooManyValues(MOST_VALUES)));
    }
}
