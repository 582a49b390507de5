//! Calls that cost the server as much as they can: for each route and each key of its body the worst bodies up to its
//! limit, the most expensive filters, and mails that are hard to read.
//!
//! Owns what is sent. What it costs is measured by [`super::cost`].

use std::collections::HashSet;
use std::sync::Arc;

use crewbox_web::route::{ROUTES, Reads, Route, Verb};
use serde_json::{Value, json};

use super::filled::Filled;
use super::shapes::{BODIES, Shape, VALUES};

/// Objects within objects of a body, at the most.
const DEPTH: usize = 5;

/// One call.
#[derive(Clone)]
pub(crate) struct Costly {
    /// What it is, for the report.
    pub(crate) name: String,
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) reads: Reads,
    /// Whether it changes anything, so that a second one may cost less.
    pub(crate) writes: bool,
    /// Makes the body: all of them at once would be gigabytes.
    pub(crate) body: Arc<dyn Fn() -> Vec<u8> + Send + Sync>,
}

/// Where a value is in a body.
#[derive(Clone, Debug)]
enum Step {
    Key(String),
    Item,
}

/// Every call, in the order of the table of routes. Routes whose bodies are declared as one, such as the lists, read them
/// in the same way: only the first gets the worst bodies.
pub(crate) fn all(filled: &Filled, openapi: &Value) -> Vec<Costly> {
    let mut bodies = HashSet::new();
    let of_route = |route: &'static Route| {
        let schema = body_schema(route, openapi);
        of_route(filled, route, openapi, bodies.insert(schema.to_string()))
    };
    let mut all: Vec<Costly> = ROUTES.iter().flat_map(of_route).collect();
    all.extend(leads(filled));
    all
}

/// How an operation is described.
fn operation<'o>(route: &Route, openapi: &'o Value) -> &'o Value {
    &openapi["paths"][route.path][route.verbs[0].name().to_lowercase()]
}

fn body_schema<'o>(route: &Route, openapi: &'o Value) -> &'o Value {
    &operation(route, openapi)["requestBody"]["content"]["application/json"]["schema"]
}

fn of_route(filled: &Filled, route: &'static Route, openapi: &Value, is_first: bool) -> Vec<Costly> {
    let verb = route.verbs[0];
    let path = filled.path_of(route.path, verb == Verb::Delete);
    let costly = |what: String, path: String, body: Arc<dyn Fn() -> Vec<u8> + Send + Sync>| Costly {
        name: format!("{} {}: {what}", verb.name(), route.path),
        method: verb.name(),
        path,
        reads: route.reads,
        writes: route.writes(),
        body,
    };
    let mut all = Vec::new();
    let names = operation(route, openapi)["parameters"].as_array().into_iter().flatten();
    let names = names.filter(|one| one["in"] == "query").filter_map(|one| one["name"].as_str());
    let mut queries = vec!["a=1&".repeat(4_000), "%".repeat(20_000), "?&=".repeat(7_000)];
    queries.extend(
        names.flat_map(|name| [format!("{name}={}", "9".repeat(20_000)), format!("{name}=x&").repeat(2_000)]),
    );
    for query in queries {
        let shown: String = query.chars().take(20).collect();
        all.push(costly(format!("query {shown}…"), format!("{path}?{query}"), Arc::new(Vec::new)));
    }
    let most = route.reads.limit();
    if matches!(route.reads, Reads::Nothing | Reads::Mail) {
        all.push(costly("nothing more".to_owned(), path, Arc::new(Vec::new)));
        return all;
    }
    if is_first {
        for (name, shape) in BODIES {
            all.push(costly((*name).to_owned(), path.clone(), Arc::new(move || shape(most).into_bytes())));
        }
        for (number, place) in places(body_schema(route, openapi), openapi, DEPTH).into_iter().enumerate() {
            for (name, shape) in shapes(route.reads, number) {
                let shown: Vec<&str> = place.iter().map(|step| step.shown()).collect();
                let place = place.clone();
                let body = move || wrapped(&place, &shape(most - around(&place))).into_bytes();
                all.push(costly(format!("{}: {name}", shown.join(".")), path.clone(), Arc::new(body)));
            }
        }
    }
    if route.path.starts_with("/api/v1/master-inbox/") && !route.path.contains('{') {
        let filters = filters().into_iter().enumerate();
        all.extend(filters.map(|(number, body)| {
            let body = body.to_string().into_bytes();
            let path = format!("{path}?fetch_message_history=true");
            costly(format!("filters {number}"), path, Arc::new(move || body.clone()))
        }));
    }
    all
}

