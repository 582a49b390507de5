//! The values of a lead to add that are read more leniently than others: what is wrong with them is decided for the
//! whole list by the use case, which skips some leads and refuses the others.

use crewbox_app::lead::{MAX_CUSTOM_FIELDS, MAX_FIELD};
use utoipa::openapi::{RefOr, Schema};

use crate::object::Put as _;
use crate::problem::{Problems, Provided};
use crate::schema::{Components, Describe, any_object, text};
use crate::value::{Value, read_text};
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
        let given = fields.iter().filter(|(_, value)| *value != Json::Null);
        Some(Self(given.map(|(key, value)| (key.to_string(), as_text(value))).collect()))
    }
}

fn as_text(value: &Json<'_>) -> String {
    if let Json::Text(text) = value {
        return text.to_string();
    }
    let mut json = Vec::new();
    value.put(&mut json);
    String::from_utf8_lossy(&json).into_owned()
}
