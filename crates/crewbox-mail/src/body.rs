//! Which parts are the text and which the HTML. What is attached is in `attached.rs`; what shows where a mail has no
//! text that can be read is in `instead.rs`.

mod attached;
mod inline;
mod instead;
mod show;

use attached::is_inline_text;
pub use attached::{AttachedBytes, PieceDecoder, attachment, attachments_at, find_attachment};
pub(crate) use attached::{attachments, can_be_short};
pub(crate) use inline::image_type;
pub use inline::{InlineImage, inline_images};
pub(crate) use show::Body;
use show::{Piece, show, with_plain_ends};

use std::borrow::Cow;

use crate::mime::shortened::Whole;
use crate::mime::uuencode;
use crate::mime::walk::{Kind, Part, Tree};
use instead::Place;

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

/// Reads the bodies, of the plain text at least `most` bytes or all of it.
pub(crate) fn body<'t>(tree: &'t Tree<'_>, most: usize) -> Body<'t> {
    nested_body(tree, 0, most)
}

/// Reads the bodies of a message inside so many containers.
fn nested_body<'t>(tree: &'t Tree<'_>, depth: usize, most: usize) -> Body<'t> {
    let mut read = Body { over: tree.over, ..Body::default() };
    let has_files = attached::has_files_in_text(tree);
    // A file in a text is taken out as a whole.
    let most = if has_files { usize::MAX } else { most };
    let mut pieces = pieces(tree, &mut read);
    if let [piece] = pieces.as_mut_slice()
        && piece.html.is_empty()
        && let [plain] = piece.plain.as_mut_slice()
        && !plain.trim().is_empty()
    {
        // Most mail, and the largest text: it is not held twice.
        let plain = std::mem::take(plain);
        let text = with_plain_ends(&plain, most);
        if matches!(&text, Cow::Borrowed(text) if text.len() == plain.len()) {
            drop(text);
            read.text = plain.into_owned();
        } else {
            read.text = text.into_owned();
            read.sources = Some(vec![plain]);
        }
    } else {
        show(&pieces, &mut read, most);
        let sources =
            pieces.into_iter().flat_map(|piece| if piece.is_plain() { piece.plain } else { piece.html });
        read.sources = Some(sources.collect());
    }
    if read.text.trim().is_empty() && read.over.is_some() {
        shown_raw(tree, &mut read, most);
    }
    if has_files {
        instead::keep_sources(&mut read);
        read.text = uuencode::without(&read.text);
        // They are places in the text as it was.
        read.signatures.clear();
    }
    instead::complete(tree, &mut read, Place { depth, most }, nested_body);
    read
}

fn pieces<'t>(tree: &'t Tree<'_>, read: &mut Body<'_>) -> Vec<Piece<'t>> {
    let mut pieces: Vec<(usize, Piece<'t>)> = Vec::new();
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
                let drop_space = part.parameter("delsp").is_some_and(|d| d.eq_ignore_ascii_case("yes"));
                Cow::Owned(unflowed(&text, drop_space))
            } else {
                text
            });
        }
    }
    pieces.into_iter().map(|(_, piece)| piece).collect()
}

/// What could not be read as a tree is shown as it came.
fn shown_raw(tree: &Tree<'_>, read: &mut Body<'_>, most: usize) {
    let Some(part) = tree.parts.iter().find(|part| part.parent.is_none()) else { return };
    let (text, lossy) = crate::mime::charset::in_place(part.body, None);
    read.lossy |= lossy;
    read.text = text[..text.ceil_char_boundary(most)].to_owned();
    read.is_raw = true;
}

/// Whether text that is shown, or could be, goes on in what was left out of a shortened mail. HTML that is as long says so
/// itself.
pub(crate) fn is_text_cut(tree: &Tree<'_>, whole: &Whole<'_>, read: &Body<'_>) -> bool {
    let is_shown = |part: &&Part<'_>| match part.parent {
        None => read.is_raw || part.kind == Kind::Leaf && part.media != "text/html",
        Some(_) => {
            part.kind == Kind::Leaf
                && part.message.is_none()
                && part.media.starts_with("text/")
                && part.media != "text/html"
                && (is_inline_text(tree, part) || part.file_name.is_none())
        }
    };
    tree.parts.iter().filter(is_shown).any(|part| whole.is_cut(part.body))
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
