//! Pages and probes that need no key: the welcome page, the documentation, health, metrics.
//!
//! Owns all HTML of this crate. No page loads anything from another host, and none runs a script.

mod figures;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};

use crate::answer::Answer;
use crate::call::Call;
use crate::error::ApiError;
use crate::object::Obj;
use crate::route::{Body, Needs, ROUTES, Route};

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
const PROMETHEUS: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
/// What pages may do: use their own inline style, and nothing else.
const HEADERS: [(HeaderName, HeaderValue); 4] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
    ),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
];
const STYLE: &str = include_str!("style.css");

/// GET `/`.
pub(crate) async fn welcome(call: Call) -> Result<Answer, ApiError> {
    let base = call.base();
    let base = if base.is_empty() { "http://localhost:8080" } else { &base };
    Ok(page("Crewbox", &include_str!("welcome.html").replace("{base}", &escape(base))))
}

/// GET `/docs`: every route of the table.
pub(crate) async fn docs(_call: Call) -> Result<Answer, ApiError> {
    let mut main = String::from(include_str!("docs.html"));
    for route in ROUTES {
        describe(&mut main, route);
    }
    Ok(page("Crewbox API", &main))
}

fn describe(out: &mut String, route: &Route) {
    use std::fmt::Write as _;
    let verbs: Vec<&str> = route.verbs.iter().map(|verb| verb.name()).collect();
    let _ = write!(
        out,
        "<section><h3><span class=\"verb\">{}</span> <code>{}</code></h3><p>{}",
        verbs.join(" "),
        escape(route.path),
        marked(route.says)
    );
    let _ = write!(
        out,
        "{}</p>",
        match route.needs {
            Needs::Nobody => " <em>No key needed.</em>",
            Needs::Link => " <em>With a signed link, or a key.</em>",
            Needs::Key => "",
            Needs::Team => " <em>Not for a key narrowed to one client.</em>",
            Needs::Manager => " <em>For owners and admins.</em>",
        }
    );
    if !route.query.is_empty() {
        let keys: Vec<String> = route.query.iter().map(|key| format!("<code>{key}</code>")).collect();
        let _ = write!(out, "<p>Query: {}</p>", keys.join(", "));
    }
    if let Body::Keys(keys) = route.body {
        out.push_str("<dl>");
        for key in keys {
            let star = if key.required { " <b>required</b>" } else { "" };
            let _ = write!(out, "<dt><code>{}</code>{star}</dt><dd>{}</dd>", key.name, marked(key.says));
        }
        out.push_str("</dl>");
    }
    out.push_str("</section>");
}

fn page(title: &str, main: &str) -> Answer {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{title}</title>\
         <style>{STYLE}</style></head><body><main>{main}</main></body></html>"
    );
    HEADERS.into_iter().fold(Answer::bytes(HTML, html), |answer, (name, value)| answer.header(name, value))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Text whose `code` is marked by backticks.
fn marked(text: &str) -> String {
    let mut out = String::new();
    for (place, part) in escape(text).split('`').enumerate() {
        match place % 2 {
            0 => out.push_str(part),
            _ => out.push_str(&format!("<code>{part}</code>")),
        }
    }
    out
}

/// GET `/openapi.json`.
pub(crate) async fn openapi(_call: Call) -> Result<Answer, ApiError> {
    let document = crate::openapi::document().to_json();
    let document = document.map_err(|error| ApiError::Internal(error.to_string()))?;
    Ok(Answer::json(document.into_bytes()).tagged())
}

/// GET `/healthz`.
pub(crate) async fn health(_call: Call) -> Result<Answer, ApiError> {
    Ok(Answer::value(&Obj::new().with("ok", true)))
}

/// GET `/readyz`.
pub(crate) async fn ready(call: Call) -> Result<Answer, ApiError> {
    if !call.app.is_ready() {
        return Err(ApiError::Unavailable("The server is starting"));
    }
    if !call.app.0.live.store().is_writable() {
        return Err(ApiError::Unavailable("The store takes no writes at the moment; reading goes on"));
    }
    Ok(Answer::value(&Obj::new().with("ok", true)))
}

/// GET `/metrics`.
pub(crate) async fn metrics(call: Call) -> Result<Answer, ApiError> {
    use std::fmt::Write as _;
    let mut out = String::new();
    call.app.0.metrics.render(&mut out);
    let behind = call.app.0.live.store().search_behind().await?;
    let accounts = call.app.0.live.loaded();
    let conversations: usize = accounts.iter().map(|account| account.conversations()).sum();
    for (name, says, value) in [
        ("crewbox_search_behind_messages", "Messages the search index has still to take in.", behind),
        ("crewbox_accounts_loaded", "Accounts held in memory.", accounts.len() as u64),
        ("crewbox_conversations_loaded", "Conversations held in memory.", conversations as u64),
        (
            "crewbox_store_writable",
            "1 while writes are possible.",
            u64::from(call.app.0.live.store().is_writable()),
        ),
    ] {
        let _ = writeln!(out, "# HELP {name} {says}\n# TYPE {name} gauge\n{name} {value}");
    }
    figures::render(&call.app, &mut out).await?;
    Ok(Answer { status: StatusCode::OK, ..Answer::bytes(PROMETHEUS, out) })
}
