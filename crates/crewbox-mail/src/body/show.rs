//! What a mail shows: its text, and its HTML once sanitised.
//!
//! Owns the order of the pieces and the limit of HTML. Which pieces there are is found above.

use std::borrow::Cow;
use std::ops::Range;

use crate::budget::{MAX_HTML_AS_TEXT_BYTES, MAX_HTML_BYTES};
use crate::html::text::Converted;
use crate::html::{measure, sanitise, text};
use crate::mime::charset::without_nul;

/// A mail's bodies.
#[derive(Debug, Default)]
pub(crate) struct Body<'a> {
    /// The plain text: so many bytes of it as were wanted, perhaps more.
    pub(crate) text: String,
    /// Where the HTML says that signatures are in the text, in bytes.
    pub(crate) signatures: Vec<Range<usize>>,
    /// Sanitised HTML.
    pub(crate) html: Option<String>,
    /// The decoded sources, for the digest: plain text where there is some, else HTML. None where the text is
    /// itself the only one, and whole.
    pub(crate) sources: Option<Vec<Cow<'a, str>>>,
    /// The text is the mail as it came.
    pub(super) is_raw: bool,
    /// Something did not decode.
    pub(crate) lossy: bool,
    /// The budget that was breached.
    pub(crate) over: Option<&'static str>,
    /// What a reader must know about it, each a sentence.
    pub(crate) notices: Vec<&'static str>,
}

/// One piece of the body in the forms it came in.
#[derive(Default)]
pub(super) struct Piece<'a> {
    pub(super) plain: Vec<Cow<'a, str>>,
    pub(super) html: Vec<Cow<'a, str>>,
}

impl Piece<'_> {
    /// Whether there is plain text to show.
    pub(super) fn is_plain(&self) -> bool {
        self.plain.iter().any(|plain| !plain.trim().is_empty())
    }
}

/// The sanitised HTML of a piece; nothing when one is over.
fn cleaned(piece: &Piece<'_>, read: &mut Body<'_>, over: &mut bool) -> Vec<String> {
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

/// Adds the pieces to what is shown: at least `most` bytes of their text, or all of it.
pub(super) fn show(pieces: &[Piece<'_>], read: &mut Body<'_>, most: usize) {
    let html_bytes = pieces.iter().flat_map(|piece| &piece.html).map(|html| html.len()).sum::<usize>();
    // Pieces without HTML become HTML beside those with it.
    let without_html = pieces.iter().filter(|piece| piece.html.is_empty());
    let plain_bytes = without_html.flat_map(|piece| &piece.plain).map(|plain| plain.len()).sum::<usize>();
    let mut over = html_bytes > 0 && html_bytes + plain_bytes > MAX_HTML_BYTES;
    if over {
        read.over = Some("HTML larger than 1 MiB");
    }
    let mut left = MAX_HTML_AS_TEXT_BYTES;
    let mut html = String::new();
    for piece in pieces {
        let clean = if over { Vec::new() } else { cleaned(piece, read, &mut over) };
        if piece.is_plain() {
            for plain in &piece.plain {
                if read.text.len() <= most {
                    join(&mut read.text, &with_plain_ends(plain, most));
                }
            }
        } else if clean.is_empty() {
            for source in &piece.html {
                let shown = &source[..source.floor_char_boundary(left)];
                if shown.len() < source.len() {
                    read.over = Some("HTML larger than 2 MiB, of which only the start is read");
                }
                left -= shown.len();
                join(&mut read.text, &without_nul(text::to_plain_text(shown)));
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

/// Text with every line end as LF: all of it, or at least `most` bytes of a longer one.
pub(super) fn with_plain_ends(text: &str, most: usize) -> Cow<'_, str> {
    // Without a CR before that, so many bytes are as they came.
    let start = &text[..text.ceil_char_boundary(most)];
    let Some(mut end) = memchr::memchr(b'\r', start.as_bytes()) else { return Cow::Borrowed(start) };
    let mut plain = String::with_capacity(text.len().min(most.saturating_add(MARGIN)));
    let mut rest = text;
    loop {
        plain.push_str(&rest[..end]);
        rest = &rest[end..];
        if rest.is_empty() || plain.len() >= most {
            return Cow::Owned(plain);
        }
        // Here is a CR: it ends a line, with the LF behind it or without.
        plain.push('\n');
        rest = rest[1..].strip_prefix('\n').unwrap_or(&rest[1..]);
        end = memchr::memchr(b'\r', rest.as_bytes()).unwrap_or(rest.len());
        end = rest.ceil_char_boundary(end.min(most));
    }
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

/// Bytes beyond those wanted that a text is likely to get: its last line.
const MARGIN: usize = 4 * 1024;

/// Plain text among HTML, as HTML.
fn as_html(plain: &str) -> String {
    if plain.trim().is_empty() {
        return String::new();
    }
    let plain = with_plain_ends(plain, usize::MAX);
    format!("<div style=\"white-space:pre-wrap\">{}</div>", ammonia::clean_text(&plain))
}
