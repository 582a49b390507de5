//! The images of sanitised HTML: where each comes from, and another address in its place.
//!
//! Owns what counts as a tracker. Loads nothing.

use memchr::memchr;

use super::sanitise::BLOCKED_IMAGE;
use super::tags::{attribute, decoded, tag_end};

/// Where an image comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageSource {
    /// A server, by its address.
    Remote(String),
    /// A server, for an image of at most one pixel: it shows nothing and reports that the mail was opened.
    Tracker(String),
    /// A part of the mail, by its Content-ID without angle brackets.
    Part(String),
}

impl ImageSource {
    /// Of an `img` tag that the sanitiser wrote, without its angle brackets; none where it has no address.
    pub(crate) fn of(tag: &str) -> Option<Self> {
        let address = decoded(attribute(tag, "src")?);
        if let Some(id) = address.strip_prefix("cid:") {
            return Some(Self::Part(id.to_owned()));
        }
        let address = address.strip_prefix(BLOCKED_IMAGE)?.to_owned();
        let is_dot = |name| attribute(tag, name).is_some_and(|size| matches!(size.trim(), "0" | "1" | "1px"));
        Some(if is_dot("width") && is_dot("height") { Self::Tracker(address) } else { Self::Remote(address) })
    }
}

/// The images of sanitised HTML, in their order.
#[must_use]
pub fn images(html: &str) -> Vec<ImageSource> {
    let mut found = Vec::new();
    each(html, |_, source| found.extend(source));
    found
}

/// Sanitised HTML with other addresses of its images: what `address` gives for each; without one an image keeps the address
/// that no browser loads.
pub fn with_images(html: &str, mut address: impl FnMut(&ImageSource) -> Option<String>) -> String {
    let mut out = String::with_capacity(html.len());
    each(html, |piece, source| match source.and_then(|source| address(&source)) {
        Some(address) => {
            let held = attribute(piece, "src").unwrap_or_default();
            let escaped = address.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
            out.push_str(&piece.replacen(&format!(" src=\"{held}\""), &format!(" src=\"{escaped}\""), 1));
        }
        None => out.push_str(piece),
    });
    out
}

/// Gives out the whole HTML piece by piece, an image with where it comes from.
fn each(html: &str, mut give: impl FnMut(&str, Option<ImageSource>)) {
    let mut rest = html;
    while let Some(open) = memchr(b'<', rest.as_bytes()) {
        let end = open + 1 + tag_end(&rest[open + 1..]);
        let tag = &rest[open + 1..end];
        let source = if tag.starts_with("img ") { ImageSource::of(tag) } else { None };
        if source.is_some() {
            give(&rest[..open], None);
            give(&rest[open..end], source);
        } else {
            give(&rest[..end], None);
        }
        rest = &rest[end..];
    }
    give(rest, None);
}

#[cfg(test)]
mod tests {
    use super::super::sanitise::sanitise;
    use super::*;

    const HTML: &str = "<p title='a > b'>Hi &lt;img src=x&gt;<img src='https://a.test/x.png?a=1&amp;b=2' alt='x src=\"cid:no\"'>\
        <img width=1 height=1px src='http://t.test/o'><img src='cid:logo@a'><img alt=none></p>";

    #[test]
    fn images_are_remote_trackers_or_parts_of_the_mail() {
        let found = images(&sanitise(HTML));
        let remote = ImageSource::Remote("https://a.test/x.png?a=1&b=2".to_owned());
        let tracker = ImageSource::Tracker("http://t.test/o".to_owned());
        assert_eq!(found, [remote, tracker, ImageSource::Part("logo@a".to_owned())]);
    }

    #[test]
    fn only_the_address_of_an_image_is_replaced_and_it_cannot_leave_its_quotes() {
        let clean = sanitise(HTML);
        assert_eq!(with_images(&clean, |_| None), clean);
        let shown = with_images(&clean, |source| match source {
            ImageSource::Part(id) => Some(format!("data:{id}\"><b>&")),
            _ => None,
        });
        assert_eq!(shown, clean.replace("cid:logo@a", "data:logo@a&quot;>&lt;b>&amp;"));
        let cut = &clean[..clean.len() / 2];
        assert_eq!(with_images(cut, |_| Some("x".to_owned())).matches("<p").count(), 1, "HTML may be cut");
    }
}
