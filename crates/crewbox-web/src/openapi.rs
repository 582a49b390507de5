//! The OpenAPI document, made from the route table: what is served and what is described cannot differ.

use utoipa::openapi::path::{
    HttpMethod, Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn,
};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    ComponentsBuilder, Content, Info, OpenApi, OpenApiBuilder, PathItem, PathsBuilder, Ref, RefOr, Required,
    Response, ResponseBuilder,
};

use crate::list::{FILTERS, LEAD_CATEGORIES};
use crate::route::{Body, Key, Kind, Needs, ROUTES, Route, Shape, Verb};
use crate::send::MOST_KEY;

/// What in a path is no number.
const TEXTS_IN_PATHS: &[&str] = &["message_id"];

/// Describes every route.
#[must_use]
pub fn document() -> OpenApi {
    let mut paths = PathsBuilder::new();
    for route in ROUTES {
        for verb in route.verbs {
            paths = paths.path(route.path, PathItem::new(method(*verb), operation(route, *verb)));
        }
    }
    let components = ComponentsBuilder::new()
        .schema("Row", row())
        .schema("List", list())
        .schema("Filters", object(FILTERS))
        .schema("LeadCategories", object(LEAD_CATEGORIES))
        .schema("Success", success())
        .schema("Error", error())
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
        Verb::Patch => HttpMethod::Patch,
        Verb::Delete => HttpMethod::Delete,
    }
}

fn operation(route: &Route, verb: Verb) -> Operation {
    let id = format!("{} {}", verb.name().to_lowercase(), route.path.trim_start_matches("/api/v1/"))
        .replace(|letter: char| !letter.is_ascii_alphanumeric(), "_");
    let mut operation = OperationBuilder::new()
        .operation_id(Some(id))
        .summary(Some(route.says))
        .response("200", answer(route));
    for parameter in parameters(route) {
        operation = operation.parameter(parameter);
    }
    if let Some(body) = body(route) {
        operation = operation.request_body(Some(body));
    }
    if route.sends || verb == Verb::Delete {
        operation = operation.response("409", json("It does not go with what is there any more.", "Error"));
    }
    if route.needs != Needs::Nobody {
        for (status, says) in [
            ("401", "The key is missing or not valid."),
            ("403", "The role or client of the key forbids it."),
            ("404", "It is not there."),
            ("422", "A value is wrong; 400 for a key of the live dialect."),
            ("429", "Too many requests for this key."),
            (
                "default",
                "Any other failure: 409 it does not go with what is there, 413 the body is too large, 502 a mail server does not answer as it should, 503 try again after `Retry-After`.",
            ),
        ] {
            operation = operation.response(status, json(says, "Error"));
        }
        for scheme in ["bearer", "header", "query"] {
            operation = operation.security(SecurityRequirement::new::<_, [&str; 0], &str>(scheme, []));
        }
    }
    operation.build()
}

fn parameters(route: &Route) -> Vec<Parameter> {
    let in_path = route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let path = in_path.map(|name| {
        let kind = if TEXTS_IN_PATHS.contains(&name) { Type::String } else { Type::Integer };
        parameter(name, ParameterIn::Path, Required::True, kind)
    });
    let query =
        route.query.iter().map(|name| parameter(name, ParameterIn::Query, Required::False, Type::String));
    path.chain(query).chain(route.sends.then(idempotency_key)).collect()
}

fn idempotency_key() -> Parameter {
    let schema = ObjectBuilder::new().schema_type(Type::String).max_length(Some(MOST_KEY));
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "Makes a retry safe: the same call with the same key is answered as the first was, and nothing is sent twice. With another body it is refused (422).",
        ))
        .schema(Some(schema))
        .build()
}

fn parameter(name: &str, place: ParameterIn, required: Required, kind: Type) -> Parameter {
    let schema = ObjectBuilder::new().schema_type(kind);
    ParameterBuilder::new().name(name).parameter_in(place).required(required).schema(Some(schema)).build()
}

fn body(route: &Route) -> Option<utoipa::openapi::request_body::RequestBody> {
    let builder = RequestBodyBuilder::new();
    match route.body {
        Body::None => None,
        Body::Keys(keys) => {
            let required = if keys.iter().any(|key| key.required) { Required::True } else { Required::False };
            let content = Content::new(Some(object(keys)));
            Some(builder.content("application/json", content).required(Some(required)).build())
        }
        Body::Raw => {
            let content = Content::new(Some(plain(Type::String)));
            Some(builder.content("message/rfc822", content).required(Some(Required::True)).build())
        }
    }
}

