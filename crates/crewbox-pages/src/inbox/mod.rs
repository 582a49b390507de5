//! The inbox: views at the left, a list, a conversation with its composer, and the lead.
//!
//! Owns the whole page. Each of its parts is a template with a module that fills it.

mod act;
mod activity;
mod answer;
pub(crate) mod bulk;
mod chips;
mod choose_dates;
mod composer;
mod conversation;
mod dates;
mod download;
mod draft;
mod failed;
mod kept;
mod lead;
mod lead_field;
mod list;
mod marks;
mod message;
mod original;
mod page;
mod pager;
mod panel;
mod part;
mod place;
mod presence;
mod remote_image;
mod row;
mod save;
mod saved;
mod sidebar;
mod signed_out;
mod snooze;
mod take;
mod text;
mod untracked;
mod when;

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{Request, Response, StatusCode};
use crewbox_app::Refusal;
use crewbox_app::conversation::{Triage, triage};
use crewbox_core::id::ConversationId;

use self::composer::{COMPOSE, MESSAGE};
use self::kept::{Compose, Kept};
use self::page::render;
pub(crate) use self::place::{Place, VIEWS};
use crate::app::Pages;
use crate::error::PageError;
use crate::guard::Visitor;

pub(crate) use act::act;
pub(crate) use answer::{compose, template};
pub(crate) use choose_dates::choose_dates;
pub(crate) use download::download;
pub(crate) use draft::{draft, unsend};
pub(crate) use list::ROWS;
pub(crate) use original::original;
pub(crate) use part::{conversation_part, conversations_part, list_part, undo};
pub(crate) use presence::presence;
pub(crate) use remote_image::show as remote_image;
pub(crate) use row::hue;
pub(crate) use save::act as act_on_views;
pub(crate) use sidebar::{Beside, SidebarPart, TEAM_PATH, count};
pub(crate) use take::take;
pub(crate) use untracked::{act as act_on_untracked, show as untracked};

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
    let kept = Kept { compose: asked_to_compose(&parts), ..Kept::default() };
    render(pages, &visitor, &place, kept, StatusCode::OK).await
}

/// The answer that a link starts: `compose=reply-all`, with `message=12` to another message than the newest reply.
fn asked_to_compose(parts: &Parts) -> Option<Compose> {
    let query = parts.uri.query().unwrap_or_default();
    let field = |name: &str| {
        let found = form_urlencoded::parse(query.as_bytes()).find(|(known, _)| known == name);
        found.map(|(_, value)| value.into_owned())
    };
    Some(Compose { kind: answer::kind_of(&field(COMPOSE)?)?, message: field(MESSAGE) })
}

/// Opening a conversation reads it, for those who may mark it.
async fn read(pages: &Pages, visitor: &Visitor, id: ConversationId) -> Result<(), PageError> {
    match triage(&pages.services, &visitor.caller, id, Triage::Read(true)).await {
        Ok(_) | Err(Refusal::Forbidden(_) | Refusal::Unavailable(_)) => Ok(()),
        Err(refusal) => Err(refusal.into()),
    }
}
