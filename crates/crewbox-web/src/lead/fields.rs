//! The values of a lead to add that are read more leniently than others: what is wrong with them is decided for the
//! whole list by the use case, which skips some leads and refuses the others.

use crewbox_app::lead::{MAX_CUSTOM_FIELDS, MAX_FIELD};
use utoipa::openapi::{RefOr, Schema};

use crate::problem::{Problems, Provided};
use crate::schema::{Components, Describe, any_object, text};
use crate::value::{TOO_LARGE_FOR_TEXT, Value, read_text};
use crate::wire::{Json, Place};

/// The address of a lead. What is no text counts as an empty one, and the lead is skipped.
#[derive(Debug)]
pub(super) struct LeadAddress(pub(super) String);

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
pub(super) struct LeadText(pub(super) String);

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
pub(super) struct CustomFields(pub(super) Vec<(String, String)>);

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
        let mut read = Vec::with_capacity(fields.len().min(MAX_CUSTOM_FIELDS + 1));
        for (key, value) in fields.iter().filter(|(_, value)| *value != Json::Null) {
            match as_text(value) {
                Ok(text) => read.push((key.to_string(), text)),
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
