//! From a tool's arguments to the request of its route.

use axum::http::Uri;
use bytes::Bytes;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::table::Shape;
use super::tool::{Tool, choice, known};
use crate::describe::BodyKind;
use crate::error::ApiError;
use crate::problem::{Problems, Provided};
use crate::route::entry::Route;
use crate::schema::Components;

/// A request that a route is run with.
pub(super) struct Asked {
    pub(super) route: &'static Route,
    pub(super) uri: Uri,
    pub(super) body: Bytes,
}

/// The request that a call of a tool makes.
///
/// # Errors
/// [`ApiError::Invalid`] for an argument that the tool does not know, and for one that is missing in the path.
pub(super) fn request_of(tool: &Tool, mut given: Map<String, Value>) -> Result<Asked, ApiError> {
    let mut problems = Problems::default();
    let known = known(tool);
    for name in given.keys().filter(|name| known.is_none_or(|known| !known.contains_key(*name))) {
        problems.note(name, format!("Unknown argument {name}"), Provided::Nothing);
    }
    problems.finish()?;
    let mut route = tool.routes[0];
    match tool.row.shape {
        Shape::Choice(name) => {
            let mut problems = Problems::default();
            let chosen = given.remove(name);
            let chosen = chosen.as_ref().and_then(Value::as_str);
            match tool.routes.iter().find(|route| Some(choice(route.path)) == chosen) {
                Some(chosen) => route = chosen,
                None => problems.note(name, format!("{name} must be one of its values"), Provided::Nothing),
            }
            problems.finish()?;
        }
        Shape::Search => {
            let mut problems = Problems::default();
            match given.remove("search") {
                Some(search) if !search.is_null() => {
                    given.insert("filters".to_owned(), json!({"search": search}));
                }
                _ => problems.missing("search"),
            }
            problems.finish()?;
        }
        Shape::Route | Shape::Reply => {}
    }
    request(route, tool.row.path_names, given)
}

/// A request to this route: of what is given, what the path and the query name goes there, and the rest is the body.
///
/// # Errors
/// [`ApiError::Invalid`] where a part of the path is missing.
pub(super) fn request(
    route: &'static Route,
    path_names: &[&str],
    mut given: Map<String, Value>,
) -> Result<Asked, ApiError> {
    let described = (route.describe)(&mut Components::default());
    let mut problems = Problems::default();
    let mut uri = route.path.to_owned();
    for (place, name) in route.path_names().enumerate() {
        let argument = path_names.get(place).copied().unwrap_or(name);
        match given.remove(argument).as_ref().and_then(text) {
            Some(text) => uri = uri.replace(&format!("{{{name}}}"), &encoded(&text)),
            None => problems.missing(argument),
        }
    }
    problems.finish()?;
    let mut query = Vec::new();
    for parameter in described.query {
        if let Some(text) = given.remove(parameter.name).as_ref().and_then(text) {
            query.push(format!("{}={}", parameter.name, encoded(&text)));
        }
    }
    if !query.is_empty() {
        uri = format!("{uri}?{}", query.join("&"));
    }
    let body = match described.body {
        BodyKind::Json { .. } => Bytes::from(Value::Object(given).to_string()),
        BodyKind::None | BodyKind::Mail => Bytes::new(),
    };
    let uri = uri.parse().map_err(|_| ApiError::Malformed("An argument is too long for a path"))?;
    Ok(Asked { route, uri, body })
}

/// A value as it is in a path or a query; none for null, and for what is no single value.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(is) => Some(is.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
