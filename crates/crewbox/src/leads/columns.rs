//! What a column is, guessed from its name by a table.

use std::fmt;

/// Most columns kept as custom fields of a lead; the API takes as many.
const MAX_CUSTOM: usize = 200;

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    Email,
    FirstName,
    LastName,
    Name,
    Company,
    Phone,
    Website,
    Location,
    Linkedin,
    CompanyUrl,
    /// Kept under its own name.
    Custom(String),
    /// No name, or beyond [`MAX_CUSTOM`].
    Ignored,
}

/// Names as people write them, in lower case and without anything but letters and digits.
const NAMES: &[(Column, &[&str])] = &[
    (
        Column::Email,
        &[
            "email",
            "mail",
            "emailaddress",
            "mailaddress",
            "workemail",
            "businessemail",
            "contactemail",
            "leademail",
            "emailadresse",
            "mailadresse",
            "correo",
            "correoelectronico",
            "courriel",
            "adressemail",
            "epost",
        ],
    ),
    (
        Column::FirstName,
        &[
            "firstname",
            "first",
            "givenname",
            "forename",
            "vorname",
            "prenom",
            "prénom",
            "nombre",
            "nome",
            "voornaam",
            "imię",
            "imie",
        ],
    ),
    (
        Column::LastName,
        &[
            "lastname",
            "last",
            "surname",
            "familyname",
            "nachname",
            "nomdefamille",
            "apellido",
            "apellidos",
            "cognome",
            "achternaam",
            "nazwisko",
        ],
    ),
    (Column::Name, &["name", "fullname", "contact", "contactname", "leadname", "person"]),
    (
        Column::Company,
        &[
            "company",
            "companyname",
            "organization",
            "organisation",
            "organizationname",
            "account",
            "accountname",
            "employer",
            "firma",
            "unternehmen",
            "société",
            "societe",
            "entreprise",
            "empresa",
            "azienda",
            "bedrijf",
        ],
    ),
    (
        Column::Phone,
        &[
            "phone",
            "phonenumber",
            "telephone",
            "tel",
            "mobile",
            "mobilephone",
            "cell",
            "telefon",
            "téléphone",
            "telefono",
            "teléfono",
            "telefoon",
        ],
    ),
    (Column::Website, &["website", "web", "homepage", "site", "webseite", "siteweb"]),
    (Column::Location, &["location", "city", "place", "ort", "stadt", "ville", "ciudad", "città"]),
    (
        Column::Linkedin,
        &["linkedin", "linkedinurl", "linkedinprofile", "linkedinprofileurl", "personlinkedinurl"],
    ),
    (Column::CompanyUrl, &["companyurl", "companywebsite", "companydomain", "domain"]),
];

/// Every column of a file, in its order, with the name it has there.
#[derive(Clone, Debug)]
pub(crate) struct Columns(Vec<(String, Column)>);

impl Columns {
    /// Guesses each column.
    ///
    /// # Errors
    /// A sentence when no column is the address.
    pub(crate) fn guess(header: &csv::StringRecord) -> Result<Self, String> {
        let mut custom = 0;
        let mut columns: Vec<(String, Column)> = Vec::with_capacity(header.len());
        for name in header {
            let mut column = known(name);
            // A column said twice is kept under its name the second time, so that nothing is lost.
            let taken =
                column.as_ref().is_some_and(|column| columns.iter().any(|(_, other)| other == column));
            if taken && column != Some(Column::Email) {
                column = None;
            }
            let column = column.unwrap_or_else(|| {
                custom += 1;
                if name.is_empty() || custom > MAX_CUSTOM {
                    Column::Ignored
                } else {
                    Column::Custom(name.to_owned())
                }
            });
            columns.push((name.to_owned(), column));
        }
        if columns.iter().any(|(_, column)| *column == Column::Email) {
            return Ok(Self(columns));
        }
        let names = header.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        Err(format!("no column is an e-mail address: name one `email` in the first row, which has {names}"))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Column> {
        self.0.iter().map(|(_, column)| column)
    }
}

impl fmt::Display for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.0.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
        for (name, column) in &self.0 {
            let meaning = match column {
                Column::Email => "e-mail",
                Column::FirstName => "first name",
                Column::LastName => "last name",
                Column::Name => "name",
                Column::Company => "company",
                Column::Phone => "phone",
                Column::Website => "website",
                Column::Location => "location",
                Column::Linkedin => "LinkedIn profile",
                Column::CompanyUrl => "company URL",
                Column::Custom(_) => "custom field",
                Column::Ignored => "left out",
            };
            writeln!(f, "  {name:width$}  → {meaning}")?;
        }
        Ok(())
    }
}

fn known(name: &str) -> Option<Column> {
    let plain: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    NAMES.iter().find(|(_, names)| names.contains(&plain.as_str())).map(|(column, _)| column.clone())
}

/// The delimiter: the one that stands most often in the header, outside quotes.
pub(crate) fn delimiter(text: &str) -> u8 {
    let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in text.bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            _ if quoted => {}
            _ => {
                for (delimiter, count) in &mut counts {
                    *count += usize::from(*delimiter == byte);
                }
            }
        }
    }
    // On a tie the first of the table wins.
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(delimiter, _)| *delimiter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_the_header_s() {
        assert_eq!(delimiter("email,first\na;b;c;d"), b',');
        assert_eq!(delimiter("email;\"last, first\";x"), b';');
        assert_eq!(delimiter("email\tfirst"), b'\t');
        assert_eq!(delimiter("email\n"), b',');
    }

    #[test]
    fn names_match_whatever_stands_between_their_letters() {
        for name in ["E-Mail", "email address", "EMAIL_ADDRESS", "Mail"] {
            assert_eq!(known(name), Some(Column::Email), "{name}");
        }
        assert_eq!(known("First Name"), Some(Column::FirstName));
        assert_eq!(known("Favourite colour"), None);
    }
}
