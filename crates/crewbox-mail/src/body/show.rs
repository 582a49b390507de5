//! What a mail shows: its text, and its HTML once sanitised.
//!
//! Owns the order of the pieces and the limit of HTML. Which pieces there are is found above.

use std::ops::Range;

use crate::budget::MAX_HTML_BYTES;
use crate::html::text::Converted;
use crate::html::{measure, sanitise, text};
use crate::mime::charset::without_nul;

/// A mail's bodies.
#[derive(Debug, Default)]
pub(crate) struct Body {
    /// The whole plain text.
    pub(crate) text: String,
    /// Where the HTML says that signatures are in the text, in bytes.
    pub(crate) signatures: Vec<Range<usize>>,
    /// Sanitised HTML.
    pub(crate) html: Option<String>,
    /// The decoded sources, for the digest: plain text where there is some, else HTML. None where the text is
    /// itself the only one.
    pub(crate) sources: Option<Vec<String>>,
    /// Something did not decode.
    pub(crate) lossy: bool,
    /// The budget that was breached.
    pub(crate) over: Option<&'static str>,
    /// What a reader must know about it, each a sentence.
    pub(crate) notices: Vec<&'static str>,
}

/// One piece of the body in the forms it came in.
#[derive(Default)]
pub(super) struct Piece {
    pub(super) plain: Vec<String>,
    pub(super) html: Vec<String>,
}

impl Piece {
    /// Whether there is plain text to show.
    pub(super) fn is_plain(&self) -> bool {
        self.plain.iter().any(|plain| !plain.trim().is_empty())
    }
}

/// The sanitised HTML of a piece; nothing when one is over.
fn cleaned(piece: &Piece, read: &mut Body, over: &mut bool) -> Vec<String> {
    let mut clean = Vec::new();
    for html in &piece.html {
        if let Some(reason) = measure::over(html) {
            read.over = read.over.or(Some(reason));
            *over = true;
            return Vec::new();
        }
        clean.push(sanitise::sanitise(html));
    }
    clean
}

/// Adds the pieces to what is shown.
pub(super) fn show(pieces: &[Piece], read: &mut Body) {
    let html_bytes = pieces.iter().flat_map(|piece| &piece.html).map(String::len).sum::<usize>();
    let mut over = html_bytes > MAX_HTML_BYTES;
    if over {
        read.over = Some("HTML larger than 1 MiB");
    }
    let mut html = String::new();
    for piece in pieces {
        let clean = if over { Vec::new() } else { cleaned(piece, read, &mut over) };
        if piece.is_plain() {
            for plain in &piece.plain {
                join(&mut read.text, plain);
            }
        } else if clean.is_empty() {
            for source in &piece.html {
                join(&mut read.text, &without_nul(text::to_plain_text(source)));
            }
        } else {
            for source in &clean {
                let Converted { text, signatures } = text::to_text(source);
                let bytes = text.len();
                let text = without_nul(text);
                join(&mut read.text, &text);
                if text.len() == bytes {
                    let before = read.text.len() - bytes;
                    let moved = |range: Range<usize>| before + range.start..before + range.end;
                    read.signatures.extend(signatures.into_iter().map(moved));
                }
            }
        }
        if html_bytes == 0 || over {
            continue;
        }
        if clean.is_empty() {
            html.extend(piece.plain.iter().map(|plain| as_html(plain)));
        } else {
            html.extend(clean);
        }
    }
    if !over && html_bytes > 0 {
        read.html = Some(html);
    }
}

/// The text with every line end as LF, in the place it is in.
pub(super) fn with_plain_ends(text: String) -> String {
    if !text.contains('\r') {
        return text;
    }
    let mut bytes = text.into_bytes();
    let (mut kept, mut at) = (0, 0);
    while at < bytes.len() {
        let byte = bytes[at];
        at += 1;
        bytes[kept] = if byte == b'\r' { b'\n' } else { byte };
        kept += 1;
        if byte == b'\r' && bytes.get(at) == Some(&b'\n') {
            at += 1;
        }
    }
    bytes.truncate(kept);
    // What was UTF-8 still is: only whole characters were changed or left out.
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

pub(super) fn join(text: &mut String, more: &str) {
    if !text.is_empty() && !more.trim().is_empty() {
        while text.ends_with('\n') {
            text.pop();
        }
        text.push_str("\n\n");
    }
    text.push_str(more);
}

/// Plain text among HTML, as HTML.
fn as_html(plain: &str) -> String {
    if plain.trim().is_empty() {
        return String::new();
    }
    format!("<div style=\"white-space:pre-wrap\">{}</div>", ammonia::clean_text(plain))
}
