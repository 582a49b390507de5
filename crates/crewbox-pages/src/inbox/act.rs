//! Doing what a form asks: one arm for each action, each a call of a use case.
//!
//! Owns what comes after: the same place again, or the next conversation where this one leaves the view. A refused action
//! shows the page as it was, with the reason and everything that was typed.

use axum::body::Body;
use axum::http::{Request, Response};
use crewbox_app::conversation::{
    Assign, CreateNote, ReadConversation, Triage, assign, create_note, read as read_conversation, triage,
};
use crewbox_app::outgoing::{Content, Reply, reply};
use crewbox_app::{Idempotency, Refusal};
use crewbox_core::id::{CategoryId, ConversationId, MemberId};

use super::kept::Kept;
use super::list::{Wrong, page_of};
use super::page::refused;
use super::place::Place;
use super::snooze::until;
use crate::actions::{Effect, find};
use crate::app::Pages;
use crate::error::PageError;
use crate::form::{Form, read};
use crate::guard::Visitor;
use crate::policy;

/// POST `/inbox/{view}/{id}/{verb}`.
pub(crate) async fn act(
    pages: &Pages,
    view: &str,
    id: &str,
    verb: &str,
    request: Request<Body>,
) -> Result<Response<Body>, PageError> {
    let (parts, form) = read(request).await?;
    let place = Place::parse(view, Some(id), parts.uri.query().unwrap_or_default())?;
    let visitor = match Visitor::of(pages, &parts).await {
        // A form is not sent again after signing in: the page that it was on comes first.
        Err(PageError::SignIn { .. }) => return Err(PageError::SignIn { next: place.path() }),
        other => other?,
    };
    visitor.check(&form)?;
    let action = find(verb).ok_or(PageError::Nothing)?;
    let open = place.open.ok_or(PageError::Nothing)?;
    let next = match action.effect {
        Effect::Leaves => next(pages, &visitor, &place, open).await?,
        Effect::Sets => Some(open),
    };
    match run(pages, &visitor, open, action.verb, &form).await {
        // An action that marks the conversation unread shows the list: opening it would read it.
        Ok(()) if verb == "unread" => Ok(policy::go_to(&place.opening(None).path())),
        Ok(()) => Ok(policy::go_to(&place.opening(next).path())),
        Err(refusal @ Refusal::NotFound(..)) => Err(refusal.into()),
        Err(refusal) => {
            let kept = Kept {
                notice: None,
                is_overtaken: verb == "reply" && matches!(refusal, Refusal::Conflict(_)),
                reply: form.get("reply").to_owned(),
                note: form.get("note").to_owned(),
            };
            refused(pages, &visitor, &place, kept, &refusal).await
        }
    }
}

async fn run(
    pages: &Pages,
    visitor: &Visitor,
    id: ConversationId,
    verb: &str,
    form: &Form,
) -> Result<(), Refusal> {
    let (services, caller) = (&pages.services, &visitor.caller);
    let set = async |action| triage(services, caller, id, action).await.map(|_| ());
    match verb {
        "archive" => set(Triage::Archived(true)).await,
        "unarchive" => set(Triage::Archived(false)).await,
        "snooze" => set(Triage::Snooze(until(form.get("value"), caller.now()))).await,
        "wake" => set(Triage::Snooze(None)).await,
        "important" => set(Triage::Important(true)).await,
        "unimportant" => set(Triage::Important(false)).await,
        "unread" => set(Triage::Read(false)).await,
        "category" => set(Triage::Category(form.id("value").map(CategoryId))).await,
        "assign" => give(pages, visitor, id, form.id("value").map(MemberId)).await,
        "take" => give(pages, visitor, id, caller.scope().actor()).await,
        "note" => {
            let text = form.get("note").to_owned();
            let idempotency = typed("note", &text);
            create_note(services, caller, CreateNote { conversation: id, text, idempotency })
                .await
                .map(|_| ())
        }
        _ => answer(pages, visitor, id, form).await,
    }
}

async fn give(
    pages: &Pages,
    visitor: &Visitor,
    conversation: ConversationId,
    member: Option<MemberId>,
) -> Result<(), Refusal> {
    assign(&pages.services, &visitor.caller, Assign { conversation, member }).await.map(|_| ())
}

async fn answer(pages: &Pages, visitor: &Visitor, id: ConversationId, form: &Form) -> Result<(), Refusal> {
    let (services, caller) = (&pages.services, &visitor.caller);
    let command = ReadConversation { conversation: id, last_message: None };
    let row = read_conversation(services, caller, command).await?;
    let text = form.get("reply");
    let command = Reply {
        campaign: Some(row.conversation.campaign),
        stats_id: form.get("stats_id").to_owned(),
        message: None,
        last_seen: Some(form.get("last_seen").to_owned()).filter(|id| !id.is_empty()),
        force: !form.get("force").is_empty(),
        content: Content { html: html(text), signature: true, ..Content::default() },
        idempotency: typed("reply", text),
    };
    reply(services, caller, command).await.map(|_| ())
}

/// The same text again within a minute is the same form, sent twice.
fn typed(action: &str, text: &str) -> Idempotency {
    Idempotency { key: None, action: format!("page/{action}"), request: text.to_owned().into() }
}

/// A text as it was typed, as HTML: an empty line parts paragraphs.
fn html(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let paragraphs = text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty());
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    paragraphs.map(|paragraph| format!("<p>{}</p>", escape(paragraph).replace('\n', "<br>"))).collect()
}

/// The conversation that opens when this one leaves the view: the next older one, else the one above.
async fn next(
    pages: &Pages,
    visitor: &Visitor,
    place: &Place,
    id: ConversationId,
) -> Result<Option<ConversationId>, PageError> {
    let hits = match page_of(pages, visitor, place).await {
        Ok(listed) => listed.page.hits,
        Err(Wrong::Refused(refusal)) => return Err(refusal.into()),
        Err(Wrong::Search(_)) => return Ok(None),
    };
    let Some(at) = hits.iter().position(|hit| hit.conversation == id) else { return Ok(None) };
    let beside = hits.get(at + 1).or_else(|| hits.get(at.checked_sub(1)?));
    Ok(beside.map(|hit| hit.conversation))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_text_becomes_paragraphs_and_no_markup() {
        assert_eq!(
            html("Hi <b>\r\nyou & me\r\n\r\n\r\nBye"),
            "<p>Hi &lt;b&gt;<br>you &amp; me</p><p>Bye</p>"
        );
        assert_eq!(html(" \n\n "), "");
    }
}
