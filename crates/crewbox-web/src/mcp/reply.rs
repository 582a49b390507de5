//! The tool that replies: a draft, unless the agent asks to send and the key allows agents to send.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::arguments::request;
use super::calls::Calls;
use super::declared::ReplyArguments;
use crate::answer::Answer;
use crate::declare::Input as _;
use crate::error::ApiError;
use crate::problem::Problems;
use crate::request::Object;
use crate::wire::Json;

const SENT: &str = "The reply was given to the outbox to be sent.";
const DRAFTED: &str = "The reply was saved as a draft. Nothing was sent.";
const MAY_NOT_SEND: &str =
    "This API key does not allow agents to send: the reply was saved as a draft, and a person can send it.";

/// Saves or sends a reply: what became of it, and the answer of the route.
pub(super) async fn reply(
    calls: &Calls,
    given: Map<String, Value>,
) -> Result<(&'static str, Answer), ApiError> {
    let read = read(&Value::Object(given).to_string())?;
    let wants_to_send = read.send.unwrap_or(false);
    if wants_to_send && calls.may_send() {
        return Ok((SENT, send(calls, read).await?));
    }
    let outcome = if wants_to_send { MAY_NOT_SEND } else { DRAFTED };
    let body = object(json!({
        "email_lead_map_id": read.email_lead_map_id.get(),
        "to": read.to.map(|text| text.0),
        "cc": read.cc.map(|text| text.0),
        "bcc": read.bcc.map(|text| text.0),
        "body": read.email_body.0,
        "version": read.version.map(|version| version.0),
    }));
    let asked = request(calls.routes.draft, &["email_lead_map_id"], body)?;
    Ok((outcome, calls.ask(asked).await?))
}

async fn send(calls: &Calls, read: ReplyArguments) -> Result<Answer, ApiError> {
    let conversation = object(json!({"email_lead_map_id": read.email_lead_map_id.get()}));
    let item = calls.ask(request(calls.routes.item, &["email_lead_map_id"], conversation)?).await?;
    let (stats_id, newest) = newest_thread(&item)?;
    let body = object(json!({
        "email_stats_id": stats_id,
        "email_body": read.email_body.0,
        "to_email": read.to.map(|text| text.0),
        "cc": read.cc.map(|text| text.0),
        "bcc": read.bcc.map(|text| text.0),
        "last_seen_message_id": read.last_seen_message_id.map_or(newest, |text| text.0),
    }));
    calls.ask(request(calls.routes.send, &[], body)?).await
}

fn read(body: &str) -> Result<ReplyArguments, ApiError> {
    let body = Bytes::copy_from_slice(body.as_bytes());
    let json = Json::read(&body)?;
    let object = Object::of(&json)?;
    let mut problems = Problems::default();
    object.only(ReplyArguments::KEYS, &[], &mut problems);
    let read = ReplyArguments::read_object(&object, &mut problems);
    problems.finish()?;
    read.ok_or_else(|| {
        ApiError::Internal("the arguments of a reply were refused without a reason".to_owned())
    })
}

/// The thread of the newest reply of a conversation, or else of its newest message; and its newest message, which tells
/// the conversation where the thread was split.
fn newest_thread(item: &Answer) -> Result<(String, String), ApiError> {
    let mut joined = Vec::with_capacity(item.body.len());
    item.body.pieces().for_each(|piece| joined.extend_from_slice(piece));
    let item: Value = serde_json::from_slice(&joined)
        .map_err(|error| ApiError::Internal(format!("a conversation is no JSON: {error}")))?;
    let messages = item["message_history"].as_array().map(Vec::as_slice).unwrap_or_default();
    let is_reply = |message: &&Value| message["direction"] == "inbound";
    let newest = messages.iter().rev().find(is_reply).or_else(|| messages.last());
    let thread = newest.and_then(|message| message["stats_id"].as_str());
    let last = messages.last().and_then(|message| message["message_id"].as_str());
    thread
        .zip(last)
        .map(|(thread, last)| (thread.to_owned(), last.to_owned()))
        .ok_or_else(|| ApiError::Conflict("The conversation has no message to answer".to_owned()))
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}
