//! The header block of a mail or part as fields. Splitting and unfolding are ours, so that budgets hold
//! before any decoder runs; structured values (addresses, dates, encoded words) are the library's.

use std::borrow::Cow;

use mail_parser::parsers::MessageStream;
use mail_parser::{Addr, ContentType, DateTime, HeaderValue};

use super::charset;
use crate::budget::{MAX_FIELD_BYTES, MAX_HEADER_BYTES, MAX_OPEN_WORDS};

/// One header block.
#[derive(Debug, Default)]
pub(crate) struct Fields<'a> {
    fields: Vec<(&'a [u8], &'a [u8])>,
    /// The block, or a field of it, was larger than what is looked at.
    pub(crate) over_budget: bool,
}

impl<'a> Fields<'a> {
    /// Reads the block at the start of `bytes`; gives it and where the body starts.
    pub(crate) fn split(bytes: &'a [u8]) -> (Self, usize) {
        let mut block = Self::default();
        let mut at = 0;
        let mut open: Option<(usize, usize, usize)> = None;
        while at < bytes.len() {
            let end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |n| at + n + 1);
            let line = &bytes[at..end];
            if line.iter().all(|b| matches!(b, b'\r' | b'\n')) {
                block.close(bytes, open.take());
                return (block, end);
            }
            let folded = matches!(line[0], b' ' | b'\t');
            if folded && let Some(field) = open.as_mut() {
                field.2 = end;
            } else if let Some(colon) = field_name(line) {
                block.close(bytes, open.take());
                open = Some((at, at + colon, end));
            } else if at != 0 || !is_envelope_line(line) {
                // Not a header: the blank line is missing, and here the body starts.
                block.close(bytes, open.take());
                return (block, at);
            }
            at = end;
        }
        block.close(bytes, open.take());
        (block, bytes.len())
    }

    fn close(&mut self, bytes: &'a [u8], field: Option<(usize, usize, usize)>) {
        let Some((start, colon, end)) = field else { return };
        if end > MAX_HEADER_BYTES {
            self.over_budget = true;
            if start > MAX_HEADER_BYTES {
                return;
            }
        }
        let mut value = &bytes[colon + 1..end];
        if value.len() > MAX_FIELD_BYTES {
            self.over_budget = true;
            value = &value[..MAX_FIELD_BYTES];
        }
        self.fields.push((bytes[start..colon].trim_ascii_end(), value));
    }

    /// Whether the block has no field at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The raw value of the first field of that name.
    pub(crate) fn raw(&self, name: &str) -> Option<&'a [u8]> {
        self.fields.iter().find(|(n, _)| n.eq_ignore_ascii_case(name.as_bytes())).map(|(_, v)| *v)
    }

    /// The first such field, unfolded and trimmed, not decoded; as for ids and keywords.
    pub(crate) fn plain(&self, name: &str) -> Option<String> {
        self.raw(name).map(unfold)
    }

    /// The first such field with its encoded words decoded.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        let value = self.plain(name)?;
        if !value.contains("=?") {
            return Some(value);
        }
        let line = closed_words(value) + "\n";
        match MessageStream::new(line.as_bytes()).parse_unstructured() {
            HeaderValue::Text(text) => Some(text.trim().to_owned()),
            _ => Some(String::new()),
        }
    }

    /// The addresses of the first such field; groups are flattened.
    pub(crate) fn addresses(&self, name: &str) -> Vec<Addr<'static>> {
        let Some(value) = self.plain(name) else { return Vec::new() };
        let line = closed_words(value) + "\n";
        match MessageStream::new(line.as_bytes()).parse_address() {
            HeaderValue::Address(list) => list.iter().map(|addr| addr.clone().into_owned()).collect(),
            _ => Vec::new(),
        }
    }

    /// The first such field as a date.
    pub(crate) fn date(&self, name: &str) -> Option<DateTime> {
        DateTime::parse_rfc822(&self.plain(name)?).filter(DateTime::is_valid)
    }

    /// Content-Type or Content-Disposition.
    pub(crate) fn content_type(&self, name: &str) -> Option<ContentType<'static>> {
        let line = closed_words(self.plain(name)?) + "\n";
        match MessageStream::new(line.as_bytes()).parse_content_type().into_owned() {
            HeaderValue::ContentType(content_type) => Some(content_type),
            _ => None,
        }
    }
}

/// Where the colon stands, if the line starts with a field name.
fn field_name(line: &[u8]) -> Option<usize> {
    let colon = memchr::memchr(b':', line)?;
    let name = line[..colon].trim_ascii_end();
    (!name.is_empty() && name.iter().all(|b| b.is_ascii_graphic())).then_some(colon)
}

/// The mbox separator that some exports leave on top.
fn is_envelope_line(line: &[u8]) -> bool {
    line.starts_with(b"From ") || line.starts_with(b">From ")
}

/// A field's value on one line: folds become one space, bytes become text by detection, NUL goes.
fn unfold(value: &[u8]) -> String {
    let text = match std::str::from_utf8(value) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(charset::detect(value).0),
    };
    let mut line = String::with_capacity(text.len());
    for piece in text.split(['\n', '\r', '\0']) {
        let piece = piece.trim();
        if !piece.is_empty() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(piece);
        }
    }
    line
}

/// The value without encoded words that never close: each would make the decoder read to the end.
fn closed_words(value: String) -> String {
    let last_close = value.rfind("?=").unwrap_or(0);
    if value[last_close..].matches("=?").count() <= MAX_OPEN_WORDS {
        return value;
    }
    let (head, tail) = value.split_at(last_close);
    head.to_owned() + &tail.replace("=?", "= ?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_fields_become_one_line() {
        let (fields, body) = Fields::split(b"From x\r\nSubject: a\r\n b\r\n\tc\r\nX: y\r\n\r\nbody");
        assert_eq!(fields.plain("subject").as_deref(), Some("a b c"));
        assert_eq!(body, 40 - 4);
    }

    #[test]
    fn a_missing_blank_line_starts_the_body() {
        let (fields, body) = Fields::split(b"Subject: a\nhello there\n");
        assert_eq!(fields.plain("Subject").as_deref(), Some("a"));
        assert_eq!(body, 11);
    }

    #[test]
    fn raw_8_bit_subjects_are_detected() {
        let (fields, _) = Fields::split(b"Subject: Gr\xfc\xdfe aus M\xfcnchen\n\n");
        assert_eq!(fields.text("Subject").as_deref(), Some("Grüße aus München"));
    }

    #[test]
    fn encoded_words_are_decoded() {
        let (fields, _) = Fields::split(b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= =?utf-8?b?w6k=?= x\n\n");
        assert_eq!(fields.text("Subject").as_deref(), Some("Grüßeé x"));
    }
}
