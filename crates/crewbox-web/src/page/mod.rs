//! Pages and probes that need no key: the documentation, health, metrics.
//!
//! Owns all HTML of this crate. No page loads anything from another host, and none runs a script.

mod gauges;
mod html;
pub(crate) mod reference;

use std::sync::Arc;

use axum::http::{HeaderName, HeaderValue, header};
use crewbox_app::figures;
use prometheus_client::encoding::prometheus_text;
use utoipa::openapi::{RefOr, Response, Schema};

use crate::answer::{Answer, IntoAnswer, Json, Prepared, bytes_of};
use crate::app::Documents;
use crate::call::Call;
use crate::declare::output;
use crate::error::ApiError;
use crate::schema::{Components, Describe, Properties, any_object, text};

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

/// A page for people.
pub(crate) struct Page(Answer);

impl IntoAnswer for Page {
    fn into_answer(self) -> Answer {
        self.0
    }

    fn describe(_: &mut Components) -> Response {
        bytes_of("text/html", "The page.")
    }
}

/// GET `/docs`: every route of the table.
pub(crate) async fn docs(call: Call) -> Result<Page, ApiError> {
    let Documents { reference, reference_compressed, .. } = documents(&call).await?;
    let Page(answer) = page("Crewbox API", &format!("{}{reference}", include_str!("docs.html")));
    Ok(Page(answer.compressed_once(Arc::clone(reference_compressed))))
}

/// The documents of the routes. The first time they are made, which keeps a thread busy for a moment.
async fn documents(call: &Call) -> Result<&'static Documents, ApiError> {
    let Some(documents) = call.app.0.documents.get().copied() else {
        return Err(ApiError::Internal("there are no documents of the routes".to_owned()));
    };
    tokio::task::spawn_blocking(|| &**documents)
        .await
        .map_err(|error| ApiError::Internal(format!("the documents of the routes are not made: {error}")))
}

fn page(title: &str, main: &str) -> Page {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{title}</title>\
         <style>{STYLE}</style></head><body><main>{main}</main></body></html>"
    );
    let answer = Answer::bytes(HTML, html);
    Page(HEADERS.into_iter().fold(answer, |answer, (name, value)| answer.header(name, value)))
}

/// The document of GET `/openapi.json`, as the OpenAPI specification defines one.
pub(crate) struct Document;

impl Describe for Document {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        let mut properties = Properties::default();
        properties.add("openapi", true, text(None).into(), &["The version of the OpenAPI specification."]);
        for (name, says) in [
            ("info", "The name and the version of this API."),
            ("paths", "The calls, by their paths."),
            ("components", "What the calls share, such as schemas."),
        ] {
            properties.add(name, true, any_object(None).into(), &[says]);
        }
        properties.done(&[]).into()
    }
}

/// GET `/openapi.json`.
pub(crate) async fn openapi(call: Call) -> Result<Prepared<Document>, ApiError> {
    let Documents { openapi, openapi_compressed, .. } = documents(&call).await?;
    let answer = Answer::json(openapi.clone()).tagged();
    Ok(Prepared::written(answer.compressed_once(Arc::clone(openapi_compressed))))
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

/// Metrics in Prometheus' text format.
pub(crate) struct Metrics(String);

impl IntoAnswer for Metrics {
    fn into_answer(self) -> Answer {
        Answer::bytes(PROMETHEUS, self.0)
    }

    fn describe(_: &mut Components) -> Response {
        bytes_of("text/plain", "The counters and gauges.")
    }
}

/// GET `/metrics`.
pub(crate) async fn metrics(call: Call) -> Result<Metrics, ApiError> {
    let gauges = gauges::of(&figures::read(&call.app.0.services, &call.app.0.live).await?);
    let mut out = String::new();
    let written = call.app.0.metrics.render(&mut out);
    written
        .and_then(|()| prometheus_text::encode(&mut out, &gauges))
        .map_err(|error| ApiError::Internal(error.to_string()))?;
    Ok(Metrics(out))
}
