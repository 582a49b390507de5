//! Calls with an `Idempotency-Key`: a repetition gets the response that the first one got.
//!
//! Owns which part of a response is kept. Calls that make a note, a task, a reminder or a message know their repetitions by
//! themselves ([`Route::once`]).

use axum::http::{HeaderName, HeaderValue, StatusCode};
use bytes::Bytes;
use crewbox_app::repeated::{self, Keyed, KeyedCall};
use crewbox_app::{Caller, Idempotency, Services};
use crewbox_store::contract::StoredResponse;

use super::entry::Route;
use crate::answer::Answer;
use crate::change_seq::CHANGE_SEQ;
use crate::error::ApiError;

/// A longer body is not kept: the call is then answered again, and writes nothing.
const LONGEST_BODY: usize = 256 * 1024;

/// Whether a call of this route with this header is answered once.
pub(super) fn is_keyed(route: &Route, key: Option<&HeaderValue>) -> bool {
    key.is_some_and(|key| !key.is_empty()) && route.is_repeatable()
}

/// The response to an earlier call with the same key; or else the call, which is then to be answered.
pub(super) async fn begin(
    services: &Services,
    caller: &Caller,
    under_way: &repeated::CallsUnderWay,
    route: &Route,
    idempotency: Idempotency,
) -> Result<Result<Answer, KeyedCall>, ApiError> {
    match repeated::begin(services, caller, under_way, idempotency).await? {
        Keyed::Answered(stored) => Ok(Ok(read(stored)?)),
        Keyed::Answer(call) => {
            if route.shows_secret && repeated::was_answered(services, caller, &call).await? {
                return Err(ApiError::Conflict(
                    "This call was made before with this Idempotency-Key. Its response had a secret, which is shown once"
                        .to_owned(),
                ));
            }
            Ok(Err(call))
        }
    }
}

/// What is kept of a response.
pub(super) struct Kept {
    status: u16,
    body: Option<Vec<u8>>,
}

/// What is kept of a response; none of one that is no success.
pub(super) fn kept(route: &Route, answer: &Answer) -> Option<Kept> {
    if !answer.status.is_success() || answer.stream.is_some() {
        return None;
    }
    let has_body = !route.shows_secret && answer.body.len() <= LONGEST_BODY;
    Some(Kept { status: answer.status.as_u16(), body: has_body.then(|| write(answer)) })
}

/// Keeps it.
pub(super) async fn keep(services: &Services, caller: &Caller, call: &KeyedCall, kept: Kept) {
    let Kept { status, body } = kept;
    // The call has succeeded: a repetition writes nothing without it either.
    if let Err(error) = repeated::store_response(services, caller, call, status, body).await {
        tracing::warn!(?error, "the response to a call with an Idempotency-Key is not kept");
    }
}

/// Content type, numbers of changes and body, each with its length.
fn write(answer: &Answer) -> Vec<u8> {
    let changes = answer.headers.iter().find(|(name, _)| *name == CHANGE_SEQ);
    let changes = changes.map(|(_, value)| value.as_bytes()).unwrap_or_default();
    let mut written = Vec::with_capacity(answer.body.len() + 64);
    for part in [answer.content_type.as_bytes(), changes] {
        written.extend((part.len() as u32).to_be_bytes());
        written.extend(part);
    }
    answer.body.pieces().for_each(|piece| written.extend_from_slice(piece));
    written
}

fn read(stored: StoredResponse) -> Result<Answer, ApiError> {
    let damaged = || ApiError::Internal("a stored response cannot be read".to_owned());
    let mut rest = Bytes::from(stored.body.ok_or_else(damaged)?);
    let mut part = || {
        let length = u32::from_be_bytes(*rest.first_chunk()?) as usize;
        let end = length.checked_add(4).filter(|end| *end <= rest.len())?;
        let part = rest.split_to(end).slice(4..);
        HeaderValue::from_bytes(&part).ok()
    };
    let content_type = part().ok_or_else(damaged)?;
    let changes = part().ok_or_else(damaged)?;
    let status = StatusCode::from_u16(stored.status).map_err(|_| damaged())?;
    let answer = Answer { status, ..Answer::bytes(content_type, rest) };
    let answer = answer.header(REPLAYED, HeaderValue::from_static("true"));
    Ok(if changes.is_empty() { answer } else { answer.header(CHANGE_SEQ, changes) })
}

/// Says that the response is that of an earlier call.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
