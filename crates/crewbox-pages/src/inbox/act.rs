//! Doing what a form asks: one arm for each action, each a call of a use case.
//!
//! Owns what comes after: the same place again, or the next conversation where this one leaves the view. A refused action
//! shows the page as it was, with the reason and everything that was typed.

use std::time::Duration;

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{Request, Response, StatusCode};
use crewbox_app::conversation::{Assign, CreateNote, Triage, assign, create_note, triage};
use crewbox_app::outgoing::{MAX_FILE_BYTES, MAX_FILES, until_tried};
use crewbox_app::{Changed, FieldError, Refusal, changes};
use crewbox_core::id::{CategoryId, ConversationId, MemberId, SeqRange};
use crewbox_core::outgoing::DraftAttachment;
use crewbox_store::Thing;

use super::answer;
use super::kept::Kept;
use super::list::{ROWS, Wrong, page_of};
use super::page::{refused, render};
use super::panel;
use super::place::Place;
use super::signed_out;
use super::snooze::until;
use crate::actions::{Action, Effect, find};
use crate::app::Pages;
use crate::error::PageError;
use crate::form::{Form, is_from_script};
use crate::form_with_files::{Limits, read_with_files};
use crate::guard::Visitor;
use crate::policy;

/// How long a form waits for the answer of the mail server to a reply: most answer within a second.
const ANSWER_WITHIN: Duration = Duration::from_millis(1_500);

/// What one mail can carry, and the form that it comes with.
const WITH_FILES: Limits = Limits {
    bytes: MAX_FILE_BYTES as usize + 4 * 1024 * 1024,
    files: MAX_FILES,
    too_large: "All files together may have 26 MB: attach less",
};

/// POST `/inbox/{view}/{id}/{verb}`.
pub(crate) async fn act(
    pages: &Pages,
    view: &str,
    id: &str,
    verb: &str,
    request: Request<Body>,
) -> Result<Response<Body>, PageError> {
    let is_script = is_from_script(&request);
    match read_with_files(pages, request, &WITH_FILES).await {
        Err(error) => PageError::to_sender(Err(error), is_script),
        Ok((parts, form)) => {
            let is_script = !form.get("script").is_empty();
            PageError::to_sender(done(pages, (view, id, verb), &parts, form).await, is_script)
        }
    }
}

async fn done(
    pages: &Pages,
    (view, id, verb): (&str, &str, &str),
    parts: &Parts,
    mut form: Form,
) -> Result<Response<Body>, PageError> {
    let place = Place::parse(view, Some(id), parts.uri.query().unwrap_or_default())?;
    let is_script = !form.get("script").is_empty();
    let visitor = match Visitor::of(pages, parts).await {
        Err(PageError::SignIn { .. }) if !is_script && signed_out::has_text(&form) => {
            return Ok(signed_out::page(parts, &place, &form));
        }
        // A form is not sent again after signing in: the page that it was on comes first.
        Err(PageError::SignIn { .. }) => return Err(PageError::SignIn { next: place.path() }),
        other => other?,
    };
    match visitor.check(&form) {
        Err(PageError::OldPage) if !is_script && signed_out::has_text(&form) => {
            return again(pages, &visitor, &place, (verb, form)).await;
        }
        other => other?,
    }
    let open = place.open.ok_or(PageError::Nothing)?;
    if panel::VERBS.contains(&verb) {
        let done = panel::run(pages, &visitor, open, verb, &form).await;
        return match done {
            Ok(()) if is_script => Ok(policy::text(StatusCode::OK, String::new())),
            Ok(()) => Ok(policy::go_to(&place.path())),
            Err(refusal) if is_script || matches!(refusal, Refusal::NotFound(..)) => Err(refusal.into()),
            Err(refusal) => {
                let kept = Kept::of(verb, form, &refusal);
                refused(pages, &visitor, &place, kept, &refusal).await
            }
        };
    }
    if [answer::INSERT, answer::KEEP].contains(&verb) {
        return without_script(pages, &visitor, &place, (open, verb), form).await;
    }
    let action = find(verb).ok_or(PageError::Nothing)?;
    // Taken out and not copied: they can be large.
    let files = std::mem::take(&mut form.files);
    if is_script {
        return for_script(pages, &visitor, open, action.verb, (&form, files)).await;
    }
    // The next one is chosen while this one is still in the list.
    let next =
        if is_done_with(action, verb) { next(pages, &visitor, &place, open).await? } else { Some(open) };
    match run(pages, &visitor, open, action.verb, (&form, files)).await {
        Ok(Done { message: Some(message_id), .. }) => {
            // The page that comes shows what became of it. Where that is not known, it shows that it waits.
            let (services, caller) = (&pages.services, &visitor.caller);
            let _ = until_tried(&pages.events, services, caller, (open, &message_id), ANSWER_WITHIN).await;
            Ok(policy::go_to(&place.path()))
        }
        // An action that marks the conversation unread shows the list: opening it would read it.
        Ok(_) if verb == "unread" => Ok(policy::go_to(&place.opening(None).path())),
        Ok(_) => Ok(policy::go_to(&place.opening(next).path())),
        Err(refusal @ Refusal::NotFound(..)) => Err(refusal.into()),
        Err(refusal) => {
            let kept = Kept::of(verb, form, &refusal);
            refused(pages, &visitor, &place, kept, &refusal).await
        }
    }
}

