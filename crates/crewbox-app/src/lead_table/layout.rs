//! How a table is laid out: what separates its fields, which row names its columns, and where its data begins.
//!
//! Found by trying each delimiter on the top of the table. Column names decide; where none is known, the addresses do.

use super::address_cell::AddressCell;
use super::columns::{Columns, MOST_COLUMNS};
use super::record::{Dialect, Record, after_line};
use super::stray::swallows_rows;

/// What may separate fields; on a tie the first one counts.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// Characters of the first row that a refusal shows.
const SHOWN: usize = 200;
/// How much of a table is looked at: the names stand near its top, and this many rows show what a column holds.
const SAMPLE_BYTES: usize = 256 * 1024;
const SAMPLE_ROWS: usize = 200;
/// Rows that may stand above the column names: notes, a title, an empty row.
const ROWS_ABOVE: usize = 30;

/// A table's layout.
#[derive(Clone, Debug)]
pub struct Layout {
    pub(super) dialect: Dialect,
    /// Its columns.
    pub columns: Columns,
    /// The row with the column names, if there is one, as a spreadsheet counts rows.
    pub header_row: Option<u64>,
    /// Where the data begins in the text, bytes.
    pub(super) data: usize,
    /// Rows above the data.
    pub(super) rows_above: u64,
    /// Lines above the data.
    pub(super) lines_above: u64,
    /// How many columns have a known name.
    known: usize,
}

impl Layout {
    /// Finds it.
    ///
    /// # Errors
    /// A sentence when no column holds addresses, or there are too many columns.
    pub fn find(text: &str) -> Result<Self, String> {
        let (given, start) = separator_line(text);
        let delimiters = given.as_ref().map_or(DELIMITERS.as_slice(), std::slice::from_ref);
        let mut best: Option<Self> = None;
        for delimiter in delimiters {
            let dialect = Dialect { delimiter: *delimiter, backslash: has_backslashes(text) };
            if let Some(layout) = Self::by(text, start, dialect)
                && best.as_ref().is_none_or(|best| layout.rank() > best.rank())
            {
                best = Some(layout);
            }
        }
        let best = best.ok_or_else(|| no_addresses(text, start))?;
        if best.columns.len() > MOST_COLUMNS {
            return Err(format!(
                "it has more than {MOST_COLUMNS} columns: leave out those that the leads do not need"
            ));
        }
        Ok(best)
    }

    /// The delimiter in words.
    #[must_use]
    pub const fn delimiter(&self) -> &'static str {
        match self.dialect.delimiter {
            b'\t' => "tab",
            b';' => "semicolon",
            b'|' => "vertical bar",
            b',' => "comma",
            _ => "character of the sep= line",
        }
    }

    fn rank(&self) -> (bool, usize, usize) {
        (self.header_row.is_some() && self.known > 0, self.known, self.columns.len())
    }

    fn by(text: &str, start: usize, dialect: Dialect) -> Option<Self> {
        let sample = sample(text, start, dialect);
        let first_address = sample.iter().position(has_address);
        // A row with an address in it is data, or a note above the names.
        let named = sample.iter().take(ROWS_ABOVE).enumerate().filter_map(|(row, record)| {
            let columns = columns(record);
            (columns.has_email() && !has_address(record)).then(|| (columns.known(), row, columns))
        });
        // Of several the first: `rev` because the last of the greatest is taken.
        let (header, mut columns) = match named.rev().max_by_key(|(known, ..)| *known) {
            Some((_, row, columns)) => (Some(row), columns),
            None => by_content(&sample, first_address?)?,
        };
        let known = columns.known();
        let data = header.map_or(first_address.unwrap_or(0), |row| row + 1);
        let rows = sample.get(data..).unwrap_or_default();
        if let Some(place) = address_column(rows, |place| !columns.is_email(place))
            && address_column(rows, |place| columns.is_email(place)).is_none()
        {
            columns.set_email(place);
        }
        let data_start =
            sample.get(data).map_or_else(|| sample.last().map_or(start, |last| last.end), |row| row.start);
        Some(Self {
            dialect,
            columns,
            header_row: header.map(|row| row as u64 + 1),
            data: data_start,
            rows_above: data as u64,
            lines_above: line_ends(&text[..data_start]),
            known,
        })
    }
}

/// How many column names are known in a table's header; 0 where it has none.
pub(super) fn known_names(text: &str) -> usize {
    Layout::find(text).map_or(0, |layout| layout.known)
}

