//! Leads out of a CSV file as people have them: any common encoding, delimiter and set of column names.
//!
//! Owns what a file means. Never writes: rows come out one by one, good ones as fields, bad ones with the reason.

mod columns;
mod decode;

use crewbox_core::model::LeadFields;

pub(crate) use columns::{Column, Columns};
pub(crate) use decode::{Decoded, decode};

use crate::data::address;

/// A file's rows below its header.
pub(crate) struct Rows<'a> {
    reader: csv::Reader<&'a [u8]>,
    record: csv::StringRecord,
    columns: Columns,
    row: u64,
}

/// One row, good or bad.
pub(crate) struct Row {
    /// Its number as a spreadsheet shows it: the header is row 1.
    pub(crate) number: u64,
    /// Where in the text it ends, bytes.
    pub(crate) end: u64,
    /// The lead, or why there is none.
    pub(crate) lead: Result<LeadFields, String>,
}

impl<'a> Rows<'a> {
    /// Reads the header.
    ///
    /// # Errors
    /// What is missing, as a sentence: no header, or no column for the address.
    pub(crate) fn new(text: &'a str) -> Result<Self, String> {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(columns::delimiter(text))
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let header = reader.headers().map_err(|error| format!("the header cannot be read: {error}"))?;
        let columns = Columns::guess(header)?;
        Ok(Self { reader, record: csv::StringRecord::new(), columns, row: 1 })
    }

    /// What each column was taken for.
    pub(crate) fn columns(&self) -> &Columns {
        &self.columns
    }
}

impl Iterator for Rows<'_> {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        let read = self.reader.read_record(&mut self.record);
        self.row += 1;
        let lead = match read {
            Ok(false) => return None,
            Ok(true) => lead(&self.record, &self.columns),
            Err(error) => Err(error.to_string()),
        };
        Some(Row { number: self.row, end: self.reader.position().byte(), lead })
    }
}

fn lead(record: &csv::StringRecord, columns: &Columns) -> Result<LeadFields, String> {
    if record.len() > columns.len() {
        return Err(format!(
            "it has {} fields, the header has {}: a field with the delimiter in it needs quotes",
            record.len(),
            columns.len()
        ));
    }
    let mut fields = LeadFields::default();
    let mut whole_name = None;
    for (value, column) in record.iter().zip(columns.iter()).filter(|(value, _)| !value.is_empty()) {
        let value = value.to_owned();
        match column {
            // The first address counts: later columns are a second one.
            Column::Email if fields.email.is_empty() => fields.email = address(&value)?,
            Column::Email => {}
            Column::FirstName => fields.first_name = Some(value),
            Column::LastName => fields.last_name = Some(value),
            Column::Name => whole_name = Some(value),
            Column::Company => fields.company = Some(value),
            Column::Phone => fields.phone = Some(value),
            Column::Website => fields.website = Some(value),
            Column::Location => fields.location = Some(value),
            Column::Linkedin => fields.linkedin_profile = Some(value),
            Column::CompanyUrl => fields.company_url = Some(value),
            Column::Custom(name) => fields.custom_fields.push((name.clone(), value)),
            Column::Ignored => {}
        }
    }
    if fields.email.is_empty() {
        return Err("it has no e-mail address".into());
    }
    if let (Some(name), None, None) = (whole_name, &fields.first_name, &fields.last_name) {
        let (first, last) = name.split_once(' ').unwrap_or((&name, ""));
        fields.first_name = Some(first.to_owned());
        fields.last_name = Some(last.trim().to_owned()).filter(|last| !last.is_empty());
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Result<LeadFields, String>> {
        Rows::new(text).unwrap().map(|row| row.lead).collect()
    }

    #[test]
    fn columns_are_found_by_what_people_call_them() {
        let rows =
            read("E-Mail;Vorname;Nachname;Firma;Telefon;Budget\nAnn@X.example;Ann;Lee;X Ltd;+49 1;10k\n");
        let lead = rows[0].as_ref().unwrap();
        assert_eq!(lead.email, "ann@x.example");
        assert_eq!(lead.first_name.as_deref(), Some("Ann"));
        assert_eq!(lead.last_name.as_deref(), Some("Lee"));
        assert_eq!(lead.company.as_deref(), Some("X Ltd"));
        assert_eq!(lead.phone.as_deref(), Some("+49 1"));
        assert_eq!(lead.custom_fields, [("Budget".to_owned(), "10k".to_owned())]);
    }

    #[test]
    fn a_whole_name_is_split_where_no_parts_are_given() {
        let rows = read("name,email\nAnn van Lee,a@x.example\nCher,c@x.example\n");
        assert_eq!(rows[0].as_ref().unwrap().last_name.as_deref(), Some("van Lee"));
        assert_eq!(rows[1].as_ref().unwrap().last_name, None);
    }

    #[test]
    fn bad_rows_are_named_and_good_ones_kept() {
        let text = "email,company\na@x.example,A\nnobody,B\n,C\nd@x.example,D,E\n\"f@x.example\",\"F, G\"\n";
        let rows: Vec<Row> = Rows::new(text).unwrap().collect();
        let bad: Vec<u64> = rows.iter().filter(|row| row.lead.is_err()).map(|row| row.number).collect();
        assert_eq!(bad, [3, 4, 5]);
        assert_eq!(rows[4].lead.as_ref().unwrap().company.as_deref(), Some("F, G"));
    }

    #[test]
    fn a_file_without_addresses_is_refused() {
        assert!(Rows::new("first,last\na,b\n").is_err());
        assert!(Rows::new("").is_err());
    }
}
