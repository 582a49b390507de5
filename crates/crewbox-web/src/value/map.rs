//! Objects of answers whose keys are data, and those without keys.

use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};

use crate::object::{Obj, Put};
use crate::schema::{Components, Describe};

/// An object whose keys are data, such as the names of custom fields. Its keys are put in this order; each is there
/// once.
#[derive(Clone, Debug)]
pub(crate) struct Map<T>(pub(crate) Vec<(String, T)>);

impl<T: Put> Put for Map<T> {
    fn put(&self, out: &mut Vec<u8>) {
        let mut object = Obj::new();
        for (key, value) in &self.0 {
            object.add(key, value);
        }
        object.put(out);
    }
}

impl<T: Describe> Describe for Map<T> {
    fn schema(components: &mut Components) -> RefOr<Schema> {
        let values = AdditionalProperties::RefOr(T::schema(components));
        let object = ObjectBuilder::new().schema_type(Type::Object).additional_properties(Some(values));
        Schema::Object(object.build()).into()
    }
}

/// An object without keys.
pub(crate) struct Nothing;

impl Put for Nothing {
    fn put(&self, out: &mut Vec<u8>) {
        Obj::new().put(out);
    }
}

impl Describe for Nothing {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        let closed = Some(AdditionalProperties::FreeForm(false));
        let object = ObjectBuilder::new().schema_type(Type::Object).additional_properties(closed);
        Schema::Object(object.build()).into()
    }
}