/// The shapes of the value at a place of a body. Bodies of leads are a hundred times as long as others, and each needs a
/// server of its own: a place gets a few, and each shape is in some places.
fn shapes(reads: Reads, place: usize) -> impl Iterator<Item = &'static Shape> {
    /// Shares no divisor with the number of shapes, so that places next to each other get different ones.
    const STEP: usize = 5;
    const FEW: usize = 3;
    let count = if reads == Reads::Leads { FEW } else { VALUES.len() };
    (0..count).map(move |number| &VALUES[(place * FEW + number * STEP) % VALUES.len()])
}

impl Step {
    fn shown(&self) -> &str {
        match self {
            Self::Key(key) => key,
            Self::Item => "[]",
        }
    }
}

/// Every place in a body that is described by this schema.
fn places(schema: &Value, openapi: &Value, depth: usize) -> Vec<Vec<Step>> {
    let mut found = Vec::new();
    if depth == 0 {
        return found;
    }
    if let Some(name) = schema["$ref"].as_str() {
        let schema = openapi.pointer(name.trim_start_matches('#')).unwrap_or(&Value::Null);
        return places(schema, openapi, depth);
    }
    let mut within = |step: Step, schema: &Value| {
        found.push(vec![step.clone()]);
        found.extend(
            places(schema, openapi, depth - 1).into_iter().map(|rest| [vec![step.clone()], rest].concat()),
        );
    };
    for (key, schema) in schema["properties"].as_object().into_iter().flatten() {
        within(Step::Key(key.clone()), schema);
    }
    if schema["items"].is_object() {
        within(Step::Item, &schema["items"]);
    }
    for several in ["oneOf", "anyOf", "allOf"] {
        for schema in schema[several].as_array().into_iter().flatten() {
            found.extend(places(schema, openapi, depth - 1));
        }
    }
    found
}

/// A body with this value at a place.
fn wrapped(place: &[Step], value: &str) -> String {
    place.iter().rev().fold(value.to_owned(), |value, step| match step {
        Step::Key(key) => format!("{{\"{key}\":{value}}}"),
        Step::Item => format!("[{value}]"),
    })
}

/// Bytes of a body around the value at a place.
fn around(place: &[Step]) -> usize {
    wrapped(place, "").len()
}

/// What makes a list look at as much as it can.
fn filters() -> Vec<Value> {
    let ids: Vec<u64> = (1..=20).collect();
    let long = "line of words ".repeat(200);
    let wide = json!({
        "search": "line", "emailStatus": ["Replied", "Not Replied", "Accepted", "Opened", "Clicked", "Bounced"],
        "campaignId": &ids[..5], "emailAccountId": &ids[..10], "campaignTeamMemberId": &ids[..10],
        "replyTimeBetween": ["2000-01-01", "2030-01-01"], "isArchived": false, "isSnoozed": false
    });
    let mut all = vec![json!({}), json!({"filters": wide}), json!({"offset": 9_007_199_254_740_991_u64})];
    for search in
        ["e", "li", "line", "words that are looked for", "@x.example", "zzzzzz", &long[..200], &long]
    {
        all.push(json!({"filters": {"search": search}}));
        all.push(json!({"filters": {"search": search}, "offset": 50, "limit": 20}));
    }
    all
}

