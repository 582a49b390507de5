//! The reply that is being written: kept on the server at every pause, and taken back before it leaves.

use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use crewbox_app::conversation::{
    ReadConversation, SavedDraft, delete_draft, read as read_conversation, save_draft,
};
use crewbox_app::outgoing::{AnswerKind, take_back};
use crewbox_core::draft::DraftContent;
use crewbox_core::id::ConversationId;

use super::answer::{draft_of, link, verb_of};
use super::place::Place;
use super::text::text_of;
use crate::app::Pages;
use crate::error::PageError;
use crate::form::{Form, read};
use crate::guard::Visitor;
use crate::policy;

async fn asked(
    pages: &Pages,
    view: &str,
    id: &str,
    request: Request<Body>,
) -> Result<(Visitor, ConversationId, Form), PageError> {
    let (parts, form) = read(request).await?;
    let visitor = Visitor::of(pages, &parts).await?;
    visitor.check(&form)?;
    let place = Place::parse(view, Some(id), "")?;
    Ok((visitor, place.open.ok_or(PageError::Nothing)?, form))
}

/// POST `/parts/{view}/{id}/draft`: saves what is typed; the answer is `version=4`. Where another device has saved a newer
/// version, nothing is saved, and the answer has its text and lines too: `version=5&newer=…&to=…`.
pub(crate) async fn draft(
    pages: &Pages,
    view: &str,
    id: &str,
    request: Request<Body>,
) -> Result<Response<Body>, PageError> {
    let (visitor, id, form) = asked(pages, view, id, request).await?;
    let (services, caller) = (&pages.services, &visitor.caller);
    let text = form.get("reply");
    if text.is_empty() && form.get("file").is_empty() {
        delete_draft(services, caller, id).await?;
        return Ok(policy::text(
            StatusCode::OK,
            format!("version={}", form.get("version").parse().unwrap_or(0_u64)),
        ));
    }
    let seen = form.get("version").parse().unwrap_or(0);
    let (held, is_newer) = match save_draft(services, caller, id, seen, draft_of(&form)).await? {
        SavedDraft::Saved(held) => (held, false),
        SavedDraft::Newer(held) => (held, true),
    };
    let mut answer = form_urlencoded::Serializer::new(String::new());
    answer.append_pair("version", &held.version.to_string());
    if is_newer {
        let DraftContent { to, cc, bcc, subject, body, attachments, when, forward, message } = held.content;
        let kind = if forward { AnswerKind::Forward } else { AnswerKind::Reply };
        answer.append_pair("newer", &text_of(&body)).append_pair("as", verb_of(kind));
        let message = message.map(|id| id.to_string()).unwrap_or_default();
        for (name, value) in
            [("to", to), ("cc", cc), ("bcc", bcc), ("subject", subject), ("when", when), ("message", message)]
        {
            answer.append_pair(name, &value);
        }
        let files: Vec<String> = attachments.iter().map(link).collect();
        answer.append_pair("file", &files.join("\n"));
    }
    Ok(policy::text(StatusCode::OK, answer.finish()))
}

/// POST `/parts/{view}/{id}/unsend`: takes a reply back, by its Message-ID.
pub(crate) async fn unsend(
    pages: &Pages,
    view: &str,
    id: &str,
    request: Request<Body>,
) -> Result<Response<Body>, PageError> {
    let (visitor, id, form) = asked(pages, view, id, request).await?;
    let (services, caller) = (&pages.services, &visitor.caller);
    let command = ReadConversation { conversation: id, last_message: None };
    let campaign = read_conversation(services, caller, command).await?.conversation.campaign;
    take_back(services, caller, campaign, form.get("message")).await?;
    Ok(policy::text(StatusCode::OK, String::new()))
}
