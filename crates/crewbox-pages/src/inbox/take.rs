//! Taking the next conversation that nobody has, from an empty list.

use axum::body::Body;
use axum::http::{Request, Response};
use crewbox_app::conversation::take_next;
use crewbox_core::view::View;

use super::place::{Place, VIEWS};
use crate::app::Pages;
use crate::error::PageError;
use crate::form::read;
use crate::guard::Visitor;
use crate::policy;

/// POST `/take-next`: the conversation opens in the member's own list.
pub(crate) async fn take(pages: &Pages, request: Request<Body>) -> Result<Response<Body>, PageError> {
    let (parts, form) = read(request).await?;
    let visitor = Visitor::of(pages, &parts).await?;
    visitor.check(&form)?;
    let taken = take_next(&pages.services, &visitor.caller).await?;
    let mine = VIEWS.iter().find(|listed| listed.view == View::AssignedToMe).unwrap_or(&VIEWS[0]);
    Ok(policy::go_to(&Place::of(mine).opening(taken.map(|taken| taken.value)).path()))
}
