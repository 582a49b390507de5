//! Recipients, as one text with commas or as an array of texts.

use crewbox_app::outgoing::MAX_HEADER;
use crewbox_core::address_list::{name_and_email, split};
use crewbox_core::message::Address;
use utoipa::openapi::{OneOfBuilder, RefOr, Schema};

use super::text::is_one_line;
use crate::problem::{Problems, Provided};
use crate::schema::{Components, Describe, array, text};
use crate::value::{Value, is_address, read_text};
use crate::wire::{Json, Place};

/// Characters of a list of addresses.
const MAX_LIST: usize = 20_000;

/// Addresses; none at all is as if absent.
#[derive(Debug, Default)]
pub(crate) struct Addresses(pub(crate) Vec<Address>);

impl Describe for Addresses {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        let one = text(Some(MAX_LIST));
        let several = array(text(None).into(), None);
        Schema::OneOf(OneOfBuilder::new().item(one).item(several).build()).into()
    }
}

impl Value for Addresses {
    fn read(value: &Json<'_>, place: Place<'_>, problems: &mut Problems) -> Option<Self> {
        let mut addresses = Vec::new();
        if let Json::Array(items) = value {
            for item in items.iter() {
                match item {
                    Json::Text(_) => {
                        let text = read_text(&item, MAX_LIST, place, problems);
                        text.iter().for_each(|text| read_list(text, place, problems, &mut addresses));
                    }
                    _ => place.note("must hold e-mail addresses", Provided::Nothing, problems),
                }
            }
        } else {
            let text = read_text(value, MAX_LIST, place, problems)?;
            read_list(&text, place, problems, &mut addresses);
        }
        (!addresses.is_empty()).then_some(Self(addresses))
    }
}

fn read_list(list: &str, place: Place<'_>, problems: &mut Problems, addresses: &mut Vec<Address>) {
    if !is_one_line(list, place, problems) {
        return;
    }
    for one in split(list, &[',']) {
        let (name, email) = name_and_email(one);
        if name.len() > MAX_HEADER {
            let sentence = format!("{}: a name is longer than {MAX_HEADER} bytes", place.key);
            problems.note(&place.path(), sentence, Provided::Nothing);
        } else if is_address(email) {
            addresses.push(Address { name, email: email.to_owned() });
        } else {
            problems.wrong(&place.path(), format!("{} must be an e-mail address", place.key), &email);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_addresses_are_read_as_people_write_them() {
        let read = |list: &str| {
            let mut problems = Problems::default();
            let place = Place { prefix: "", key: "to", secret: false };
            let found = Addresses::read(&Json::Text(list.into()), place, &mut problems).unwrap_or_default();
            problems.finish().map(|()| {
                found.0.into_iter().map(|one| format!("{}|{}", one.name, one.email)).collect::<Vec<_>>()
            })
        };
        for (text, found) in [
            (r#""Doe, Jane" <j@x.de>, b@x.de"#, vec!["Doe, Jane|j@x.de", "|b@x.de"]),
            (r#""Jane \"J, D\" Doe" <j@x.de>"#, vec![r#"Jane "J, D" Doe|j@x.de"#]),
            ("Jane Doe <j@x.de>,, ", vec!["Jane Doe|j@x.de"]),
            (r"Jane \ Doe <j@x.de>", vec![r"Jane \ Doe|j@x.de"]),
        ] {
            assert_eq!(read(text).expect(text), found);
        }
        for bad in [r#""Doe, Jane <j@x.de>, b@x.de"#, "Doe, Jane <j@x.de>", "j@x.de b@x.de"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn each_text_of_a_list_may_be_as_long_as_a_list() {
        let read = |length: usize| {
            let list = format!(r#"["a@x.test", "{}b@x.test"]"#, ",".repeat(length));
            let json = Json::read(list.as_bytes()).unwrap();
            let mut problems = Problems::default();
            let place = Place { prefix: "", key: "cc", secret: false };
            let found = Addresses::read(&json, place, &mut problems).unwrap_or_default();
            problems.finish().map(|()| found.0.len()).map_err(|wrong| wrong[0].text.clone())
        };
        assert_eq!(read(MAX_LIST - 8), Ok(2));
        assert_eq!(read(MAX_LIST), Err("cc cannot exceed 20000 characters".to_owned()));
    }
}
