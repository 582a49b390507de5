//! The OpenAPI document, made from the route table and the types of the handlers: what is served and what is
//! described cannot differ. `example.rs` has an example of each response, `failure.rs` what a failed call answers.

mod example;
mod failure;

use crewbox_app::MAX_KEY_BYTES;
use utoipa::openapi::path::{
    HttpMethod, Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn,
};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    ComponentsBuilder, Content, Info, OpenApi, OpenApiBuilder, PathItem, PathsBuilder, RefOr, Required,
};

use crate::describe::{BodyKind, Description};
use crate::error;
use crate::route::entry::{Needs, Route, Verb};
use crate::route::table::ROUTES;
use crate::schema::{Components, text};
use example::Examples;

/// Describes every route.
///
/// # Panics
/// When two types of the API have one name: the document could not distinguish them.
#[must_use]
pub fn document() -> OpenApi {
    let mut schemas = Components::default();
    let examples = Examples::read();
    let mut paths = PathsBuilder::new();
    for route in ROUTES.iter() {
        for verb in route.verbs {
            let mut described = (route.describe)(&mut schemas);
            described.response = examples.add(route, described.response);
            paths = paths.path(route.path, PathItem::new(method(*verb), operation(route, *verb, described)));
        }
    }
    assert!(schemas.conflicts().is_empty(), "schemas of one name: {:?}", schemas.conflicts());
    let components = ComponentsBuilder::new()
        .schema("Error", error::schema())
        .schemas_from_iter(schemas.into_schemas())
        .responses_from_iter(
            failure::OF_CALLS.into_iter().chain([&failure::CONFLICT]).map(|one| one.response()),
        )
        .security_scheme("query", SecurityScheme::ApiKey(ApiKey::Query(ApiKeyValue::new("api_key"))))
        .security_scheme("header", SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("X-API-Key"))))
        .security_scheme(
            "bearer",
            SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build()),
        );
    let mut info = Info::new("Crewbox", env!("CARGO_PKG_VERSION"));
    info.description = Some("A self-hosted master inbox for outreach teams.".to_owned());
    OpenApiBuilder::new().info(info).paths(paths).components(Some(components.build())).build()
}

fn method(verb: Verb) -> HttpMethod {
    match verb {
        Verb::Get => HttpMethod::Get,
        Verb::Post => HttpMethod::Post,
        Verb::Put => HttpMethod::Put,
        Verb::Patch => HttpMethod::Patch,
        Verb::Delete => HttpMethod::Delete,
    }
}

fn operation(route: &Route, verb: Verb, described: Description) -> Operation {
    let id = format!("{} {}", verb.name().to_lowercase(), route.path.trim_start_matches("/api/v1/"))
        .replace(|letter: char| !letter.is_ascii_alphanumeric(), "_");
    let mut operation = OperationBuilder::new()
        .operation_id(Some(id))
        .summary(Some(route.says))
        .description(Some(route.details.as_str()).filter(|details| !details.is_empty()))
        .response("200", described.response);
    for parameter in path_parameters(route, described.path) {
        operation = operation.parameter(parameter);
    }
    for one in described.query {
        let builder = ParameterBuilder::new().name(one.name).parameter_in(ParameterIn::Query);
        let says = Some(one.says).filter(|says| !says.is_empty());
        let required = if one.required { Required::True } else { Required::False };
        operation = operation
            .parameter(builder.required(required).schema(Some(one.schema)).description(says).build());
    }
    if route.once || route.writes() {
        operation = operation.parameter(idempotency_key());
    }
    if let Some(body) = body(described.body) {
        operation = operation.request_body(Some(body));
    }
    if route.once || verb == Verb::Delete {
        operation = operation.response(failure::CONFLICT.status, failure::CONFLICT.reference());
    }
    if route.needs != Needs::Nobody {
        for failure in failure::OF_CALLS {
            operation = operation.response(failure.status, failure.reference());
        }
        for scheme in ["bearer", "header", "query"] {
            operation = operation.security(SecurityRequirement::new::<_, [&str; 0], &str>(scheme, []));
        }
    }
    operation.build()
}

fn path_parameters(route: &Route, declared: Vec<RefOr<Schema>>) -> Vec<Parameter> {
    let parameters = route.path_names().zip(declared).map(|(name, schema)| {
        let builder = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Path);
        builder.required(Required::True).schema(Some(schema)).build()
    });
    parameters.collect()
}

fn idempotency_key() -> Parameter {
    let schema = ObjectBuilder::new().schema_type(Type::String).max_length(Some(MAX_KEY_BYTES));
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "Makes a retry safe: the same call with the same key is answered as the first was, and nothing is made or sent twice. With another body it is refused (422).",
        ))
        .schema(Some(schema))
        .build()
}

fn body(kind: BodyKind) -> Option<RequestBody> {
    let (content_type, schema, required) = match kind {
        BodyKind::None => return None,
        BodyKind::Json { schema, required } => ("application/json", schema, required),
        BodyKind::Mail => ("message/rfc822", text(None).into(), true),
    };
    let required = if required { Required::True } else { Required::False };
    let builder = RequestBodyBuilder::new().content(content_type, Content::new(Some(schema)));
    Some(builder.required(Some(required)).build())
}
