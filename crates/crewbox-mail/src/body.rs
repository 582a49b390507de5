//! Which parts are the text and which the HTML. What is attached is in `attached.rs`; what shows where a mail has no
//! text that can be read is in `instead.rs`.

mod attached;
mod instead;

pub(crate) use attached::attachments;
use attached::is_inline_text;
pub use attached::{attachment, attachments_at};

use std::ops::Range;

use crate::budget::MAX_HTML_BYTES;
use crate::html::text::Converted;
use crate::html::{measure, sanitise, text};
use crate::mime::charset::without_nul;
use crate::mime::uuencode;
use crate::mime::walk::Tree;

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

/// The outermost `multipart/alternative` around a part, or the part itself: what is one piece of the body.
fn piece(tree: &Tree<'_>, index: usize) -> usize {
    let mut piece = index;
    let mut at = tree.parts[index].parent;
    while let Some(holder) = at {
        if tree.parts[holder].media == "multipart/alternative" {
            piece = holder;
        }
        at = tree.parts[holder].parent;
    }
    piece
}

/// One piece of the body in the forms it came in.
#[derive(Default)]
struct Piece {
    plain: Vec<String>,
    html: Vec<String>,
}

impl Piece {
    /// Whether there is plain text to show.
    fn is_plain(&self) -> bool {
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

/// Reads the bodies.
pub(crate) fn body(tree: &Tree<'_>) -> Body {
    nested_body(tree, 0)
}

/// Reads the bodies of a message that lies in so many containers.
fn nested_body(tree: &Tree<'_>, depth: usize) -> Body {
    let mut read = Body { over: tree.over, ..Body::default() };
    let mut pieces = pieces(tree, &mut read);
    if let [piece] = pieces.as_mut_slice()
        && piece.html.is_empty()
        && let [plain] = piece.plain.as_mut_slice()
        && !plain.trim().is_empty()
    {
        // Most mail, and the largest text: it is not held twice.
        read.text = std::mem::take(plain);
    } else {
        show(&pieces, &mut read);
        let sources =
            pieces.into_iter().flat_map(|piece| if piece.is_plain() { piece.plain } else { piece.html });
        read.sources = Some(sources.collect());
    }
    if read.text.trim().is_empty() && read.over.is_some() {
        shown_raw(tree, &mut read);
    }
    if attached::has_files_in_text(tree) {
        instead::keep_sources(&mut read);
        read.text = uuencode::without(&read.text);
        // They are places in the text as it was.
        read.signatures.clear();
    }
    instead::complete(tree, &mut read, depth);
    read
}

/// Adds the pieces to what is shown.
fn show(pieces: &[Piece], read: &mut Body) {
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

fn pieces(tree: &Tree<'_>, read: &mut Body) -> Vec<Piece> {
    let mut pieces: Vec<(usize, Piece)> = Vec::new();
    for (index, part) in tree.parts.iter().enumerate() {
        if !is_inline_text(tree, part) {
            continue;
        }
        let (text, lossy) = part.text();
        read.lossy |= lossy;
        let key = piece(tree, index);
        if pieces.last().is_none_or(|(last, _)| *last != key) {
            pieces.push((key, Piece::default()));
        }
        let Some((_, piece)) = pieces.last_mut() else { continue };
        if part.media == "text/html" {
            piece.html.push(text);
        } else {
            piece.plain.push(if part.parameter("format").is_some_and(|f| f.eq_ignore_ascii_case("flowed")) {
                unflowed(&text, part.parameter("delsp").is_some_and(|d| d.eq_ignore_ascii_case("yes")))
            } else {
                with_plain_ends(text)
            });
        }
    }
    pieces.into_iter().map(|(_, piece)| piece).collect()
}

/// The text with every line end as LF, in the place it is in.
fn with_plain_ends(text: String) -> String {
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

/// What could not be read as a tree is shown as it came.
fn shown_raw(tree: &Tree<'_>, read: &mut Body) {
    let Some(part) = tree.parts.iter().find(|part| part.parent.is_none()) else { return };
    let (text, lossy) = crate::mime::charset::decode(part.body, None);
    read.lossy |= lossy;
    read.text = text;
}

fn join(text: &mut String, more: &str) {
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

/// `format=flowed` (RFC 3676): a line that ends in a space goes on in the next, at the same quote depth.
fn unflowed(text: &str, drop_space: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut open: Option<usize> = None;
    for line in text.lines() {
        let depth = line.bytes().take_while(|b| *b == b'>').count();
        let content = &line[depth..];
        let content = content.strip_prefix(' ').unwrap_or(content);
        if open != Some(depth) {
            if open.is_some() {
                out.push('\n');
            }
            out.push_str(&line[..depth]);
            if depth > 0 {
                out.push(' ');
            }
        }
        let flows = content.ends_with(' ') && content != "-- ";
        if flows {
            out.push_str(if drop_space { &content[..content.len() - 1] } else { content });
            open = Some(depth);
        } else {
            out.push_str(content);
            out.push('\n');
            open = None;
        }
    }
    out
}
