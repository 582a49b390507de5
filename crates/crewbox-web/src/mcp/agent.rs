//! One request of an agent: which tools and resources the key has, and what they answer.
//!
//! Owns the methods of the protocol that we serve. A request is complete in itself; nothing is kept between two.

use crewbox_core::model::Dialect;
use rmcp::ErrorData;
use rmcp::handler::server::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, Implementation, ListResourceTemplatesResult,
    ListResourcesResult, ListToolsResult, PaginatedRequestParams, ReadResourceRequestParams,
    ReadResourceResponse, Resource, ResourceTemplate, ServerCapabilities, ServerConfig,
};
use rmcp::service::{RequestContext, RoleServer};
use serde_json::{Map, Value, json};

use super::arguments::{request, request_of};
use super::calls::Calls;
use super::reply::reply;
use super::table::Shape;
use super::tool::Tool;
use super::untrusted::{INSTRUCTIONS, marked, resource, result};
use crate::call::SignedCall;
use crate::error::ApiError;
use crate::payload::Payload;

/// What a resource's address begins with; the conversation's id follows.
const CONVERSATIONS: &str = "crewbox://conversations/";
/// Resources in one page: as many as a list gives.
const RESOURCES_IN_PAGE: u64 = 20;

/// An agent's request.
#[derive(Clone)]
pub(super) struct Agent {
    calls: Calls,
    tools: &'static [Tool],
}

impl Agent {
    /// The caller as an agent.
    ///
    /// # Errors
    /// [`ApiError::Internal`] where a tool has no route.
    pub(super) fn new(call: &SignedCall, tools: &'static [Tool]) -> Result<Self, ApiError> {
        Ok(Self { calls: Calls::new(call, tools)?, tools })
    }

    async fn call(&self, tool: &Tool, given: Map<String, Value>) -> Result<CallToolResult, ApiError> {
        let (outcome, answer) = if tool.row.shape == Shape::Reply {
            let (outcome, answer) = reply(&self.calls, given).await?;
            (Some(outcome), answer)
        } else {
            (None, self.calls.ask(request_of(tool, given)?).await?)
        };
        Ok(result(marked(outcome, &answer.body), false))
    }

    /// The body of a failure, as the API has it.
    fn failure(&self, error: &ApiError) -> Payload {
        let id = self.calls.call.app.next_request_id();
        if let ApiError::Internal(error) = error {
            tracing::error!(
                route = "/mcp",
                request_id = id.to_str().unwrap_or_default(),
                error,
                "a tool failed"
            );
        }
        Payload::from(error.answer(Dialect::Documented, &id).body)
    }

    async fn conversations(&self, offset: u64) -> Result<Value, ApiError> {
        let page = json!({"offset": offset, "limit": RESOURCES_IN_PAGE});
        let body = page.as_object().cloned().unwrap_or_default();
        let answer = self.calls.ask(request(self.calls.routes.inbox, &[], body)?).await?;
        let mut joined = Vec::with_capacity(answer.body.len());
        answer.body.pieces().for_each(|piece| joined.extend_from_slice(piece));
        serde_json::from_slice(&joined)
            .map_err(|error| ApiError::Internal(format!("a list is no JSON: {error}")))
    }

    /// A failure where the protocol has no result that says so.
    fn protocol_error(&self, error: &ApiError) -> ErrorData {
        let body: Value = self
            .failure(error)
            .pieces()
            .next()
            .and_then(|body| serde_json::from_slice(body).ok())
            .unwrap_or_default();
        let sentence = body["message"].as_str().unwrap_or("The request failed").to_owned();
        match error {
            ApiError::NotFound(_) => ErrorData::resource_not_found(sentence, None),
            ApiError::Internal(_) | ApiError::Unavailable(_) => ErrorData::internal_error(sentence, None),
            _ => ErrorData::invalid_params(sentence, None),
        }
    }
}

impl ServerHandler for Agent {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder().enable_tools().enable_resources().build();
        ServerConfig::new(capabilities)
            .with_server_info(Implementation::new("crewbox", env!("CARGO_PKG_VERSION")))
            .with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tools = self.tools.iter().filter(|tool| self.calls.permit(tool));
        let described = tools.map(|tool| tool.described(self.calls.may_send()));
        Ok(ListToolsResult::with_all_items(described.collect()))
    }

    async fn call_tool(
        &self,
        asked: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let Some(tool) = self.tools.iter().find(|tool| tool.row.name == asked.name) else {
            return Err(ErrorData::invalid_params("There is no tool of this name", None));
        };
        let called = self.call(tool, asked.arguments.unwrap_or_default()).await;
        Ok(called.unwrap_or_else(|error| result(marked(None, &self.failure(&error)), true)).into())
    }

    async fn list_resources(
        &self,
        asked: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let cursor = asked.and_then(|asked| asked.cursor);
        let offset = cursor.as_deref().map_or(Ok(0), str::parse::<u64>);
        let offset =
            offset.map_err(|_| ErrorData::invalid_params("The cursor is none of this server", None))?;
        let page = self.conversations(offset).await.map_err(|error| self.protocol_error(&error))?;
        let rows = page["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
        // No name or subject is among them: they are not ours, and would not be marked here.
        let resources = rows.iter().filter_map(|row| row["campaign_lead_map_id"].as_str()).map(|id| {
            Resource::new(format!("{CONVERSATIONS}{id}"), format!("Conversation {id}"))
                .with_description("A conversation with its messages, which are untrusted content.")
                .with_mime_type("application/json")
        });
        let mut listed = ListResourcesResult::with_all_items(resources.collect());
        let next = offset.saturating_add(RESOURCES_IN_PAGE);
        listed.next_cursor = (next < page["total_count"].as_u64().unwrap_or(0)).then(|| next.to_string());
        Ok(listed)
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let template = ResourceTemplate::new(format!("{CONVERSATIONS}{{email_lead_map_id}}"), "Conversation")
            .with_description("A conversation with its messages, which are untrusted content.")
            .with_mime_type("application/json");
        Ok(ListResourceTemplatesResult::with_all_items(vec![template]))
    }

    async fn read_resource(
        &self,
        asked: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let Some(id) = asked.uri.strip_prefix(CONVERSATIONS) else {
            return Err(ErrorData::resource_not_found("There is no such resource", None));
        };
        let mut given = Map::new();
        given.insert("email_lead_map_id".to_owned(), id.into());
        let read =
            async { self.calls.ask(request(self.calls.routes.item, &["email_lead_map_id"], given)?).await };
        let answer = read.await.map_err(|error| self.protocol_error(&error))?;
        Ok(resource(&asked.uri, marked(None, &answer.body)).into())
    }
}
