//! A JSON value as it came, borrowing from the body where it can.
//!
//! Owns the shape only; what a value may be is owned by [`crate::value`].

use std::borrow::Cow;
use std::cell::Cell;

use crewbox_core::id::MAX_ID;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use crate::object::{Put, Raw};

/// Numbers up to this, positive or negative, are exact in every program that reads JSON (RFC 8259, section 6).
pub(crate) const MAX_NUMBER: u64 = MAX_ID;

/// A value. Numbers that no integer type holds are [`Json::Float`].
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Cow<'a, str>),
    Array(Vec<Json<'a>>),
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
}

/// Values a body may hold: 400 leads with 200 custom fields each, three times over. A value takes 40 bytes and more in
/// memory, however short it is in the body; so this bounds a body's memory to a few times its length.
const MOST_VALUES: usize = 250_000;

/// Why a body cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// It is not JSON: what is wrong, with line and column.
    NotJson(String),
    /// It holds more values than a body may.
    TooManyValues(usize),
}

impl<'a> Json<'a> {
    /// Reads a whole body; nothing but white space is as good as an empty object.
    ///
    /// # Errors
    /// What is wrong, with line and column; and where it holds too many values, before they are read.
    pub(crate) fn read(body: &'a [u8]) -> Result<Self, Unreadable> {
        if body.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self::Object(Vec::new()));
        }
        let left = Cell::new(MOST_VALUES);
        let mut deserializer = serde_json::Deserializer::from_slice(body);
        let read = Any { left: &left }.deserialize(&mut deserializer);
        let read = read.and_then(|value| deserializer.end().map(|()| value));
        read.map_err(|error| match left.get() {
            0 => Unreadable::TooManyValues(MOST_VALUES),
            _ => Unreadable::NotJson(format!("The body is not valid JSON: {error}")),
        })
    }

    /// Appends it as JSON while `out` is no longer than `most` bytes; false where it does not fit. Numbers and escapes can
    /// be many times longer than they came.
    pub(crate) fn put_within(&self, most: usize, out: &mut Vec<u8>) -> bool {
        match self {
            Self::Null => Raw(b"null").put(out),
            Self::Bool(value) => value.put(out),
            Self::Int(value) => value.put(out),
            Self::Float(value) => Raw(value.to_string().as_bytes()).put(out),
            Self::Text(text) => put_text_within(text, most, out),
            Self::Array(values) => {
                out.push(b'[');
                for (place, value) in values.iter().enumerate() {
                    if place > 0 {
                        out.push(b',');
                    }
                    if !value.put_within(most, out) {
                        return false;
                    }
                }
                out.push(b']');
            }
            Self::Object(entries) => {
                out.push(b'{');
                for (place, (key, value)) in entries.iter().enumerate() {
                    if place > 0 {
                        out.push(b',');
                    }
                    put_text_within(key, most, out);
                    out.push(b':');
                    if !value.put_within(most, out) {
                        return false;
                    }
                }
                out.push(b'}');
            }
        }
        out.len() <= most
    }

    /// Whether it is, or holds, a number beyond [`MAX_NUMBER`].
    pub(crate) fn has_too_large_number(&self) -> bool {
        match self {
            Self::Int(number) => number.unsigned_abs() > MAX_NUMBER,
            Self::Float(number) => number.abs() > MAX_NUMBER as f64,
            Self::Array(values) => values.iter().any(Self::has_too_large_number),
            Self::Object(entries) => entries.iter().any(|(_, value)| value.has_too_large_number()),
            Self::Null | Self::Bool(_) | Self::Text(_) => false,
        }
    }
}

/// Appends a text that may fit; one that cannot makes `out` too long by a byte.
fn put_text_within(text: &str, most: usize, out: &mut Vec<u8>) {
    if text.len() <= most.saturating_sub(out.len()) {
        text.put(out);
    } else {
        out.resize(most.saturating_add(1), b'.');
    }
}

impl Put for Json<'_> {
    fn put(&self, out: &mut Vec<u8>) {
        self.put_within(usize::MAX, out);
    }
}

