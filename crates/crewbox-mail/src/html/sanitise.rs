//! The policy by which a mail's HTML is cleaned before it is stored. The page shows the result in a
//! sandboxed frame without network; this is the first of two safeguards, not the only one.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};

use crate::budget::MAX_CELL_SPAN;
use crate::html::marks;

/// Raised with every change of the policy or of the library, so that stored HTML can be made again.
pub const SANITISER_VERSION: u16 = 2;

/// Elements that stay. Forms, frames, objects, media, styles, scripts, SVG and MathML do not.
const TAGS: &[&str] = &[
    "a",
    "abbr",
    "b",
    "bdi",
    "bdo",
    "big",
    "blockquote",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "font",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
    "q",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "time",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "wbr",
];

/// Elements that go with their content.
const EMPTIED: &[&str] = &["script", "style", "title", "head", "noembed", "noframes", "template", "xmp"];

/// Attributes by element.
const ATTRIBUTES: &[(&str, &[&str])] = &[
    ("a", &["href"]),
    ("bdo", &["dir"]),
    ("col", &["align", "span", "width"]),
    ("colgroup", &["align", "span", "width"]),
    ("font", &["color", "face", "size"]),
    ("img", &["alt", "height", "src", "width"]),
    ("li", &["value"]),
    ("ol", &["start", "type"]),
    ("table", &["align", "bgcolor", "border", "cellpadding", "cellspacing", "width"]),
    ("td", &["align", "bgcolor", "colspan", "height", "rowspan", "valign", "width"]),
    ("th", &["align", "bgcolor", "colspan", "height", "rowspan", "valign", "width"]),
    ("tr", &["align", "bgcolor", "valign"]),
];

/// Style properties that stay: type, colour and boxes. None can hold a URL, cover the page or hide text
/// from the reader; `filter_style_properties` drops the rest.
const STYLES: &[&str] = &[
    "background-color",
    "border",
    "border-bottom",
    "border-collapse",
    "border-color",
    "border-left",
    "border-radius",
    "border-right",
    "border-spacing",
    "border-style",
    "border-top",
    "border-width",
    "color",
    "direction",
    "font-family",
    "font-size",
    "font-style",
    "font-weight",
    "height",
    "line-height",
    "margin",
    "margin-bottom",
    "margin-left",
    "margin-right",
    "margin-top",
    "max-width",
    "padding",
    "padding-bottom",
    "padding-left",
    "padding-right",
    "padding-top",
    "text-align",
    "text-decoration",
    "vertical-align",
    "white-space",
    "width",
];

/// `cid:` names a part of the same mail; `data:` is not among them, it would carry SVG.
const SCHEMES: &[&str] = &["http", "https", "mailto", "tel", "cid"];

static POLICY: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut policy = Builder::default();
    let attributes: HashMap<&str, HashSet<&str>> =
        ATTRIBUTES.iter().map(|(tag, names)| (*tag, names.iter().copied().collect())).collect();
    policy
        .tags(TAGS.iter().copied().collect())
        .clean_content_tags(EMPTIED.iter().copied().collect())
        .tag_attributes(attributes)
        .generic_attributes(["dir", "lang", "style", "title"].into_iter().chain(marks::ATTRIBUTES).collect())
        .filter_style_properties(STYLES.iter().copied().collect())
        .url_schemes(SCHEMES.iter().copied().collect())
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow"))
        .attribute_filter(|element, attribute, value| match (element, attribute) {
            // A remote picture tells the sender that and when it was read: its address is kept under
            // another scheme that no browser loads, and the page puts it back when the reader asks.
            ("img", "src") if !value.starts_with("cid:") => Some(format!("{BLOCKED_IMAGE}{value}").into()),
            (_, "colspan" | "rowspan") => {
                let span = value.trim().parse::<usize>().ok()?;
                (span <= MAX_CELL_SPAN).then(|| value.into())
            }
            (_, "class" | "id" | "name") => marks::kept(attribute, value).map(Into::into),
            _ => Some(value.into()),
        });
    policy
});

/// What is put before the address of a remote picture in stored HTML, so that no browser loads it.
pub const BLOCKED_IMAGE: &str = "blocked:";

/// Cleans HTML that is within the budgets.
pub(crate) fn sanitise(html: &str) -> String {
    POLICY.clean(html).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_goes_and_what_is_read_stays() {
        let clean = sanitise(
            "<p onclick=x style='color:red;position:fixed;background-image:url(http://t/x)'>Hi <a href='javascript:x'>y</a>\
             <script>bad()</script><style>p{}</style><iframe src=x></iframe><form action=/x><input></form>\
             <img src='http://t/p.gif' width=1><img src='cid:logo'><svg onload=x></svg></p>",
        );
        for bad in [
            "onclick",
            "javascript",
            "bad()",
            "p{}",
            "iframe",
            "form",
            "position",
            "url(",
            "svg",
            "src=\"http",
        ] {
            assert!(!clean.contains(bad), "{bad} in {clean}");
        }
        for good in ["Hi", "color:red", "src=\"blocked:http://t/p.gif\"", "src=\"cid:logo\""] {
            assert!(clean.contains(good), "{good} not in {clean}");
        }
    }
}
