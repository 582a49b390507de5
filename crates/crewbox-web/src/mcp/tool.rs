//! A tool: a row of the table with its routes and its schema.

use std::sync::Arc;

use rmcp::model::{JsonObject, Tool as Described, ToolAnnotations};
use serde_json::{Map, Value};

use super::declared::ReplyArguments;
use super::schema::{object_of, properties};
use super::table::{DRAFT, Effect, INBOX, ITEM, ROWS, Row, SEND, Shape};
use crate::route::entry::{Route, Verb};

/// A tool.
pub(crate) struct Tool {
    pub(super) row: &'static Row,
    /// Its routes, in the order of the row's paths.
    pub(super) routes: Vec<&'static Route>,
    /// What its arguments are, as JSON Schema.
    pub(super) arguments: Arc<JsonObject>,
}

impl Tool {
    /// Every tool, with its routes among these.
    ///
    /// # Panics
    /// When a row of the table names no route: a mistake in the program, which any call of `/mcp` shows.
    pub(crate) fn all(routes: &'static [Route]) -> Vec<Self> {
        let of = |verb, path: &str| {
            let path = format!("/api/v1{path}");
            let found = routes.iter().find(|route| route.path == path && route.answers(verb));
            found.unwrap_or_else(|| panic!("a tool has no route {path}"))
        };
        let tool = |row: &'static Row| {
            let verb = |path: &str| if path == DRAFT { Verb::Put } else { row.verb };
            let routes: Vec<_> = row.paths.iter().map(|path| of(verb(path), path)).collect();
            Self { row, arguments: Arc::new(arguments(row, routes[0])), routes }
        };
        ROWS.iter().map(tool).collect()
    }

    /// Its description for agents.
    pub(super) fn described(&self, may_send: bool) -> Described {
        let row = self.row;
        let leaves = row.shape == Shape::Reply && may_send;
        let hints = ToolAnnotations::with_title(row.title)
            .read_only(row.effect == Effect::Reads)
            .destructive(leaves)
            .idempotent(row.effect != Effect::Adds)
            .open_world(leaves);
        Described::new(row.name, row.says, Arc::clone(&self.arguments))
            .with_title(row.title)
            .with_annotations(hints)
    }

    /// The tool's route with this path.
    pub(super) fn route(&self, path: &str) -> Option<&'static Route> {
        self.routes.iter().copied().find(|route| route.path.strip_prefix("/api/v1") == Some(path))
    }
}

/// Routes that are used beside those of a called tool.
pub(super) struct Routes {
    pub(super) item: &'static Route,
    pub(super) inbox: &'static Route,
    pub(super) draft: &'static Route,
    pub(super) send: &'static Route,
}

impl Routes {
    /// They are all routes of tools; none where one is not.
    pub(super) fn of(tools: &[Tool]) -> Option<Self> {
        let find = |path| tools.iter().find_map(|tool| tool.route(path));
        Some(Self { item: find(ITEM)?, inbox: find(INBOX)?, draft: find(DRAFT)?, send: find(SEND)? })
    }
}

/// The schema of a tool's arguments.
fn arguments(row: &Row, route: &'static Route) -> JsonObject {
    if row.shape == Shape::Reply {
        return object_of::<ReplyArguments>();
    }
    let mut schema = properties(route, row.path_names);
    match row.shape {
        Shape::Choice(name) => {
            let names: Vec<Value> = row.paths.iter().map(|path| choice(path).into()).collect();
            schema.require(
                name,
                serde_json::json!({"type": "string", "enum": names, "description": "Which list."}),
            );
        }
        Shape::Search => schema.search(),
        Shape::Route | Shape::Reply => {}
    }
    schema.done()
}

/// What an argument calls this path: its last part.
pub(super) fn choice(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The arguments that a call may have.
pub(super) fn known(tool: &Tool) -> Option<&Map<String, Value>> {
    tool.arguments.get("properties").and_then(Value::as_object)
}
