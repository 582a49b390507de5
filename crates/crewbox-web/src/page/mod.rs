//! Pages and probes that need no key: the welcome page, the documentation, health, metrics.
//!
//! Owns all HTML of this crate. No page loads anything from another host, and none runs a script.

mod figures;
mod html;
pub(crate) mod reference;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use prometheus_client::encoding::prometheus_text;

use crate::answer::{Answer, JSON, Json};
use crate::call::Call;
use crate::declare::output;
use crate::error::ApiError;
use html::escape;

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
const PROMETHEUS: HeaderValue = HeaderValue::from_static(prometheus_text::CONTENT_TYPE);
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
pub(crate) async fn docs(call: Call) -> Result<Answer, ApiError> {
    let reference = call.app.0.documents.get().map_or("", |documents| &documents.reference);
    Ok(page("Crewbox API", &format!("{}{reference}", include_str!("docs.html"))))
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

/// GET `/openapi.json`.
pub(crate) async fn openapi(call: Call) -> Result<Answer, ApiError> {
    let document = call.app.0.documents.get().map(|documents| documents.openapi.clone());
    Ok(Answer::bytes(JSON, document.unwrap_or_default()).tagged())
}

output! {
    /// The server answers.
    pub(crate) struct Answers {
        /// Always true.
        ok: bool,
    }
}

/// GET `/healthz`.
pub(crate) async fn health(_call: Call) -> Result<Json<Answers>, ApiError> {
    Ok(Json(Answers { ok: true }))
}

/// GET `/readyz`.
pub(crate) async fn ready(call: Call) -> Result<Json<Answers>, ApiError> {
    if !call.app.is_ready() {
        return Err(ApiError::Unavailable("The server is starting"));
    }
    if !call.app.0.live.store().is_writable() {
        return Err(ApiError::Unavailable("The store takes no writes at the moment; reading goes on"));
    }
    Ok(Json(Answers { ok: true }))
}

/// GET `/metrics`.
pub(crate) async fn metrics(call: Call) -> Result<Answer, ApiError> {
    let gauges = figures::read(&call.app).await?;
    let mut out = String::new();
    let written = call.app.0.metrics.render(&mut out);
    written
        .and_then(|()| prometheus_text::encode(&mut out, &gauges))
        .map_err(|error| ApiError::Internal(error.to_string()))?;
    Ok(Answer { status: StatusCode::OK, ..Answer::bytes(PROMETHEUS, out) })
}
