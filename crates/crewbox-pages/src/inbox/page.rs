//! The whole page of a place, and the same page with what was typed where an action was refused.

use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use crewbox_app::Refusal;

use super::conversation::ConversationPart;
use super::kept::Kept;
use super::list::ListPart;
use super::place::Place;
use super::sidebar::SidebarPart;
use crate::app::Pages;
use crate::assets;
use crate::error::{PageError, explain};
use crate::guard::Visitor;
use crate::policy;

#[derive(Template)]
#[template(path = "inbox.html")]
struct InboxPage<'a> {
    style: &'a str,
    icon: &'a str,
    title: String,
    sidebar: SidebarPart,
    list: ListPart,
    conversation: Option<ConversationPart>,
}

/// The page of a place.
pub(super) async fn render(
    pages: &Pages,
    visitor: &Visitor,
    place: &Place,
    kept: Kept,
    status: StatusCode,
) -> Result<Response<Body>, PageError> {
    let list = ListPart::of(pages, visitor, place).await?;
    let conversation = match place.open {
        Some(id) => Some(ConversationPart::of(pages, visitor, place, id, &kept).await?),
        None => None,
    };
    let sidebar = SidebarPart::of(pages, visitor, place).await?;
    let unread = sidebar.unread();
    let label = place.view.label;
    let title =
        if unread > 0 { format!("({unread}) {label} · Crewbox") } else { format!("{label} · Crewbox") };
    let page = InboxPage {
        style: &assets::STYLE.path,
        icon: &assets::ICON.path,
        title,
        sidebar,
        list,
        conversation,
    };
    Ok(policy::page(status, &page))
}

/// The same page again, with what was typed and why it was refused.
pub(super) async fn refused(
    pages: &Pages,
    visitor: &Visitor,
    place: &Place,
    kept: Kept,
    refusal: &Refusal,
) -> Result<Response<Body>, PageError> {
    let (status, sentence) = explain(refusal);
    let kept = Kept { notice: Some(sentence), ..kept };
    render(pages, visitor, place, kept, status).await
}
