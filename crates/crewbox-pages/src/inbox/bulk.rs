//! One action on all conversations of a list: what it will do, how far it is, stopping and undoing it.
//!
//! Owns the pages for it, which need no script, and the answers to scripts. Which conversations match, and the job, are the
//! use case's.

use askama::Template;
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{Request, Response, StatusCode};
use crewbox_app::bulk::{self, BulkChange, StartBulk};
use crewbox_app::{FieldError, Refusal};
use crewbox_core::bulk::{Bulk, BulkState};
use crewbox_core::id::{BulkId, CategoryId, MemberId};
use crewbox_core::saved_view::SavedList;

use super::panel;
use super::place::Place;
use super::sidebar::{Beside, SidebarPart};
use super::snooze::until;
use crate::actions::find;
use crate::app::Pages;
use crate::assets;
use crate::error::{PageError, explain};
use crate::form::{Form, read};
use crate::guard::Visitor;
use crate::policy;

/// Actions that need no value: a page without scripts offers these.
const PLAIN: [&str; 8] =
    ["archive", "unarchive", "wake", "important", "unimportant", "unread", "read", "take"];

#[derive(Template)]
#[template(path = "bulk.html")]
struct BulkPage {
    style: &'static str,
    icon: &'static str,
    sidebar: SidebarPart,
    token: String,
    title: String,
    problem: Option<String>,
    back: String,
    /// Conversations that match.
    total: u64,
    /// The form's path and the label of each action that is offered.
    choices: Vec<(String, &'static str)>,
    job: Option<JobPart>,
}

/// A job that was started.
struct JobPart {
    id: u64,
    sentence: String,
    is_running: bool,
    can_undo: bool,
}

/// GET `/inbox/{view}/all`: what can be done to all conversations of the list.
pub(crate) async fn choose(
    pages: &Pages,
    view: &str,
    request: Request<Body>,
) -> Result<Response<Body>, PageError> {
    let (parts, _) = request.into_parts();
    let visitor = Visitor::of(pages, &parts).await?;
    let place = Place::parse(view, None, parts.uri.query().unwrap_or_default())?;
    choices(pages, &visitor, &place, None).await
}

/// POST `/inbox/{view}/all/{verb}`: starts a job. With `preview` nothing is done, and the answer is how many match; with
/// `total` the job starts only if as many match still.
pub(crate) async fn start(
    pages: &Pages,
    view: &str,
    verb: &str,
    request: Request<Body>,
) -> Result<Response<Body>, PageError> {
    let (parts, form) = read(request).await?;
    let is_script = is_script(&form);
    PageError::to_sender(start_for(pages, (view, verb), (parts, form)).await, is_script)
}

async fn start_for(
    pages: &Pages,
    (view, verb): (&str, &str),
    (parts, form): (Parts, Form),
) -> Result<Response<Body>, PageError> {
    let place = Place::parse(view, None, parts.uri.query().unwrap_or_default())?;
    let visitor = Visitor::of(pages, &parts).await?;
    visitor.check(&form)?;
    let is_script = is_script(&form);
    let key = form.get("key");
    if let Some(answer) = pages.once.answer(visitor.session, key) {
        return Ok(policy::text(StatusCode::OK, answer));
    }
    let started = match command(&visitor, &place, verb, &form)? {
        Ok(command) => begin(pages, &visitor, command, &form).await,
        Err(refusal) => Err(refusal),
    };
    match started {
        Ok(Started::Preview(matched)) => Ok(policy::text(StatusCode::OK, format!("matched={matched}"))),
        Ok(Started::Job(job)) if is_script => {
            let answer = text(&job);
            pages.once.keep(visitor.session, key, &answer);
            Ok(policy::text(StatusCode::OK, answer))
        }
        Ok(Started::Job(job)) => Ok(policy::go_to(&path(job.id))),
        Err(refusal) if is_script => Err(refusal.into()),
        Err(refusal) => choices(pages, &visitor, &place, Some(&refusal)).await,
    }
}

/// GET `/bulk/{id}`: how far a job is; for a script with `script=1`.
pub(crate) async fn show(
    pages: &Pages,
    id: &str,
    request: Request<Body>,
) -> Result<Response<Body>, PageError> {
    let (parts, _) = request.into_parts();
    let is_script = parts.uri.query() == Some("script=1");
    PageError::to_sender(shown(pages, id, &parts, is_script).await, is_script)
}

async fn shown(pages: &Pages, id: &str, parts: &Parts, is_script: bool) -> Result<Response<Body>, PageError> {
    let visitor = Visitor::of(pages, parts).await?;
    let job = bulk::progress(&pages.services, &visitor.caller, number(id)?).await?;
    if is_script {
        return Ok(policy::text(StatusCode::OK, text(&job)));
    }
    job_page(pages, &visitor, &job, None).await
}

/// POST `/bulk/{id}/{verb}`: stops or undoes a job.
pub(crate) async fn change(
    pages: &Pages,
    id: &str,
    verb: &str,
    request: Request<Body>,
) -> Result<Response<Body>, PageError> {
    let (parts, form) = read(request).await?;
    let is_script = is_script(&form);
    PageError::to_sender(change_for(pages, (id, verb), (parts, form)).await, is_script)
}

async fn change_for(
    pages: &Pages,
    (id, verb): (&str, &str),
    (parts, form): (Parts, Form),
) -> Result<Response<Body>, PageError> {
    let visitor = Visitor::of(pages, &parts).await?;
    visitor.check(&form)?;
    let id = number(id)?;
    let (services, caller) = (&pages.services, &visitor.caller);
    let done = match verb {
        "stop" => bulk::stop(services, caller, id).await,
        "undo" => bulk::undo(services, caller, id).await,
        _ => return Err(PageError::Nothing),
    };
    match done {
        Ok(job) if is_script(&form) => Ok(policy::text(StatusCode::OK, text(&job))),
        Ok(job) => Ok(policy::go_to(&path(job.id))),
        Err(refusal @ Refusal::Conflict(_)) if !is_script(&form) => {
            let job = bulk::progress(services, caller, id).await?;
            job_page(pages, &visitor, &job, Some(&refusal)).await
        }
        Err(refusal) => Err(refusal.into()),
    }
}

/// What a start has led to.
enum Started {
    /// So many match.
    Preview(u64),
    Job(Bulk),
}

async fn begin(
    pages: &Pages,
    visitor: &Visitor,
    command: StartBulk,
    form: &Form,
) -> Result<Started, Refusal> {
    let (services, caller) = (&pages.services, &visitor.caller);
    let matched = bulk::preview(services, caller, command.clone()).await?;
    if !form.get("preview").is_empty() {
        return Ok(Started::Preview(matched));
    }
    let agreed = form.id("total").unwrap_or_default();
    if agreed != matched {
        return Err(Refusal::Conflict(format!("{matched} conversations match now, and not {agreed}")));
    }
    bulk::start_in_background(services, caller, command).await.map(Started::Job)
}

/// The action on all of the list, or why its value cannot be.
///
/// # Errors
/// [`PageError::Nothing`] for an action that is only for one conversation.
fn command(
    visitor: &Visitor,
    place: &Place,
    verb: &str,
    form: &Form,
) -> Result<Result<StartBulk, Refusal>, PageError> {
    let change = match verb {
        "archive" => BulkChange::Archive(true),
        "unarchive" => BulkChange::Archive(false),
        "wake" => BulkChange::Snooze(None),
        "important" => BulkChange::Important(true),
        "unimportant" => BulkChange::Important(false),
        "unread" => BulkChange::Read(false),
        "read" => BulkChange::Read(true),
        "take" => BulkChange::Assign(visitor.caller.scope().actor()),
        "assign" => BulkChange::Assign(form.id("value").map(MemberId)),
        "category" => BulkChange::Category(form.id("value").map(CategoryId)),
        "snooze" => match snoozed_until(visitor, form) {
            Ok(change) => change,
            Err(error) => return Ok(Err(error.into())),
        },
        _ => return Err(PageError::Nothing),
    };
    let list = place.filter().map(|filters| SavedList { view: place.view.view, filters, sort: None });
    let list = list.map_err(|sentence| Refusal::from(FieldError::says("q", sentence)));
    Ok(list.map(|list| StartBulk { list, change }))
}

fn snoozed_until(visitor: &Visitor, form: &Form) -> Result<BulkChange, FieldError> {
    let typed = panel::time(visitor, form, "when")?;
    let until = typed.or_else(|| until(form.get("value"), &visitor.local.now()));
    until.map(|until| BulkChange::Snooze(Some(until))).ok_or_else(|| FieldError::of("when", "is required"))
}

async fn choices(
    pages: &Pages,
    visitor: &Visitor,
    place: &Place,
    refusal: Option<&Refusal>,
) -> Result<Response<Body>, PageError> {
    let (status, problem) = told(refusal);
    let total = match command(visitor, place, "read", &Form::default())? {
        Ok(command) => bulk::preview(&pages.services, &visitor.caller, command).await?,
        Err(refusal) => return Err(refusal.into()),
    };
    let query = place.query();
    let form = |verb| {
        format!("/inbox/{}/all/{verb}{}{query}", place.view.path, if query.is_empty() { "" } else { "?" })
    };
    let page = BulkPage {
        style: &assets::STYLE.path,
        icon: &assets::ICON.path,
        sidebar: SidebarPart::of(pages, visitor, Beside::Bulk(Some(place))).await?,
        token: visitor.token.clone(),
        title: format!("All {total} in {}", place.view.label),
        problem,
        back: place.path(),
        total,
        choices: PLAIN.iter().filter_map(|verb| find(verb)).map(|one| (form(one.verb), one.label)).collect(),
        job: None,
    };
    Ok(policy::page(status, &page))
}

async fn job_page(
    pages: &Pages,
    visitor: &Visitor,
    job: &Bulk,
    refusal: Option<&Refusal>,
) -> Result<Response<Body>, PageError> {
    let (status, problem) = told(refusal);
    let state = match job.state {
        BulkState::Running => "It goes on",
        BulkState::Done => "All are done",
        BulkState::Stopped => "It was stopped",
    };
    let is_running = job.state == BulkState::Running;
    let page = BulkPage {
        style: &assets::STYLE.path,
        icon: &assets::ICON.path,
        sidebar: SidebarPart::of(pages, visitor, Beside::Bulk(None)).await?,
        token: visitor.token.clone(),
        title: format!("{} of {} conversations", job.done, job.matched),
        problem,
        back: "/inbox/mine".to_owned(),
        total: job.matched,
        choices: Vec::new(),
        job: Some(JobPart {
            id: job.id.get(),
            sentence: format!("{state}, and {} have changed.", job.changed),
            is_running,
            can_undo: !is_running && job.undone_by.is_none() && job.action.edit().is_some(),
        }),
    };
    Ok(policy::page(status, &page))
}

fn told(refusal: Option<&Refusal>) -> (StatusCode, Option<String>) {
    refusal.map(explain).map_or((StatusCode::OK, None), |(status, sentence)| (status, Some(sentence)))
}

/// A job for a script.
fn text(job: &Bulk) -> String {
    let state = match job.state {
        BulkState::Running => "running",
        BulkState::Done => "done",
        BulkState::Stopped => "stopped",
    };
    format!("id={}&state={state}&matched={}&done={}&changed={}", job.id, job.matched, job.done, job.changed)
}

fn path(id: BulkId) -> String {
    format!("/bulk/{id}")
}

fn number(id: &str) -> Result<BulkId, PageError> {
    id.parse().ok().filter(|id| *id > 0).map(BulkId).ok_or(PageError::Nothing)
}

fn is_script(form: &Form) -> bool {
    !form.get("script").is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_that_is_offered_is_in_the_table() {
        for verb in PLAIN {
            assert!(find(verb).is_some(), "{verb}");
        }
    }
}
