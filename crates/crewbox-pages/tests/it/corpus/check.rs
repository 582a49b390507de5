//! Whether a document holds only what our templates write: read by the tokenizer of a browser-grade parser, so that what it
//! takes for an element is what a browser does.

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

/// Elements of our pages.
const OURS: &[&str] = &[
    "html",
    "head",
    "meta",
    "title",
    "link",
    "body",
    "main",
    "nav",
    "section",
    "aside",
    "header",
    "footer",
    "article",
    "div",
    "span",
    "p",
    "h1",
    "h2",
    "h3",
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "a",
    "b",
    "strong",
    "i",
    "small",
    "br",
    "hr",
    "time",
    "details",
    "summary",
    "form",
    "fieldset",
    "legend",
    "label",
    "input",
    "textarea",
    "select",
    "option",
    "datalist",
    "button",
    "svg",
    "use",
    "symbol",
    "path",
    "circle",
    "table",
    "caption",
    "thead",
    "tbody",
    "tr",
    "td",
    "th",
    "blockquote",
    "iframe",
    "kbd",
    "progress",
    "script",
    "template",
    "dialog",
    "output",
    "search",
    "menu",
];

/// Elements that a cleaned mail may have in its frame, besides text-level ones.
const NEVER_IN_MAIL: &[&str] = &[
    "script",
    "style",
    "link",
    "meta",
    "base",
    "iframe",
    "frame",
    "frameset",
    "object",
    "embed",
    "applet",
    "form",
    "input",
    "button",
    "textarea",
    "select",
    "option",
    "svg",
    "math",
    "video",
    "audio",
    "source",
    "track",
    "picture",
    "template",
    "noscript",
    "portal",
    "foreignobject",
    "use",
    "animate",
    "set",
    "image",
    "param",
    "dialog",
    "title",
    "body",
    "html",
    "head",
];

/// What kind of document it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Document {
    /// A page of ours.
    Page,
    /// A mail in its frame, after the head that is ours.
    Mail,
}

struct Checker {
    document: Document,
    wrong: RefCell<Vec<String>>,
}

/// What is wrong with a document.
pub(super) fn wrong(document: Document, html: &str) -> Vec<String> {
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(html));
    let checker = Checker { document, wrong: RefCell::default() };
    let tokenizer = Tokenizer::new(checker, TokenizerOpts::default());
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.wrong.take()
}

impl TokenSink for Checker {
    type Handle = ();

    fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
        let Token::TagToken(tag) = token else { return TokenSinkResult::Continue };
        if tag.kind == TagKind::StartTag {
            self.check(&tag);
        }
        match (&*tag.name, tag.kind) {
            ("title" | "textarea", TagKind::StartTag) => TokenSinkResult::RawData(RawKind::Rcdata),
            ("style" | "xmp" | "iframe" | "noembed" | "noframes", TagKind::StartTag) => {
                TokenSinkResult::RawData(RawKind::Rawtext)
            }
            ("script", TagKind::StartTag) => TokenSinkResult::RawData(RawKind::ScriptData),
            _ => TokenSinkResult::Continue,
        }
    }
}

impl Checker {
    fn check(&self, tag: &Tag) {
        let name: &str = &tag.name;
        let say = |what: &str| self.wrong.borrow_mut().push(format!("{what}: {tag:?}"));
        let known = match self.document {
            Document::Page => OURS.contains(&name),
            Document::Mail => !NEVER_IN_MAIL.contains(&name),
        };
        if !known {
            say("element");
        }
        let value = |wanted: &str| {
            tag.attrs.iter().find(|one| &*one.name.local == wanted).map(|one| one.value.to_string())
        };
        for attribute in &tag.attrs {
            let attribute_name: &str = &attribute.name.local;
            let text = attribute.value.trim().to_lowercase();
            let is_fine = match (self.document, attribute_name) {
                (
                    _,
                    "srcset" | "srcdoc" | "formaction" | "ping" | "background" | "poster" | "data"
                    | "manifest" | "cite",
                ) => attribute_name == "formaction" && is_own(&text),
                (_, "http-equiv" | "xlink:href" | "nonce" | "integrity" | "contenteditable") => false,
                (Document::Page, "style") => false,
                // `expression()` may stay: no browser that knows the frame's policy computes it.
                (Document::Mail, "style") => {
                    !["url", "image", "var(", "\\", "position:", "behavior", "binding"]
                        .iter()
                        .any(|harm| text.contains(harm))
                }
                (Document::Page, "src") => match name {
                    "iframe" => text.starts_with("/messages/") && value("sandbox").as_deref() == Some(""),
                    "script" => text.starts_with("/assets/"),
                    _ => false,
                },
                (Document::Mail, "src") => name == "img" && text.starts_with("data:"),
                (Document::Page, "href") if name == "link" => text.starts_with("/assets/"),
                (Document::Page, "action") => is_own(&text),
                (_, "href") => is_own(&text) && self.document == Document::Page || is_link(&text),
                (_, name) => !name.starts_with("on"),
            };
            if !is_fine {
                say(attribute_name);
            }
        }
        if name == "script" && value("src").is_none() {
            say("a script without a file");
        }
        let leaves = name == "a" && value("href").is_some_and(|address| !is_own(&address));
        if leaves && !value("rel").is_some_and(|rel| rel.contains("noopener")) {
            say("a link that gives the page away");
        }
    }
}

/// A path of this server.
fn is_own(address: &str) -> bool {
    address.starts_with('#')
        || (address.starts_with('/') && !address.starts_with("//") && !address.contains('\\'))
}

/// A link that a person may follow.
fn is_link(address: &str) -> bool {
    ["https://", "http://", "mailto:", "tel:"].iter().any(|scheme| address.starts_with(scheme))
}
