//! Whether the library accepts a response, and understands of it what we ask for.
//!
//! Owns what the library must never be given: responses at which it panics, or recurses without a limit.

use async_imap::imap_proto::{AttributeValue, Response};

use super::tokens::{Kind, contains, kind};

/// Parentheses within parentheses. The library's parser recurses, and tries some parts twice at each level; no answer to
/// what we ask has more than three.
const MOST_DEPTH: usize = 10;

/// What we ask of a mail, and whether an attribute the library has read is that.
type Asked = (&'static [u8], fn(&AttributeValue<'_>) -> bool);

/// The attributes that the library may take for unknown ones, because their values are unusual.
const ASKED: &[Asked] = &[
    (b"FLAGS (", |value| matches!(value, AttributeValue::Flags(_))),
    (b"X-GM-LABELS", |value| matches!(value, AttributeValue::GmailLabels(_))),
    (b"RFC822.SIZE", |value| matches!(value, AttributeValue::Rfc822Size(_))),
    (b"INTERNALDATE \"", |value| matches!(value, AttributeValue::InternalDate(_))),
    (b"UID ", |value| matches!(value, AttributeValue::Uid(_))),
];

/// Codes that we need, and that the library takes for plain words where they are written unusually.
const CODES: &[&[u8]] = &[b"[UIDVALIDITY", b"[UIDNEXT"];

/// Whether this is one whole response as the library reads it, with nothing that we ask for taken for unknown.
pub(super) fn accepts(text: &[u8]) -> bool {
    if is_plain_search(text) {
        return true;
    }
    if panics(text) || is_deep(text) {
        return false;
    }
    match Response::parse(text) {
        Ok((rest, response)) => rest.is_empty() && is_understood(&response, text),
        Err(_) => false,
    }
}

/// Whether this is a response to SEARCH of numbers and single blanks: by far the longest text that servers send, and known
/// without the library in a fraction of its time.
fn is_plain_search(text: &[u8]) -> bool {
    let Some(numbers) = text.strip_prefix(b"* SEARCH ").and_then(|rest| rest.strip_suffix(b"\r\n")) else {
        return false;
    };
    let mut number: Option<u64> = None;
    for byte in numbers {
        number = match (byte, number) {
            (b'0'..=b'9', before) => Some(before.unwrap_or(0) * 10 + u64::from(byte - b'0')),
            (b' ', Some(_)) => None,
            _ => return false,
        };
        if number.is_some_and(|number| number > u64::from(u32::MAX)) {
            return false;
        }
    }
    number.is_some()
}

fn is_understood(response: &Response<'_>, text: &[u8]) -> bool {
    let values = match response {
        Response::Fetch(_, values) => values,
        Response::Data { outcome, .. } | Response::Done { outcome, .. } => {
            let words = outcome.information.as_deref().unwrap_or_default().as_bytes();
            return outcome.code.is_some() || !CODES.iter().any(|code| starts_with(words, code));
        }
        _ => return true,
    };
    if !values.contains(&AttributeValue::Unknown) {
        return true;
    }
    ASKED.iter().all(|(name, is)| !contains(text, name) || values.iter().any(is))
}

/// Responses at which the library panics: a date that is NIL, and a code in brackets that is followed by a character
/// of several bytes instead of a blank.
fn panics(text: &[u8]) -> bool {
    match kind(text) {
        Kind::Fetch => contains(text, b"INTERNALDATE NIL"),
        Kind::Status | Kind::Continue => {
            let after = memchr::memchr(b']', text).and_then(|at| text.get(at + 1));
            after.is_some_and(|byte| !byte.is_ascii())
        }
        Kind::Data => false,
    }
}

fn starts_with(words: &[u8], code: &[u8]) -> bool {
    words.get(..code.len()).is_some_and(|start| start.eq_ignore_ascii_case(code))
}

fn is_deep(text: &[u8]) -> bool {
    let mut depth = 0_usize;
    for byte in text {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MOST_DEPTH {
            return true;
        }
    }
    false
}
