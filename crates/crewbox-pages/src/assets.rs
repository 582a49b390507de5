//! Files that pages load, each served under a name with its hash in it, so that a browser keeps it for good.
//!
//! Owns which files there are. They are part of the program and come from this folder as they are written.

use std::fmt::Write as _;
use std::sync::LazyLock;

use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderValue, Response, StatusCode, header};
use sha2::{Digest as _, Sha256};

use crate::policy;

/// Hexadecimal digits of the hash in a name: two versions of a file never have the same.
const DIGITS: usize = 16;
const FOR_GOOD: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// A file as it is served.
#[derive(Debug)]
pub(crate) struct Asset {
    /// Its path, with the hash.
    pub(crate) path: String,
    media_type: &'static str,
    bytes: &'static [u8],
}

impl Asset {
    fn new(stem: &str, extension: &str, media_type: &'static str, bytes: &'static [u8]) -> Self {
        let mut hash = String::new();
        for byte in &Sha256::digest(bytes)[..DIGITS / 2] {
            let _ = write!(hash, "{byte:02x}");
        }
        Self { path: format!("/assets/{stem}-{hash}.{extension}"), media_type, bytes }
    }
}

/// The style sheet of all pages.
pub(crate) static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("crewbox", "css", "text/css; charset=utf-8", include_bytes!("../assets/crewbox.css"))
});

/// The icon of the tab.
pub(crate) static ICON: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("icon", "svg", "image/svg+xml", include_bytes!("../assets/icon.svg")));

/// GET `/assets/{name}`.
pub(crate) async fn serve(Path(name): Path<String>) -> Response<Body> {
    let path = format!("/assets/{name}");
    let Some(asset) = [&STYLE, &ICON].into_iter().find(|asset| asset.path == path) else {
        return policy::plain(StatusCode::NOT_FOUND, "There is no such file: reload the page");
    };
    let mut response = Response::new(Body::from(asset.bytes));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.media_type));
    headers.insert(header::CACHE_CONTROL, FOR_GOOD);
    policy::protect(headers);
    response
}
