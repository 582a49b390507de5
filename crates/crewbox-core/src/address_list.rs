//! Lists of e-mail addresses as people type them: `"Doe, Jane" <jane@x.example>, bob@x.example`.
//!
//! Owns where one entry ends and the next begins, and what of an entry is a name. Whether an address can exist is decided
//! by [`EmailAddress`].

use std::fmt;

use crate::address::{AddressError, EmailAddress};
use crate::message::Address;

/// What separates entries in a field that people type into; mail programs use both.
const SEPARATORS: &[char] = &[',', ';'];

/// An entry of a list that is not an address, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadEntry {
    /// The entry as it was typed.
    pub entry: String,
    /// What is wrong with its address.
    pub error: AddressError,
}

impl fmt::Display for BadEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not an e-mail address: {}", self.entry, self.error)
    }
}

impl std::error::Error for BadEntry {}

/// The addresses of a list with commas or semicolons; empty entries are skipped.
///
/// # Errors
/// The first entry that is not an address.
pub fn parse(list: &str) -> Result<Vec<Address>, BadEntry> {
    let read = |entry: &str| {
        let (name, email) = name_and_email(entry);
        match EmailAddress::parse(email) {
            Ok(_) => Ok(Address { name: name.replace(char::is_control, " "), email: email.to_owned() }),
            Err(error) => Err(BadEntry { entry: entry.to_owned(), error }),
        }
    };
    split(list, SEPARATORS).into_iter().map(read).collect()
}

/// A list that [`parse`] reads as these addresses.
#[must_use]
pub fn join(addresses: &[Address]) -> String {
    let shown = |one: &Address| {
        if one.name.is_empty() {
            return one.email.clone();
        }
        let is_plain = |letter: char| !letter.is_control() && !"\"\\,;<>()@:".contains(letter);
        if one.name.chars().all(is_plain) && one.name.trim() == one.name {
            return format!("{} <{}>", one.name, one.email);
        }
        format!("\"{}\" <{}>", one.name.replace('\\', "\\\\").replace('"', "\\\""), one.email)
    };
    addresses.iter().map(shown).collect::<Vec<_>>().join(", ")
}

/// The entries of a list, trimmed, without empty ones. A separator within quotes belongs to a name.
#[must_use]
pub fn split<'a>(list: &'a str, separators: &[char]) -> Vec<&'a str> {
    let (mut quoted, mut escaped) = (false, false);
    let parts = list.split(|letter: char| {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ => {}
        }
        separators.contains(&letter) && !quoted
    });
    parts.map(str::trim).filter(|one| !one.is_empty()).collect()
}

/// The name of an entry, without its quotes, and its address. An entry without angle brackets has no name.
#[must_use]
pub fn name_and_email(entry: &str) -> (String, &str) {
    match entry.strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
        Some((name, email)) => (unquoted(name.trim()), email.trim()),
        None => (String::new(), entry),
    }
}

fn unquoted(name: &str) -> String {
    let Some(inner) = name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return name.to_owned();
    };
    let mut plain = String::with_capacity(inner.len());
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        plain.push(if letter == '\\' { letters.next().unwrap_or(letter) } else { letter });
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_as_people_type_it() {
        let read = |list: &str| {
            let found = parse(list)?;
            Ok(found.into_iter().map(|one| format!("{}|{}", one.name, one.email)).collect::<Vec<_>>())
        };
        for (list, found) in [
            ("", vec![]),
            (" , ;", vec![]),
            ("a@x.example;b@x.example", vec!["|a@x.example", "|b@x.example"]),
            (r#""Doe; Jane" <j@x.example>, b@x.example"#, vec!["Doe; Jane|j@x.example", "|b@x.example"]),
            (r#""Jane \"J\" Doe" <j@x.example>"#, vec![r#"Jane "J" Doe|j@x.example"#]),
            ("Jane\r\nBcc: z <j@x.example>", vec!["Jane  Bcc: z|j@x.example"]),
        ] {
            let read: Result<_, BadEntry> = read(list);
            assert_eq!(read.expect(list), found, "{list}");
        }
        for (list, entry, error) in [
            ("a@x.example, Bob", "Bob", AddressError::NoAt),
            ("Doe, Jane <j@x.example>", "Doe", AddressError::NoAt),
            ("<a@x.example\r\nBcc: b@x.example>", "<a@x.example\r\nBcc: b@x.example>", AddressError::ManyAts),
        ] {
            assert_eq!(parse(list), Err(BadEntry { entry: entry.to_owned(), error }), "{list}");
        }
    }

    #[test]
    fn a_joined_list_is_read_back() {
        let names =
            ["", "Jane Doe", "Doe, Jane", r#"Jane "J; D" \ Doe"#, " spaced", "jane@x.example", "Ünal Öz"];
        let list: Vec<Address> = names
            .iter()
            .enumerate()
            .map(|(at, name)| Address { name: (*name).to_owned(), email: format!("a{at}@x.example") })
            .collect();
        assert_eq!(parse(&join(&list)), Ok(list));
    }
}
