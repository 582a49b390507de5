//! A JSON value as it came. Scalars are read; arrays and objects are the text that holds them, and what is in them is read
//! when it is asked for. So a body is never in memory as a tree: a type that takes at most ten items reads ten, and what no
//! type asks for costs nothing but the check that it is JSON.
//!
//! Owns the shape only; what a value may be is owned by [`crate::value`].

use std::borrow::Cow;

use crewbox_core::id::MAX_ID;

use super::check::{Unreadable, checked};
use super::tokens::{Token, Tokens, Values, trimmed};
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
    Array(Items<'a>),
    Object(Entries<'a>),
}

/// The items of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Items<'a> {
    /// The array without its brackets.
    inner: &'a str,
}

/// The keys of an object with their values, in the order in which they came. A key may be there twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entries<'a> {
    /// The object without its brackets.
    inner: &'a str,
}

/// A value that has not been read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unread<'a>(&'a str);

impl<'a> Json<'a> {
    /// Checks a whole body; nothing but white space is as good as an empty object.
    ///
    /// # Errors
    /// What is wrong, with line and column; and where it holds too many values.
    pub(crate) fn read(body: &'a [u8]) -> Result<Self, Unreadable> {
        if body.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self::Object(Entries { inner: "" }));
        }
        checked(body).map(|text| Unread(trimmed(text)).read())
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
            Self::Array(Items { inner }) => return put_tokens_within(['[', ']'], inner, most, out),
            Self::Object(Entries { inner }) => return put_tokens_within(['{', '}'], inner, most, out),
        }
        out.len() <= most
    }

    /// Whether it is, or holds, a number beyond [`MAX_NUMBER`].
    pub(crate) fn has_too_large_number(&self) -> bool {
        match self {
            Self::Int(number) => number.unsigned_abs() > MAX_NUMBER,
            Self::Float(number) => number.abs() > MAX_NUMBER as f64,
            Self::Array(Items { inner }) | Self::Object(Entries { inner }) => {
                // Strings are passed over: none is a number.
                let scalars = Tokens(inner).filter_map(|token| match token {
                    Token::Scalar(scalar) if !scalar.starts_with('"') => Some(scalar),
                    _ => None,
                });
                scalars.into_iter().any(|scalar| Unread(scalar).read().has_too_large_number())
            }
            Self::Null | Self::Bool(_) | Self::Text(_) => false,
        }
    }
}

impl<'a> Unread<'a> {
    /// The value, which is part of a checked body.
    pub(crate) fn read(self) -> Json<'a> {
        let Self(text) = self;
        let inner = || text.get(1..text.len() - 1).unwrap_or_default();
        match text.as_bytes().first() {
            Some(b'"') => Json::Text(string(text)),
            Some(b'[') => Json::Array(Items { inner: inner() }),
            Some(b'{') => Json::Object(Entries { inner: inner() }),
            Some(b't') => Json::Bool(true),
            Some(b'f') => Json::Bool(false),
            Some(b'-' | b'0'..=b'9') => number(text),
            _ => Json::Null,
        }
    }
}

/// A number; as a float, where an integer would lose something of it.
fn number(text: &str) -> Json<'static> {
    match text.parse::<i64>() {
        Ok(number) if text != "-0" => Json::Int(number),
        _ => Json::Float(text.parse().unwrap_or(f64::INFINITY)),
    }
}

/// A string without its quotes, borrowed where it has no escapes.
fn string(text: &str) -> Cow<'_, str> {
    let inner = text.get(1..text.len() - 1).unwrap_or_default();
    if memchr::memchr(b'\\', inner.as_bytes()).is_none() {
        return Cow::Borrowed(inner);
    }
    Cow::Owned(serde_json::from_str(text).expect("a body is checked before its strings are read"))
}

impl<'a> Items<'a> {
    /// How many there are.
    pub(crate) fn len(self) -> usize {
        Values(self.inner).count()
    }

    /// Each, read when its turn comes.
    pub(crate) fn iter(self) -> impl Iterator<Item = Json<'a>> {
        Values(self.inner).map(|value| Unread(value).read())
    }
}

impl<'a> Entries<'a> {
    /// Each key with its value.
    pub(crate) fn iter(self) -> impl Iterator<Item = (Cow<'a, str>, Unread<'a>)> {
        let mut values = Values(self.inner);
        std::iter::from_fn(move || Some((string(values.next()?), Unread(values.next()?))))
    }
}

/// Appends the text of an array or object in one pass, however deeply nested it is.
fn put_tokens_within([open, close]: [char; 2], inner: &str, most: usize, out: &mut Vec<u8>) -> bool {
    out.push(open as u8);
    for token in Tokens(inner) {
        match token {
            Token::Mark(mark) => out.push(mark as u8),
            Token::Scalar(scalar) => {
                Unread(scalar).read().put_within(most, out);
            }
        }
        if out.len() > most {
            return false;
        }
    }
    out.push(close as u8);
    out.len() <= most
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A value read to its last part.
    fn whole(value: &Json<'_>) -> serde_json::Value {
        match value {
            Json::Null => serde_json::Value::Null,
            Json::Bool(value) => (*value).into(),
            Json::Int(value) => (*value).into(),
            Json::Float(value) => (*value).into(),
            Json::Text(text) => text.as_ref().into(),
            Json::Array(items) => items.iter().map(|item| whole(&item)).collect(),
            Json::Object(entries) => {
                entries.iter().map(|(key, value)| (key.into_owned(), whole(&value.read()))).collect()
            }
        }
    }

    #[test]
    fn what_is_read_on_demand_is_what_a_parser_reads_at_once() {
        for text in [
            r#" {"a" : [ 1 , -2, 1.5,"x\ny" ,true,null ], "b": { } , "\u0061":[[],[{}]] } "#,
            r#"["\"]","\\","\\\"}",{"]":"["},"\ud83d\ude00é",""]"#,
            r#"[0,-1,9223372036854775807,1e2,-0.0,1E-2,18446744073709551616.5]"#,
            r#""text""#,
            "\t17\r\n",
            "[[[[[[]]]]],false]",
            r#"{"":{"":""}}"#,
        ] {
            let read = whole(&Json::read(text.as_bytes()).unwrap());
            assert_eq!(read, serde_json::from_str::<serde_json::Value>(text).unwrap(), "{text}");
        }
    }

    #[test]
    fn a_value_reads_and_writes_back() {
        let text = r#"{"a":[1,-2,1.5,"x\ny",true,null],"b":{}}"#;
        let spaced = text.replace(',', " ,\n").replace(':', "\t: ");
        for given in [text, &spaced] {
            let mut out = Vec::new();
            Json::read(given.as_bytes()).unwrap().put(&mut out);
            assert_eq!(String::from_utf8(out).unwrap(), text);
        }
        let Json::Object(none) = Json::read(b" \n").unwrap() else { panic!() };
        assert_eq!(none.iter().count(), 0);
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
            ("[\"99999999999999999999\"]", false),
        ] {
            assert_eq!(Json::read(text.as_bytes()).unwrap().has_too_large_number(), found, "{text}");
        }
    }
}
