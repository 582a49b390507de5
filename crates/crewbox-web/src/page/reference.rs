//! The reference of the documentation page: a section for every route, from the same descriptions as the OpenAPI
//! document.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use utoipa::openapi::schema::{Object, Schema};
use utoipa::openapi::{Ref, RefOr};

use super::html::{escape, marked};
use crate::describe::BodyKind;
use crewbox_core::model::Role;
use crewbox_core::permission::Grant;

use crate::route::entry::{Needs, Route};
use crate::schema::Components;

/// A section for each route.
pub(crate) fn sections(routes: &[Route]) -> String {
    let mut components = Components::default();
    let described: Vec<_> = routes.iter().map(|route| (route.describe)(&mut components)).collect();
    let schemas = components.into_schemas();
    let mut out = String::new();
    for (route, description) in routes.iter().zip(described) {
        head(&mut out, route);
        if !route.details.is_empty() {
            let _ = write!(out, "<p>{}</p>", marked(&route.details));
        }
        if !description.query.is_empty() {
            out.push_str("<p>Query</p><dl>");
            for one in &description.query {
                entry(&mut out, one.name, one.required, &one.says);
            }
            out.push_str("</dl>");
        }
        if let BodyKind::Json { schema, .. } = &description.body {
            out.push_str("<dl>");
            if let Some(object) = resolved(schema, &schemas) {
                for (name, property) in &object.properties {
                    entry(&mut out, name, object.required.contains(name), says(property));
                }
            }
            out.push_str("</dl>");
        }
        out.push_str("</section>");
    }
    out
}

fn head(out: &mut String, route: &Route) {
    let verbs: Vec<&str> = route.verbs.iter().map(|verb| verb.name()).collect();
    let _ = write!(
        out,
        "<section><h3><span class=\"verb\">{}</span> <code>{}</code></h3><p>{}{}</p>",
        verbs.join(" "),
        escape(route.path),
        marked(route.says),
        match route.needs {
            Needs::Nobody => " <em>No key needed.</em>",
            Needs::Trusted(_) => " <em>From this machine, from a trusted network, or with a key.</em>",
            Needs::Link => " <em>With a signed link, or a key.</em>",
            Needs::May(permission) => match permission.grant() {
                Grant { least_role: Role::Member, restricted: true, .. } => "",
                Grant { least_role: Role::Member, .. } => " <em>Not for a key restricted to one client.</em>",
                Grant { .. } => " <em>For owners and admins.</em>",
            },
        }
    );
}

fn entry(out: &mut String, name: &str, required: bool, says: &str) {
    let star = if required { " <b>required</b>" } else { "" };
    let _ = write!(out, "<dt><code>{name}</code>{star}</dt><dd>{}</dd>", marked(says));
}

/// The object that a schema is or refers to.
fn resolved<'a>(
    schema: &'a RefOr<Schema>,
    schemas: &'a BTreeMap<String, RefOr<Schema>>,
) -> Option<&'a Object> {
    match schema {
        RefOr::T(Schema::Object(object)) => Some(object),
        RefOr::T(_) => None,
        RefOr::Ref(Ref { ref_location, .. }) => {
            let RefOr::T(Schema::Object(object)) = schemas.get(ref_location.rsplit('/').next()?)? else {
                return None;
            };
            Some(object)
        }
    }
}

fn says(schema: &RefOr<Schema>) -> &str {
    match schema {
        RefOr::T(Schema::Object(object)) => object.description.as_deref().unwrap_or_default(),
        RefOr::T(Schema::Array(array)) => array.description.as_deref().unwrap_or_default(),
        RefOr::T(Schema::OneOf(either)) => either.description.as_deref().unwrap_or_default(),
        RefOr::T(_) => "",
        RefOr::Ref(reference) => &reference.description,
    }
}
