//! A mail with its own layout, in a document of its own: the page shows it in a frame in which nothing runs, and which
//! loads nothing from elsewhere. Images that came with the mail are in the document. Those of other servers are loaded when
//! the person asks, through this server, and trackers never are.

use axum::body::Body;
use axum::http::{Request, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use crewbox_app::message::{self, ImageSource, InlineImage, with_images};
use crewbox_core::id::MessageId;
use crewbox_store::BodyLimits;

use super::remote_image;
use crate::app::Pages;
use crate::error::PageError;
use crate::guard::Visitor;
use crate::policy;

/// Bytes of a mail's HTML that are shown: what the sanitiser leaves of the longest mail.
const HTML: BodyLimits = BodyLimits { text: 0, html: 2 * 1024 * 1024, total: usize::MAX };
/// On white in both themes, because mails set dark text and no background. What is wider than the frame scrolls in it.
const HEAD: &str = "<!doctype html><meta charset=\"utf-8\"><meta name=\"color-scheme\" content=\"only light\">\
    <meta name=\"viewport\" content=\"width=device-width\"><title>Original</title>\
    <style>html{background:#fff;color:#1b1d22;font:14px/1.5 system-ui,sans-serif}body{margin:12px}img{max-width:100%;height:auto}</style>";

/// The query that asks for remote images.
const WITH_IMAGES: &str = "images=remote";

/// Where the original of a message is with its remote images.
pub(super) fn path_with_images(message: MessageId) -> String {
    format!("{}?{WITH_IMAGES}", path(message))
}

/// The address of an image that is not shown, only its text: the frame's policy allows it, so that nothing is reported.
const NOTHING: &str = "data:,";

/// An image as an address that has its bytes.
fn data(image: &InlineImage) -> String {
    format!("data:{};base64,{}", image.media, BASE64_STANDARD.encode(&image.bytes))
}

/// Where the original of a message is.
pub(super) fn path(message: MessageId) -> String {
    format!("/messages/{message}/original")
}

/// GET `/messages/{id}/original`.
pub(crate) async fn original(
    pages: &Pages,
    id: &str,
    request: Request<Body>,
) -> Result<Response<Body>, PageError> {
    let (parts, _) = request.into_parts();
    let visitor = Visitor::of(pages, &parts).await?;
    let id = id.parse().ok().filter(|id| *id > 0).map(MessageId).ok_or(PageError::Nothing)?;
    let (_, texts) = message::read(&pages.services, &visitor.caller, id, HTML).await?;
    let html = texts.html.ok_or(PageError::Nothing)?;
    let own = message::own_images(&pages.services, &visitor.caller, id, &html).await?;
    let with_remote = parts.uri.query() == Some(WITH_IMAGES);
    let html = with_images(&html, |source| match source {
        ImageSource::Part(id) => {
            Some(own.iter().find(|image| image.id == *id).map_or(NOTHING.to_owned(), data))
        }
        ImageSource::Remote(address) if with_remote => Some(remote_image::link(pages, address)),
        ImageSource::Remote(_) | ImageSource::Tracker(_) => Some(NOTHING.to_owned()),
    });
    Ok(policy::frame(format!("{HEAD}{html}")))
}
