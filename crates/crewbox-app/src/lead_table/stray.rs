//! A quote that was opened and never meant: without care it takes in the rows below it, and their leads are lost.

use super::record::{Dialect, Record, after_line};

/// What a stray quote takes in.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Swallowed {
    /// The field in which the quote is.
    pub(super) field: usize,
    /// Lines that were taken in.
    pub(super) lines: usize,
    /// Where the first of them begins.
    pub(super) next: usize,
}

/// Whether one of a record's quoted fields takes in further rows: `is_row` tells whether a line read by itself is one.
/// A quote that is never closed does so in any case, unless nothing follows its line.
pub(super) fn swallows_rows(
    text: &str,
    record: &Record<'_>,
    dialect: Dialect,
    is_row: impl Fn(&Record<'_>) -> bool,
) -> Option<Swallowed> {
    let row_at = |at: usize| {
        let line = &text[at..after_line(text, at)];
        let row = Record::read(line, 0, dialect);
        row.is_clean(line) && is_row(&row)
    };
    let last = record.fields.len().saturating_sub(1);
    let of_row = record.inner_lines(text).find(|(_, at)| row_at(*at)).map(|(field, _)| field);
    let field = of_row.or(record.unclosed.then_some(last))?;
    let lines = record.inner_lines(text).filter(|(inner, _)| *inner == field).count();
    (lines > 0 || record.unclosed).then(|| Swallowed { field, lines, next: record.line_after(text, field) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMA: Dialect = Dialect { delimiter: b',', backslash: false };

    fn swallowed(text: &str) -> Option<(usize, usize, &str)> {
        let record = Record::read(text, 0, COMMA);
        let is_row = |row: &Record<'_>| row.fields.len() == 3 && row.fields[0].text.contains('@');
        swallows_rows(text, &record, COMMA, is_row)
            .map(|swallowed| (swallowed.field, swallowed.lines, &text[swallowed.next..]))
    }

    #[test]
    fn rows_within_a_quote_are_found() {
        assert_eq!(swallowed("a@x,\"A,B\nb@x,C,D\n"), Some((1, 1, "b@x,C,D\n")));
        assert_eq!(swallowed("a@x,\"A,B\nb@x,\"C, D\",E\n"), Some((1, 1, "b@x,\"C, D\",E\n")));
        assert_eq!(swallowed("a@x,\"A\nB\",\"C\nb@x,D,E\nc@x,\"F\",G\n").map(|(field, ..)| field), Some(2));
        assert_eq!(swallowed("a@x,\"A,B\nno row\n"), Some((1, 1, "no row\n")));
        assert_eq!(swallowed("a@x,\"A,B"), Some((1, 0, "")));
    }

    #[test]
    fn a_field_of_several_lines_is_no_fault() {
        assert_eq!(swallowed("a@x,\"A,\nB\",C\nb@x,D,E\n"), None);
        assert_eq!(swallowed("\"A,\na@x\",B,C\nb@x,D,E\n"), None);
        assert_eq!(swallowed("\"A,\n\t\"\" \t\",a@x,C\nb@x,D,E\n"), None);
        assert_eq!(swallowed("a@x,\"write to b@y, please\nor c@z\",C\n"), None);
    }
}
