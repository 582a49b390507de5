//! How a type describes itself in the OpenAPI document.
//!
//! Owns the builders of schemas. Knows no type of the API: each describes itself through [`Describe`].

use std::collections::BTreeMap;

use utoipa::openapi::schema::{
    AdditionalProperties, ArrayBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type,
};
use utoipa::openapi::{OneOfBuilder, Ref, RefOr};

/// A type of the API that says what it looks like.
pub(crate) trait Describe {
    /// Its schema. What has a name is added to `components` and referred to.
    fn schema(components: &mut Components) -> RefOr<Schema>;
}

/// The named schemas of a document.
#[derive(Default)]
pub(crate) struct Components {
    schemas: BTreeMap<String, RefOr<Schema>>,
    /// Names that two different schemas have.
    conflicts: Vec<String>,
}

impl Components {
    /// Adds a schema under its name, and gives the reference to it.
    pub(crate) fn add(&mut self, name: &str, schema: Schema) -> RefOr<Schema> {
        let schema = RefOr::T(schema);
        match self.schemas.get(name) {
            Some(known) if *known != schema => self.conflicts.push(name.to_owned()),
            Some(_) => {}
            None => {
                self.schemas.insert(name.to_owned(), schema);
            }
        }
        Ref::from_schema_name(name).into()
    }

    /// Names that two different schemas have: a document with any is wrong.
    pub(crate) fn conflicts(&self) -> &[String] {
        &self.conflicts
    }

    pub(crate) fn into_schemas(self) -> BTreeMap<String, RefOr<Schema>> {
        self.schemas
    }
}

/// A schema of one type and nothing more.
pub(crate) fn plain(kind: Type) -> Schema {
    Schema::Object(ObjectBuilder::new().schema_type(kind).build())
}

/// Any value.
pub(crate) fn any() -> Schema {
    let kinds = [Type::String, Type::Number, Type::Boolean, Type::Array, Type::Object, Type::Null];
    Schema::Object(ObjectBuilder::new().schema_type(SchemaType::from_iter(kinds)).build())
}

/// An object with keys of any name and value, at most `most` of them.
pub(crate) fn any_object(most: Option<usize>) -> Schema {
    let open = Some(AdditionalProperties::FreeForm(true));
    let builder = ObjectBuilder::new().schema_type(Type::Object).additional_properties(open);
    Schema::Object(builder.max_properties(most).build())
}

/// A whole number of at least `least`, and at most `most` where there is an end.
pub(crate) fn number(least: u64, most: Option<u64>) -> Schema {
    let bound = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let builder = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(bound(least)));
    Schema::Object(builder.maximum(most.map(bound)).build())
}

/// A text of at most `most` characters.
pub(crate) fn text(most: Option<usize>) -> Schema {
    Schema::Object(ObjectBuilder::new().schema_type(Type::String).max_length(most).build())
}

/// A time as RFC 3339 writes it.
pub(crate) fn time() -> Schema {
    let format = Some(SchemaFormat::KnownFormat(KnownFormat::DateTime));
    Schema::Object(ObjectBuilder::new().schema_type(Type::String).format(format).build())
}

/// One of these texts.
pub(crate) fn names<'a>(names: impl IntoIterator<Item = &'a str>) -> Schema {
    let names = names.into_iter().map(serde_json::Value::from);
    Schema::Object(ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).build())
}

/// An array of at most `most` of these.
pub(crate) fn array(item: RefOr<Schema>, most: Option<usize>) -> Schema {
    Schema::Array(ArrayBuilder::new().items(item).max_items(most).build())
}

/// The same, or null.
pub(crate) fn nullable(schema: RefOr<Schema>) -> RefOr<Schema> {
    match schema {
        RefOr::T(Schema::Object(mut object)) => {
            object.schema_type = with_null(object.schema_type);
            // Its type alone does not allow what the names leave out.
            if let Some(values) = &mut object.enum_values {
                values.push(serde_json::Value::Null);
            }
            RefOr::T(Schema::Object(object))
        }
        RefOr::T(Schema::Array(mut array)) => {
            array.schema_type = with_null(array.schema_type);
            RefOr::T(Schema::Array(array))
        }
        other => {
            let either = OneOfBuilder::new().item(plain(Type::Null)).item(other);
            RefOr::T(Schema::OneOf(either.build()))
        }
    }
}

fn with_null(kind: SchemaType) -> SchemaType {
    match kind {
        SchemaType::Type(kind) => SchemaType::from_iter([kind, Type::Null]),
        SchemaType::Array(mut kinds) => {
            if !kinds.contains(&Type::Null) {
                kinds.push(Type::Null);
            }
            SchemaType::Array(kinds)
        }
        other => other,
    }
}

/// One of these; the description says when it is which.
pub(crate) fn either<const N: usize>(says: &str, schemas: [RefOr<Schema>; N]) -> RefOr<Schema> {
    let builder = schemas.into_iter().fold(OneOfBuilder::new(), OneOfBuilder::item);
    RefOr::T(Schema::OneOf(builder.description(Some(says)).build()))
}

/// The same with a description.
pub(crate) fn described(schema: RefOr<Schema>, says: &str) -> RefOr<Schema> {
    let says = Some(says.to_owned()).filter(|says| !says.is_empty());
    match schema {
        RefOr::T(Schema::Object(mut object)) => {
            object.description = says;
            RefOr::T(Schema::Object(object))
        }
        RefOr::T(Schema::Array(mut array)) => {
            array.description = says;
            RefOr::T(Schema::Array(array))
        }
        RefOr::T(Schema::OneOf(mut either)) => {
            either.description = says;
            RefOr::T(Schema::OneOf(either))
        }
        RefOr::Ref(mut reference) => {
            reference.description = says.unwrap_or_default();
            RefOr::Ref(reference)
        }
        other => other,
    }
}

/// The sentences of a doc comment's lines, joined.
pub(crate) fn sentence(lines: &[&str]) -> String {
    let lines: Vec<&str> = lines.iter().map(|line| line.trim()).filter(|line| !line.is_empty()).collect();
    lines.join(" ")
}

/// The schema of an object under construction, its properties in the order of the declaration.
#[derive(Default)]
pub(crate) struct Properties(ObjectBuilder);

impl Properties {
    /// Adds a property with its description.
    pub(crate) fn add(&mut self, name: &str, required: bool, schema: RefOr<Schema>, says: &[&str]) {
        let builder = std::mem::take(&mut self.0).property(name, described(schema, &sentence(says)));
        self.0 = if required { builder.required(name) } else { builder };
    }

    /// The object's schema.
    pub(crate) fn done(self, says: &[&str]) -> Schema {
        let says = Some(sentence(says)).filter(|says| !says.is_empty());
        Schema::Object(self.0.schema_type(Type::Object).description(says).build())
    }
}
