//! Leads out of a table as people have it: any common charset, delimiter, quoting and set of column names.
//!
//! Owns what a file means. Never writes: rows come out one by one, good ones as fields, bad ones with the reason, and
//! no row is left out.

mod address_cell;
#[cfg(test)]
mod any;
mod columns;
mod decode;
mod layout;
mod name;
mod record;
mod row;
mod stray;

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crewbox_core::model::LeadFields;

pub use columns::Columns;
pub use decode::{Decoded, decode};
pub use layout::Layout;

use layout::{is_address, line_ends};
use record::Record;
use row::{Lead, lead};
use stray::{Swallowed, swallows_rows};

/// A table's rows below its header.
#[derive(Debug)]
pub struct Rows<'t> {
    text: &'t str,
    layout: Layout,
    /// Where the next row begins, bytes.
    at: usize,
    row: u64,
    line: u64,
    blank: u64,
    /// The row of each address, by its comparison form.
    seen: HashMap<String, u64>,
}

/// One row, good or bad.
#[derive(Debug)]
pub struct Row {
    /// Its number as a spreadsheet shows it: the header is row 1, unless something is above it.
    pub number: u64,
    /// The line of the file that it begins on, from 1.
    pub line: u64,
    /// Where in the text it ends, bytes.
    pub end: usize,
    /// The lead, or why there is none.
    pub lead: Result<LeadFields, String>,
    /// What to tell about a row that is taken.
    pub notes: Vec<String>,
}

impl<'t> Rows<'t> {
    /// The rows of a table with this layout.
    #[must_use]
    pub fn new(text: &'t str, layout: Layout) -> Self {
        let (row, line) = (layout.rows_above, layout.lines_above + 1);
        Self { text, at: layout.data, layout, row, line, blank: 0, seen: HashMap::new() }
    }

    /// Lines with nothing on them that were passed over so far; they count as rows of the sheet, but have no data.
    #[must_use]
    pub const fn blank(&self) -> u64 {
        self.blank
    }

    fn judge(&mut self, record: &Record<'_>) -> Result<Lead, String> {
        let lead = lead(record, &self.layout.columns)?;
        match self.seen.entry(lead.key.clone()) {
            Entry::Occupied(first) => {
                Err(format!("`{}` is in an earlier row ({}) already", lead.fields.email, first.get()))
            }
            Entry::Vacant(new) => {
                new.insert(self.row);
                Ok(lead)
            }
        }
    }

    /// Whether this is a row of the table, though a quote in `around` takes it in.
    fn is_swallowed_row(&self, around: &Record<'_>, row: &Record<'_>) -> bool {
        let columns = &self.layout.columns;
        let has_address = row.fields.iter().enumerate().any(|(place, field)| {
            columns.is_email(place) && is_address(&field.text) && !field.text.contains('"')
        });
        // A text of several lines may have an address in it. A whole row is one in a sound record too; less of a row
        // only where something else is wrong with the record.
        let is_sound = !around.unclosed && !around.untidy && around.fields.len() == columns.len();
        let fields = row.fields.len();
        has_address && fields > 1 && (fields == columns.len() || !is_sound)
    }

    fn stray(&self, record: &Record<'_>) -> Option<Swallowed> {
        if record.is_one_line(self.text) {
            return None;
        }
        swallows_rows(self.text, record, self.layout.dialect, |row| self.is_swallowed_row(record, row))
    }
}

impl Iterator for Rows<'_> {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        while self.at < self.text.len() {
            let record = Record::read(self.text, self.at, self.layout.dialect);
            self.row += 1;
            let (number, line) = (self.row, self.line);
            let stray = self.stray(&record);
            let end = stray.as_ref().map_or(record.end, |stray| stray.next);
            self.line += line_ends(&self.text[self.at..end]);
            self.at = end;
            if record.is_blank(self.text) {
                self.blank += 1;
                continue;
            }
            let lead = match stray {
                Some(stray) => Err(self.told(&stray)),
                None => self.judge(&record),
            };
            let (lead, notes) = match lead {
                Ok(lead) => (Ok(lead.fields), lead.notes),
                Err(why) => (Err(why), Vec::new()),
            };
            return Some(Row { number, line, end, lead, notes });
        }
        None
    }
}

impl Rows<'_> {
    fn told(&self, stray: &Swallowed) -> String {
        let column = self.layout.columns.as_slice().get(stray.field);
        let column = column.map_or("a field beyond the last column", |named| named.name.as_str());
        format!(
            "the quote at the start of `{column}` is never closed and would take in the lines below it ({}), which are read \
             as rows instead; close it and import the file again",
            stray.lines
        )
    }
}

#[cfg(test)]
mod tests;
