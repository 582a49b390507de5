//! What a client gets when a call fails: every status and body of the API contract, made here only.
//!
//! Owns the shapes. Never shows an internal detail: an unexpected error is logged with its request id,
//! and the client gets that id.

use std::fmt::Display;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use crewbox_app::{FieldError, Given, Refusal};
use crewbox_core::model::Dialect;
use crewbox_store::{StoreError, Thing};
use utoipa::openapi::{RefOr, Schema};

use crate::object::{At, Obj, Raw};
use crate::problem::{Problem, Problems, Provided, provided};
use crate::rate::Standing;
use crate::schema::{Properties, any, array, either, number, text};
use crate::wire::Unreadable;

/// While the store is not ready or its disk is full, clients come back after this many seconds.
const RETRY_SECONDS: u64 = 5;

/// What has an id in a path, by the part of the path before it. Other ids are those of conversations.
const COLLECTIONS: [(&str, Thing); 17] = [
    ("campaigns", Thing::Campaign),
    ("leads", Thing::Conversation),
    ("email-accounts", Thing::Mailbox),
    ("messages", Thing::Message),
    ("untracked-replies", Thing::Message),
    ("quarantine", Thing::Quarantine),
    ("notes", Thing::Note),
    ("tasks", Thing::Task),
    ("reminders", Thing::Reminder),
    ("saved-views", Thing::SavedView),
    ("bulk", Thing::Bulk),
    ("changes", Thing::Change),
    ("api-key", Thing::Key),
    ("reset", Thing::Key),
    ("webhook", Thing::Webhook),
    ("update", Thing::Webhook),
    ("webhooks", Thing::Webhook),
];