/// Lists of leads, each as long as it may be.
fn leads(filled: &Filled) -> Vec<Costly> {
    let list = |name: &'static str, fields: fn(usize) -> Value| {
        let body = move || {
            let leads: Vec<Value> = (0..400).map(fields).collect();
            json!({"lead_list": leads, "settings": {"return_lead_ids": true}}).to_string().into_bytes()
        };
        Costly {
            name: format!("400 leads {name}"),
            method: "POST",
            path: format!("/api/v1/campaigns/{}/leads", filled.wide_campaign),
            reads: Reads::Leads,
            writes: true,
            body: Arc::new(body),
        }
    };
    let page = |name: &str, path: String| Costly {
        name: name.to_owned(),
        method: "GET",
        path,
        reads: Reads::Nothing,
        writes: false,
        body: Arc::new(Vec::new),
    };
    vec![
        list("with 200 custom fields", |lead| lead_with(lead, 0, 200, "x".repeat(80))),
        list("with the same fields again", |lead| lead_with(lead, 0, 200, "y".repeat(80))),
        list("with 200 other fields", |lead| lead_with(lead, 1_000, 200, "x".repeat(80))),
        list("with 300 fields", |lead| lead_with(lead, 0, 300, "x".repeat(40))),
        list("with fields that are too long", |lead| lead_with(lead, 0, 2, "x".repeat(10_001))),
        list("of one address", |_| lead_with(7, 0, 200, "x".repeat(80))),
        list("without an address", |_| json!({"custom_fields": {"a": "x".repeat(20_000)}})),
        page("a page of the widest leads", format!("/api/v1/campaigns/{}/leads", filled.wide_campaign)),
        page("one of the widest leads", "/api/v1/leads?email=wide0@x.example".to_owned()),
    ]
}

fn lead_with(lead: usize, first: usize, fields: usize, value: String) -> Value {
    let fields: serde_json::Map<String, Value> =
        (first..first + fields).map(|name| (format!("f{name}"), value.clone().into())).collect();
    json!({"email": format!("many{lead}@x.example"), "custom_fields": fields})
}

/// A mail that is hard to read, and how it is made of about so many bytes.
pub(crate) type Bomb = (&'static str, fn(usize) -> String);

const FRONT: &str = "From: bomb@x.example\r\nTo: sales@acme.example\r\nMessage-ID: <bomb@x.example>\r\n";

/// Mails of this kind are made as long as the route takes them.
pub(crate) const BOMBS: &[Bomb] = &[
    ("one line", |most| format!("{FRONT}\r\n{}", "x".repeat(most))),
    ("quoted lines", |most| format!("{FRONT}\r\n{}", "> > > > quoted\r\n".repeat(most / 16))),
    ("open tags", |most| format!("{FRONT}Content-Type: text/html\r\n\r\n{}", "<div>".repeat(most / 5))),
    ("a long header", |most| format!("{FRONT}Subject: {}\r\n\r\nx", "word ".repeat(most / 5))),
    ("many headers", |most| format!("{FRONT}{}\r\nx", "X: y\r\n".repeat(most / 6))),
    ("many recipients", |most| {
        format!("{FRONT}Cc: {}z@x.example\r\n\r\nx", "a@x.example, ".repeat(most / 13))
    }),
    ("encoded words", |most| format!("{FRONT}Subject: {}\r\n\r\nx", "=?utf-8?Q?=C3=A9?= ".repeat(most / 20))),
    ("many references", |most| format!("{FRONT}References: {}\r\n\r\nx", "<a@x.example> ".repeat(most / 14))),
    ("base64", |most| {
        let lines = format!("{}\r\n", "QUJD".repeat(19)).repeat(most / 78);
        format!("{FRONT}Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n{lines}")
    }),
    ("quoted-printable", |most| {
        let lines = "=C3=A9=C3=A9=\r\n".repeat(most / 15);
        format!(
            "{FRONT}Content-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{lines}"
        )
    }),
    ("many parts", |most| {
        let parts = "--b\r\n\r\nx\r\n".repeat(most / 10);
        format!("{FRONT}Content-Type: multipart/mixed; boundary=b\r\n\r\n{parts}--b--\r\n")
    }),
    ("many files", |most| {
        let part = "--b\r\nContent-Disposition: attachment; filename=a.bin\r\n\r\nx\r\n";
        let parts = part.repeat(most / part.len());
        format!("{FRONT}Content-Type: multipart/mixed; boundary=b\r\n\r\n{parts}--b--\r\n")
    }),
    ("mails within mails", |most| {
        let mail = "Content-Type: message/rfc822\r\n\r\n";
        format!("{FRONT}{}x", mail.repeat(most / mail.len()))
    }),
];
