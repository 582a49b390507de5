//! The header block of a mail or part as fields. Splitting and unfolding are ours, so that budgets hold before any
//! decoder runs, and so are encoded words, parameters and dates; addresses are the library's.

use std::borrow::Cow;

use mail_parser::{Addr, DateTime};

use super::parameters::Parameterised;
use super::{addresses, charset, date, words};
use crate::budget::{MAX_FIELD_BYTES, MAX_HEADER_BYTES, MAX_LOOKAHEAD_BYTES};

/// One header block.
#[derive(Debug, Default)]
pub(crate) struct Fields<'a> {
    fields: Vec<(&'a [u8], &'a [u8])>,
    /// The mbox separator above the fields, if there is one.
    envelope: Option<&'a [u8]>,
    /// The block, or a field of it, was larger than what is looked at.
    pub(crate) over_budget: bool,
}

impl<'a> Fields<'a> {
    /// As [`Fields::split`], for a whole mail: empty lines before its headers, as exports leave them, do not end these.
    pub(crate) fn of_mail(bytes: &'a [u8]) -> (Self, usize) {
        let blank = bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let first = &bytes[blank..line_end(bytes, blank)];
        let is_header = field_name(first).is_some_and(|colon| is_known_field(&first[..colon]));
        let skipped = if is_header { blank } else { 0 };
        let (fields, body) = Self::split(&bytes[skipped..]);
        (fields, skipped + body)
    }

    /// Reads the block at the start of `bytes`; gives it and where the body starts.
    pub(crate) fn split(bytes: &'a [u8]) -> (Self, usize) {
        let mut block = Self::default();
        // A byte-order mark is no part of the first field's name.
        let mut at = if bytes.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        let top = at;
        let mut open: Option<(usize, usize, usize)> = None;
        // Up to here, what is no field is between fields.
        let mut last_field: Option<usize> = None;
        while at < bytes.len() {
            let end = line_end(bytes, at);
            let line = &bytes[at..end];
            if is_blank(line) {
                block.close(bytes, open.take());
                return (block, end);
            }
            if at > MAX_HEADER_BYTES {
                // No field from here on is looked at: only where they end matters.
                block.close(bytes, open.take());
                block.over_budget = true;
                return (block, blank_line_end(bytes, at));
            }
            let folded = matches!(line[0], b' ' | b'\t');
            if folded && let Some(field) = open.as_mut() {
                field.2 = end;
            } else if let Some(colon) = field_name(line) {
                block.close(bytes, open.take());
                open = Some((at, at + colon, end));
            } else if at == top && is_envelope_line(line) {
                block.envelope = Some(line);
            } else if line.starts_with(b"--")
                || *last_field.get_or_insert_with(|| last_known_field(bytes, end)) <= at
            {
                // Not a header: the blank line is missing, and here the body starts.
                block.close(bytes, open.take());
                return (block, at);
            } else {
                block.close(bytes, open.take());
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
        Some(words::decode(&self.readable(name)?).trim().to_owned())
    }

    /// The first such field, unfolded; bytes without a charset are read in the one that the block names for its body.
    fn readable(&self, name: &str) -> Option<String> {
        let value = self.raw(name)?;
        if std::str::from_utf8(value).is_err()
            && let Some(content_type) = self.parameterised("Content-Type")
            && let Some(label) = content_type.get("charset").filter(|label| charset::is_known(label))
        {
            let (text, lossy) = charset::decode(value, Some(label));
            if !lossy {
                return Some(unfold(text.as_bytes()));
            }
        }
        Some(unfold(value))
    }

    /// The addresses of the first such field; groups are flattened.
    pub(crate) fn addresses(&self, name: &str) -> Vec<Addr<'static>> {
        let Some(value) = self.readable(name) else { return Vec::new() };
        let found = addresses::in_field(&value);
        // Some programs encode the whole field, the address with the name.
        match found.as_slice() {
            [Addr { name: Some(all), address: None }] if value.contains("=?") && all.contains('@') => {
                addresses::in_field(all)
            }
            _ => found,
        }
    }

    /// The first such field as a date, milliseconds since 1970; with another one of the name behind one that is
    /// none, that one.
    pub(crate) fn date(&self, name: &str) -> Option<i64> {
        self.all(name).find_map(|value| date::parse(&unfold(value)))
    }

    /// When the newest server that says so took the mail in, milliseconds since 1970: the date of the topmost
    /// Received that has one.
    pub(crate) fn received(&self) -> Option<i64> {
        self.all("Received").find_map(|value| {
            let value = unfold(value);
            date::parse(value.rsplit_once(';').map_or("", |(_, date)| date))
        })
    }

    /// The date of the mbox separator above the fields, milliseconds since 1970.
    pub(crate) fn separator_date(&self) -> Option<i64> {
        let line = unfold(self.envelope?);
        // `From sender date`, where the sender may be missing or have blanks.
        let after = line.split_once(' ')?.1;
        date::parse(after.split_once(' ').map_or(after, |(_, date)| date))
    }

    /// The first such field as a date by the parser's rule: what the identity of a message is made of, in which a
    /// better reading of dates must change nothing.
    pub(crate) fn date_of_identity(&self, name: &str) -> Option<DateTime> {
        DateTime::parse_rfc822(&self.plain(name)?).filter(DateTime::is_valid)
    }

    /// The values of all fields of a name, topmost first.
    fn all<'b>(&'b self, name: &'b str) -> impl Iterator<Item = &'a [u8]> + 'b {
        self.fields.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name.as_bytes())).map(|(_, value)| *value)
    }

    /// Content-Type or Content-Disposition.
    pub(crate) fn parameterised(&self, name: &str) -> Option<Parameterised> {
        Some(Parameterised::read(&self.plain(name)?))
    }
}

