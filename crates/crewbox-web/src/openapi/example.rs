//! An example of what each call answers.
//!
//! Owns the examples of successful calls: `examples.json`, by the first method and the path of the route. A test of all
//! routes holds each against its schema; it adds those that are missing when it is asked to.

use serde_json::{Map, Value};
use utoipa::openapi::{RefOr, Response};

use crate::route::entry::Route;

/// The examples by route, as [`name`] has it.
pub(super) struct Examples(Map<String, Value>);

impl Examples {
    /// All of them.
    pub(super) fn read() -> Self {
        let examples = serde_json::from_str(include_str!("examples.json"));
        Self(examples.expect("a test reads the file"))
    }

    /// The response with the example of its route.
    pub(super) fn add(&self, route: &Route, mut response: Response) -> Response {
        if let Some(example) = self.0.get(&name(route)) {
            for content in response.content.values_mut() {
                if let RefOr::T(content) = content {
                    content.example = Some(example.clone());
                }
            }
        }
        response
    }
}

/// What the example of a route is called.
fn name(route: &Route) -> String {
    format!("{} {}", route.verbs[0].name(), route.path)
}
