//! Files that pages load, each served under a name with its hash in it, so that a browser keeps it for good.
//!
//! Owns which files there are. They are part of the program and are served as they are written in this folder, but without
//! comments and with the names of the files that they load; the scripts of the inbox are joined (`scripts.rs`). An import map
//! would be an inline script, which the policy of the pages refuses.

use std::fmt::Write as _;
use std::sync::LazyLock;

use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::http::{HeaderValue, Response, StatusCode, header};
use sha2::{Digest as _, Sha256};

use crate::policy;
use crate::scripts::{Module, joined, loaded_later};

/// Hexadecimal digits of the hash in a name: two versions of a file never have the same.
const DIGITS: usize = 16;
const FOR_GOOD: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// A file as it is served.
#[derive(Debug)]
pub(crate) struct Asset {
    /// Its path, with the hash.
    pub(crate) path: String,
    media_type: &'static str,
    bytes: Bytes,
}

impl Asset {
    fn new(stem: &str, extension: &str, media_type: &'static str, bytes: Bytes) -> Self {
        let path = format!("/assets/{stem}-{}.{extension}", hash(&bytes));
        Self { path, media_type, bytes }
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

/// Inter, cut into the characters of scripts. A browser loads those that a page has, by `unicode-range` in the style sheet.
const FONTS: [(&str, &[u8]); 6] = [
    ("inter-latin", include_bytes!("../assets/vendor/inter-latin.woff2")),
    ("inter-latin-ext", include_bytes!("../assets/vendor/inter-latin-ext.woff2")),
    ("inter-cyrillic", include_bytes!("../assets/vendor/inter-cyrillic.woff2")),
    ("inter-cyrillic-ext", include_bytes!("../assets/vendor/inter-cyrillic-ext.woff2")),
    ("inter-greek", include_bytes!("../assets/vendor/inter-greek.woff2")),
    ("inter-vietnamese", include_bytes!("../assets/vendor/inter-vietnamese.woff2")),
];

static FONT_FILES: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let made = |(stem, bytes): &(&str, &'static [u8])| {
        Asset::new(stem, "woff2", "font/woff2", Bytes::from_static(bytes))
    };
    FONTS.iter().map(made).collect()
});

/// The path of the font that every page uses.
pub(crate) fn latin_font() -> &'static str {
    FONT_FILES.first().map_or("", |font| &font.path)
}

/// The style sheet of all pages, without its comments, with the paths of the fonts.
pub(crate) static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    let mut text = without_comments(include_str!("../assets/crewbox.css"));
    for ((stem, _), font) in FONTS.iter().zip(FONT_FILES.iter()) {
        text = text.replace(&format!("./vendor/{stem}.woff2"), &font.path);
    }
    Asset::new("crewbox", "css", "text/css; charset=utf-8", text.into())
});

fn without_comments(text: &str) -> String {
    let mut pieces = text.split("/*");
    let mut left = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        left.push_str(piece.split_once("*/").map_or("", |(_, after)| after));
    }
    left
}

/// The icon of the tab.
pub(crate) static ICON: LazyLock<Asset> =
    LazyLock::new(|| file("icon", "svg", "image/svg+xml", include_str!("../assets/icon.svg")));

/// The library that changes a part of the page into another one and keeps what is the same, as it is written by its authors.
/// The line after it makes it a module.
static MORPH: LazyLock<Asset> = LazyLock::new(|| {
    let text = concat!(include_str!("../assets/vendor/idiomorph.js"), "\nexport { Idiomorph };\n");
    file("idiomorph", "js", SCRIPT, text)
});

const DOM: Module = ("dom", include_str!("../assets/dom.js"));
const MENUS: Module = ("menus", include_str!("../assets/menus.js"));

/// The modules of the inbox. Each imports only those above it, and the last one starts them.
const MODULES: [Module; 10] = [
    DOM,
    ("announce", include_str!("../assets/announce.js")),
    MENUS,
    ("list", include_str!("../assets/list.js")),
    ("queue", include_str!("../assets/queue.js")),
    ("actions", include_str!("../assets/actions.js")),
    ("composer", include_str!("../assets/composer.js")),
    ("live", include_str!("../assets/live.js")),
    ("keys", include_str!("../assets/keys.js")),
    ("inbox", include_str!("../assets/inbox.js")),
];

/// Modules that a page loads once it is shown and nothing else is to be done. They may import all of [`MODULES`].
const LATER: [Module; 12] = [
    ("ahead", include_str!("../assets/ahead.js")),
    ("merge", include_str!("../assets/merge.js")),
    ("palette", include_str!("../assets/palette.js")),
    ("panel", include_str!("../assets/panel.js")),
    ("preferences", include_str!("../assets/preferences.js")),
    ("bulk", include_str!("../assets/bulk.js")),
    ("send", include_str!("../assets/send.js")),
    ("drafts", include_str!("../assets/drafts.js")),
    ("files", include_str!("../assets/files.js")),
    ("presence", include_str!("../assets/presence.js")),
    ("unfold", include_str!("../assets/unfold.js")),
    ("swipe", include_str!("../assets/swipe.js")),
];

