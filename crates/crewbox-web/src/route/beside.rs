//! Routes that are served beside the API's: what their requests learn, and what is done with their responses.
//!
//! Owns what a page has in common with a call: its connection counts as one at work, its body shares the memory of all
//! bodies, and its response is compressed as the browser asks. A form that may have files is left to its page, which knows
//! whose it is before it reads it, and has memory of its own for them.

use std::sync::Arc;

use axum::body::Body as HttpBody;
use axum::extract::{Request, State};
use axum::http::uri::Scheme;
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use axum::middleware::Next;
use bytes::Bytes;
use crewbox_app::LargeFile;
use crewbox_core::model::Dialect;
use http_body_util::BodyExt as _;
use hyper::body::Body as _;

use super::dispatch;
use super::respond::compress;
use super::unread::LaterWork;
use crate::answer::JSON;
use crate::app::App;
use crate::body::Body;
use crate::coding::{COMPRESSED_FROM, Coding, is_compressible};
use crate::connections::Connection;
use crate::download::Content;
use crate::error::ApiError;
use crate::message::large_attachment;

/// Bytes of a form without files: more than the 4 MiB that a page takes, which says so on a page of its own.
const MOST_FORM: usize = 16 * 1024 * 1024;
/// A response that may be kept for good never changes: its compressed forms are kept, too.
const FOR_GOOD: &str = "immutable";

/// Tells a route how its request came, and sends its response as the browser asks.
pub(super) async fn beside(State(app): State<App>, mut request: Request, next: Next) -> Response<HttpBody> {
    let (client, https) = dispatch::origin(&app, &request);
    let scheme = if https { Scheme::HTTPS } else { Scheme::HTTP };
    request.extensions_mut().insert(client);
    request.extensions_mut().insert(scheme);
    let codings =
        Codings { each_time: Coding::asked(request.headers()), once: Coding::asked_once(request.headers()) };
    let path = request.uri().path().to_owned();
    let connection = request.extensions().get::<Arc<Connection>>().cloned();
    let (mut held, mut later) = (None, None);
    if has_files(request.headers()) {
        let (parts, body) = request.into_parts();
        let work = LaterWork::default();
        request = Request::from_parts(parts, work.after(body, connection.clone()));
        later = Some(work);
    } else if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let (parts, body) = request.into_parts();
        let received = match app.0.bodies.receive(&parts.headers, body, MOST_FORM, None).await {
            Ok(received) => received,
            Err(error) => return failed(&app, &error),
        };
        let form = match &received.body {
            Body::Memory(bytes) => bytes.clone(),
            Body::Mail(_) => Bytes::new(),
        };
        request = Request::from_parts(parts, HttpBody::from(form));
        held = Some(received);
    }
    let works = connection.as_ref().filter(|_| later.is_none()).map(Connection::work);
    let mut response = next.run(request).await;
    if let Some(file) = response.extensions_mut().remove::<LargeFile>() {
        match large_attachment(&app, file.mail, file.index).await {
            Ok(Some(content)) => *response.body_mut() = body_of(content),
            Ok(None) => return failed(&app, &ApiError::NotFound("There is no such file".to_owned())),
            Err(error) => return failed(&app, &error),
        }
    }
    let response = compressed(&app, &codings, &path, response).await;
    drop((works, later, held));
    response
}

/// Whether a form may have files (RFC 7578).
fn has_files(headers: &HeaderMap) -> bool {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    media_type.is_some_and(|text| text.trim_start().to_ascii_lowercase().starts_with("multipart/form-data"))
}

fn body_of((_, content): (crewbox_core::message::Attachment, Content)) -> HttpBody {
    match content {
        Content::Whole(bytes) => bytes.into_body(),
        Content::InPieces(body) => body,
    }
}

fn failed(app: &App, error: &ApiError) -> Response<HttpBody> {
    let failure = error.answer(Dialect::Documented, &app.next_request_id());
    let mut response = Response::new(HttpBody::from(failure.body));
    *response.status_mut() = failure.status;
    response.headers_mut().insert(header::CONTENT_TYPE, JSON);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The codings that a request asks for.
struct Codings {
    each_time: Option<Coding>,
    /// For a body that never changes.
    once: Option<Coding>,
}

/// The response, compressed where that is asked for and its whole body is known.
async fn compressed(
    app: &App,
    codings: &Codings,
    path: &str,
    response: Response<HttpBody>,
) -> Response<HttpBody> {
    let (mut parts, body) = response.into_parts();
    let length = body.size_hint().exact().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
    if length < COMPRESSED_FROM || !is_text(&parts.headers) {
        return Response::from_parts(parts, body);
    }
    parts.headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    let for_good = parts.headers.get(header::CACHE_CONTROL).and_then(|value| value.to_str().ok());
    let for_good = parts.status == StatusCode::OK && for_good.is_some_and(|value| value.contains(FOR_GOOD));
    let coding = if for_good { codings.once } else { codings.each_time };
    let Some(coding) = coding else { return Response::from_parts(parts, body) };
    let bytes: Bytes = match body.collect().await {
        Ok(whole) => whole.to_bytes(),
        Err(error) => return failed(app, &ApiError::Internal(format!("a page could not be read: {error}"))),
    };
    let kept = for_good.then(|| app.0.kept_files.of(path));
    match compress(app, coding, &bytes.clone().into(), kept.as_ref()).await {
        Some(made) => {
            parts.headers.insert(header::CONTENT_ENCODING, coding.name());
            parts.headers.remove(header::CONTENT_LENGTH);
            Response::from_parts(parts, made.into_body())
        }
        None => Response::from_parts(parts, HttpBody::from(bytes)),
    }
}

fn is_text(headers: &HeaderMap) -> bool {
    !headers.contains_key(header::CONTENT_ENCODING)
        && headers.get(header::CONTENT_TYPE).is_some_and(is_compressible)
}
