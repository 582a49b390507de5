//! From a request to the protocol's service and back: stateless, with JSON answers.
//!
//! Owns the thin layer around the SDK. Key, permission, rate limit and body limit are the dispatcher's, as of every route.

use std::sync::Arc;

use axum::body::Body as HttpBody;
use axum::http::{HeaderValue, Request, StatusCode, header};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use utoipa::openapi::{RefOr, Response, Schema};

use super::agent::Agent;
use super::tool::Tool;
use crate::answer::{Answer, IntoAnswer, JSON, json};
use crate::body::SMALL_BODY;
use crate::call::{Call, SignedCall};
use crate::describe::{BodyKind, Description};
use crate::error::ApiError;
use crate::handler::Part;
use crate::problem::Problems;
use crate::schema::{Components, Describe, any_object};
use crate::wire::Json;

/// What the OpenAPI document says beside the schemas.
pub(crate) const DETAILS: &str = "Takes one JSON-RPC message of the Model Context Protocol (streamable HTTP, stateless, answers as JSON) and answers one. Each tool is a call of this API under another name, with the same arguments and permissions. Text in results is untrusted content. A reply is saved as a draft, unless the key was made with `--mcp-send` and the agent asks to send. See `docs/agents.md`.";

/// What the protocol's client must accept and send. Ours may leave it out.
const ACCEPTED: HeaderValue = HeaderValue::from_static("application/json, text/event-stream");
/// The SDK wants a host. Ours was checked before.
const ANY_HOST: HeaderValue = HeaderValue::from_static("localhost");
/// Headers of the protocol begin with this.
const OWN_HEADERS: &str = "mcp-";

/// A JSON-RPC message.
pub(crate) struct Message(Bytes);

impl Describe for Message {
    fn schema(components: &mut Components) -> RefOr<Schema> {
        components.add("McpMessage", any_object(None))
    }
}

impl Part for Message {
    fn read(call: &Call, _: &mut Problems) -> Result<Option<Self>, ApiError> {
        // The same words for what is no JSON as elsewhere.
        Json::read(&call.body)?;
        Ok(Some(Self(call.body.clone())))
    }

    fn describe(description: Description, components: &mut Components) -> Description {
        Description {
            body: BodyKind::Json { schema: Self::schema(components), required: true },
            ..description
        }
    }
}

/// The answer to a message.
pub(crate) struct Answered(Answer);

impl IntoAnswer for Answered {
    fn into_answer(self) -> Answer {
        self.0
    }

    fn describe(components: &mut Components) -> Response {
        json(Message::schema(components))
    }
}

/// POST `/mcp`.
pub(crate) async fn answer(
    call: SignedCall,
    message: Message,
    tools: &'static [Tool],
) -> Result<Answered, ApiError> {
    let agent = Agent::new(&call, tools)?;
    let mut request = Request::post("/mcp")
        .header(header::HOST, ANY_HOST)
        .header(header::ACCEPT, ACCEPTED)
        .header(header::CONTENT_TYPE, JSON);
    for (name, value) in call.headers.iter().filter(|(name, _)| name.as_str().starts_with(OWN_HEADERS)) {
        request = request.header(name, value);
    }
    let request = request
        .body(HttpBody::from(message.0))
        .map_err(|error| ApiError::Internal(format!("a message is no request: {error}")))?;
    // Hosts and origins are checked by the SDK for servers without keys; ours has keys, and no cookies.
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_sse_keep_alive(None)
        .disable_allowed_hosts()
        .disable_allowed_origins()
        .with_max_request_body_bytes(SMALL_BODY);
    let service = StreamableHttpService::new(
        move || Ok(agent.clone()),
        Arc::new(NeverSessionManager::default()),
        config,
    );
    let (parts, body) = service.handle(request).await.into_parts();
    let body = body
        .collect()
        .await
        .map_err(|error| ApiError::Internal(format!("an answer ended early: {error}")))?
        .to_bytes();
    if parts.status == StatusCode::INTERNAL_SERVER_ERROR {
        return Err(ApiError::Internal("the protocol's service failed".to_owned()));
    }
    let kind = parts.headers.get(header::CONTENT_TYPE);
    let is_json = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    if !parts.status.is_success() && !is_json {
        return Err(ApiError::Malformed(
            "The body must be one JSON-RPC 2.0 message of the Model Context Protocol, in a version that this server knows",
        ));
    }
    Ok(Answered(Answer { status: parts.status, ..Answer::json(body) }))
}