static LOADED_LATER: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let made = |module: &Module| Asset::new(module.0, "js", SCRIPT, loaded_later(module, &MODULES).into());
    LATER.iter().map(made).collect()
});

/// The scripts of the inbox, in one file.
pub(crate) static SCRIPTS: LazyLock<Asset> = LazyLock::new(|| {
    let later: Vec<(&str, String)> =
        LATER.iter().zip(LOADED_LATER.iter()).map(|((stem, _), asset)| (*stem, asset.path.clone())).collect();
    let text = joined(&MODULES, &later).replace("\"./vendor/idiomorph.js\"", &format!("\"{}\"", MORPH.path));
    Asset::new("inbox", "js", SCRIPT, text.into())
});

/// The modules of the pages beside the inbox.
const PLAIN_MODULES: [Module; 3] = [DOM, MENUS, ("plain", include_str!("../assets/plain.js"))];

/// The scripts of the pages beside the inbox, in one file.
pub(crate) static PLAIN: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("plain", "js", SCRIPT, joined(&PLAIN_MODULES, &[]).into()));

/// What tells this version of the pages from others: every file and its content.
pub(crate) static VERSION: LazyLock<String> = LazyLock::new(|| {
    let names: String = all().map(|asset| asset.path.as_str()).collect();
    hash(names.as_bytes())
});

fn all() -> impl Iterator<Item = &'static Asset> {
    let alone: [&'static Asset; 5] = [&STYLE, &ICON, &MORPH, &SCRIPTS, &PLAIN];
    alone.into_iter().chain(LOADED_LATER.iter()).chain(FONT_FILES.iter())
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
    use std::io::Write as _;

    use super::*;

    /// Bytes of the scripts that a first page loads, and of its styles, compressed: a phone's connection brings them in well
    /// under a second.
    const MOST_SCRIPTS: usize = 16 * 1024;
    const MOST_STYLES: usize = 10 * 1024;

    fn compressed(asset: &Asset) -> usize {
        let mut encoder = brotli::CompressorWriter::new(Vec::new(), 4096, 11, 18);
        encoder.write_all(&asset.bytes).unwrap();
        encoder.into_inner().len()
    }

    fn text(asset: &Asset) -> &str {
        std::str::from_utf8(&asset.bytes).unwrap()
    }

    #[test]
    fn a_first_page_loads_no_more_than_its_budget() {
        let scripts = compressed(&SCRIPTS);
        assert!(scripts <= MOST_SCRIPTS, "{scripts} bytes of scripts");
        let styles = compressed(&STYLE);
        assert!(styles <= MOST_STYLES, "{styles} bytes of styles");
    }

    #[test]
    fn the_style_sheet_names_every_font_by_its_path_and_has_no_comment() {
        let styles = text(&STYLE);
        for font in FONT_FILES.iter() {
            assert!(styles.contains(&format!("url({})", font.path)), "{}", font.path);
        }
        assert!(!styles.contains("./vendor/") && !styles.contains("/*") && !styles.contains("*/"));
        assert!(styles.contains(".row"), "what follows a comment stays");
    }

    #[test]
    fn a_module_imports_only_modules_before_it_and_what_they_export() {
        for (at, (stem, source)) in MODULES.iter().chain(&LATER).enumerate() {
            assert!(
                !source.contains("export let"),
                "{stem}: a new value would not reach those that imported it"
            );
            for line in source.lines().filter(|line| line.starts_with("import ")) {
                let (names, from) =
                    line.strip_prefix("import { ").and_then(|rest| rest.split_once(" } from \"./")).unwrap();
                let from = from.strip_suffix(".js\";").unwrap();
                let before = MODULES[..at.min(MODULES.len())].iter().find(|(stem, _)| *stem == from);
                let (_, exporting) = before.unwrap_or_else(|| panic!("{stem}: {line}"));
                for name in names.split(", ") {
                    let kinds = ["const", "function", "async function", "class"];
                    let is_exported = kinds.iter().any(|kind| {
                        let declared = format!("export {kind} {name}");
                        exporting.lines().any(|line| {
                            line.strip_prefix(&declared).is_some_and(|rest| rest.starts_with(['(', ' ']))
                        })
                    });
                    assert!(is_exported, "{stem}: {from} exports no {name}");
                }
            }
        }
    }

    #[test]
    fn a_joined_script_has_no_import_by_a_plain_name() {
        for asset in [&*SCRIPTS, &*PLAIN].into_iter().chain(LOADED_LATER.iter()) {
            assert!(!text(asset).contains("\"./"), "{}", asset.path);
            for loaded in text(asset).split("import(\"").skip(1) {
                let path = loaded.split('"').next().unwrap();
                assert!(all().any(|other| other.path == path), "{path}");
            }
        }
    }
}