/// The page with what was typed on one of an earlier session. Nothing is done until the member sends it once more.
async fn again(
    pages: &Pages,
    visitor: &Visitor,
    place: &Place,
    (verb, form): (&str, Form),
) -> Result<Response<Body>, PageError> {
    const SENTENCE: &str =
        "You have signed in since you typed this, so nothing was done: look at it and send it again";
    let kept = Kept::of(verb, form, &Refusal::NoMatch(String::new()));
    let kept = Kept { notice: Some(SENTENCE.to_owned()), ..kept };
    render(pages, visitor, place, kept, StatusCode::FORBIDDEN).await
}

/// What the composer does without scripts besides sending: saving a draft, and inserting a template, which shows the page
/// again with it.
async fn without_script(
    pages: &Pages,
    visitor: &Visitor,
    place: &Place,
    (open, verb): (ConversationId, &str),
    form: Form,
) -> Result<Response<Body>, PageError> {
    let writes = form.get("as").to_owned();
    let done = match verb {
        answer::KEEP => answer::keep(pages, visitor, open, &form).await.map(|()| None),
        _ => answer::insert(pages, visitor, open, form.clone()).await.map(Some),
    };
    match done {
        Ok(None) if form.had_files => {
            let notice =
                Some("The draft is saved without its files: choose them when you send it".to_owned());
            let kept = Kept { notice, verb: writes, form, ..Kept::default() };
            render(pages, visitor, place, kept, StatusCode::OK).await
        }
        Ok(None) => Ok(policy::go_to(&place.path())),
        Ok(Some((form, notice))) => {
            let kept = Kept { notice, verb: writes, form, ..Kept::default() };
            render(pages, visitor, place, kept, StatusCode::OK).await
        }
        Err(refusal @ Refusal::NotFound(Thing::Conversation, _)) => Err(refusal.into()),
        Err(refusal) => {
            let kept = Kept { is_overtaken: false, ..Kept::of(&writes, form, &refusal) };
            refused(pages, visitor, place, kept, &refusal).await
        }
    }
}

/// Whether the next conversation opens after it. A menu has the effect of its choice.
fn is_done_with(action: &Action, verb: &str) -> bool {
    action.effect == Effect::Leaves || verb == "snooze"
}