/// What some programs put before a text in UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

fn line_end(bytes: &[u8], at: usize) -> usize {
    memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |n| at + n + 1)
}

/// Where the first blank line behind `at` ends.
fn blank_line_end(bytes: &[u8], at: usize) -> usize {
    let rest = &bytes[at..];
    let ends = [b"\n\n".as_slice(), b"\n\r\n"]
        .into_iter()
        .filter_map(|blank| memchr::memmem::find(rest, blank).map(|found| at + found + blank.len()));
    ends.min().unwrap_or(bytes.len())
}

fn is_blank(line: &[u8]) -> bool {
    line.iter().all(|byte| matches!(byte, b'\r' | b'\n'))
}

/// Where the last field that mail is known to have starts, at or behind `from` and before the next blank line; 0 if
/// there is none, or text that is no header outweighs the fields.
fn last_known_field(bytes: &[u8], from: usize) -> usize {
    let reach = bytes.len().min(from + MAX_LOOKAHEAD_BYTES);
    let (mut at, mut last, mut fields, mut others) = (from, 0, 0, 1);
    while at < reach {
        let end = line_end(bytes, at);
        let line = &bytes[at..end];
        if is_blank(line) || line.starts_with(b"--") {
            break;
        }
        match field_name(line) {
            Some(colon) if is_known_field(&line[..colon]) => {
                fields += 1;
                last = if others <= fields { at } else { last };
            }
            _ if matches!(line[0], b' ' | b'\t') => {}
            _ => others += 1,
        }
        at = end;
    }
    last
}

/// Fields by which headers are told from text, lower case: the usual ones of RFC 5322 and of servers.
const KNOWN_FIELDS: &[&str] = &[
    "authentication-results",
    "auto-submitted",
    "bcc",
    "cc",
    "date",
    "delivered-to",
    "delivery-date",
    "dkim-signature",
    "envelope-to",
    "errors-to",
    "from",
    "importance",
    "in-reply-to",
    "message-id",
    "mime-version",
    "organization",
    "precedence",
    "priority",
    "received",
    "received-spf",
    "references",
    "reply-to",
    "return-path",
    "return-receipt-to",
    "sender",
    "status",
    "subject",
    "to",
    "user-agent",
];

/// Beginnings of the names of families of such fields.
const KNOWN_FAMILIES: &[&str] = &["x-", "content-", "list-", "arc-", "resent-", "thread-", "disposition-"];

fn is_known_field(name: &[u8]) -> bool {
    let name = name.trim_ascii_end().to_ascii_lowercase();
    KNOWN_FIELDS.iter().any(|known| name == known.as_bytes())
        || KNOWN_FAMILIES.iter().any(|family| name.starts_with(family.as_bytes()))
}

