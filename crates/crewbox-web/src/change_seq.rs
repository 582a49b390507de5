//! The numbers of the changes that a call made, in the header `X-Change-Seq`: undo takes such a number.

use axum::http::header::InvalidHeaderValue;
use axum::http::{HeaderName, HeaderValue};
use crewbox_core::id::{Seq, SeqRange};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{HeaderBuilder, RefOr, Response};

use crate::answer::{Answer, IntoAnswer};
use crate::call::SignedCall;
use crate::schema::Components;

pub(crate) const CHANGE_SEQ: HeaderName = HeaderName::from_static("x-change-seq");
const NAME: &str = "X-Change-Seq";
const SAYS: &str = "The number of the change that was made, or `first-last` where several were made at once. Each of them can be undone. Absent where nothing changed, and for a key that is restricted to a client, which the numbers of the account would tell how much happens for others.";

/// An answer together with the changes that the call made.
pub(crate) struct Numbered<T> {
    answer: T,
    changes: SeqRange,
}

impl SignedCall {
    /// An answer with the numbers of the changes, where the caller may see them.
    pub(crate) fn numbered<T>(&self, changes: SeqRange, answer: T) -> Numbered<T> {
        let is_restricted = self.scope().client().is_some();
        Numbered { answer, changes: if is_restricted { SeqRange::default() } else { changes } }
    }
}

impl<T: IntoAnswer> IntoAnswer for Numbered<T> {
    fn into_answer(self) -> Answer {
        let answer = self.answer.into_answer();
        match self.changes.ends().map(written) {
            Some(Ok(value)) => answer.header(CHANGE_SEQ, value),
            _ => answer,
        }
    }

    fn describe(components: &mut Components) -> Response {
        let mut response = T::describe(components);
        let schema = ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[0-9]+(-[0-9]+)?$"));
        let header = HeaderBuilder::new().schema(Some(schema)).description(Some(SAYS)).build();
        response.headers.insert(NAME.to_owned(), RefOr::T(header));
        response
    }
}

fn written((first, last): (Seq, Seq)) -> Result<HeaderValue, InvalidHeaderValue> {
    let text = if first == last { first.to_string() } else { format!("{first}-{last}") };
    HeaderValue::from_str(&text)
}
