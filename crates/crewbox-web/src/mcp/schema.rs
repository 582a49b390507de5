//! The JSON Schema of a tool's arguments, made of the same declarations as the OpenAPI document.

use serde_json::{Map, Value, json};

use crate::describe::BodyKind;
use crate::route::entry::Route;
use crate::schema::{Components, Describe};

/// Where the OpenAPI document has its named schemas, and where a JSON Schema has them.
const IN_DOCUMENT: &str = "#/components/schemas/";
const IN_SCHEMA: &str = "#/$defs/";

/// The schema of an object while it is made.
pub(super) struct Arguments {
    properties: Map<String, Value>,
    required: Vec<String>,
    named: Map<String, Value>,
}

impl Arguments {
    /// Adds a property that must be given.
    pub(super) fn require(&mut self, name: &str, schema: Value) {
        self.properties.insert(name.to_owned(), schema);
        self.required.push(name.to_owned());
    }

    /// Of a list's arguments keeps the page, and takes the search out of the filters.
    pub(super) fn search(&mut self) {
        let filters =
            self.properties.get("filters").map(|filters| self.resolved(filters)).unwrap_or_default();
        let search = filters["properties"]["search"].clone();
        self.properties.retain(|name, _| name == "offset" || name == "limit");
        self.require("search", search);
    }

    /// A schema in place of its name.
    fn resolved(&self, schema: &Value) -> Value {
        let name = schema["$ref"].as_str().and_then(|name| name.strip_prefix(IN_SCHEMA));
        name.and_then(|name| self.named.get(name)).unwrap_or(schema).clone()
    }

    /// The schema, with those of the named ones that it uses.
    pub(super) fn done(self) -> Map<String, Value> {
        let mut schema =
            json!({"type": "object", "properties": self.properties, "additionalProperties": false});
        if !self.required.is_empty() {
            schema["required"] = self.required.into();
        }
        let mut used = Map::new();
        let mut open = names_in(&schema);
        while let Some(name) = open.pop() {
            if let (false, Some(named)) = (used.contains_key(&name), self.named.get(&name)) {
                open.extend(names_in(named));
                used.insert(name, named.clone());
            }
        }
        if !used.is_empty() {
            schema["$defs"] = used.into();
        }
        match schema {
            Value::Object(schema) => schema,
            _ => Map::new(),
        }
    }
}

/// What a route takes, as one object: the parts of its path under these names, its query and its body.
pub(super) fn properties(route: &Route, path_names: &[&'static str]) -> Arguments {
    let mut components = Components::default();
    let described = (route.describe)(&mut components);
    let mut arguments = with_named(components);
    let own = route.path_names();
    let names = path_names.iter().copied().chain(own.skip(path_names.len()));
    for (name, schema) in names.zip(described.path) {
        arguments.require(name, value(&schema));
    }
    for parameter in described.query {
        let mut schema = value(&parameter.schema);
        schema["description"] = parameter.says.into();
        arguments.properties.insert(parameter.name.to_owned(), schema);
        if parameter.required {
            arguments.required.push(parameter.name.to_owned());
        }
    }
    if let BodyKind::Json { schema, .. } = described.body {
        arguments.add_object(&value(&schema));
    }
    arguments
}

/// What a declared object takes.
pub(super) fn object_of<T: Describe>() -> Map<String, Value> {
    let mut components = Components::default();
    let schema = value(&T::schema(&mut components));
    let mut arguments = with_named(components);
    arguments.add_object(&schema);
    arguments.done()
}

impl Arguments {
    fn add_object(&mut self, schema: &Value) {
        let object = self.resolved(schema);
        if let Some(properties) = object["properties"].as_object() {
            self.properties.extend(properties.clone());
        }
        let required = object["required"].as_array().into_iter().flatten();
        self.required.extend(required.filter_map(Value::as_str).map(str::to_owned));
    }
}

fn with_named(components: Components) -> Arguments {
    let named = components.into_schemas().into_iter().map(|(name, schema)| (name, value(&schema)));
    Arguments { properties: Map::new(), required: Vec::new(), named: named.collect() }
}

/// A schema of the OpenAPI document as JSON Schema.
fn value(schema: &impl serde::Serialize) -> Value {
    let mut value = serde_json::to_value(schema).unwrap_or_default();
    rename(&mut value);
    value
}

fn rename(value: &mut Value) {
    match value {
        Value::Object(object) => {
            if let Some(Value::String(name)) = object.get_mut("$ref") {
                *name = name.replace(IN_DOCUMENT, IN_SCHEMA);
            }
            object.values_mut().for_each(rename);
        }
        Value::Array(items) => items.iter_mut().for_each(rename),
        _ => {}
    }
}

/// The names of the schemas that one refers to.
fn names_in(value: &Value) -> Vec<String> {
    match value {
        Value::Object(object) => {
            let own =
                object.get("$ref").and_then(Value::as_str).and_then(|name| name.strip_prefix(IN_SCHEMA));
            let own = own.map(str::to_owned).into_iter();
            own.chain(object.values().flat_map(names_in)).collect()
        }
        Value::Array(items) => items.iter().flat_map(names_in).collect(),
        _ => Vec::new(),
    }
}
