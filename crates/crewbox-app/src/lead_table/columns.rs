//! What a table's columns hold, by their names. The names are in `column_names.txt`, which anybody can extend.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::LazyLock;

use crewbox_core::text::normalise;

/// Columns of a table. A lead has at most 200 custom fields; a table may have columns that are empty in most rows.
pub(super) const MOST_COLUMNS: usize = 1_000;
/// Names of columns in many languages and programs.
const COLUMN_NAMES: &str = include_str!("column_names.txt");

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Column {
    Email,
    /// A further address, used where a row has no other.
    OtherEmail,
    FirstName,
    LastName,
    /// A whole name, or the part of it that the table has no column for.
    Name,
    Company,
    Phone,
    Website,
    Location,
    Linkedin,
    CompanyUrl,
    /// Kept under its own name.
    Custom,
}

/// Each column with its word in `column_names.txt` and what people are told it is.
const KINDS: [(Column, &str, &str); 12] = [
    (Column::Email, "email", "e-mail"),
    (Column::OtherEmail, "other_email", "e-mail, where there is no other"),
    (Column::FirstName, "first_name", "first name"),
    (Column::LastName, "last_name", "last name"),
    (Column::Name, "name", "name"),
    (Column::Company, "company", "company"),
    (Column::Phone, "phone", "phone"),
    (Column::Website, "website", "website"),
    (Column::Location, "location", "location"),
    (Column::Linkedin, "linkedin", "LinkedIn profile"),
    (Column::CompanyUrl, "company_url", "company URL"),
    (Column::Custom, "", "custom field"),
];

/// Column names in their comparison form.
static KNOWN: LazyLock<HashMap<String, Column>> = LazyLock::new(|| {
    let entries = entries(COLUMN_NAMES).filter_map(|(field, name)| {
        let (column, ..) = KINDS.into_iter().find(|(_, word, _)| !word.is_empty() && *word == field)?;
        Some((comparison_form(name), column))
    });
    entries.collect()
});

/// The fields and names of a table in the format of `column_names.txt`.
fn entries(table: &str) -> impl Iterator<Item = (&str, &str)> {
    let lines = table.lines().filter(|line| !line.is_empty() && !line.starts_with("# "));
    lines.flat_map(|line| {
        let mut parts = line.splitn(3, '|').map(str::trim);
        let field = parts.next().unwrap_or_default();
        let names = parts.nth(1).unwrap_or_default();
        names.split(';').map(move |name| (field, name.trim()))
    })
}

/// A name without case, accents, spaces and punctuation. `#` stays: it means any number.
fn comparison_form(name: &str) -> String {
    normalise(name).chars().filter(|letter| letter.is_alphanumeric() || *letter == '#').collect()
}

/// What a column of this name holds, if the name is known.
pub(super) fn known(name: &str) -> Option<Column> {
    let plain: String = comparison_form(name).replace('#', "");
    if let Some(column) = KNOWN.get(&plain) {
        return Some(*column);
    }
    let mut numbered = String::with_capacity(plain.len());
    for letter in plain.chars() {
        if !letter.is_numeric() {
            numbered.push(letter);
        } else if !numbered.ends_with('#') {
            numbered.push('#');
        }
    }
    KNOWN.get(&numbered).copied()
}

/// Every column of a table, in its order.
#[derive(Clone, Debug)]
pub struct Columns(Vec<Named>);

/// One column.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) column: Column,
    /// Its name, unlike that of every other: a custom field is kept under it.
    pub(super) name: String,
}

