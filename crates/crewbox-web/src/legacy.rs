//! Bodies and answers described by hand-kept tables: what a route has until its handler declares them by types.
//!
//! Owns nothing that is read or written; only the description. Shrinks with every handler that is converted.

use utoipa::openapi::schema::{Schema, Type};
use utoipa::openapi::{Content, Ref, RefOr, Response, ResponseBuilder};

use crate::declare::QueryParameter;
use crate::schema::{Properties, array, plain, text};

/// A key of a body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    /// Its name.
    pub(crate) name: &'static str,
    /// What it holds.
    pub(crate) kind: Kind,
    /// Whether it must be there.
    pub(crate) required: bool,
    /// One sentence on it.
    pub(crate) says: &'static str,
}

/// What a key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Number,
    Object,
    Objects,
}

/// An optional key.
pub(crate) const fn key(name: &'static str, kind: Kind, says: &'static str) -> Key {
    Key { name, kind, required: false, says }
}

/// A key that must be there.
pub(crate) const fn required(name: &'static str, kind: Kind, says: &'static str) -> Key {
    Key { name, kind, required: true, says }
}

/// What an answer looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Success,
    Object,
    Text,
}

/// The schema of a body with these keys.
pub(crate) fn object(keys: &[Key]) -> Schema {
    let mut properties = Properties::default();
    for key in keys {
        properties.add(key.name, key.required, kind(key.kind), &[key.says]);
    }
    properties.done(&[])
}

fn kind(kind: Kind) -> RefOr<Schema> {
    match kind {
        Kind::Number => plain(Type::Integer),
        Kind::Object => plain(Type::Object),
        Kind::Objects => array(plain(Type::Object).into(), None),
    }
    .into()
}

/// A parameter of a query of which only the name is known.
pub(crate) fn parameter(name: &'static str) -> QueryParameter {
    QueryParameter { name, required: false, schema: text(None).into(), says: String::new() }
}

/// The response of a shape.
pub(crate) fn response(shape: Shape) -> Response {
    let bytes = |kind: &str| {
        let content = Content::new(Some(plain(Type::String)));
        ResponseBuilder::new().description("The bytes.").content(kind, content).build()
    };
    let value = |schema: Schema| named("Done.", schema.into());
    let reference = |name: &str| RefOr::<Schema>::Ref(Ref::from_schema_name(name));
    match shape {
        Shape::Success => named("Done.", reference("Success")),
        Shape::Object => value(plain(Type::Object)),
        Shape::Text => bytes("text/plain"),
    }
}

fn named(says: &str, schema: RefOr<Schema>) -> Response {
    ResponseBuilder::new().description(says).content("application/json", Content::new(Some(schema))).build()
}
