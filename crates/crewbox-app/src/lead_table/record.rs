//! A text of delimited values as records: where each begins and ends, and what its fields hold.
//!
//! Owns quoting (RFC 4180) and the ways in which people's files break it. Written here because a library's reader does
//! not tell whether a quote was ever closed, and cannot go back to the line on which it was opened. Linear in the text.

use std::borrow::Cow;

use super::columns::MOST_COLUMNS;

/// How fields are distinguished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    /// An ASCII character between two fields.
    pub(super) delimiter: u8,
    /// Whether `\"` within quotes is a quote, as databases export it.
    pub(super) backslash: bool,
}

/// Fields of a record beyond so many are counted, and not kept: a line can be as long as its file.
pub(super) const MOST_FIELDS: usize = MOST_COLUMNS + 1;

/// One record.
#[derive(Debug, Default)]
pub(super) struct Record<'t> {
    pub(super) fields: Vec<Field<'t>>,
    /// Of fields that are not kept, the number of the last one that is not empty.
    beyond: usize,
    /// Where it begins in the text, bytes.
    pub(super) start: usize,
    /// Where the next one begins.
    pub(super) end: usize,
    /// Its last field's quote is never closed.
    pub(super) unclosed: bool,
    /// A quote is where none belongs: within a quoted field without being doubled, or with text behind it.
    pub(super) untidy: bool,
}

/// One field.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Field<'t> {
    /// Its value, without quotes and the white space around it.
    pub(super) text: Cow<'t, str>,
    /// Where it begins in the text, bytes.
    start: usize,
    /// Where its delimiter or line end is.
    end: usize,
}

impl<'t> Record<'t> {
    /// Reads the record that begins at `start`, which is within the text.
    pub(super) fn read(text: &'t str, start: usize, dialect: Dialect) -> Self {
        let mut record = Self { start, end: text.len(), ..Self::default() };
        let mut at = start;
        for number in 1.. {
            let field = record.field(text, at, dialect);
            let end = field.end;
            if number <= MOST_FIELDS {
                record.fields.push(field);
            } else if !field.text.is_empty() {
                record.beyond = number;
            }
            match text.as_bytes().get(end) {
                Some(byte) if *byte == dialect.delimiter => at = end + 1,
                Some(_) => {
                    record.end = after_line_end(text, end);
                    return record;
                }
                None => return record,
            }
        }
        record
    }

    /// Whether it is a line with nothing on it, not even a delimiter.
    pub(super) fn is_blank(&self, text: &str) -> bool {
        self.fields.len() == 1 && text[self.start..self.end].trim().is_empty()
    }

    /// Whether it ends on the line on which it begins, with every quote closed.
    pub(super) fn is_one_line(&self, text: &str) -> bool {
        !self.unclosed && after_line(text, self.start) >= self.end
    }

    /// Whether every quote is where it belongs. A line out of a quoted field, read by itself, has others: it ends a
    /// quote that it does not begin.
    pub(super) fn is_clean(&self, text: &str) -> bool {
        let ends_a_quote = self.fields.iter().any(|field| {
            let raw = &text[field.start..field.end];
            raw.trim_end().ends_with('"') && !raw.trim_start_matches(' ').starts_with('"')
        });
        !self.untidy && !ends_a_quote
    }

    /// Fields without the empty ones at its end.
    pub(super) fn width(&self) -> usize {
        let kept = self.fields.iter().rposition(|field| !field.text.is_empty()).map_or(0, |last| last + 1);
        kept.max(self.beyond)
    }

    /// The lines that begin within one of its quoted fields: the place of the field among the others, and where the
    /// line begins.
    pub(super) fn inner_lines<'r>(&'r self, text: &'r str) -> impl Iterator<Item = (usize, usize)> + 'r {
        self.fields.iter().enumerate().flat_map(move |(place, field)| {
            let mut at = field.start;
            std::iter::from_fn(move || {
                at = next_line(text, at, field.end)?;
                Some((place, at))
            })
        })
    }

    /// Where the line after the one begins on which this field begins.
    pub(super) fn line_after(&self, text: &str, field: usize) -> usize {
        self.fields.get(field).and_then(|field| next_line(text, field.start, text.len())).unwrap_or(self.end)
    }

