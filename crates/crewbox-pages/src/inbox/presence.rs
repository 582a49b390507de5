//! POST `/parts/presence`: a browser reports which conversation its member looks at.

use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use crewbox_app::presence::{Report, report};
use crewbox_core::id::ConversationId;

use crate::app::Pages;
use crate::error::PageError;
use crate::form::read;
use crate::guard::Visitor;
use crate::policy;

/// POST `/parts/presence` with `open=3&left=2&writing=1`, each of which may be missing or empty.
pub(crate) async fn presence(pages: &Pages, request: Request<Body>) -> Result<Response<Body>, PageError> {
    let (parts, form) = read(request).await?;
    let visitor = Visitor::of(pages, &parts).await?;
    visitor.check(&form)?;
    let conversation = |name| form.id(name).map(ConversationId);
    let told = Report {
        open: conversation("open"),
        left: conversation("left"),
        is_writing: !form.get("writing").is_empty(),
    };
    report(&pages.services, &visitor.caller, told).await?;
    Ok(policy::text(StatusCode::OK, String::new()))
}