fn answer(route: &Route) -> Response {
    let bytes = |kind: &str| {
        let content = Content::new(Some(plain(Type::String)));
        ResponseBuilder::new().description("The bytes.").content(kind, content).build()
    };
    let value = |schema: Schema| {
        ResponseBuilder::new()
            .description("Done.")
            .content("application/json", Content::new(Some(schema)))
            .build()
    };
    match route.shape {
        Shape::List => json("A page of rows.", "List"),
        Shape::Item => json("The row with its messages.", "Row"),
        Shape::Success => json("Done.", "Success"),
        Shape::Queued => {
            let content = Content::new(Some(RefOr::<Schema>::Ref(Ref::from_schema_name("Success"))));
            ResponseBuilder::new()
                .description("Done; plain text for a key of the live dialect.")
                .content("application/json", content)
                .content("text/plain", Content::new(Some(plain(Type::String))))
                .build()
        }
        Shape::Object => value(plain(Type::Object)),
        Shape::Array => value(array(plain(Type::Object).into())),
        Shape::Bytes => bytes("application/octet-stream"),
        Shape::Text => bytes("text/plain"),
    }
}

fn json(says: &str, schema: &str) -> Response {
    let content = Content::new(Some(RefOr::<Schema>::Ref(Ref::from_schema_name(schema))));
    ResponseBuilder::new().description(says).content("application/json", content).build()
}

fn plain(kind: Type) -> Schema {
    Schema::Object(ObjectBuilder::new().schema_type(kind).build())
}

fn array(item: RefOr<Schema>) -> Schema {
    Schema::Array(ArrayBuilder::new().items(item).build())
}

fn object(keys: &[Key]) -> Schema {
    let mut builder = ObjectBuilder::new().schema_type(Type::Object);
    for key in keys {
        builder = builder.property(key.name, described(key));
        if key.required {
            builder = builder.required(key.name);
        }
    }
    Schema::Object(builder.build())
}

fn described(key: &Key) -> RefOr<Schema> {
    match key.name {
        "filters" => return Ref::from_schema_name("Filters").into(),
        "leadCategories" => return Ref::from_schema_name("LeadCategories").into(),
        _ => {}
    }
    let of = |kind: Type| ObjectBuilder::new().schema_type(kind).description(Some(key.says)).build();
    let several = |kind: Type| {
        Schema::Array(ArrayBuilder::new().items(RefOr::from(plain(kind))).description(Some(key.says)).build())
    };
    match key.kind {
        Kind::Number => Schema::Object(of(Type::Integer)).into(),
        Kind::Boolean => Schema::Object(of(Type::Boolean)).into(),
        Kind::Text | Kind::Time => Schema::Object(of(Type::String)).into(),
        Kind::Object => Schema::Object(of(Type::Object)).into(),
        Kind::Ids => several(Type::Integer).into(),
        Kind::Texts => several(Type::String).into(),
        Kind::Objects => several(Type::Object).into(),
    }
}

fn nullable(kind: Type) -> Schema {
    let kinds = SchemaType::from_iter([kind, Type::Null]);
    Schema::Object(ObjectBuilder::new().schema_type(kinds).build())
}

fn with(properties: &[(&str, Schema)]) -> Schema {
    let mut builder = ObjectBuilder::new().schema_type(Type::Object);
    for (name, schema) in properties {
        builder = builder.property(*name, schema.clone()).required(*name);
    }
    Schema::Object(builder.build())
}

fn row() -> Schema {
    let text = || plain(Type::String);
    let number = || plain(Type::Integer);
    let yes = || plain(Type::Boolean);
    let maybe_text = || nullable(Type::String);
    with(&[
        ("id", text()),
        ("campaign_lead_map_id", text()),
        (
            "lead",
            with(&[
                ("email", text()),
                ("first_name", maybe_text()),
                ("last_name", maybe_text()),
                ("company", maybe_text()),
                ("phone", maybe_text()),
            ]),
        ),
        ("campaign", with(&[("id", number()), ("name", text())])),
        ("last_message", nullable(Type::Object)),
        ("email_status", text()),
        ("category", nullable(Type::Object)),
        ("assigned_to", nullable(Type::Object)),
        ("is_read", yes()),
        ("email_account", nullable(Type::Object)),
        ("is_important", yes()),
        ("is_archived", yes()),
        ("is_snoozed", yes()),
        ("snoozed_until", maybe_text()),
        ("revenue", plain(Type::Number)),
        ("tags", array(text().into())),
        (
            "stats",
            with(&[
                ("total_sent", number()),
                ("total_opened", number()),
                ("total_clicked", number()),
                ("total_replied", number()),
                ("last_activity", maybe_text()),
            ]),
        ),
    ])
}

fn list() -> Schema {
    with(&[
        ("messages", array(Ref::from_schema_name("Row").into())),
        ("total_count", plain(Type::Integer)),
        ("offset", plain(Type::Integer)),
        ("limit", plain(Type::Integer)),
    ])
}

fn success() -> Schema {
    with(&[("ok", plain(Type::Boolean)), ("success", plain(Type::Boolean)), ("message", plain(Type::String))])
}

fn error() -> Schema {
    let builder = ObjectBuilder::new()
        .schema_type(Type::Object)
        .property("error", plain(Type::String))
        .property("message", plain(Type::String))
        .required("message")
        .property("field", plain(Type::String))
        .property("errors", array(plain(Type::Object).into()));
    Schema::Object(builder.build())
}
