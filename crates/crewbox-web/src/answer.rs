//! What a handler gives back, before it becomes a response: status, bytes, kind of content, a few headers.

use axum::http::{HeaderName, HeaderValue, StatusCode};
use bytes::Bytes;

use crate::object::{Obj, Put};

/// A successful call's answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) content_type: HeaderValue,
    pub(crate) body: Bytes,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    /// Gets an `ETag` over its bytes and honours `If-None-Match`.
    pub(crate) tagged: bool,
}

pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");

impl Answer {
    /// JSON that is written already.
    pub(crate) fn json(body: Vec<u8>) -> Self {
        Self::bytes(JSON, body)
    }

    pub(crate) fn bytes(content_type: HeaderValue, body: impl Into<Bytes>) -> Self {
        Self { status: StatusCode::OK, content_type, body: body.into(), headers: Vec::new(), tagged: false }
    }

    /// A bare JSON value.
    pub(crate) fn value(value: &impl Put) -> Self {
        let mut body = Vec::new();
        value.put(&mut body);
        Self::json(body)
    }

    /// The envelope of an action that succeeded.
    pub(crate) fn success(message: &str, data: impl Put) -> Self {
        Self::value(&success(message).with("data", data))
    }

    pub(crate) fn tagged(mut self) -> Self {
        self.tagged = true;
        self
    }

    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }
}

/// What every action's answer begins with.
pub(crate) fn success(message: &str) -> Obj {
    Obj::new().with("ok", true).with("success", true).with("message", message)
}
