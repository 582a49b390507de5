//! Calls of routes in the name of an agent's key.
//!
//! Owns that each is permitted and bounded as a request of its own would be.

use std::sync::Arc;

use crewbox_core::model::Dialect;
use crewbox_store::live::Signed;

use super::arguments::Asked;
use super::tool::{Routes, Tool};
use super::untrusted::MAX_RESULT;
use crate::answer::Answer;
use crate::call::{Call, Caller as _, SignedCall};
use crate::error::ApiError;

/// The caller of `/mcp`, who calls routes.
#[derive(Clone)]
pub(super) struct Calls {
    pub(super) call: Call,
    signed: Signed,
    pub(super) routes: Arc<Routes>,
}

impl Calls {
    /// Calls in the documented dialect, whatever the key's is.
    ///
    /// # Errors
    /// [`ApiError::Internal`] where a tool has no route.
    pub(super) fn new(call: &SignedCall, tools: &[Tool]) -> Result<Self, ApiError> {
        let mut signed = call.signed().clone();
        signed.key.dialect = Dialect::Documented;
        let routes = Routes::of(tools).ok_or_else(|| ApiError::Internal("a tool has no route".to_owned()))?;
        Ok(Self { call: call.call().clone(), signed, routes: Arc::new(routes) })
    }

    /// Whether the key allows agents to send.
    pub(super) const fn may_send(&self) -> bool {
        self.signed.key.mcp_send
    }

    /// Whether the key allows all that a tool does.
    pub(super) fn permit(&self, tool: &Tool) -> bool {
        tool.routes.iter().all(|route| route.needs.permit(&self.signed).is_ok())
    }

    /// What a route answers.
    ///
    /// # Errors
    /// Its own; [`ApiError::Forbidden`]; [`ApiError::Conflict`] for more than an agent gets.
    pub(super) async fn ask(&self, asked: Asked) -> Result<Answer, ApiError> {
        let Asked { route, uri, body } = asked;
        route.needs.permit(&self.signed)?;
        let strict = route.is_strict();
        let call = Call { template: route.path, strict, uri, body, ..self.call.clone() };
        let answer = route.run(call, Some(self.signed.clone())).await?;
        if answer.body.len() > MAX_RESULT {
            let sentence = format!(
                "The result has {} bytes, and an agent gets at most {MAX_RESULT}: ask for fewer rows or without their messages",
                answer.body.len()
            );
            return Err(ApiError::Conflict(sentence));
        }
        Ok(answer)
    }
}