    fn field(&mut self, text: &'t str, start: usize, dialect: Dialect) -> Field<'t> {
        let bytes = text.as_bytes();
        let opening = start + bytes[start..].iter().take_while(|byte| **byte == b' ').count();
        if bytes.get(opening) != Some(&b'"') {
            let end = field_end(bytes, start, dialect);
            return Field { text: Cow::Borrowed(trimmed(&text[start..end])), start, end };
        }
        let mut value = Cow::Borrowed("");
        let mut from = opening + 1;
        // A quote before this place that has text behind it is the writer's own: a closing one follows on its line.
        let mut literal_until = 0;
        loop {
            let quote =
                bytes[from..].iter().position(|byte| *byte == b'"' || (dialect.backslash && *byte == b'\\'));
            let Some(quote) = quote.map(|quote| from + quote) else {
                self.unclosed = true;
                push(&mut value, &text[from..]);
                return Field { text: whole(value), start, end: text.len() };
            };
            push(&mut value, &text[from..quote]);
            if bytes[quote] == b'\\' {
                // What follows the backslash is taken as it is; a backslash before anything but a quote stays.
                let escapes = bytes.get(quote + 1) == Some(&b'"');
                push(&mut value, if escapes { "\"" } else { "\\" });
                from = quote + 1 + usize::from(escapes);
                continue;
            }
            if bytes.get(quote + 1) == Some(&b'"') {
                push(&mut value, "\"");
                from = quote + 2;
                continue;
            }
            if closes(bytes, quote, dialect) {
                let end = field_end(bytes, quote + 1, dialect);
                return Field { text: whole(value), start, end };
            }
            if quote >= literal_until {
                literal_until = closing_on_line(bytes, quote + 1, dialect).unwrap_or(0);
            }
            self.untidy = true;
            if quote < literal_until {
                push(&mut value, "\"");
                from = quote + 1;
                continue;
            }
            let end = field_end(bytes, quote + 1, dialect);
            push(&mut value, &text[quote + 1..end]);
            return Field { text: whole(value), start, end };
        }
    }
}

/// The place after the line that `at` is on.
pub(super) fn after_line(text: &str, at: usize) -> usize {
    next_line(text, at, text.len()).unwrap_or(text.len())
}

/// Value without the white space around it; no-break spaces and byte-order marks count as such.
pub(super) fn trimmed(text: &str) -> &str {
    text.trim_matches(|letter: char| letter.is_whitespace() || letter == '\u{feff}')
}

fn whole(value: Cow<'_, str>) -> Cow<'_, str> {
    match value {
        Cow::Borrowed(text) => Cow::Borrowed(trimmed(text)),
        Cow::Owned(text) => Cow::Owned(trimmed(&text).to_owned()),
    }
}

fn push<'t>(value: &mut Cow<'t, str>, text: &'t str) {
    if value.is_empty() {
        *value = Cow::Borrowed(text);
    } else if !text.is_empty() {
        value.to_mut().push_str(text);
    }
}

/// The first delimiter or line end at or after `from`.
fn field_end(bytes: &[u8], from: usize, dialect: Dialect) -> usize {
    let ends = |byte: &u8| *byte == dialect.delimiter || matches!(byte, b'\r' | b'\n');
    bytes[from..].iter().position(ends).map_or(bytes.len(), |length| from + length)
}

/// Whether nothing but spaces is between the quote and the end of its field.
fn closes(bytes: &[u8], quote: usize, dialect: Dialect) -> bool {
    let next = bytes[quote + 1..].iter().find(|byte| **byte != b' ' || dialect.delimiter == b' ');
    next.is_none_or(|byte| *byte == dialect.delimiter || matches!(byte, b'\r' | b'\n'))
}

/// The first quote on the line at or after `from` that closes the field. Whatever is before it is then the field's, so
/// that a field ends on the first line with a quote that is not doubled: this keeps reading linear.
fn closing_on_line(bytes: &[u8], from: usize, dialect: Dialect) -> Option<usize> {
    let mut at = from;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\r' | b'\n' => return None,
            b'\\' if dialect.backslash && bytes.get(at + 1) == Some(&b'"') => at += 2,
            b'"' if bytes.get(at + 1) == Some(&b'"') => at += 2,
            b'"' if closes(bytes, at, dialect) => return Some(at),
            _ => at += 1,
        }
    }
    None
}

