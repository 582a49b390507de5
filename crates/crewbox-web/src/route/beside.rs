//! What routes beside ours get from this crate: compression of their responses.

use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, Response, header};
use axum::middleware::Next;
use tokio::task::spawn_blocking;

use crate::coding::{COMPRESSED_FROM, Coding, Effort, is_compressible};
use crate::payload::Payload;

/// A longer body is sent as it is: a page is far shorter.
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// A body up to this length is compressed on the thread that serves the request.
const AT_ONCE: usize = 64 * 1024;

/// Compresses a page, a part of one or a script, as the browser asks. Streams and what is coded already stay as they are.
pub(super) async fn compressed(request: Request, next: Next) -> Response<Body> {
    let coding = Coding::asked(request.headers());
    let response = next.run(request).await;
    let headers = response.headers();
    let length = response.body().size_hint().exact().and_then(|length| usize::try_from(length).ok());
    let is_long_enough = length.is_some_and(|length| (COMPRESSED_FROM..=MOST_BYTES).contains(&length));
    let media = headers.get(header::CONTENT_TYPE);
    if headers.contains_key(header::CONTENT_ENCODING)
        || !is_long_enough
        || !media.is_some_and(is_compressible)
    {
        return response;
    }
    let is_kept =
        headers.get(header::CACHE_CONTROL).is_some_and(|value| value.as_bytes().ends_with(b"immutable"));
    let effort = if is_kept { Effort::Once } else { Effort::EachTime };
    let (mut parts, body) = response.into_parts();
    parts.headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    let Ok(bytes) = to_bytes(body, MOST_BYTES).await else {
        return Response::from_parts(parts, Body::empty());
    };
    let Some(coding) = coding else { return Response::from_parts(parts, Body::from(bytes)) };
    let payload = Payload::from(bytes.clone());
    let made = if bytes.len() <= AT_ONCE && effort == Effort::EachTime {
        coding.compress(&payload, effort).ok()
    } else {
        spawn_blocking(move || coding.compress(&payload, effort).ok()).await.ok().flatten()
    };
    match made {
        Some(made) => {
            parts.headers.insert(header::CONTENT_ENCODING, coding.name());
            Response::from_parts(parts, Body::from(made))
        }
        None => Response::from_parts(parts, Body::from(bytes)),
    }
}