impl Columns {
    /// Takes each column for what its name says. Columns without a name are called as a spreadsheet calls them.
    pub(super) fn named<'n>(names: impl Iterator<Item = &'n str>) -> Self {
        let mut taken = HashSet::new();
        // How many columns were given a name: the numbers of the next one do not begin again.
        let mut counts: HashMap<String, usize> = HashMap::new();
        let columns = names.enumerate().map(|(place, name)| {
            let column = known(name).unwrap_or(Column::Custom);
            // A name may be written on two lines.
            let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
            let given = if name.is_empty() { format!("Column {}", letters(place)) } else { name };
            let mut name = given.clone();
            let count = counts.entry(given.clone()).or_insert(1);
            while !taken.insert(name.clone()) {
                *count += 1;
                name = format!("{given} {count}");
            }
            Named { column, name }
        });
        Self(columns.collect())
    }

    /// Takes this column for the address, and no other.
    pub(super) fn set_email(&mut self, place: usize) {
        for (other, named) in self.0.iter_mut().enumerate() {
            if other == place {
                named.column = Column::Email;
            } else if named.column == Column::Email {
                named.column = Column::OtherEmail;
            }
        }
    }

    /// Each column's name, and what it is taken for, in words.
    pub fn described(&self) -> impl Iterator<Item = (&str, &'static str)> {
        let words = |column| KINDS.iter().find(|(kind, ..)| *kind == column).map_or("", |(.., words)| *words);
        self.0.iter().map(move |named| (named.name.as_str(), words(named.column)))
    }

    pub(super) fn as_slice(&self) -> &[Named] {
        &self.0
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether this column may hold an address.
    pub(super) fn is_email(&self, place: usize) -> bool {
        self.0.get(place).is_some_and(|named| matches!(named.column, Column::Email | Column::OtherEmail))
    }

    /// Whether any column holds the address.
    pub(super) fn has_email(&self) -> bool {
        (0..self.len()).any(|place| self.is_email(place))
    }

    /// How many columns have a name that is known.
    pub(super) fn known(&self) -> usize {
        self.0.iter().filter(|named| named.column != Column::Custom).count()
    }
}

impl fmt::Display for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.0.iter().map(|named| named.name.chars().count()).max().unwrap_or_default();
        for Named { column, name } in &self.0 {
            let meaning = KINDS.iter().find(|(kind, ..)| kind == column).map_or("", |(.., meaning)| meaning);
            writeln!(f, "  {name:width$}  → {meaning}")?;
        }
        Ok(())
    }
}

/// A column's letters in a spreadsheet: A to Z, then AA.
fn letters(place: usize) -> String {
    let letter = char::from(b'A' + u8::try_from(place % 26).unwrap_or(0));
    let before = if place < 26 { String::new() } else { letters(place / 26 - 1) };
    format!("{before}{letter}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_whatever_is_between_their_letters() {
        for name in ["E-Mail", "email address", "EMAIL_ADDRESS", "Mail", "E‑mail:", "Emails", "\u{feff}email"]
        {
            assert_eq!(known(name), Some(Column::Email), "{name}");
        }
        assert_eq!(known("First Name"), Some(Column::FirstName));
        assert_eq!(known("firstName"), Some(Column::FirstName));
        assert_eq!(known("PRENOM"), Some(Column::FirstName));
        assert_eq!(known("Favourite colour"), None);
        assert_eq!(known(""), None);
    }

    #[test]
    fn a_number_sign_in_the_table_is_any_number() {
        assert_eq!(known("E-mail 1 - Value"), Some(Column::Email));
        assert_eq!(known("E-mail 12 - Value"), Some(Column::OtherEmail));
        assert_eq!(known("Phone 1 - Value"), Some(Column::Phone));
        assert_eq!(known("E-mail 1 - Label"), None);
        assert_eq!(known("Email #1"), Some(Column::Email));
    }

    #[test]
    fn every_line_of_the_table_is_sound() {
        let mut seen: HashMap<String, (&str, &str)> = HashMap::new();
        for line in COLUMN_NAMES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            assert_eq!(line.split('|').count(), 3, "{line}");
        }
        for (field, name) in entries(COLUMN_NAMES).filter(|(field, _)| !field.starts_with('#')) {
            assert!(KINDS.iter().any(|(_, word, _)| *word == field), "no field `{field}`: {name}");
            assert!(!comparison_form(name).is_empty(), "{field}: an empty name");
            let (other, spelt) = *seen.entry(comparison_form(name)).or_insert((field, name));
            assert_eq!(other, field, "`{name}` and `{spelt}` belong to two fields");
        }
        let languages: HashSet<&str> = COLUMN_NAMES
            .lines()
            .filter(|line| line.starts_with("email |"))
            .filter_map(|line| line.split('|').nth(1))
            .collect();
        assert!(languages.len() >= 30, "{}", languages.len());
    }

    #[test]
    fn columns_are_distinguished() {
        let columns = Columns::named(["email", "", "Notes", "Notes", "Notes 2"].into_iter());
        let names: Vec<&str> = columns.as_slice().iter().map(|named| named.name.as_str()).collect();
        assert_eq!(names, ["email", "Column B", "Notes", "Notes 2", "Notes 2 2"]);
        assert_eq!((letters(25), letters(26), letters(701)), ("Z".into(), "AA".into(), "ZZ".into()));
    }
}
