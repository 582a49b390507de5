//! One row's cells as the fields of a lead.

use std::collections::HashSet;

use crate::lead::{MAX_CUSTOM_FIELDS, check_field, check_field_name};
use crewbox_core::model::LeadFields;

use super::address_cell::AddressCell;
use super::columns::{Column, Columns, Named};
use super::name::{Parts, complete};
use super::record::Record;

/// What a profile's address has in it, whichever column it is in.
const LINKEDIN: &str = "linkedin.com/";

/// A row that can be taken.
#[derive(Debug)]
pub(super) struct Lead {
    pub(super) fields: LeadFields,
    /// Its address, as addresses are compared.
    pub(super) key: String,
    /// What to tell about it.
    pub(super) notes: Vec<String>,
}

/// Reads a row.
///
/// # Errors
/// Why it cannot be taken, as a sentence.
pub(super) fn lead(record: &Record<'_>, columns: &Columns) -> Result<Lead, String> {
    let width = record.width();
    if width == 0 {
        return Err("it is empty".to_owned());
    }
    if width > columns.len() {
        return Err(format!(
            "it has {width} fields, and the table has {} columns: a field with the delimiter in it needs quotes",
            columns.len()
        ));
    }
    let cells: Vec<(&Named, &str)> = columns
        .as_slice()
        .iter()
        .zip(&record.fields)
        .map(|(named, field)| (named, &*field.text))
        .filter(|(_, text)| !text.is_empty())
        .collect();
    for (named, text) in &cells {
        check_field_name(&named.name)?;
        check_field(text).map_err(|rest| format!("`{}` {rest}", named.name))?;
    }
    let mut reading = Reading::default();
    let key = reading.address(&cells)?;
    for (named, text) in &cells {
        reading.cell(named, text);
    }
    reading.names();
    reading.fields.custom_fields = reading.custom;
    Ok(Lead { fields: reading.fields, key, notes: reading.notes })
}

#[derive(Default)]
struct Reading {
    fields: LeadFields,
    custom: Vec<(String, String)>,
    /// The whole name, and the one beside the address.
    name: Option<String>,
    address_name: String,
    notes: Vec<String>,
}

impl Reading {
    /// Chooses the address, and gives it as addresses are compared: the first sound one, those of columns for further
    /// addresses last. The others are kept as they stand.
    fn address(&mut self, cells: &[(&Named, &str)]) -> Result<String, String> {
        let of = |kind: Column| cells.iter().filter(move |(named, _)| named.column == kind);
        let mut refused = None;
        let mut used: Option<(String, HashSet<String>)> = None;
        for (named, text) in of(Column::Email).chain(of(Column::OtherEmail)) {
            let cell = match AddressCell::read(text) {
                Ok(cell) => cell,
                Err(why) => {
                    self.custom(named, text);
                    refused.get_or_insert(why);
                    continue;
                }
            };
            let key = cell.address.key();
            if let Some((_, known)) = &mut used {
                if known.insert(key) {
                    self.custom(named, text);
                }
                continue;
            }
            if !cell.others.is_empty() {
                let others: Vec<&str> = cell.others.iter().map(|other| other.as_str()).collect();
                self.notes.push(format!(
                    "`{}` has several addresses: {} is used, not {}",
                    named.name,
                    cell.address,
                    others.join(", ")
                ));
            }
            self.fields.email = cell.address.as_str().to_owned();
            self.address_name = cell.name;
            used = Some((key.clone(), HashSet::from([key])));
        }
        match (used, refused) {
            (Some((key, _)), None) => Ok(key),
            (Some((key, _)), Some(why)) => {
                self.notes.push(format!("{why}; {} is used", self.fields.email));
                Ok(key)
            }
            (None, Some(why)) => Err(why),
            (None, None) => Err("it has no e-mail address".to_owned()),
        }
    }

    fn cell(&mut self, named: &Named, text: &str) {
        let is_profile = text.contains(LINKEDIN) && self.fields.linkedin_profile.is_none();
        let field = match named.column {
            Column::Email | Column::OtherEmail => return,
            Column::Website | Column::CompanyUrl if is_profile => &mut self.fields.linkedin_profile,
            Column::FirstName => &mut self.fields.first_name,
            Column::LastName => &mut self.fields.last_name,
            Column::Name => &mut self.name,
            Column::Company => &mut self.fields.company,
            Column::Phone => &mut self.fields.phone,
            Column::Website => &mut self.fields.website,
            Column::Location => &mut self.fields.location,
            Column::Linkedin => &mut self.fields.linkedin_profile,
            Column::CompanyUrl => &mut self.fields.company_url,
            Column::Custom => return self.custom(named, text),
        };
        match field {
            None => *field = Some(text.to_owned()),
            // A second phone number is kept as well, under its column's name.
            Some(first) if first != text => self.custom(named, text),
            Some(_) => {}
        }
    }

    fn custom(&mut self, named: &Named, text: &str) {
        if self.custom.len() < MAX_CUSTOM_FIELDS {
            self.custom.push((named.name.clone(), text.to_owned()));
        } else {
            self.notes.push(format!(
                "custom fields cannot exceed {MAX_CUSTOM_FIELDS} fields: `{}` is left out",
                named.name
            ));
        }
    }

    fn names(&mut self) {
        let given = Parts { first: self.fields.first_name.take(), last: self.fields.last_name.take() };
        let nameless = given == Parts::default() && self.name.is_none();
        let whole = if nameless {
            std::mem::take(&mut self.address_name)
        } else {
            self.name.take().unwrap_or_default()
        };
        let parts = complete(&whole, given);
        (self.fields.first_name, self.fields.last_name) = (parts.first, parts.last);
    }
}
