//! Files that pages load, each served under a name with its hash in it, so that a browser keeps it for good.
//!
//! Owns which files there are. They are part of the program and are served as they are written in this folder, scripts
//! without their comments; only where a script imports another one, the other's name with its hash takes the place of the
//! plain name. An import map would be an inline script, which the policy of the pages refuses.

use std::fmt::Write as _;
use std::sync::LazyLock;

use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::http::{HeaderValue, Response, StatusCode, header};
use sha2::{Digest as _, Sha256};

use crate::policy;

/// Hexadecimal digits of the hash in a name: two versions of a file never have the same.
const DIGITS: usize = 16;
const FOR_GOOD: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// A file as it is served.
#[derive(Debug)]
pub(crate) struct Asset {
    /// Its path, with the hash.
    pub(crate) path: String,
    /// Its name as it is written in an import.
    name: String,
    media_type: &'static str,
    bytes: Bytes,
}

impl Asset {
    fn new(stem: &str, extension: &str, media_type: &'static str, bytes: Bytes) -> Self {
        let path = format!("/assets/{stem}-{}.{extension}", hash(&bytes));
        Self { path, name: format!("./{stem}.{extension}"), media_type, bytes }
    }
}

fn hash(bytes: &[u8]) -> String {
    let mut hash = String::new();
    for byte in &Sha256::digest(bytes)[..DIGITS / 2] {
        let _ = write!(hash, "{byte:02x}");
    }
    hash
}

fn file(stem: &str, extension: &str, media_type: &'static str, text: &'static str) -> Asset {
    Asset::new(stem, extension, media_type, Bytes::from_static(text.as_bytes()))
}

/// The style sheet of all pages.
pub(crate) static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    file("crewbox", "css", "text/css; charset=utf-8", include_str!("../assets/crewbox.css"))
});

/// The icon of the tab.
pub(crate) static ICON: LazyLock<Asset> =
    LazyLock::new(|| file("icon", "svg", "image/svg+xml", include_str!("../assets/icon.svg")));

/// Sets the theme that was chosen before the page is painted.
pub(crate) static THEME: LazyLock<Asset> =
    LazyLock::new(|| file("theme", "js", SCRIPT, include_str!("../assets/theme.js")));

/// The library that changes a part of the page into another one and keeps what is the same.
pub(crate) static MORPH: LazyLock<Asset> =
    LazyLock::new(|| file("idiomorph", "js", SCRIPT, include_str!("../assets/vendor/idiomorph.js")));

/// The modules of the inbox. Each imports only those above it, and the last one starts them.
const MODULES: [(&str, &str); 10] = [
    ("dom", include_str!("../assets/dom.js")),
    ("announce", include_str!("../assets/announce.js")),
    ("list", include_str!("../assets/list.js")),
    ("queue", include_str!("../assets/queue.js")),
    ("actions", include_str!("../assets/actions.js")),
    ("composer", include_str!("../assets/composer.js")),
    ("live", include_str!("../assets/live.js")),
    ("palette", include_str!("../assets/palette.js")),
    ("keys", include_str!("../assets/keys.js")),
    ("inbox", include_str!("../assets/inbox.js")),
];

/// The modules of the inbox, with the names of what they import.
pub(crate) static SCRIPTS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let mut made: Vec<Asset> = Vec::with_capacity(MODULES.len());
    for (stem, text) in MODULES {
        let mut text = without_comments(text);
        for imported in &made {
            let plain = format!("\"{}\"", imported.name);
            if text.contains(&plain) {
                text = text.replace(&plain, &format!("\"{}\"", imported.path));
            }
        }
        made.push(Asset::new(stem, "js", SCRIPT, text.into()));
    }
    made
});

/// A script without the lines that only comment it, and without its indentation: a sixth of its compressed size. No
/// template literal of ours goes over several lines.
fn without_comments(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// What tells this version of the pages from others: every file and its content.
pub(crate) static VERSION: LazyLock<String> = LazyLock::new(|| {
    let names: String = all().map(|asset| asset.path.as_str()).collect();
    hash(names.as_bytes())
});

/// The module that starts the others.
pub(crate) fn entry() -> &'static str {
    SCRIPTS.last().map_or("", |asset| asset.path.as_str())
}

fn all() -> impl Iterator<Item = &'static Asset> {
    let alone: [&'static Asset; 4] = [&STYLE, &ICON, &THEME, &MORPH];
    alone.into_iter().chain(SCRIPTS.iter())
}

/// GET `/assets/{name}`.
pub(crate) async fn serve(Path(name): Path<String>) -> Response<Body> {
    let path = format!("/assets/{name}");
    let Some(asset) = all().find(|asset| asset.path == path) else {
        return policy::plain(StatusCode::NOT_FOUND, "There is no such file: reload the page");
    };
    let mut response = Response::new(Body::from(asset.bytes.clone()));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.media_type));
    headers.insert(header::CACHE_CONTROL, FOR_GOOD);
    policy::protect(headers);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_imports_only_scripts_that_are_served() {
        for asset in SCRIPTS.iter() {
            let text = std::str::from_utf8(&asset.bytes).unwrap();
            for line in text.lines().filter(|line| line.starts_with("import ")) {
                let path = line.rsplit('"').nth(1).unwrap();
                assert!(SCRIPTS.iter().any(|other| other.path == path), "{}: {line}", asset.name);
            }
        }
    }
}