/// Where the colon is, if the line starts with a field name.
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
    fn a_line_that_is_no_header_does_not_end_them() {
        for raw in [
            "From: a@b.test\nNonsense without colon\nSubject: s\n\nbody",
            "From: a@b.test\n>From x@y.test Tue Nov  3 10:00:00 2026\nX-Y: z\nSubject: s\n\nbody",
            "From: a@b.test\nword\nX-A: b\n c\nword\nSubject: s\n\nbody",
        ] {
            let (fields, body) = Fields::split(raw.as_bytes());
            assert_eq!((fields.plain("Subject").as_deref(), &raw[body..]), (Some("s"), "body"), "{raw}");
        }
        for raw in [
            "Subject: s\nhello there\nthis: is text\n\nmore",
            "Subject: s\nhello there\nhow are you\nDate: as agreed\nsee you\n\nTo: x",
            "Subject: s\n--b\nContent-Type: text/plain\n\nx",
        ] {
            let (fields, body) = Fields::split(raw.as_bytes());
            assert_eq!((fields.plain("Subject").as_deref(), body), (Some("s"), 11), "{raw}");
        }
    }

    #[test]
    fn empty_lines_before_the_headers_of_a_mail_are_skipped() {
        let (fields, body) = Fields::of_mail(b"\r\n\nSubject: a\n\nx");
        assert_eq!((fields.plain("Subject").as_deref(), body), (Some("a"), 15));
        for text in [b"\n\nhello: you\n\nx".as_slice(), b"\n", b""] {
            assert!(Fields::of_mail(text).0.is_empty());
        }
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        let (fields, body) = Fields::split(b"\xef\xbb\xbfSubject: a\n\nx");
        assert_eq!((fields.plain("Subject").as_deref(), body), (Some("a"), 15));
    }

    #[test]
    fn times_are_in_date_received_and_the_separator() {
        let (fields, _) = Fields::split(
            b"From a b@c.test Tue Nov  3 10:00:00 2026\nReceived: by x; soon\nReceived: from y (z; w) by x;\n Tue, 3 Nov 2026 12:00:00 +0100\nReceived: by y; Mon, 2 Nov 2026 10:00:00 +0000\nDate: later\nDate: 3 Nov 2026 12:00\n\n",
        );
        let ten = 1_793_700_000_000;
        assert_eq!(fields.separator_date(), Some(ten));
        assert_eq!(fields.received(), Some(ten + 3_600_000));
        assert_eq!(fields.date("date"), Some(ten + 7_200_000));
    }

    #[test]
    fn a_field_that_is_encoded_as_a_whole_has_an_address() {
        let (fields, _) = Fields::split(b"From: =?utf-8?Q?L=C3=A9a_<lea=40a.test>?=\n\n");
        let found = fields.addresses("From");
        assert_eq!(
            (found[0].name.as_deref(), found[0].address.as_deref()),
            (Some("L\u{e9}a"), Some("lea@a.test"))
        );
    }

    #[test]
    fn raw_8_bit_subjects_are_detected() {
        let (fields, _) = Fields::split(b"Subject: Gr\xfc\xdfe aus M\xfcnchen\n\n");
        assert_eq!(fields.text("Subject").as_deref(), Some("Grüße aus München"));
    }

    #[test]
    fn raw_8_bit_fields_are_in_the_charset_of_the_text() {
        let (fields, _) = Fields::split(
            b"From: \xd0\xa1\xcd\xf5 <a@b.test>\nSubject: \xbb\xd8\xb8\xb4\nContent-Type: text/plain; charset=gb2312\n\n",
        );
        assert_eq!(fields.text("Subject").as_deref(), Some("\u{56de}\u{590d}"));
        assert_eq!(fields.addresses("From")[0].name.as_deref(), Some("\u{5c0f}\u{738b}"));
    }

    #[test]
    fn encoded_words_are_decoded() {
        let (fields, _) = Fields::split(b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= =?utf-8?b?w6k=?= x\n\n");
        assert_eq!(fields.text("Subject").as_deref(), Some("Grüßeé x"));
    }
}
