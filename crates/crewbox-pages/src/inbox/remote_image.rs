//! The images that a mail loads from other servers, fetched by this one: `/images?url=…&until=…&signature=…`.
//!
//! Owns the links. The frame that shows a mail has no session, as it is sandboxed, so that a link opens by its signature, for a
//! while. Nobody can make this server fetch an address that no mail has.

use axum::body::Body;
use axum::http::{Request, Response};
use crewbox_app::message::remote_image;
use subtle::ConstantTimeEq as _;

use crate::app::Pages;
use crate::digest::digest;
use crate::error::PageError;
use crate::policy;

/// Where images are.
const PATH: &str = "/images";
/// A link opens for so many seconds: as long as somebody reads a mail.
const LIFETIME_SECONDS: i64 = 15 * 60;

/// The link of a remote image.
pub(super) fn link(pages: &Pages, address: &str) -> String {
    let until = seconds(pages) + LIFETIME_SECONDS;
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("url", address);
    query.append_pair("until", &until.to_string());
    query.append_pair("signature", &signature(pages, until, address));
    format!("{PATH}?{}", query.finish())
}

fn signature(pages: &Pages, until: i64, address: &str) -> String {
    digest(&pages.form_key, &[b"remote image", &until.to_be_bytes(), address.as_bytes()])
}

fn seconds(pages: &Pages) -> i64 {
    pages.now().millis().div_euclid(1_000)
}

/// GET `/images`.
pub(crate) async fn show(pages: &Pages, request: Request<Body>) -> Result<Response<Body>, PageError> {
    let query = request.uri().query().unwrap_or_default().to_owned();
    let field = |wanted: &str| {
        let found = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.into_owned()).unwrap_or_default()
    };
    let (address, given) = (field("url"), field("signature"));
    let until: i64 = field("until").parse().map_err(|_| PageError::Nothing)?;
    let left = until.saturating_sub(seconds(pages));
    let expected = signature(pages, until, &address);
    let is_ours = bool::from(expected.as_bytes().ct_eq(given.as_bytes()));
    // One that was made while the clock was ahead does not open for years.
    if !is_ours || !(1..=LIFETIME_SECONDS).contains(&left) {
        return Err(PageError::Nothing);
    }
    let image = remote_image(&pages.services, &address).await?;
    Ok(policy::image(image.media, image.bytes, left))
}