/// Answers a script: what can be undone, as `seq=12&seq=13`, or the Message-ID of what was sent, as `message=…`.
async fn for_script(
    pages: &Pages,
    visitor: &Visitor,
    id: ConversationId,
    verb: &str,
    (form, files): (&Form, Vec<DraftAttachment>),
) -> Result<Response<Body>, PageError> {
    let key = form.get("key");
    if let Some(answer) = pages.once.answer(visitor.session, key) {
        return Ok(policy::text(StatusCode::OK, answer));
    }
    let done = run(pages, visitor, id, verb, (form, files)).await?;
    let changes = changes::as_seen(&pages.services, &visitor.caller, done.changes).await?;
    let mut answer = form_urlencoded::Serializer::new(String::new());
    if let Some((first, last)) = changes.ends() {
        (first.0..=last.0).for_each(|seq| {
            answer.append_pair("seq", &seq.to_string());
        });
    }
    if let Some(message) = &done.message {
        answer.append_pair("message", message);
    }
    let answer = answer.finish();
    pages.once.keep(visitor.session, key, &answer);
    Ok(policy::text(StatusCode::OK, answer))
}

/// What an action did.
#[derive(Default)]
struct Done {
    /// The changes that undo takes back.
    changes: SeqRange,
    /// The Message-ID of what waits to be sent.
    message: Option<String>,
}

impl<T> From<Changed<T>> for Done {
    fn from(changed: Changed<T>) -> Self {
        Self { changes: changed.changes, message: None }
    }
}

async fn run(
    pages: &Pages,
    visitor: &Visitor,
    id: ConversationId,
    verb: &str,
    (form, files): (&Form, Vec<DraftAttachment>),
) -> Result<Done, Refusal> {
    let (services, caller) = (&pages.services, &visitor.caller);
    let set = async |action| triage(services, caller, id, action).await.map(Done::from);
    match verb {
        "archive" => set(Triage::Archived(true)).await,
        "unarchive" => set(Triage::Archived(false)).await,
        "snooze" => {
            let typed = panel::time(visitor, form, "when")?;
            let preset = || until(form.get("value"), &visitor.local.now());
            let until = typed.or_else(preset).ok_or_else(|| FieldError::of("when", "is required"))?;
            set(Triage::Snooze(Some(until))).await
        }
        "wake" => set(Triage::Snooze(None)).await,
        "important" => set(Triage::Important(true)).await,
        "unimportant" => set(Triage::Important(false)).await,
        "unread" => set(Triage::Read(false)).await,
        "read" => set(Triage::Read(true)).await,
        "category" => set(Triage::Category(form.id("value").map(CategoryId))).await,
        "assign" => give(pages, visitor, id, form.id("value").map(MemberId)).await,
        "take" => give(pages, visitor, id, caller.scope().actor()).await,
        "note" => {
            let text = form.get("note").to_owned();
            let idempotency = answer::typed("note", &text, form);
            let note = CreateNote { conversation: id, text, idempotency };
            create_note(services, caller, note).await.map(Done::from)
        }
        _ => {
            let message_id = answer::send(pages, visitor, id, verb, (form, files)).await?;
            Ok(Done { changes: SeqRange::default(), message: Some(message_id) })
        }
    }
}

async fn give(
    pages: &Pages,
    visitor: &Visitor,
    conversation: ConversationId,
    member: Option<MemberId>,
) -> Result<Done, Refusal> {
    assign(&pages.services, &visitor.caller, Assign { conversation, member }).await.map(Done::from)
}

/// The conversation that opens when this one leaves the view, as the member prefers; none for the list alone.
async fn next(
    pages: &Pages,
    visitor: &Visitor,
    place: &Place,
    id: ConversationId,
) -> Result<Option<ConversationId>, PageError> {
    let hits = match page_of(pages, visitor, place, ROWS).await {
        Ok(listed) => listed.page.hits,
        Err(Wrong::Refused(refusal)) => return Err(refusal.into()),
        Err(Wrong::Search(_)) => return Ok(None),
    };
    let Some(at) = hits.iter().position(|hit| hit.conversation == id) else { return Ok(None) };
    Ok(visitor.preferences.after_action.opens(&hits, at).map(|hit| hit.conversation))
}
