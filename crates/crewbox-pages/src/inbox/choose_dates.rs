//! Narrowing a list to the dates of a form.

use axum::body::Body;
use axum::http::{Request, Response, StatusCode};

use super::dates::{VERB, typed, with};
use super::kept::Kept;
use super::page::render;
use super::place::Place;
use crate::app::Pages;
use crate::error::PageError;
use crate::form::Form;
use crate::guard::Visitor;
use crate::policy;

/// GET `/inbox/{view}/dates` with `from` and `to` beside the list's query: leads to the list with these dates. Without both
/// it leads to the list of all dates.
pub(crate) async fn choose_dates(
    pages: &Pages,
    view: &str,
    request: Request<Body>,
) -> Result<Response<Body>, PageError> {
    let (parts, _) = request.into_parts();
    let visitor = Visitor::of(pages, &parts).await?;
    let query = parts.uri.query().unwrap_or_default();
    let place = Place::parse(view, None, query)?;
    let mut form = Form::default();
    for (name, value) in
        form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "from" || name == "to")
    {
        form.set(&name, &value);
    }
    match typed(&form, &visitor.local) {
        Ok(range) => Ok(policy::go_to(&with(&place, range).path())),
        Err(refusal) => {
            let kept = Kept::of(VERB, form, &refusal);
            render(pages, &visitor, &place, kept, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}
