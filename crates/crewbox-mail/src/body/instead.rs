//! What shows where a mail has no text of its own that can be read: the content of containers, an invitation in words,
//! text of other types; and the notices that tell a reader why something is missing.
//!
//! Changes nothing that the digest of a message is made of: it must stay what it was when less could be read.

use std::borrow::Cow;

use super::attached::is_inline_text;
use super::show::{Body, Piece, join, show, with_plain_ends};
use crate::budget::MAX_CONTAINER_DEPTH;
use crate::html::text::to_plain_text;
use crate::mime::calendar;
use crate::mime::open::cms::{self, Cms};
use crate::mime::open::{Container, container, tnef};
use crate::mime::walk::{Kind, Part, Tree, walk};

const PGP: &str = "This message is encrypted with PGP; open its attachment in a program that has the key.";
const PGP_INLINE: &str = "This message is encrypted with PGP; copy its text into a program that has the key.";
const SMIME: &str =
    "This message is encrypted with S/MIME; open its attachment in a mail program that has the key.";
const SIGNED: &str =
    "This message is signed in a form that could not be read; open its attachment in a mail program.";
const OUTLOOK: &str =
    "This message is in Outlook's own format, which could not be read; open its attachment in Outlook.";
const PROTECTED: &str =
    "This message is protected by Microsoft's rights management; open its attachment in Outlook.";
const PARTIAL: &str =
    "This is one piece of a message that was sent in several; the others came as mails of their own.";

/// Notices by the type of a part.
const NOTICES: &[(&str, &str)] = &[
    ("application/x-microsoft-rpmsg-message", PROTECTED),
    ("message/partial", PARTIAL),
    ("application/pgp-encrypted", PGP),
    ("multipart/encrypted", PGP),
];

/// Reads the bodies of a message inside so many containers, of the text at least so many bytes.
type Nested = for<'t> fn(&'t Tree<'_>, usize, usize) -> Body<'t>;

/// Where a message is, and how much of it is wanted.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// The containers around it.
    pub(super) depth: usize,
    /// Bytes of its text.
    pub(super) most: usize,
}

/// Shows what can be shown of a mail, and says what cannot.
pub(super) fn complete<'t>(tree: &'t Tree<'_>, read: &mut Body<'t>, place: Place, nested: Nested) {
    if place.depth < MAX_CONTAINER_DEPTH {
        for part in &tree.parts {
            match container(part) {
                Some(Container::Smime) => opened_smime(part, read, place, nested),
                Some(Container::Tnef) if is_empty(read) => opened_tnef(part, read, place.most),
                _ => {}
            }
        }
    }
    if is_empty(read) {
        invitation(tree, read);
    }
    if is_empty(read) {
        other_text(tree, read, place.most);
    }
    for (media, notice) in NOTICES {
        if own_parts(tree).any(|part| part.media == *media) {
            tell(read, notice);
        }
    }
    let text = read.text.as_bytes();
    if memchr::memmem::find_iter(text, "-----BEGIN PGP MESSAGE-----")
        .any(|at| at == 0 || text[at - 1] == b'\n')
    {
        tell(read, PGP_INLINE);
    }
}

/// The parts of the mail itself, not of messages attached to it.
fn own_parts<'a, 'b>(tree: &'b Tree<'a>) -> impl Iterator<Item = &'b Part<'a>> {
    tree.parts.iter().filter(|part| part.message.is_none())
}

fn is_empty(read: &Body<'_>) -> bool {
    read.text.trim().is_empty()
}

fn tell(read: &mut Body<'_>, notice: &'static str) {
    if !read.notices.contains(&notice) {
        read.notices.push(notice);
    }
}

/// Keeps what the digest is made of, before the text becomes another one.
pub(super) fn keep_sources(read: &mut Body<'_>) {
    if read.sources.is_none() {
        read.sources = Some(vec![Cow::Owned(read.text.clone())]);
    }
}

fn opened_smime(part: &Part<'_>, read: &mut Body<'_>, place: Place, nested: Nested) {
    match cms::read(&part.bytes().0) {
        Cms::Signed(content) => {
            let tree = walk(&content);
            let inner = nested(&tree, place.depth + 1, place.most);
            keep_sources(read);
            // What is around it, such as the footer of a list, comes after it.
            let around = std::mem::replace(&mut read.text, inner.text);
            join(&mut read.text, &around);
            read.signatures = inner.signatures;
            read.html = inner.html.or_else(|| read.html.take());
            read.lossy |= inner.lossy;
            read.over = read.over.or(inner.over);
            inner.notices.into_iter().for_each(|notice| tell(read, notice));
        }
        Cms::Encrypted => tell(read, SMIME),
        Cms::Unknown if is_empty(read) => tell(read, SIGNED),
        Cms::Unknown => {}
    }
}

fn opened_tnef(part: &Part<'_>, read: &mut Body<'_>, most: usize) {
    let bytes = part.bytes().0;
    let Some(tnef) = tnef::read(&bytes) else {
        return tell(read, OUTLOOK);
    };
    let filled = |text: String| Some(text).filter(|text| !text.trim().is_empty());
    let piece = Piece {
        plain: filled(tnef.text).map(Cow::Owned).into_iter().collect(),
        html: filled(tnef.html).map(Cow::Owned).into_iter().collect(),
    };
    if piece.plain.is_empty() && piece.html.is_empty() {
        // A message that is only files is whole with them.
        if tnef.files.is_empty() {
            tell(read, OUTLOOK);
        }
        return;
    }
    keep_sources(read);
    show(&[piece], read, most);
}

fn invitation(tree: &Tree<'_>, read: &mut Body<'_>) {
    let calendars = own_parts(tree).filter(|part| {
        part.kind == Kind::Leaf && matches!(part.media.as_str(), "text/calendar" | "application/ics")
    });
    for part in calendars {
        let (text, lossy) = part.text();
        if let Some(words) = calendar::in_words(&text) {
            keep_sources(read);
            read.lossy |= lossy;
            read.text = words;
            return;
        }
    }
}

/// Whether a part without a type or a name of its own is text all the same.
fn is_plain_bytes(part: &Part<'_>) -> bool {
    let is_text = |bytes: &[u8]| {
        std::str::from_utf8(bytes)
            .is_ok_and(|text| !text.contains(|c: char| c.is_control() && !c.is_whitespace()))
    };
    part.parent.is_none() && part.media == "application/octet-stream" && is_text(&part.bytes().0)
}

/// Text of another type, or one that calls itself attached without being a file; it stays attached as well.
fn other_text(tree: &Tree<'_>, read: &mut Body<'_>, most: usize) {
    let others = own_parts(tree).filter(|part| {
        part.kind == Kind::Leaf
            && (part.media.starts_with("text/") || is_plain_bytes(part))
            && part.media != "text/calendar"
            && part.file_name.is_none()
            && !is_inline_text(tree, part)
    });
    for part in others {
        let (text, lossy) = part.text();
        if !text.trim().is_empty() {
            keep_sources(read);
            read.lossy |= lossy;
            let mut piece = Piece::default();
            match part.media.as_str() {
                "text/html" => piece.html.push(text),
                // Tags in angle brackets, and an empty line for each line that ends (RFC 1896).
                "text/enriched" | "text/richtext" => {
                    let lines = with_plain_ends(&text, most).replace("\n\n", "\n<br>");
                    piece.plain.push(Cow::Owned(to_plain_text(&lines)));
                }
                _ => piece.plain.push(text),
            }
            show(&[piece], read, most);
            return;
        }
    }
}