/// How many lines end in this stretch of text.
pub(super) fn line_ends(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let ends = |at: usize| bytes[at] == b'\n' || (bytes[at] == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
    (0..bytes.len()).filter(|at| ends(*at)).count() as u64
}

/// Whether a cell holds an address and nothing that may mean another.
pub(super) fn is_address(cell: &str) -> bool {
    cell.contains(['@', '＠']) && AddressCell::read(cell).is_ok()
}

fn has_address(record: &Record<'_>) -> bool {
    record.fields.iter().any(|field| is_address(&field.text))
}

/// Excel's own first line, which names the delimiter: the delimiter, and where the table begins.
fn separator_line(text: &str) -> (Option<u8>, usize) {
    let line = text[..after_line(text, 0)].trim_matches(['\r', '\n', '"', '\u{feff}']);
    match line.get(..4) {
        Some(word) if word.eq_ignore_ascii_case("sep=") => match line.as_bytes()[4..] {
            [delimiter, ..] if delimiter.is_ascii() && !delimiter.is_ascii_alphanumeric() => {
                (Some(delimiter), after_line(text, 0))
            }
            _ => (None, after_line(text, 0)),
        },
        _ => (None, 0),
    }
}

/// Whether quotes within quotes have a backslash before them, rather than being doubled.
fn has_backslashes(text: &str) -> bool {
    let head = head(text).as_bytes();
    head.windows(3).any(|three| {
        three.starts_with(b"\\\"") && !matches!(three[2], b',' | b';' | b'\t' | b'|' | b'\r' | b'\n' | b'"')
    })
}

fn head(text: &str) -> &str {
    let mut end = text.len().min(SAMPLE_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn sample(text: &str, start: usize, dialect: Dialect) -> Vec<Record<'_>> {
    let head = head(text);
    let (mut rows, mut at) = (Vec::new(), start);
    while at < head.len() && rows.len() < SAMPLE_ROWS {
        let mut record = Record::read(head, at, dialect);
        let is_row =
            |row: &Record<'_>| row.fields.len() > 1 && row.fields.iter().any(|field| is_address(&field.text));
        if let Some(swallowed) = swallows_rows(head, &record, dialect, is_row) {
            record.end = swallowed.next;
            record.fields.clear();
        }
        at = record.end;
        rows.push(record);
    }
    rows
}

fn columns(record: &Record<'_>) -> Columns {
    Columns::named(record.fields.iter().take(record.width()).map(|field| &*field.text))
}

/// Of the columns asked for, the one with the most addresses.
fn address_column(rows: &[Record<'_>], asked: impl Fn(usize) -> bool) -> Option<usize> {
    let width = rows.iter().map(|row| row.fields.len()).max()?;
    let counts = (0..width).filter(|place| asked(*place)).map(|place| {
        let count =
            rows.iter().filter(|row| row.fields.get(place).is_some_and(|field| is_address(&field.text)));
        (count.count(), place)
    });
    // Of several the first.
    counts.filter(|(count, _)| *count > 0).rev().max_by_key(|(count, _)| *count).map(|(_, place)| place)
}

/// The row of names and the columns of a table in which no name is known, by the addresses in it.
fn by_content(sample: &[Record<'_>], first_address: usize) -> Option<(Option<usize>, Columns)> {
    let rows = &sample[first_address..];
    let email = address_column(rows, |_| true)?;
    let header = first_address.checked_sub(1).filter(|row| is_header(&sample[*row], rows, email));
    let width = rows.iter().map(Record::width).max().unwrap_or_default();
    let mut columns = match header {
        Some(row) => columns(&sample[row]),
        None => Columns::named(std::iter::repeat_n("", width)),
    };
    columns.set_email(email);
    Some((header, columns))
}

/// Whether the row above the first address names the columns: it is as wide as the rows below, and has no values.
fn is_header(above: &Record<'_>, rows: &[Record<'_>], email: usize) -> bool {
    let is_value = |text: &str| {
        text.contains('@') || text.starts_with(|letter: char| letter.is_numeric() || letter == '+')
    };
    let same_width = rows.first().is_some_and(|row| row.fields.len() == above.fields.len());
    let is_name =
        above.fields.get(email).is_some_and(|field| !field.text.is_empty() && !field.text.contains('.'));
    same_width && is_name && !above.fields.iter().any(|field| is_value(&field.text))
}

fn no_addresses(text: &str, start: usize) -> String {
    const HINT: &str = "no column is an e-mail address: name one `email` in the first row";
    let first = text[start..after_line(text, start)].trim();
    let shown: String = first.chars().take(SHOWN).collect();
    let rest = if shown.len() < first.len() { "…" } else { "" };
    if first.is_empty() { HINT.to_owned() } else { format!("{HINT}, which is `{shown}{rest}`") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> (u8, Option<u64>, Vec<String>) {
        let layout = Layout::find(text).unwrap_or_else(|why| panic!("{why}: {text}"));
        let emails = layout.columns.as_slice().iter().enumerate();
        let emails = emails.filter(|(place, _)| layout.columns.is_email(*place));
        (layout.dialect.delimiter, layout.header_row, emails.map(|(_, named)| named.name.clone()).collect())
    }

    #[test]
    fn delimiters_are_distinguished() {
        for (text, delimiter) in [
            ("email,first\na@x.example,b\n", b','),
            ("email;\"last, first\";x\na@x.example;b;c", b';'),
            ("email\tfirst, last\na@x.example\tb, c\n", b'\t'),
            ("name|email\nAnn|a@x.example\n", b'|'),
            ("email\na@x.example\n", b','),
            ("Title, Name, Suffix;Email\nDr, Ann, PhD;a@x.example\n", b';'),
            ("a@x.example;Ann;Lee\nb@x.example;Bo;Li\n", b';'),
            ("sep=|\nemail|name\na@x.example|Ann\n", b'|'),
            ("\"sep=;\"\r\nemail;name\r\na@x.example;Ann\r\n", b';'),
        ] {
            assert_eq!(found(text).0, delimiter, "{text}");
        }
        assert_eq!(found("sep=^\nemail^name\na@x.example^Ann\n").0, b'^');
    }

    #[test]
    fn rows_above_the_names_are_passed_over() {
        let text =
            "Contacts of spring\n\n\"Notes: some email addresses, and more\"\nName,Email\nAnn,a@x.example\n";
        assert_eq!(found(text), (b',', Some(4), vec!["Email".into()]));
        let text = ";;Contact;\nEmail;Name;City;Phone\na@x.example;Ann;Bonn;1\n";
        assert_eq!(found(text).1, Some(2));
        assert_eq!(found("sep=;\nEmail;Name\na@x.example;Ann\n").1, Some(1));
        assert_eq!(found("Owner: ana@own.example\n\nEmail,Name\na@x.example,Ann\n").1, Some(3));
    }

    #[test]
    fn a_table_without_known_names_is_read_by_its_addresses() {
        assert_eq!(found("Ann,a@x.example\nBo,b@x.example\n"), (b',', None, vec!["Column B".into()]));
        assert_eq!(found("a@x.example\nb@x.example\n"), (b',', None, vec!["Column A".into()]));
        assert_eq!(found("who,where to\nAnn,a@x.example\n"), (b',', Some(1), vec!["where to".into()]));
        assert_eq!(found("ann(at)x.example,Ann\nb@x.example,Bo\n").1, None);
    }

    #[test]
    fn a_column_called_so_but_without_addresses_is_none() {
        let text = "Email,Reach me at,Name\nyes,a@x.example,Ann\nno,b@x.example,Bo\n";
        assert_eq!(found(text).2, ["Email", "Reach me at"]);
        let layout = Layout::find(text).unwrap();
        assert_eq!(layout.columns.as_slice()[1].column, crate::lead_table::columns::Column::Email);
    }

    #[test]
    fn a_table_without_addresses_is_refused() {
        assert!(Layout::find("first,last\na,b\n").unwrap_err().contains("`first,last`"));
        assert!(Layout::find("").is_err());
        assert!(Layout::find("\n\n").is_err());
        assert!(Layout::find("email,name\n").is_ok());
        let long = Layout::find(&"first,".repeat(100_000)).unwrap_err();
        assert!(long.chars().count() < 2 * SHOWN && long.ends_with("…`"), "{long}");
    }

    #[test]
    fn a_table_has_so_many_columns() {
        let names = |count: usize| format!("email{}\na@x.example\n", ",a".repeat(count - 1));
        assert_eq!(Layout::find(&names(MOST_COLUMNS)).unwrap().columns.len(), MOST_COLUMNS);
        assert!(Layout::find(&names(MOST_COLUMNS + 1)).unwrap_err().contains("more than 1000 columns"));
        assert!(Layout::find(&names(100_000)).unwrap_err().contains("more than 1000 columns"));
    }
}
