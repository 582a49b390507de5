//! Texts. A number is taken as its digits.

use std::borrow::Cow;

use crewbox_core::address::EmailAddress;
use utoipa::openapi::{RefOr, Schema};

use super::read::{Parameter, Value};
use crate::problem::{Problems, Provided};
use crate::schema::{Components, Describe, text};
use crate::wire::{Json, Place};

/// A text without the space around it, which must hold something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct NonBlank<const MOST: usize>(pub(crate) String);

/// A text without the space around it; one that holds nothing is as if absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Trimmed<const MOST: usize>(pub(crate) String);

/// The error for a number that is not exact where a text is expected.
pub(crate) const TOO_LARGE_FOR_TEXT: &str = "cannot exceed 9007199254740991 as a number: send it as a string";

/// Whether this is one address, by the rule of [`EmailAddress`].
pub(crate) fn is_address(text: &str) -> bool {
    EmailAddress::parse(text).is_ok()
}

/// A text of at most `most` characters.
pub(crate) fn read<'a>(
    value: &'a Json<'a>,
    most: usize,
    place: Place<'_>,
    problems: &mut Problems,
) -> Option<Cow<'a, str>> {
    let read = match value {
        Json::Text(text) => Cow::Borrowed(text.as_ref()),
        Json::Int(number) if !value.has_too_large_number() => Cow::Owned(number.to_string()),
        Json::Int(_) | Json::Float(_) if value.has_too_large_number() => {
            place.wrong(TOO_LARGE_FOR_TEXT, value, problems);
            return None;
        }
        _ => {
            place.wrong("must be a string", value, problems);
            return None;
        }
    };
    if read.chars().count() > most {
        place.wrong(&format!("cannot exceed {most} characters"), value, problems);
        return None;
    }
    Some(read)
}

impl<const MOST: usize> Value for NonBlank<MOST> {
    fn read(value: &Json<'_>, place: Place<'_>, problems: &mut Problems) -> Option<Self> {
        let text = read(value, MOST, place, problems)?;
        let text = text.trim();
        if text.is_empty() {
            place.note("must not be empty", Provided::Nothing, problems);
            return None;
        }
        Some(Self(text.to_owned()))
    }
}

impl<const MOST: usize> Value for Trimmed<MOST> {
    fn read(value: &Json<'_>, place: Place<'_>, problems: &mut Problems) -> Option<Self> {
        let text = read(value, MOST, place, problems)?;
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }
}

impl<const MOST: usize> Parameter for Trimmed<MOST> {
    fn parse(text: &str, name: &str, problems: &mut Problems) -> Option<Self> {
        let text = text.trim();
        if text.chars().count() > MOST {
            problems.wrong(name, format!("{name} cannot exceed {MOST} characters"), &text);
            return None;
        }
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }
}

macro_rules! described {
    ($($name:ident)*) => {$(
        impl<const MOST: usize> Describe for $name<MOST> {
            fn schema(_: &mut Components) -> RefOr<Schema> {
                text(Some(MOST)).into()
            }
        }
    )*};
}

described! { NonBlank Trimmed }

impl Describe for String {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        text(None).into()
    }
}

impl Describe for Cow<'_, str> {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        text(None).into()
    }
}

impl Describe for &str {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        text(None).into()
    }
}
