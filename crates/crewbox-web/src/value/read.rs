//! What every value can do.

use utoipa::openapi::schema::Type;
use utoipa::openapi::{RefOr, Schema};

use crate::object::{Null, Put};
use crate::problem::Problems;
use crate::schema::{Components, Describe, nullable, plain};
use crate::wire::{Json, Place};

/// A value of a body.
pub(crate) trait Value: Describe + Sized {
    /// Reads what came and is not `null`. What is wrong is noted, and reading goes on. None without a note is a value
    /// as good as none.
    fn read(value: &Json<'_>, place: Place<'_>, problems: &mut Problems) -> Option<Self>;
}

/// A value of a query or of a path.
pub(crate) trait Parameter: Describe + Sized {
    /// Whether it is the id of something: a number that cannot be one then names nothing.
    const IS_ID: bool = false;

    /// Reads a text that is not empty. What is wrong is noted.
    fn parse(text: &str, name: &str, problems: &mut Problems) -> Option<Self>;
}

/// An enum whose variants have names on the wire. Declared with [`wire_names!`].
pub(crate) trait Named {
    /// The name of the variant.
    fn wire_name(&self) -> &'static str;
}

/// A value as the default of a parameter, for the OpenAPI document.
pub(crate) trait Shown {
    fn shown(&self) -> serde_json::Value;
}

/// A value that is always there and may be `null`: null in an answer, and a body must give it, be it as `null`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Nullable<T>(pub(crate) Option<T>);

impl<T> From<Option<T>> for Nullable<T> {
    fn from(value: Option<T>) -> Self {
        Self(value)
    }
}

impl<T: Put> Put for Nullable<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }
}

impl<T: Describe> Describe for Nullable<T> {
    fn schema(components: &mut Components) -> RefOr<Schema> {
        nullable(T::schema(components))
    }
}

impl Describe for Null {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        plain(Type::Null).into()
    }
}
