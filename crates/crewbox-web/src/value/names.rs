//! One of a few names: an enum of the core with the name of each variant on the wire.

use crate::problem::Problems;
use crate::wire::{Json, Place};

/// The place of a text among names; noted where it is none of them.
pub(crate) fn one_of(
    value: &Json<'_>,
    names: &[&str],
    place: Place<'_>,
    problems: &mut Problems,
) -> Option<usize> {
    let found = match value {
        Json::Text(text) => names.iter().position(|name| *name == text.as_ref()),
        _ => None,
    };
    if found.is_none() {
        place.wrong(&format!("must be one of: {}", names.join(", ")), value, problems);
    }
    found
}

/// Declares the names of an enum: it then is read from bodies and queries, put into answers and described. Every
/// variant must have its row.
macro_rules! wire_names {
    ($type:ty { $($variant:ident = $name:literal),+ $(,)? }) => {
        const _: () = {
            use $crate::value::read::{Named, Parameter, Shown, Value};

            const NAMES: &[&str] = &[$($name),+];
            const VALUES: &[$type] = &[$(<$type>::$variant),+];

            impl $crate::schema::Describe for $type {
                fn schema(
                    _: &mut $crate::schema::Components,
                ) -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                    $crate::schema::names(NAMES.iter().copied()).into()
                }
            }

            impl Value for $type {
                fn read(
                    value: &$crate::wire::Json<'_>,
                    place: $crate::wire::Place<'_>,
                    problems: &mut $crate::problem::Problems,
                ) -> Option<Self> {
                    $crate::value::names::one_of(value, NAMES, place, problems).map(|found| VALUES[found])
                }
            }

            impl Parameter for $type {
                fn parse(
                    text: &str,
                    name: &str,
                    problems: &mut $crate::problem::Problems,
                ) -> Option<Self> {
                    let found = NAMES.iter().position(|known| *known == text);
                    if found.is_none() {
                        let text_of_names = NAMES.join(", ");
                        problems.wrong(name, format!("{name} must be one of: {text_of_names}"), &text);
                    }
                    found.map(|found| VALUES[found])
                }
            }

            impl Named for $type {
                fn wire_name(&self) -> &'static str {
                    match self { $(<$type>::$variant => $name),+ }
                }
            }

            impl Shown for $type {
                fn shown(&self) -> serde_json::Value {
                    self.wire_name().into()
                }
            }

            impl $crate::object::Put for $type {
                fn put(&self, out: &mut Vec<u8>) {
                    self.wire_name().put(out);
                }
            }
        };
    };
}

pub(crate) use wire_names;
