//! The fields of an account in a body: JSON read by the rules of the use case.

use crewbox_app::mailbox::{Aliases, Field, Host, Line, Password, Port, Signature};
use crewbox_core::address::EmailAddress;
use crewbox_core::model::Security;
use utoipa::openapi::{RefOr, Schema};

use crate::problem::{Problems, Provided};
use crate::schema::{Components, Describe, array, number, text};
use crate::value::{Value, count, items, not_whole, read_text, whole, wire_names};
use crate::wire::{Json, Place};

wire_names!(Security { Ssl = "SSL", Tls = "TLS", None = "NONE" });

/// Reads a text by the rule of its field.
fn read<T: Field>(value: &Json<'_>, place: Place<'_>, problems: &mut Problems) -> Option<T> {
    // The rule has the limit.
    let text = read_text(value, usize::MAX, place, problems)?;
    noted(T::parse(&text), place, problems)
}

fn noted<T>(read: Result<T, String>, place: Place<'_>, problems: &mut Problems) -> Option<T> {
    read.map_err(|rest| place.note(&rest, Provided::Nothing, problems)).ok()
}

macro_rules! texts {
    ($([$($generic:tt)*] $type:ty),* $(,)?) => {$(
        impl<$($generic)*> Describe for $type {
            fn schema(_: &mut Components) -> RefOr<Schema> {
                text(Some(<Self as Field>::MOST)).into()
            }
        }

        impl<$($generic)*> Value for $type {
            fn read(value: &Json<'_>, place: Place<'_>, problems: &mut Problems) -> Option<Self> {
                read(value, place, problems)
            }
        }
    )*};
}

texts!([const MOST: usize] Line<MOST>, [] Host, [] EmailAddress, [] Signature);

impl Describe for Password {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        text(Some(<Self as Field>::MOST)).into()
    }
}

impl Value for Password {
    fn read(value: &Json<'_>, place: Place<'_>, problems: &mut Problems) -> Option<Self> {
        // An empty one is as if absent.
        if matches!(value, Json::Text(text) if text.is_empty()) {
            return None;
        }
        read(value, place, problems)
    }
}

impl Describe for Port {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        let (least, most) = Self::RANGE;
        number(least.into(), Some(most.into())).into()
    }
}

impl Value for Port {
    fn read(value: &Json<'_>, place: Place<'_>, problems: &mut Problems) -> Option<Self> {
        let number = whole(value).ok_or_else(|| not_whole(value).unwrap_or("must be a number").to_owned());
        noted(number.and_then(Self::from_number), place, problems)
    }
}

impl Describe for Aliases {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        array(text(Some(<EmailAddress as Field>::MOST)).into(), Some(Self::MOST)).into()
    }
}

impl Value for Aliases {
    fn read(value: &Json<'_>, place: Place<'_>, problems: &mut Problems) -> Option<Self> {
        let given = count(value);
        let read: Vec<Json<'_>> = items(value).take(Self::MOST + 1).collect();
        // What is no text is no address: it counts as an empty text.
        let texts = read.iter().map(|item| if let Json::Text(text) = item { text.as_ref() } else { "" });
        Self::parse(texts)
            .map_err(|rest| {
                let count = Provided::Count { given, most: Self::MOST };
                let provided = if given > Self::MOST { count } else { Provided::Nothing };
                place.note(&rest, provided, problems);
            })
            .ok()
    }
}
