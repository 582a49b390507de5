//! Saving a list as a view, and changing or deleting the view that a list is.

use axum::body::Body;
use axum::http::{Request, Response};
use crewbox_app::saved_view::{self, SaveView};
use crewbox_app::{FieldError, Refusal};
use crewbox_core::id::SavedViewId;

use super::kept::Kept;
use super::page::render;
use super::place::Place;
use super::saved::VERB;
use crate::app::Pages;
use crate::error::{PageError, explain};
use crate::form::{Form, read};
use crate::guard::Visitor;
use crate::policy;

/// POST `/views/{view}` with the query of a list: saves it, or changes or deletes the saved view that it is.
pub(crate) async fn act(
    pages: &Pages,
    view: &str,
    request: Request<Body>,
) -> Result<Response<Body>, PageError> {
    let (parts, form) = read(request).await?;
    let place = Place::parse(view, None, parts.uri.query().unwrap_or_default())?;
    let visitor = match Visitor::of(pages, &parts).await {
        Err(PageError::SignIn { .. }) => return Err(PageError::SignIn { next: place.path() }),
        other => other?,
    };
    visitor.check(&form)?;
    match run(pages, &visitor, &place, &form).await {
        Ok(()) => Ok(policy::go_to(&place.path())),
        Err(refusal @ Refusal::NotFound(..)) => Err(refusal.into()),
        Err(refusal) => {
            let (status, sentence) = explain(&refusal);
            let kept = Kept { notice: Some(sentence), ..Kept::of(VERB, form, &refusal) };
            render(pages, &visitor, &place, kept, status).await
        }
    }
}

async fn run(pages: &Pages, visitor: &Visitor, place: &Place, form: &Form) -> Result<(), Refusal> {
    let (services, caller) = (&pages.services, &visitor.caller);
    let (name, shared) = (form.get("name"), !form.get("shared").is_empty());
    match form.id("id").map(SavedViewId) {
        Some(id) if form.get("do") == "delete" => saved_view::delete(services, caller, id).await.map(|_| ()),
        Some(id) => saved_view::change(services, caller, id, name, shared).await,
        None => {
            let list = place.list().map_err(|sentence| FieldError::says("search", sentence))?;
            let command = SaveView { name: name.to_owned(), client: None, shared, list };
            saved_view::save(services, caller, command).await.map(|_| ())
        }
    }
}
