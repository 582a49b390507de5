//! What browsers may do with a page: the headers of every response.
//!
//! Owns the content security policy. It allows our own files and nothing else: no inline style or script, no other host.

use askama::Template;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};

const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; connect-src 'self'; \
     frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
     trusted-types crewbox",
);
/// Of a mail with its own layout, which a page shows in a frame: styles within it, and nothing else.
const FRAME_POLICY: HeaderValue = HeaderValue::from_static(
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; form-action 'none'; base-uri 'none'; \
     frame-ancestors 'self'",
);
/// Of a file to save. Should a browser show it all the same, nothing in it runs.
const FILE_POLICY: HeaderValue = HeaderValue::from_static("sandbox; default-src 'none'");
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
/// Pages show other people's mail: no cache may keep them.
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// Adds the headers of every response.
pub(crate) fn protect(headers: &mut HeaderMap) {
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    );
}

/// Adds the headers of a file to save.
pub(crate) fn protect_file(headers: &mut HeaderMap) {
    protect(headers);
    headers.insert(header::CONTENT_SECURITY_POLICY, FILE_POLICY);
    headers.insert(header::CACHE_CONTROL, NO_STORE);
}

/// A stranger's HTML, cleaned, for a frame of a page.
pub(crate) fn frame(html: String) -> Response<Body> {
    let mut response = respond(StatusCode::OK, HTML, html);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, FRAME_POLICY);
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// An image that came with a mail or was fetched for it. Should a browser show it as a document, nothing in it runs.
pub(crate) fn image(media: &'static str, bytes: Vec<u8>, seconds: i64) -> Response<Body> {
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    protect(headers);
    headers.insert(header::CONTENT_SECURITY_POLICY, FILE_POLICY);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    let cached = HeaderValue::from_str(&format!("private, max-age={seconds}"));
    headers.insert(header::CACHE_CONTROL, cached.unwrap_or(NO_STORE));
    response
}

/// A page.
pub(crate) fn page(status: StatusCode, page: &impl Template) -> Response<Body> {
    match page.render() {
        Ok(html) => respond(status, HTML, html),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            plain(StatusCode::INTERNAL_SERVER_ERROR, "The page could not be made: try again")
        }
    }
}

/// One sentence.
pub(crate) fn plain(status: StatusCode, sentence: &'static str) -> Response<Body> {
    respond(status, TEXT, sentence.to_owned())
}

/// A text, for a script.
pub(crate) fn text(status: StatusCode, text: String) -> Response<Body> {
    respond(status, TEXT, text)
}

/// Sends the browser to another page of ours, by GET.
pub(crate) fn go_to(path: &str) -> Response<Body> {
    let mut response = respond(StatusCode::SEE_OTHER, TEXT, String::new());
    let location = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(header::LOCATION, location);
    response
}

fn respond(status: StatusCode, media_type: HeaderValue, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, media_type);
    headers.insert(header::CACHE_CONTROL, NO_STORE);
    protect(headers);
    response
}
