//! The values of a lead to add that are read more leniently than others: what is wrong with them is decided for the
//! whole list by the use case, which skips some leads and refuses the others.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crewbox_app::lead::{MAX_CUSTOM_FIELDS, MAX_FIELD};
use utoipa::openapi::{RefOr, Schema};

use crate::problem::{Problems, Provided};
use crate::schema::{Components, Describe, any_object, text};
use crate::value::{TOO_LARGE_FOR_TEXT, Value, read_text};
use crate::wire::{Json, Place};

/// The address of a lead. What is no text counts as an empty one, and the lead is skipped.
#[derive(Debug)]
pub(crate) struct LeadAddress(pub(super) String);

impl Describe for LeadAddress {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        text(None).into()
    }
}

impl Value for LeadAddress {
    fn read(value: &Json<'_>, _: Place<'_>, _: &mut Problems) -> Option<Self> {
        let text = if let Json::Text(text) = value { text.to_string() } else { String::new() };
        Some(Self(text))
    }
}

/// A text without the space around it; one that holds nothing is as if absent. Its length is the use case's rule.
#[derive(Debug)]
pub(crate) struct LeadText(pub(super) String);

impl Describe for LeadText {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        text(Some(MAX_FIELD)).into()
    }
}

impl Value for LeadText {
    fn read(value: &Json<'_>, place: Place<'_>, problems: &mut Problems) -> Option<Self> {
        let text = read_text(value, usize::MAX, place, problems)?;
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }
}

/// Further fields by their names. What is no text is kept as its JSON; null is as if absent.
#[derive(Debug)]
pub(crate) struct CustomFields(pub(super) Vec<(String, String)>);

impl Describe for CustomFields {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        any_object(Some(MAX_CUSTOM_FIELDS)).into()
    }
}

impl Value for CustomFields {
    fn read(value: &Json<'_>, place: Place<'_>, problems: &mut Problems) -> Option<Self> {
        let Json::Object(fields) = value else {
            place.note("must be an object", Provided::Nothing, problems);
            return None;
        };
        let mut read: Vec<(String, String)> = Vec::new();
        let mut places: HashMap<Cow<'_, str>, usize> = HashMap::new();
        for (key, value) in fields.iter() {
            let value = value.read();
            if matches!(value, Json::Null) {
                continue;
            }
            match as_text(&value) {
                // As for all keys, of one that is given twice the last value counts.
                Ok(text) => match places.entry(key) {
                    Entry::Occupied(place) => read[*place.get()].1 = text,
                    // One too many is kept, so that the use case refuses them; what follows is not read.
                    Entry::Vacant(_) if read.len() > MAX_CUSTOM_FIELDS => break,
                    Entry::Vacant(place) => {
                        read.push((place.key().to_string(), text));
                        place.insert(read.len() - 1);
                    }
                },
                Err(_) if problems.is_full() => problems.count(1),
                Err(rest) => {
                    let key: String = key.chars().take(SHOWN_OF_KEY).collect();
                    let (key, prefix) = (format!("custom_fields.{key}"), place.prefix);
                    Place { prefix, key: &key, ..place }.note(&rest, Provided::Nothing, problems);
                }
            }
        }
        Some(Self(read))
    }
}

/// Characters of a key that are repeated in an error.
const SHOWN_OF_KEY: usize = 60;
/// A longer JSON has more characters than a field may have: each takes at most four bytes.
const MOST_JSON: usize = 4 * MAX_FIELD;

/// A text as it is, and anything else as its JSON.
fn as_text(value: &Json<'_>) -> Result<String, String> {
    if let Json::Text(text) = value {
        return Ok(text.to_string());
    }
    if value.has_too_large_number() {
        return Err(TOO_LARGE_FOR_TEXT.to_owned());
    }
    let mut json = Vec::new();
    if !value.put_within(MOST_JSON, &mut json) {
        return Err(format!("cannot exceed {MAX_FIELD} characters"));
    }
    Ok(String::from_utf8_lossy(&json).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is read of custom fields, and the sentences of what is wrong.
    fn read(fields: &str) -> (Vec<(String, String)>, Vec<String>) {
        let value = Json::read(fields.as_bytes()).unwrap();
        let mut problems = Problems::default();
        let place = Place { prefix: "lead_list[0].", key: "custom_fields", secret: false };
        let read = CustomFields::read(&value, place, &mut problems);
        let wrong = problems.finish().err().unwrap_or_default();
        (read.map(|fields| fields.0).unwrap_or_default(), wrong.into_iter().map(|one| one.text).collect())
    }

    #[test]
    fn what_is_no_text_is_kept_as_its_json_and_of_a_name_given_twice_the_last() {
        let (fields, wrong) = read(r#"{"a":"x","b":[1,{"c":null}],"d":null,"e":2.5,"a":"y","f":true}"#);
        let pair = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let expected = [("a", "y"), ("b", r#"[1,{"c":null}]"#), ("e", "2.5"), ("f", "true")].map(pair);
        assert_eq!((fields, wrong), (expected.to_vec(), Vec::new()));
    }

    #[test]
    fn json_that_is_longer_than_a_field_is_refused_wherever_its_length_is() {
        let long = "x".repeat(MOST_JSON);
        let numbers = vec!["1"; MOST_JSON / 2].join(",");
        for value in [
            format!(r#"["{long}"]"#),
            format!(r#"{{"deep":[[{{"deeper":"{long}"}}]]}}"#),
            format!(r#"{{"{long}":1}}"#),
            format!("[{numbers},2]"),
        ] {
            let (fields, wrong) = read(&format!(r#"{{"note":{value},"good":"x"}}"#));
            assert_eq!(fields, [("good".to_owned(), "x".to_owned())]);
            let sentence = format!("custom_fields.note cannot exceed {MAX_FIELD} characters");
            assert_eq!(wrong, [sentence]);
        }
        let (fields, wrong) = read(r#"{"far":1e300,"in":[9007199254740993]}"#);
        assert_eq!((fields.len(), wrong.len()), (0, 2), "{wrong:?}");
    }
}