fn after_line_end(text: &str, end: usize) -> usize {
    end + if text[end..].starts_with("\r\n") { 2 } else { 1 }
}

/// Where the line after the one at `at` begins, if that is before `limit`.
fn next_line(text: &str, at: usize, limit: usize) -> Option<usize> {
    let ends = |byte: &u8| matches!(byte, b'\r' | b'\n');
    let end = at + text.as_bytes()[at..limit].iter().position(ends)?;
    Some(after_line_end(text, end)).filter(|next| *next <= limit && *next < text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMA: Dialect = Dialect { delimiter: b',', backslash: false };

    fn read(text: &str) -> Vec<String> {
        Record::read(text, 0, COMMA).fields.into_iter().map(|field| field.text.into_owned()).collect()
    }

    #[test]
    fn quotes_are_read_as_spreadsheets_write_them() {
        for (text, fields) in [
            ("a,b\nc", vec!["a", "b"]),
            ("a,,\r\nc", vec!["a", "", ""]),
            ("\"a,b\",c", vec!["a,b", "c"]),
            ("\"a \"\"b\"\"\",c", vec!["a \"b\"", "c"]),
            ("\"\",\"\"\"\"", vec!["", "\""]),
            ("\"a\nb\",c\nd", vec!["a\nb", "c"]),
            ("  a , \"b, c\" ,d", vec!["a", "b, c", "d"]),
            ("15\" screen,b", vec!["15\" screen", "b"]),
            ("", vec![""]),
        ] {
            assert_eq!(read(text), fields, "{text:?}");
        }
    }

    #[test]
    fn stray_quotes_stay_within_their_field() {
        for (text, fields) in [
            ("\"Acme \"The Best\" Ltd\",Bonn\nx", vec!["Acme \"The Best\" Ltd", "Bonn"]),
            ("\"Acme\" Ltd,Bonn\n\"x\"", vec!["Acme Ltd", "Bonn"]),
            ("\"a\" b \"c\",d", vec!["a\" b \"c", "d"]),
        ] {
            assert_eq!(read(text), fields, "{text:?}");
        }
        let record = Record::read("a,\"b\nc,d\ne", 0, COMMA);
        assert!(record.unclosed);
        assert_eq!(record.inner_lines("a,\"b\nc,d\ne").collect::<Vec<_>>(), [(1, 5), (1, 9)]);
        assert_eq!(record.line_after("a,\"b\nc,d\ne", 1), 5);
    }

    #[test]
    fn backslashes_escape_where_a_file_uses_them() {
        let dialect = Dialect { delimiter: b',', backslash: true };
        let record = Record::read(r#""Acme \"Best, Inc\"",C:\new,"D:\x""#, 0, dialect);
        let fields: Vec<&str> = record.fields.iter().map(|field| &*field.text).collect();
        assert_eq!(fields, [r#"Acme "Best, Inc""#, r"C:\new", r"D:\x"]);
    }

    #[test]
    fn every_line_end_ends_a_record() {
        for end in ["\n", "\r\n", "\r"] {
            let text = format!("a,b{end}c");
            let record = Record::read(&text, 0, COMMA);
            assert_eq!(&text[record.end..], "c");
            assert_eq!(record.fields.len(), 2);
        }
    }

    #[test]
    fn many_quotes_on_one_line_take_linear_time() {
        let text = format!("\"{}\",x", "a\"b".repeat(400_000));
        assert_eq!(Record::read(&text, 0, COMMA).fields.len(), 2);
        let text = format!("\"{}", "a\"b".repeat(400_000));
        assert_eq!(Record::read(&text, 0, COMMA).fields.len(), 1);
    }

    #[test]
    fn a_record_keeps_so_many_fields_and_counts_the_others() {
        let text = format!("a@x{}\nb@x\n", ",b".repeat(9_999));
        let record = Record::read(&text, 0, COMMA);
        assert_eq!((record.fields.len(), record.width()), (MOST_FIELDS, 10_000));
        assert_eq!(&text[record.end..], "b@x\n");
        let text = format!("a@x{}\n", ",".repeat(9_999));
        assert_eq!(Record::read(&text, 0, COMMA).width(), 1, "what is empty is no field");
    }
}
