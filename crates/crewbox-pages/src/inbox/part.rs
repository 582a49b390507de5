//! Parts of a page, for scripts: rendered by the templates that the whole page consists of.
//!
//! Owns how much is sent at once. Reads only: a conversation that is loaded in advance is not read by that. What cannot be
//! answered is one sentence.

use askama::Template;
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{Request, Response, StatusCode};
use crewbox_app::Refusal;
use crewbox_app::undo::undo as undo_change;
use crewbox_core::id::{ConversationId, Seq};

use super::conversation::{ConversationPart, Texts};
use super::kept::Kept;
use super::list::{ListPart, ROWS};
use super::place::Place;
use super::sidebar::{Beside, SidebarPart};
use crate::app::Pages;
use crate::error::PageError;
use crate::form::read;
use crate::guard::Visitor;
use crate::policy;

/// Rows of a page that has grown while it was open; after more of them the script asks for the first again.
const MOST_ROWS: u64 = 200;
/// Conversations that are loaded in advance: those of a page that has grown a little.
const MOST_CONVERSATIONS: usize = 40;
/// Bytes of conversations that are loaded in advance, compressed.
const MOST_BYTES: usize = 200 * 1_024;
/// Our own markup around a text is the same for all of them, and is compressed to less than a tenth.
const MARKUP_RATIO: usize = 10;
/// Changes that one undo takes back: those of one action on as many rows as are shown.
const MOST_UNDONE: usize = 200;

/// A list with the sidebar, as of one moment.
#[derive(Template)]
#[template(source = "{{ sidebar|safe }}{{ list|safe }}", ext = "html")]
struct ListWithCounts {
    sidebar: SidebarPart,
    list: ListPart,
}

#[derive(Template)]
#[template(
    source = "{% for (id, part) in parts %}<template data-id=\"{{ id }}\">{{ part|safe }}</template>{% endfor %}",
    ext = "html"
)]
struct Conversations {
    parts: Vec<(u64, String)>,
}

/// The place that a part belongs to, and who asks.
async fn asked(
    pages: &Pages,
    view: &str,
    open: Option<&str>,
    request: Request<Body>,
) -> Result<(Parts, Visitor, Place), PageError> {
    let (parts, _) = request.into_parts();
    let visitor = Visitor::of(pages, &parts).await?;
    let place = Place::parse(view, open, parts.uri.query().unwrap_or_default())?;
    Ok((parts, visitor, place))
}

/// GET `/parts/{view}/list`: the sidebar and the list. `rows` asks for more rows than a page has.
pub(crate) async fn list_part(
    pages: &Pages,
    view: &str,
    request: Request<Body>,
) -> Result<Response<Body>, PageError> {
    let (parts, visitor, place) = asked(pages, view, None, request).await?;
    let rows =
        field(&parts, "rows").and_then(|rows| rows.parse().ok()).unwrap_or(ROWS).clamp(ROWS, MOST_ROWS);
    let sidebar = SidebarPart::of(pages, &visitor, Beside::List(&place)).await?;
    let list = ListPart::of(pages, &visitor, &place, rows, &sidebar, None).await?;
    Ok(policy::page(StatusCode::OK, &ListWithCounts { sidebar, list }))
}

/// GET `/parts/{view}/{id}`: a conversation and its lead.
pub(crate) async fn conversation_part(
    pages: &Pages,
    view: &str,
    id: &str,
    request: Request<Body>,
) -> Result<Response<Body>, PageError> {
    let (_, visitor, place) = asked(pages, view, Some(id), request).await?;
    let id = place.open.ok_or(PageError::Nothing)?;
    let part = ConversationPart::of(pages, &visitor, &place, id, &Kept::default(), Texts::All).await?;
    Ok(policy::page(StatusCode::OK, &part))
}

/// GET `/parts/{view}/conversations?ids=1.2.3`: these conversations, as far as they are few bytes. Those at the end are
/// left out, and so are those that are not there any more.
pub(crate) async fn conversations_part(
    pages: &Pages,
    view: &str,
    request: Request<Body>,
) -> Result<Response<Body>, PageError> {
    let (parts, visitor, place) = asked(pages, view, None, request).await?;
    let ids = field(&parts, "ids").unwrap_or_default();
    let ids = ids.split('.').filter_map(|id| id.parse().ok()).filter(|id| *id > 0).map(ConversationId);
    let mut made = Conversations { parts: Vec::new() };
    let mut bytes = 0;
    for id in ids.take(MOST_CONVERSATIONS) {
        let place = place.opening(Some(id));
        let kept = Kept::default();
        let part = match ConversationPart::of(pages, &visitor, &place, id, &kept, Texts::Newest).await {
            Err(Refusal::NotFound(..)) => continue,
            other => other?,
        };
        let Ok(html) = part.render() else { continue };
        let text = part.text_bytes();
        bytes += text + html.len().saturating_sub(text) / MARKUP_RATIO;
        if bytes > MOST_BYTES {
            break;
        }
        made.parts.push((id.get(), html));
    }
    Ok(policy::page(StatusCode::OK, &made))
}

/// POST `/parts/undo` with `seq=4.5`: takes changes back, the last one first.
pub(crate) async fn undo(pages: &Pages, request: Request<Body>) -> Result<Response<Body>, PageError> {
    let (parts, form) = read(request).await?;
    let visitor = Visitor::of(pages, &parts).await?;
    visitor.check(&form)?;
    let changes = form.get("seq").split('.').filter_map(|seq| seq.parse().ok());
    let mut changes: Vec<u64> = changes.take(MOST_UNDONE).collect();
    changes.sort_unstable_by(|a, b| b.cmp(a));
    for seq in changes {
        undo_change(&pages.services, &visitor.caller, Seq(seq)).await?;
    }
    Ok(policy::text(StatusCode::OK, String::new()))
}

/// A field of the query.
fn field(parts: &Parts, name: &str) -> Option<String> {
    let query = parts.uri.query().unwrap_or_default();
    let found = form_urlencoded::parse(query.as_bytes()).find(|(known, _)| known == name);
    found.map(|(_, value)| value.into_owned())
}
