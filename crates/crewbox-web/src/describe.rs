//! What a route takes and answers, as its handler's types say it: the material of the OpenAPI document.

use utoipa::openapi::{RefOr, Response, Schema};

use crate::declare::QueryParameter;

/// What a route takes and answers.
pub(crate) struct Description {
    /// The parts of the path that vary, in their order.
    pub(crate) path: Vec<RefOr<Schema>>,
    pub(crate) query: Vec<QueryParameter>,
    pub(crate) body: BodyKind,
    pub(crate) response: Response,
}

/// What a route takes as body.
pub(crate) enum BodyKind {
    /// Nothing; what comes is not read.
    None,
    /// A JSON object.
    Json {
        /// What it holds.
        schema: RefOr<Schema>,
        /// Whether a call without it is wrong.
        required: bool,
    },
    /// A mail as it is.
    Mail,
}
