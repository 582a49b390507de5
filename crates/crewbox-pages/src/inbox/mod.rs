//! The inbox: views at the left, a list, a conversation with its composer, and the lead.
//!
//! Owns the whole page. Each of its parts is a template with a module that fills it.

mod act;
mod conversation;
mod list;
mod message;
mod place;
mod row;
mod sidebar;

use askama::Template;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use crewbox_app::Refusal;
use crewbox_app::conversation::{Triage, triage};
use crewbox_core::id::ConversationId;

use self::conversation::ConversationPart;
use self::list::ListPart;
use self::place::Place;
use self::sidebar::SidebarPart;
use crate::app::Pages;
use crate::assets;
use crate::error::{PageError, explain};
use crate::guard::Visitor;
use crate::policy;

pub(crate) use act::act;

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

/// What a person typed, and why it was refused: it is shown again.
#[derive(Debug, Default)]
pub(super) struct Kept {
    notice: Option<String>,
    /// Somebody else has written since: the reply can be sent all the same.
    is_overtaken: bool,
    reply: String,
    note: String,
}

/// GET `/inbox/{view}` and `/inbox/{view}/{id}`.
pub(crate) async fn show(
    pages: &Pages,
    view: &str,
    open: Option<&str>,
    request: Request<Body>,
) -> Result<Response<Body>, PageError> {
    let (parts, _) = request.into_parts();
    let visitor = Visitor::of(pages, &parts).await?;
    let place = Place::parse(view, open, parts.uri.query().unwrap_or_default())?;
    // A browser that loads a page in advance has not shown it to anybody.
    let is_seen = !parts.headers.contains_key("sec-purpose");
    let visitor = match place.open.filter(|_| is_seen) {
        Some(id) => {
            read(pages, &visitor, id).await?;
            // The counts know of it.
            Visitor::of(pages, &parts).await?
        }
        None => visitor,
    };
    render(pages, &visitor, &place, Kept::default(), StatusCode::OK).await
}

/// The page of a place.
async fn render(
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

/// Opening a conversation reads it, for those who may mark it.
async fn read(pages: &Pages, visitor: &Visitor, id: ConversationId) -> Result<(), PageError> {
    match triage(&pages.services, &visitor.caller, id, Triage::Read(true)).await {
        Ok(_) | Err(Refusal::Forbidden(_) | Refusal::Unavailable(_)) => Ok(()),
        Err(refusal) => Err(refusal.into()),
    }
}

/// The same page again, with what was typed and why it was refused.
async fn refused(
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
