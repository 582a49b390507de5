//! What a handler gives back, before it becomes a response: status, bytes, kind of content, a few headers; and the
//! typed answers that describe themselves.

use std::marker::PhantomData;
use std::sync::Arc;

use axum::body::Body as HttpBody;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use utoipa::openapi::schema::Type;
use utoipa::openapi::{Content, RefOr, Response, ResponseBuilder, Schema};

use crate::coding::CompressedForms;
use crate::declare::Output;
use crate::object::{Obj, Put};
use crate::payload::Payload;
use crate::schema::{Components, Describe, Properties, plain};

/// A successful call's answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) content_type: HeaderValue,
    pub(crate) body: Payload,
    /// Sent in place of `body`: one that goes on for long.
    pub(crate) stream: Option<HttpBody>,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    /// Its compressed forms, where they are kept.
    pub(crate) compressed: Option<Arc<CompressedForms>>,
    /// Its `ETag`, where it has one: then it honours `If-None-Match`.
    pub(crate) tag: Option<HeaderValue>,
}

/// Reports that a page is shorter than was asked for, because the response would have been too long.
const PAGE_SHORTENED: HeaderName = HeaderName::from_static("x-page-shortened");
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");

impl Answer {
    /// JSON that is written already.
    pub(crate) fn json(body: impl Into<Payload>) -> Self {
        Self::bytes(JSON, body)
    }

    pub(crate) fn bytes(content_type: HeaderValue, body: impl Into<Payload>) -> Self {
        Self {
            status: StatusCode::OK,
            content_type,
            body: body.into(),
            stream: None,
            headers: Vec::new(),
            compressed: None,
            tag: None,
        }
    }

    /// A body that goes on for long.
    pub(crate) fn stream(content_type: HeaderValue, stream: HttpBody) -> Self {
        Self { stream: Some(stream), ..Self::bytes(content_type, Vec::new()) }
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

    /// Gives it a strong `ETag`: 128 bits of a hash of its bytes.
    pub(crate) fn tagged(mut self) -> Self {
        let hash = self.body.hash();
        let tag = HeaderValue::from_str(&format!("\"{hash:032x}\""));
        self.tag = Some(tag.unwrap_or_else(|_| HeaderValue::from_static("\"\"")));
        self
    }

    /// Gives it the `ETag` that the same bytes were given before.
    pub(crate) fn tagged_as(mut self, tag: HeaderValue) -> Self {
        self.tag = Some(tag);
        self
    }

    /// Keeps its compressed forms here: the same bytes are sent again.
    pub(crate) fn compressed_once(mut self, forms: Arc<CompressedForms>) -> Self {
        self.compressed = Some(forms);
        self
    }

    /// Reports what was left out of a page because the response would have been too long.
    pub(crate) fn shortened(self, rows: u64, messages: u64) -> Self {
        let parts = [(rows, "rows"), (messages, "messages")];
        let parts: Vec<String> = parts
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, name)| format!("{name}={count}"))
            .collect();
        match HeaderValue::from_str(&parts.join(", ")) {
            Ok(value) if !parts.is_empty() => self.header(PAGE_SHORTENED, value),
            _ => self,
        }
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

/// What a handler may return.
pub(crate) trait IntoAnswer {
    fn into_answer(self) -> Answer;

    /// The response as the OpenAPI document has it.
    fn describe(components: &mut Components) -> Response;
}

/// An answer that does not describe itself: its route does.
impl IntoAnswer for Answer {
    fn into_answer(self) -> Answer {
        self
    }

    fn describe(_: &mut Components) -> Response {
        Response::default()
    }
}

/// A JSON value.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: Put + Describe> IntoAnswer for Json<T> {
    fn into_answer(self) -> Answer {
        Answer::value(&self.0)
    }

    fn describe(components: &mut Components) -> Response {
        json(T::schema(components))
    }
}

/// A JSON value that is written already, for an answer with headers of its own.
pub(crate) struct Prepared<T> {
    answer: Answer,
    of: PhantomData<fn() -> T>,
}

impl<T> Prepared<T> {
    /// An answer whose body was written by the types that describe it, piece by piece.
    pub(crate) const fn written(answer: Answer) -> Self {
        Self { answer, of: PhantomData }
    }
}

impl<T: Describe> IntoAnswer for Prepared<T> {
    fn into_answer(self) -> Answer {
        self.answer
    }

    fn describe(components: &mut Components) -> Response {
        json(T::schema(components))
    }
}

/// The envelope of an action that succeeded, with what it did under `data`.
pub(crate) struct Success<T> {
    /// One sentence.
    pub(crate) message: &'static str,
    pub(crate) data: T,
}

impl<T: Put + Describe> IntoAnswer for Success<T> {
    fn into_answer(self) -> Answer {
        Answer::success(self.message, self.data)
    }

    fn describe(components: &mut Components) -> Response {
        let mut properties = envelope();
        properties.add("data", true, T::schema(components), &["What the action did."]);
        json(properties.done(&[]).into())
    }
}

/// The envelope of an action that succeeded, with the keys of `more` beside its own.
pub(crate) struct Done<T> {
    /// One sentence.
    pub(crate) message: &'static str,
    pub(crate) more: T,
}

impl<T: Output> IntoAnswer for Done<T> {
    fn into_answer(self) -> Answer {
        let mut object = success(self.message);
        self.more.put_keys(&mut object);
        Answer::json(object.done())
    }

    fn describe(components: &mut Components) -> Response {
        let mut properties = envelope();
        T::describe_keys(&mut properties, components);
        json(properties.done(&[]).into())
    }
}

fn envelope() -> Properties {
    let mut properties = Properties::default();
    let yes = |components: &mut Components| <bool as Describe>::schema(components);
    let unused = &mut Components::default();
    properties.add("ok", true, yes(unused), &["Always true."]);
    properties.add("success", true, yes(unused), &["Always true."]);
    properties.add(
        "message",
        true,
        <String as Describe>::schema(unused),
        &["What was done, in one sentence."],
    );
    properties
}

/// A response with a JSON value.
pub(crate) fn json(schema: RefOr<Schema>) -> Response {
    let content = Content::new(Some(schema));
    ResponseBuilder::new().description("Done.").content("application/json", content).build()
}

/// A response of bytes, as the OpenAPI document has it.
pub(crate) fn bytes_of(media_type: &str, says: &str) -> Response {
    let content = Content::new(Some(RefOr::T(plain(Type::String))));
    ResponseBuilder::new().description(says).content(media_type, content).build()
}