/// Why a call failed.
#[derive(Debug)]
pub(crate) enum ApiError {
    /// No key came with the call.
    KeyMissing,
    /// The key is unknown, revoked or expired.
    KeyInvalid,
    /// The key is invalid, as many from this address were; the seconds to wait.
    TooManyBadKeys(i64),
    /// The member's role or client forbids it.
    Forbidden(&'static str),
    /// It is not there, or is another account's.
    NotFound(String),
    /// The path knows other methods.
    Method(String),
    /// The request itself is wrong; in one sentence.
    Malformed(&'static str),
    /// The body is not JSON.
    NotJson(String),
    /// The body is over its limit, in bytes.
    TooLarge(usize),
    /// The body comes too slowly; in one sentence.
    TooSlow(&'static str),
    /// Values are wrong: all of them, at least one.
    Invalid(Vec<Problem>),
    /// What is asked does not go with what is there.
    Conflict(String),
    /// A newer version is there than the caller has seen: a sentence, and the newer one as JSON.
    Newer(&'static str, Vec<u8>),
    /// The key made too many requests.
    RateLimited(Standing),
    /// A mail server did not do what was asked of it; in one sentence.
    BadGateway(String),
    /// It was there and is no longer kept.
    Gone(String),
    /// Not now; in words.
    Unavailable(&'static str),
    /// Our fault; in words for the log only.
    Internal(String),
}

/// As a sentence begins.
fn capital(noun: &str) -> String {
    let mut letters = noun.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A failed call's answer.
pub(crate) struct Failure {
    pub(crate) status: StatusCode,
    pub(crate) body: Vec<u8>,
    pub(crate) header: Option<(HeaderName, HeaderValue)>,
}

impl ApiError {
    /// `thing` with this id is not there.
    pub(crate) fn missing(thing: Thing, id: impl Display) -> Self {
        Self::NotFound(match thing {
            Thing::Conversation => "Lead mapping not found".to_owned(),
            Thing::Campaign => "Campaign not found - Invalid campaign_id.".to_owned(),
            Thing::Member => format!("Team member not found with ID {id}"),
            Thing::Mailbox => format!("Email account not found with ID {id}"),
            Thing::Outgoing => "No reply found for the given message_id".to_owned(),
            Thing::Quarantine => format!("Quarantined mail not found with ID {id}"),
            other => format!("{} not found with ID {id}", capital(other.noun())),
        })
    }

    /// No conversation has this id, in the words of the calls that read or delete one.
    pub(crate) fn missing_item(id: impl Display) -> Self {
        Self::NotFound(format!("Inbox item not found with ID {id}"))
    }

    /// Nothing has this id, which is in the place of `{name}` in a route's path.
    pub(crate) fn missing_in_path(path: &str, name: &str, id: &str) -> Self {
        let mut parts = path.split('/').rev().skip_while(|part| part.trim_matches(['{', '}']) != name);
        let collection = parts.nth(1).unwrap_or_default();
        match COLLECTIONS.iter().find(|(known, _)| *known == collection) {
            // A lead of its own, where others are leads of a campaign.
            Some(_) if path.ends_with("/v1/leads/{id}") || path.contains("/v1/leads/{id}/") => {
                Self::missing(Thing::Lead, id)
            }
            Some((_, thing)) => Self::missing(*thing, id),
            None if collection == "attachments" => Self::NotFound(format!("Attachment {id} not found")),
            None => Self::missing_item(id),
        }
    }

    /// The answer in a dialect. `request` is the request's id.
    pub(crate) fn answer(&self, dialect: Dialect, request: &HeaderValue) -> Failure {
        let plain = |status, text: &str| Failure { status, body: both(text).done(), header: None };
        match self {
            Self::KeyMissing => message_only(StatusCode::UNAUTHORIZED, "API key is required."),
            Self::KeyInvalid => message_only(StatusCode::UNAUTHORIZED, "Invalid API Key"),
            Self::Forbidden(text) => plain(StatusCode::FORBIDDEN, text),
            Self::NotFound(text) => plain(StatusCode::NOT_FOUND, text),
            Self::Method(allow) => Failure {
                header: HeaderValue::from_str(allow).ok().map(|allow| (header::ALLOW, allow)),
                ..plain(StatusCode::METHOD_NOT_ALLOWED, "This path does not answer that method")
            },
            Self::Malformed(text) => plain(StatusCode::BAD_REQUEST, text),
            Self::NotJson(text) => plain(StatusCode::BAD_REQUEST, text),
            Self::TooLarge(most) => {
                let text = format!("The body exceeds its limit of {most} bytes: send a shorter one");
                plain(StatusCode::PAYLOAD_TOO_LARGE, &text)
            }
            Self::TooSlow(text) => plain(StatusCode::REQUEST_TIMEOUT, text),
            Self::Invalid(problems) => Failure {
                status: match dialect {
                    Dialect::Documented => StatusCode::UNPROCESSABLE_ENTITY,
                    Dialect::Live => StatusCode::BAD_REQUEST,
                },
                body: invalid(problems, dialect),
                header: None,
            },
            Self::Conflict(text) => plain(StatusCode::CONFLICT, text),
            Self::Gone(text) => plain(StatusCode::GONE, text),
            Self::Newer(text, newer) => Failure {
                status: StatusCode::CONFLICT,
                body: both(text).with("data", Raw(newer)).done(),
                header: None,
            },
            Self::BadGateway(text) => plain(StatusCode::BAD_GATEWAY, text),
            Self::RateLimited(standing) => {
                rate_limited("Too many requests for this API key", standing.retry_after.unwrap_or(1))
            }
            Self::TooManyBadKeys(wait) => {
                rate_limited("Too many requests with an invalid API key: check the key, then wait", *wait)
            }
            Self::Unavailable(text) => Failure {
                header: Some((header::RETRY_AFTER, HeaderValue::from(RETRY_SECONDS))),
                ..plain(StatusCode::SERVICE_UNAVAILABLE, text)
            },
            Self::Internal(_) => Failure {
                status: StatusCode::INTERNAL_SERVER_ERROR,
                body: both("Internal server error")
                    .with("request_id", request.to_str().unwrap_or_default())
                    .done(),
                header: None,
            },
        }
    }
}

impl From<Vec<Problem>> for ApiError {
    fn from(problems: Vec<Problem>) -> Self {
        Self::Invalid(problems)
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotFound(thing, id) => Self::missing(thing, id),
            Refusal::NoMatch(sentence) => Self::NotFound(sentence),
            Refusal::Forbidden(denied) => Self::Forbidden(denied.sentence()),
            Refusal::Invalid(errors) => {
                let mut problems = Problems::default();
                problems.extend(errors);
                Self::Invalid(problems.finish().err().unwrap_or_default())
            }
            Refusal::Conflict(sentence) => Self::Conflict(sentence),
            Refusal::Gone(sentence) => Self::Gone(sentence),
            Refusal::Unavailable(sentence) => Self::Unavailable(sentence),
            Refusal::TryLater { .. } => Self::Unavailable("Too many attempts have failed: try again later"),
            Refusal::MailServer(sentence) => Self::BadGateway(sentence),
            Refusal::Internal(error) => Self::Internal(error),
        }
    }
}

/// What is wrong with a body as a whole.
fn whole_body(text: String) -> Problem {
    Problem { field: "body".to_owned(), text, provided: Provided::Nothing }
}

impl From<Unreadable> for ApiError {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::NotJson(text) => Self::NotJson(text),
            Unreadable::TooManyValues(most) => Self::Invalid(vec![whole_body(format!(
                "body cannot hold more than {most} values: send it in several requests"
            ))]),
            Unreadable::TooManyEscapes(most) => Self::Invalid(vec![whole_body(format!(
                "body cannot hold more than {most} escape sequences: send characters as UTF-8, and files as base64 without \
                 line breaks"
            ))]),
            Unreadable::TooManyDigits(most) => Self::Invalid(vec![whole_body(format!(
                "body cannot hold a number with more than {most} digits in a row: no number here needs as many"
            ))]),
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Refusal::from(error).into()
    }
}

impl From<FieldError> for Problem {
    fn from(error: FieldError) -> Self {
        let text = error.sentence(&error.field);
        let provided = match error.given {
            None => Provided::Nothing,
            Some(Given::Text(text)) => provided(&text),
            Some(Given::Number(number)) => provided(&number),
            Some(Given::Time(at)) => Provided::Time(at),
            Some(Given::Count { given, most }) => Provided::Count { given, most },
        };
        Self { field: error.field, text, provided }
    }
}

/// What an answer to a failed call looks like.
pub(crate) fn schema() -> Schema {
    let sentence = || RefOr::T(text(None));
    let mut limit = Properties::default();
    limit.add("code", true, sentence(), &["`RATE_LIMIT_EXCEEDED`."]);
    limit.add("message", true, sentence(), &["What is wrong, in one sentence."]);
    limit.add("retry_after", true, number(0, None).into(), &["Seconds to wait."]);
    let says = "What is wrong, in one sentence; where the key made too many requests, with a code and how long to wait.";
    let error = either(says, [sentence(), limit.done(&[]).into()]);
    let mut failure = Properties::default();
    failure.add("error", false, error, &[says]);
    failure.add("message", true, sentence(), &["What is wrong, in one sentence."]);
    add_problem(&mut failure, "The first value that is wrong: its path, such as `filters.campaignId`.");
    let mut problem = Properties::default();
    problem.add("message", true, sentence(), &["What is wrong, in one sentence."]);
    add_problem(&mut problem, "The path of the value.");
    let problems = array(problem.done(&[]).into(), None);
    failure.add("errors", false, problems.into(), &["All values that are wrong."]);
    failure.add(
        "data",
        false,
        any().into(),
        &["The newer version, of a call that would have replaced it unseen (409)."],
    );
    failure.add(
        "request_id",
        false,
        sentence(),
        &["The number of the request in the log, of a failure of ours."],
    );
    failure.done(&["Why a call failed."])
}

fn add_problem(properties: &mut Properties, field: &str) {
    properties.add("field", false, text(None).into(), &[field]);
    properties.add(
        "provided_value",
        false,
        any().into(),
        &["The value that came, where it helps and is no secret."],
    );
    properties.add(
        "provided_count",
        false,
        number(0, None).into(),
        &["Items that came, of an array over its limit."],
    );
    properties.add("max_allowed", false, number(0, None).into(), &["Items that are allowed."]);
}

fn both(text: &str) -> Obj {
    Obj::new().with("error", text).with("message", text)
}

fn message_only(status: StatusCode, text: &str) -> Failure {
    Failure { status, body: Obj::new().with("message", text).done(), header: None }
}

fn invalid(problems: &[Problem], dialect: Dialect) -> Vec<u8> {
    let Some(first) = problems.first() else { return both("A value is wrong").done() };
    let all: Vec<Obj> = problems
        .iter()
        .map(|problem| describe(problem, Obj::new().with("message", problem.text.as_str()), dialect))
        .collect();
    describe(first, both(&first.text), dialect).with("errors", all).done()
}

fn describe(problem: &Problem, object: Obj, dialect: Dialect) -> Obj {
    if let Provided::NotListed(more) = problem.provided {
        return object.with("not_listed", more);
    }
    let object = object.with("field", problem.field.as_str());
    match &problem.provided {
        Provided::Nothing | Provided::NotListed(_) => object,
        Provided::Value(value) => object.with("provided_value", Raw(value)),
        Provided::Time(at) => object.with("provided_value", At(*at, dialect)),
        Provided::Count { given, most } => object.with("provided_count", *given).with("max_allowed", *most),
    }
}

fn rate_limited(text: &str, wait: i64) -> Failure {
    let error =
        Obj::new().with("code", "RATE_LIMIT_EXCEEDED").with("message", text).with("retry_after", wait);
    Failure {
        status: StatusCode::TOO_MANY_REQUESTS,
        body: Obj::new().with("message", text).with("error", error).done(),
        header: Some((header::RETRY_AFTER, HeaderValue::from(wait))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_sync_and_a_lack_of_files_are_tried_again_and_damage_is_ours() {
        let status = |error: StoreError| {
            let answer = ApiError::from(error).answer(Dialect::Documented, &HeaderValue::from_static("r"));
            (answer.status.as_u16(), answer.header.map(|(name, _)| name))
        };
        for later in [StoreError::Stopped, StoreError::OutOfResources("open files".to_owned())] {
            assert_eq!(status(later), (503, Some(header::RETRY_AFTER)));
        }
        assert_eq!(status(StoreError::Damaged(Thing::Message, 1)), (500, None));
    }

    #[test]
    fn what_may_not_be_attached_is_a_wrong_value_of_its_field() {
        for (error, field) in [
            (StoreError::OtherClient(Thing::Conversation), "email_lead_map_id"),
            (StoreError::OtherClient(Thing::Campaign), "campaign_id"),
            (StoreError::NoSender(1), "campaign_id"),
        ] {
            let answer = ApiError::from(error).answer(Dialect::Documented, &HeaderValue::from_static("r"));
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
            let body = String::from_utf8(answer.body).expect("JSON is text");
            assert!(body.contains(&format!("\"field\":\"{field}\"")), "{body}");
        }
    }
}
