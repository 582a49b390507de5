//! Where the parts of a JSON text begin and end.
//!
//! Every text here has been checked as a whole ([`super::check`]); of another one the parts would be wrong, but no function
//! panics. What a part means belongs to [`super::json`].

use memchr::memchr2;

/// A part of a JSON text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A bracket, a comma or a colon.
    Mark(char),
    /// A string with its quotes, a number, or a word.
    Scalar(&'a str),
}

/// All parts of a text, however deep they are, in their order.
pub(super) struct Tokens<'a>(pub(super) &'a str);

/// The values one after another that a text consists of: the items of an array, or each key of an object with its value
/// behind it.
#[derive(Clone)]
pub(super) struct Values<'a>(pub(super) &'a str);

/// A text without the white space around it.
pub(super) fn trimmed(text: &str) -> &str {
    text.trim_matches(is_space)
}

impl<'a> Iterator for Values<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.0.trim_start_matches(|letter| is_space(letter) || matches!(letter, ',' | ':'));
        let (value, rest) = rest.split_at_checked(value_length(rest))?;
        self.0 = rest;
        (!value.is_empty()).then_some(value)
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let rest = self.0.trim_start_matches(is_space);
        let first = rest.chars().next()?;
        if matches!(first, '[' | ']' | '{' | '}' | ',' | ':') {
            self.0 = &rest[1..];
            return Some(Token::Mark(first));
        }
        let (scalar, rest) = rest.split_at_checked(value_length(rest))?;
        self.0 = rest;
        Some(Token::Scalar(scalar))
    }
}

fn is_space(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\n' | '\r')
}

/// Bytes of the value that a text begins with.
fn value_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    match bytes.first() {
        Some(b'"') => string_length(bytes),
        Some(b'[' | b'{') => nested_length(bytes),
        _ => bytes
            .iter()
            .position(|byte| matches!(byte, b',' | b']' | b'}' | b':' | b' ' | b'\t' | b'\n' | b'\r'))
            .unwrap_or(bytes.len()),
    }
}

/// Bytes of a string with its quotes.
fn string_length(bytes: &[u8]) -> usize {
    let mut at = 1;
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
        if bytes[at + found] == b'"' {
            return at + found + 1;
        }
        // What follows a backslash is no end.
        at += found + 2;
    }
    bytes.len()
}

/// Bytes of an array or object with its brackets.
fn nested_length(bytes: &[u8]) -> usize {
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at += string_length(&bytes[at..]);
                continue;
            }
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
        if depth == 0 {
            break;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_end_where_the_next_begins() {
        let text = r#" 1 , "a\"],b" ,[ [ "]" ],2],{"k":[1]},null,-1.5e3"#;
        let values: Vec<&str> = Values(text).collect();
        assert_eq!(values, ["1", r#""a\"],b""#, r#"[ [ "]" ],2]"#, r#"{"k":[1]}"#, "null", "-1.5e3"]);
        assert_eq!(Values(r#""k" : 1,"l":{}"#).collect::<Vec<_>>(), [r#""k""#, "1", r#""l""#, "{}"]);
        assert_eq!(Values(" \n").count(), 0);
    }

    #[test]
    fn tokens_are_all_parts_without_white_space() {
        let text: String = Tokens(" { \"a b\" : [ 1 , true ] } ")
            .map(|token| match token {
                Token::Mark(mark) => mark.to_string(),
                Token::Scalar(scalar) => scalar.to_owned(),
            })
            .collect();
        assert_eq!(text, r#"{"a b":[1,true]}"#);
    }

    #[test]
    fn what_is_no_json_ends_all_the_same() {
        for text in ["\"", "\"\\", "[", "]]", "[\"", "{\"a\":", "é", ":", ",é,"] {
            assert!(Values(text).count() < 9, "{text}");
            assert!(Tokens(text).count() < 9, "{text}");
        }
    }
}
