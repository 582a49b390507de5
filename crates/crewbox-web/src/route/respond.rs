//! From an answer to its response: headers, `ETag`, the content coding that the request asks for.

use std::sync::Arc;

use axum::body::Body as HttpBody;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use bytes::Bytes;

use crate::answer::{Answer, JSON};
use crate::app::App;
use crate::coding::{COMPRESSED_FROM, Coding, CompressedForms, Effort, is_compressible};
use crate::large::SMALL_BYTES;
use crate::payload::Payload;

/// A body up to this length is compressed on the thread that serves the request: that takes a fraction of a millisecond.
const COMPRESSED_AT_ONCE: usize = 64 * 1024;

/// A response with an `ETag` may be kept by the client that got it, and be used again once the server says that it still
/// holds.
const REVALIDATE: HeaderValue = HeaderValue::from_static("private, no-cache");
/// Any other response may be kept by nobody.
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
/// JSON with a stranger's text in it is never shown as a page.
const NO_SNIFF: HeaderValue = HeaderValue::from_static("nosniff");
const BY_CODING: HeaderValue = HeaderValue::from_static("Accept-Encoding");

/// What a request says of the form of its response.
#[derive(Debug, Default)]
pub(super) struct Asked {
    if_none_match: Option<HeaderValue>,
    coding: Option<Coding>,
}

impl Asked {
    pub(super) fn by(headers: &HeaderMap) -> Self {
        let if_none_match = headers.get(header::IF_NONE_MATCH).cloned();
        Self { if_none_match, coding: Coding::asked(headers) }
    }

    /// Whether the client has what this tag names.
    fn has(&self, tag: &HeaderValue) -> bool {
        self.if_none_match.as_ref().is_some_and(|asked| names(asked, tag))
    }
}

/// The response.
pub(super) async fn respond(app: &App, mut answer: Answer, asked: &Asked) -> Response<HttpBody> {
    let mut headers = HeaderMap::with_capacity(10);
    let has_forms = answer.stream.is_none()
        && answer.body.len() >= COMPRESSED_FROM
        && is_compressible(&answer.content_type);
    if has_forms {
        headers.insert(header::VARY, BY_CODING);
    }
    let coding = asked.coding.filter(|_| has_forms);
    let tag = answer.tag.take();
    headers.insert(header::CACHE_CONTROL, if tag.is_some() { REVALIDATE } else { NO_STORE });
    // A client may have the other form.
    let forms = tag.iter().map(|tag| coding.map_or_else(|| tag.clone(), |coding| coding.tag(tag)));
    let held = forms.chain(tag.clone()).find(|tag| asked.has(tag));
    if let Some(held) = held {
        headers.insert(header::ETAG, held);
        return response(StatusCode::NOT_MODIFIED, headers, answer.headers, HttpBody::empty());
    }
    let compressed = match coding {
        Some(coding) => {
            compress(app, coding, &answer.body, answer.compressed.as_ref()).await.map(|body| (coding, body))
        }
        None => None,
    };
    let body = match compressed {
        Some((coding, body)) => {
            headers.insert(header::CONTENT_ENCODING, coding.name());
            headers.extend(tag.map(|tag| (header::ETAG, coding.tag(&tag))));
            body.into_body()
        }
        None => {
            headers.extend(tag.map(|tag| (header::ETAG, tag)));
            answer.stream.unwrap_or_else(|| answer.body.into_body())
        }
    };
    if answer.content_type == JSON {
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, NO_SNIFF);
    }
    headers.insert(header::CONTENT_TYPE, answer.content_type);
    response(answer.status, headers, answer.headers, body)
}

fn response(
    status: StatusCode,
    mut headers: HeaderMap,
    more: Vec<(header::HeaderName, HeaderValue)>,
    body: HttpBody,
) -> Response<HttpBody> {
    for (name, value) in more {
        headers.insert(name, value);
    }
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// A compressed body, and the one that it was made of.
struct Made {
    compressed: Vec<u8>,
    /// Its owner counts the memory of a large response until it is sent.
    _of: Payload,
}

impl AsRef<[u8]> for Made {
    fn as_ref(&self) -> &[u8] {
        &self.compressed
    }
}

/// The compressed form, from the kept ones where it is there; none where it cannot be made now.
pub(super) async fn compress(
    app: &App,
    coding: Coding,
    body: &Payload,
    kept: Option<&Arc<CompressedForms>>,
) -> Option<Payload> {
    if let Some(form) = kept.and_then(|kept| kept.get(coding)) {
        return Some(form.into());
    }
    let effort = kept.map_or(Effort::EachTime, |kept| kept.effort);
    let body = body.clone();
    let form = if body.len() <= COMPRESSED_AT_ONCE && effort == Effort::EachTime {
        coding.compress(&body, effort).ok()?.into()
    } else {
        let made = app.0.large.aside(move || coding.compress(&body, effort).map(|made| (made, body))).await;
        let (compressed, body) = made?.ok()?;
        match body.len() {
            ..=SMALL_BYTES => compressed.into(),
            _ if kept.is_some() => compressed.into(),
            _ => Bytes::from_owner(Made { compressed, _of: body }),
        }
    };
    if let Some(kept) = kept {
        kept.keep(coding, &form);
    }
    Some(form.into())
}

/// Whether an `If-None-Match` names the tag (RFC 9110, section 13.1.2: weakly compared).
fn names(asked: &HeaderValue, tag: &HeaderValue) -> bool {
    let (Ok(asked), Ok(tag)) = (asked.to_str(), tag.to_str()) else { return false };
    asked.split(',').map(|one| one.trim().trim_start_matches("W/")).any(|one| one == "*" || one == tag)
}