/// Reads any value, while the body may hold further ones.
#[derive(Clone, Copy)]
struct Any<'c> {
    left: &'c Cell<usize>,
}

impl<'de> DeserializeSeed<'de> for Any<'_> {
    type Value = Json<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json<'de>, D::Error> {
        let left = self.left.get().saturating_sub(1);
        self.left.set(left);
        if left == 0 {
            return Err(D::Error::custom("too many values"));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Any<'_> {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Json::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(value).map_or(Json::Float(value as f64), Json::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Json::Float(value))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Json::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Json::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_string<E>(self, value: String) -> Result<Self::Value, E> {
        Ok(Json::Text(Cow::Owned(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = seq.next_element_seed(self)? {
            push(&mut values, value);
        }
        Ok(Json::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries: Vec<(Cow<'de, str>, Json<'de>)> = Vec::new();
        while let Some(key) = map.next_key::<Key<'de>>()? {
            push(&mut entries, (key.0, map.next_value_seed(self)?));
        }
        Ok(Json::Object(entries))
    }
}

/// Appends, with room for one where it is the first: a vector begins with room for four, and a body of objects of one key
/// each would take four times the memory.
fn push<T>(values: &mut Vec<T>, value: T) {
    if values.is_empty() {
        values.reserve_exact(1);
    }
    values.push(value);
}

/// A key, borrowed where it has no escapes; serde's own `Cow` always copies.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(KeyVisitor)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Key<'de>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Key(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Key(Cow::Owned(value.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_reads_and_writes_back() {
        let text = r#"{"a":[1,-2,1.5,"x\ny",true,null],"b":{}}"#;
        let value = Json::read(text.as_bytes()).unwrap();
        let mut out = Vec::new();
        value.put(&mut out);
        assert_eq!(String::from_utf8(out).unwrap(), text);
        assert_eq!(Json::read(b" \n").unwrap(), Json::Object(Vec::new()));
    }

    #[test]
    fn broken_json_is_told_with_line_and_column() {
        let Unreadable::NotJson(error) = Json::read(b"{\n \"a\": }").unwrap_err() else { panic!() };
        assert!(error.contains("line 2 column 7"), "{error}");
        assert!(matches!(Json::read(b"{} x"), Err(Unreadable::NotJson(_))), "nothing may follow");
        assert!(Json::read("[".repeat(100_000).as_bytes()).is_err(), "depth is bounded");
    }

    #[test]
    fn reading_ends_at_the_limit_of_values() {
        let array = |count: usize| format!("[{}]", vec!["1"; count].join(","));
        assert!(Json::read(array(MOST_VALUES - 2).as_bytes()).is_ok(), "the array is a value too");
        let endless = array(MOST_VALUES) + "and what is no JSON";
        assert_eq!(Json::read(endless.as_bytes()), Err(Unreadable::TooManyValues(MOST_VALUES)));
    }

    #[test]
    fn writing_ends_at_its_limit() {
        for text in [r#"[1e308,1e308]"#, r#"{"k":"xxxxxxxxxxxx"}"#, r#"{"xxxxxxxxxxxx":[[[1]]]}"#] {
            let value = Json::read(text.as_bytes()).unwrap();
            let mut out = Vec::new();
            assert!(!value.put_within(8, &mut out), "{text}");
            assert!(out.len() < 400, "{text}: {} bytes", out.len());
        }
        let mut out = Vec::new();
        assert!(Json::read(b"[1,2]").unwrap().put_within(5, &mut out));
    }

    #[test]
    fn numbers_beyond_the_exact_ones_are_found_however_deep() {
        for (text, found) in [
            ("9007199254740991", false),
            ("-9007199254740991", false),
            ("9007199254740992", true),
            ("[{\"a\":[1e300]}]", true),
            ("18446744073709551615", true),
            ("\"99999999999999999999\"", false),
        ] {
            assert_eq!(Json::read(text.as_bytes()).unwrap().has_too_large_number(), found, "{text}");
        }
    }
}
