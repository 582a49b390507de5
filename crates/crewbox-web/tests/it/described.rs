//! Whether a response is what the OpenAPI document says of its call.

use crewbox_web::openapi::document;
use crewbox_web::route::Route;
use serde_json::Value;

use crate::world::Reply;

/// The document, to compare responses with.
pub(crate) struct Described(Value);

impl Described {
    pub(crate) fn new() -> Self {
        Self(serde_json::to_value(document()).unwrap())
    }

    /// What a successful response to a call of the route has that the document does not say, or lacks that it says.
    pub(crate) fn faults(&self, route: &Route, reply: &Reply) -> Vec<String> {
        let operation = &self.0["paths"][route.path][route.verbs[0].name().to_lowercase()];
        let content = &operation["responses"]["200"]["content"];
        let sent = reply.header("content-type").unwrap_or_default();
        let media = sent.split(';').next().unwrap_or_default();
        let Some(described) = content.get(media).or_else(|| content.get("*/*")) else {
            return vec![format!("its type {sent:?} is not described: {content}")];
        };
        let mut faults = Vec::new();
        if media == "application/json"
            && route.path != "/api/v1/openapi.json"
            && route.path != "/openapi.json"
        {
            self.compare(&described["schema"], &reply.json(), "", &mut faults);
        }
        faults
    }

    /// What a value has that its schema does not say, or lacks that it says.
    pub(crate) fn faults_of(&self, schema: &Value, value: &Value) -> Vec<String> {
        let mut faults = Vec::new();
        self.compare(schema, value, "", &mut faults);
        faults
    }

    fn compare(&self, schema: &Value, value: &Value, place: &str, faults: &mut Vec<String>) {
        let schema = self.resolved(schema);
        for alternatives in ["oneOf", "anyOf"].map(|key| schema[key].as_array()) {
            let Some(alternatives) = alternatives else { continue };
            let each = alternatives.iter().map(|schema| {
                let mut faults = Vec::new();
                self.compare(schema, value, place, &mut faults);
                faults
            });
            // The nearest alternative says most.
            faults.extend(each.min_by_key(Vec::len).unwrap_or_default());
        }
        for schema in schema["allOf"].as_array().into_iter().flatten() {
            self.compare(schema, value, place, faults);
        }
        if let Some(values) = schema["enum"].as_array()
            && !values.contains(value)
        {
            faults.push(format!("{place}: {value} is not one of {values:?}"));
        }
        if !has_type(&schema["type"], value) {
            faults.push(format!("{place}: {value} is not of type {}", schema["type"]));
            return;
        }
        match value {
            Value::Object(object) => self.compare_keys(schema, object, place, faults),
            Value::Array(items) if schema["items"].is_object() => {
                for (number, item) in items.iter().enumerate() {
                    self.compare(&schema["items"], item, &format!("{place}/{number}"), faults);
                }
            }
            _ => {}
        }
    }

    fn compare_keys(
        &self,
        schema: &Value,
        object: &serde_json::Map<String, Value>,
        place: &str,
        faults: &mut Vec<String>,
    ) {
        for key in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !object.contains_key(key) {
                faults.push(format!("{place}: {key} is missing"));
            }
        }
        let Some(properties) = schema["properties"].as_object() else {
            let values = &schema["additionalProperties"];
            if values.is_object() {
                object
                    .iter()
                    .for_each(|(key, one)| self.compare(values, one, &format!("{place}/{key}"), faults));
            }
            return;
        };
        for (key, one) in object {
            match properties.get(key) {
                Some(schema) => self.compare(schema, one, &format!("{place}/{key}"), faults),
                None if schema["additionalProperties"].is_object() => {
                    self.compare(&schema["additionalProperties"], one, &format!("{place}/{key}"), faults);
                }
                None => faults.push(format!("{place}: {key} is not described")),
            }
        }
    }

    /// What a value is, or refers to.
    pub(crate) fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(name) => self.0.pointer(name.trim_start_matches('#')).unwrap_or_else(|| panic!("{name}")),
            None => schema,
        }
    }
}

/// Whether a value has a type, or one of several. Without a type, every value has it.
fn has_type(types: &Value, value: &Value) -> bool {
    let is = |name: &str| match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{other} is no type"),
    };
    match types {
        Value::String(name) => is(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).any(is),
        _ => true,
    }
}

#[test]
fn a_response_that_is_not_as_described_is_noticed() {
    let described = Described::new();
    let schema = serde_json::json!({"type": "object", "required": ["id"], "properties": {
        "id": {"type": "integer"}, "name": {"type": ["string", "null"]},
        "tags": {"type": "array", "items": {"enum": ["a", "b"]}}}});
    let faults = |value: Value| {
        let mut faults = Vec::new();
        described.compare(&schema, &value, "", &mut faults);
        faults
    };
    assert_eq!(faults(serde_json::json!({"id": 1, "name": null, "tags": ["a"]})), Vec::<String>::new());
    assert_eq!(faults(serde_json::json!({"name": 5, "tags": ["c"], "more": 1})).len(), 4);
}
