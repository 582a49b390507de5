//! What a failed call answers, once for all routes.
//!
//! Owns which failures the document describes. Their examples are made by what makes the answers.

use axum::http::HeaderValue;
use crewbox_core::model::Dialect;
use utoipa::openapi::{Content, Ref, RefOr, Response, ResponseBuilder, Schema};

use crate::error::ApiError;
use crate::problem::{Problem, Provided};
use crate::rate::Standing;

/// The failures that every call with a key may have.
pub(super) const OF_CALLS: [&Described; 6] =
    [&UNAUTHORISED, &FORBIDDEN, &NOT_FOUND, &INVALID, &TOO_MANY, &OTHER];
/// The failure of a call that does not go with what is there.
pub(super) const CONFLICT: Described = Described {
    status: "409",
    name: "Conflict",
    says: "It does not go with what is there any more.",
    example: || ApiError::Conflict("It has been sent: it cannot be taken back".to_owned()),
};
const UNAUTHORISED: Described = Described {
    status: "401",
    name: "Unauthorised",
    says: "The key is missing or not valid.",
    example: || ApiError::KeyMissing,
};
const FORBIDDEN: Described = Described {
    status: "403",
    name: "Forbidden",
    says: "The role or client of the key forbids it.",
    example: || ApiError::Forbidden("Only owners and admins may do this"),
};
const NOT_FOUND: Described = Described {
    status: "404",
    name: "NotFound",
    says: "It is not there.",
    example: || ApiError::missing_item(12),
};
const INVALID: Described = Described {
    status: "422",
    name: "Invalid",
    says: "A value is wrong; 400 for a key of the live dialect.",
    example: || {
        ApiError::Invalid(vec![Problem {
            field: "limit".to_owned(),
            text: "limit must be between 1 and 20".to_owned(),
            provided: Provided::Value(b"50".to_vec()),
        }])
    },
};
const TOO_MANY: Described = Described {
    status: "429",
    name: "TooMany",
    says: "Too many requests for this key.",
    example: || {
        let standing = Standing { limit: 60, remaining: 0, reset: 1_748_779_260, retry_after: Some(2) };
        ApiError::RateLimited(standing)
    },
};
const OTHER: Described = Described {
    status: "default",
    name: "Other",
    says: "Any other failure: 409 it does not go with what is there, 413 the body is too large, 502 a mail server does not answer as it should, 503 try again after `Retry-After`.",
    example: || ApiError::Unavailable("The server is starting"),
};

/// A failure in the document.
pub(super) struct Described {
    pub(super) status: &'static str,
    name: &'static str,
    says: &'static str,
    example: fn() -> ApiError,
}

impl Described {
    /// The reference to its description.
    pub(super) fn reference(&self) -> Ref {
        Ref::from_response_name(self.name)
    }

    /// Its description, by its name.
    pub(super) fn response(&self) -> (&'static str, Response) {
        let mut content = Content::new(Some(RefOr::<Schema>::Ref(Ref::from_schema_name("Error"))));
        let answer = (self.example)().answer(Dialect::Documented, &HeaderValue::from_static("1"));
        content.example = serde_json::from_slice(&answer.body).ok();
        let response = ResponseBuilder::new().description(self.says).content("application/json", content);
        (self.name, response.build())
    }
}
