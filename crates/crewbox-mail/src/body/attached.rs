//! What is attached: every part that does not show in the message, attached messages as a whole, and behind those the
//! files inside containers. The numbers of attachments are their places in this order, which never changes for a mail.

use std::borrow::Cow;
use std::ops::Range;

use crewbox_core::message::Attachment;

use crate::budget::{MAX_ATTACHMENTS, MAX_CONTAINER_DEPTH};
use crate::digest::Files;
use crate::mime::open::cms::{self, Cms};
use crate::mime::open::{Container, container, tnef};
use crate::mime::shortened::{self, Whole};
use crate::mime::transfer::{Base64, Transfer};
use crate::mime::walk::{Kind, Part, Tree, base_name, walk, with_line_feeds};
use crate::mime::{charset, uuencode};

/// Whether a part shows in the message itself.
pub(super) fn is_inline_text(tree: &Tree<'_>, part: &Part<'_>) -> bool {
    if part.kind != Kind::Leaf || part.message.is_some() || part.attached {
        return false;
    }
    if !matches!(part.media.as_str(), "text/plain" | "text/html") {
        return false;
    }
    let Some(parent) = part.parent.map(|index| &tree.parts[index]) else { return true };
    match parent.media.as_str() {
        "multipart/alternative" => true,
        "multipart/related" => part.first,
        _ => part.first || part.file_name.is_none(),
    }
}

/// Whether a part is listed as attached: every leaf that does not show, and attached messages as a whole.
fn is_attached(tree: &Tree<'_>, part: &Part<'_>) -> bool {
    part.message.is_none()
        && match part.kind {
            Kind::Multipart => false,
            Kind::Message => true,
            Kind::Leaf => !is_inline_text(tree, part),
        }
}

fn attached<'a, 'b>(tree: &'b Tree<'a>) -> impl Iterator<Item = &'b Part<'a>> {
    tree.parts.iter().filter(|part| is_attached(tree, part))
}

/// What is attached, described, and the digest of the bytes of the parts among it. `content` is the hash of the mail.
pub(crate) fn attachments(
    tree: &Tree<'_>,
    whole: &Whole<'_>,
    content: &[u8; 32],
) -> (Vec<Attachment>, [u8; 32]) {
    let mut list = Vec::new();
    let mut digest = Files::default();
    for part in attached(tree) {
        // Of a mail over a limit it holds all the rest, which is hashed already.
        let is_rest = tree.over.is_some() && part.transfer == Transfer::Identity && whole.is_cut(part.body);
        let size = if is_rest {
            digest.add_rest(content);
            whole.length(part.body)
        } else {
            digest.add(part, whole)
        };
        if let Some(index) = next_index(&list) {
            list.push(describe(part.file_name.clone(), &part.media, index, size));
        }
    }
    each_hidden(tree, 0, &mut |file| {
        if let Some(index) = next_index(&list) {
            list.push(file.describe(index));
        }
    });
    (list, digest.finish())
}

/// Whether a shortened mail has all that is looked at: containers are opened, and files in a text are taken out of it, only
/// where all of them is there.
pub(crate) fn can_be_short(tree: &Tree<'_>, whole: &Whole<'_>, may_have_files: bool) -> bool {
    tree.parts.iter().filter(|part| part.kind == Kind::Leaf && whole.is_cut(part.body)).all(|part| {
        let has_file = || may_have_files || shortened::has_file(part.body);
        container(part).is_none()
            && part.transfer != Transfer::Uuencode
            && !(part.media == "text/plain" && is_inline_text(tree, part) && has_file())
    })
}

fn next_index(list: &[Attachment]) -> Option<u32> {
    u32::try_from(list.len()).ok().filter(|_| list.len() < MAX_ATTACHMENTS)
}

/// A file inside a container or a text.
enum Hidden<'a> {
    Part(&'a Part<'a>),
    File(&'a tnef::File<'a>),
}

impl Hidden<'_> {
    fn describe(&self, index: u32) -> Attachment {
        match self {
            Self::Part(part) => {
                let size = part.transfer.decoded_bytes(part.body);
                describe(part.file_name.clone(), &part.media, index, size)
            }
            Self::File(file) => {
                let name = base_name(&file.name);
                let media =
                    if file.media.contains('/') { file.media.as_str() } else { "application/octet-stream" };
                describe(Some(name).filter(|name| !name.is_empty()), media, index, file.bytes.len())
            }
        }
    }

    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Part(part) => part.bytes().0.into_owned(),
            Self::File(file) => file.bytes.to_vec(),
        }
    }
}

/// The decoded plain texts that show in a message, if the files written into them are taken out: not where a text is
/// reflowed, nor where looking would mean to decode Base64 once more, which nobody wraps uuencode into.
fn searched_texts<'a, 'b>(tree: &'b Tree<'a>) -> Vec<Cow<'b, [u8]>> {
    let texts = || tree.parts.iter().filter(|part| part.media == "text/plain" && is_inline_text(tree, part));
    let is_searched =
        |part: &Part<'_>| part.transfer != Transfer::Base64 && part.parameter("format").is_none();
    let has_word = |part: &Part<'_>| memchr::memmem::find(part.body, b"begin ").is_some();
    if !texts().all(is_searched) || !texts().any(has_word) {
        return Vec::new();
    }
    texts().map(|part| part.bytes().0).collect()
}

/// Whether files are written into the texts that show.
pub(super) fn has_files_in_text(tree: &Tree<'_>) -> bool {
    searched_texts(tree).iter().any(|text| !uuencode::blocks(text).is_empty())
}

/// Gives out the files inside the containers of a mail, and those written into its texts, in their order.
fn each_hidden(tree: &Tree<'_>, depth: usize, give: &mut dyn FnMut(Hidden<'_>)) {
    for text in searched_texts(tree) {
        for block in uuencode::blocks(&text) {
            let (name, bytes) = (charset::detect(block.name).0, block.bytes());
            give(Hidden::File(&tnef::File { name, media: String::new(), bytes: &bytes }));
        }
    }
    if depth == MAX_CONTAINER_DEPTH {
        return;
    }
    for part in &tree.parts {
        match container(part) {
            Some(Container::Tnef) => {
                let (bytes, _) = part.bytes();
                for file in tnef::read(&bytes).into_iter().flat_map(|read| read.files) {
                    give(Hidden::File(&file));
                }
            }
            Some(Container::Smime) => {
                if let Cms::Signed(content) = cms::read(&part.bytes().0) {
                    let inner = walk(&content);
                    attached(&inner).for_each(|part| give(Hidden::Part(part)));
                    each_hidden(&inner, depth + 1, give);
                }
            }
            None => {}
        }
    }
}

fn describe(file_name: Option<String>, media: &str, index: u32, size: usize) -> Attachment {
    let file_name = file_name.map(|name| without_direction_controls(&name)).filter(|name| !name.is_empty());
    let file_name = file_name.unwrap_or_else(|| {
        let extension = match media {
            "message/rfc822" | "message/global" => "eml",
            "text/calendar" => "ics",
            "text/html" => "html",
            // Outlook's own wrapping; programs that open it look for this.
            "application/ms-tnef" | "application/vnd.ms-tnef" => "dat",
            "message/delivery-status" | "text/plain" | "text/rfc822-headers" => "txt",
            other => other
                .rsplit_once('/')
                .map_or("bin", |(_, subtype)| if subtype.starts_with("vnd.") { "bin" } else { subtype })
                .split(['+', '.', ';'])
                .next()
                .unwrap_or("bin"),
        };
        format!("attachment-{}.{extension}", index + 1)
    });
    Attachment { index, file_name, file_type: media.to_owned(), file_size: size as u64 }
}

/// A file's name without the characters that only change the direction of writing (Unicode's Bidi_Control): with one of
/// them `invoice\u{202e}fdp.exe` shows as a PDF.
fn without_direction_controls(name: &str) -> String {
    let controls = |c: char| matches!(c, '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    name.replace(controls, "")
}

/// Cuts the attachment at `index` out of a raw mail; none if the mail has no such attachment.
#[must_use]
pub fn attachment(raw: &[u8], index: u32) -> Option<(Attachment, Vec<u8>)> {
    attachments_at(raw, &[index]).pop()?
}

/// Where the bytes of an attachment are.
#[derive(Debug)]
pub enum AttachedBytes {
    /// Here, decoded.
    Decoded(Vec<u8>),
    /// In this range of the raw mail, to be decoded piece by piece.
    Encoded(Range<usize>, PieceDecoder),
}

/// Decodes an attachment in pieces of its encoded bytes, given in their order.
#[derive(Clone, Copy, Debug)]
pub struct PieceDecoder(Option<Base64>);

impl PieceDecoder {
    /// The bytes that the next piece decodes to; perhaps none.
    #[must_use]
    pub fn decode(&mut self, piece: Vec<u8>) -> Vec<u8> {
        match &mut self.0 {
            None => piece,
            Some(base64) => {
                let mut decoded = Vec::with_capacity(piece.len() / 4 * 3 + 3);
                base64.decode(&piece, &mut decoded);
                decoded
            }
        }
    }
}

/// Finds the attachment at `index` in a raw mail; none if the mail has no such attachment. Only those that cannot be
/// decoded piece by piece are decoded: quoted-printable, uuencode, and files inside containers.
#[must_use]
pub fn find_attachment(raw: &[u8], index: u32) -> Option<(Attachment, AttachedBytes)> {
    let found = match with_line_feeds(raw) {
        Cow::Borrowed(lines) => found_in_place(lines, index),
        // Its line ends are not those of the raw mail.
        Cow::Owned(_) => None,
    };
    found.or_else(|| {
        let (attachment, bytes) = attachment(raw, index)?;
        Some((attachment, AttachedBytes::Decoded(bytes)))
    })
}

fn found_in_place(lines: &[u8], index: u32) -> Option<(Attachment, AttachedBytes)> {
    let tree = walk(lines);
    let part = attached(&tree).take(MAX_ATTACHMENTS).nth(index as usize)?;
    let decoder = match part.transfer {
        Transfer::Identity => PieceDecoder(None),
        Transfer::Base64 => PieceDecoder(Some(Base64::default())),
        Transfer::QuotedPrintable | Transfer::Uuencode => return None,
    };
    let start = (part.body.as_ptr() as usize).checked_sub(lines.as_ptr() as usize)?;
    let range = start..start + part.body.len();
    // A part is a range of the mail that it was found in.
    let is_in_place = lines.get(range.clone()).is_some_and(|bytes| std::ptr::eq(bytes, part.body));
    let size = part.transfer.decoded_bytes(part.body);
    let attachment = describe(part.file_name.clone(), &part.media, index, size);
    is_in_place.then_some((attachment, AttachedBytes::Encoded(range, decoder)))
}

/// Cuts several attachments out of a raw mail, which is walked once; in the order asked, none where the mail has no
/// such attachment.
#[must_use]
pub fn attachments_at(raw: &[u8], wanted: &[u32]) -> Vec<Option<(Attachment, Vec<u8>)>> {
    let lines = with_line_feeds(raw);
    let tree = walk(&lines);
    let parts: Vec<_> = attached(&tree).take(MAX_ATTACHMENTS).collect();
    let mut found: Vec<Option<(Attachment, Vec<u8>)>> = wanted
        .iter()
        .map(|index| {
            let part = parts.get(*index as usize)?;
            let bytes = part.bytes().0.into_owned();
            Some((describe(part.file_name.clone(), &part.media, *index, bytes.len()), bytes))
        })
        .collect();
    if found.iter().all(Option::is_some) {
        return found;
    }
    let mut next = parts.len();
    each_hidden(&tree, 0, &mut |file| {
        if next < MAX_ATTACHMENTS {
            for (index, place) in wanted.iter().zip(&mut found) {
                if *index as usize == next {
                    *place = Some((file.describe(*index), file.bytes()));
                }
            }
        }
        next += 1;
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attachment_decoded_in_pieces_is_the_one_decoded_whole() {
        let head = "From: a@b.test\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n";
        let part = |transfer: &str, body: &str| {
            format!(
                "--b\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=f\n\
                 Content-Transfer-Encoding: {transfer}\n\n{body}\n"
            )
        };
        let base64 = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=\nYWJj\nZGVmZw==";
        let mail = format!(
            "{head}{}{}{}--b--\n",
            part("base64", base64),
            part("7bit", "as it is\n\nline"),
            part("quoted-printable", "caf=C3=A9=\n!")
        );
        for raw in [mail.clone(), mail.replace('\n', "\r\n"), mail.replace('\n', "\r")] {
            for index in 0..3 {
                let whole = attachment(raw.as_bytes(), index).unwrap();
                let (described, bytes) = find_attachment(raw.as_bytes(), index).unwrap();
                assert_eq!(described, whole.0);
                match bytes {
                    AttachedBytes::Decoded(bytes) => {
                        assert!(
                            index == 2 || !raw.contains('\n'),
                            "part {index} of {raw:?} was decoded whole"
                        );
                        assert_eq!(bytes, whole.1);
                    }
                    AttachedBytes::Encoded(range, decoder) => {
                        for length in 1..8 {
                            let mut decoder = decoder;
                            let pieces = raw.as_bytes()[range.clone()].chunks(length);
                            let bytes: Vec<u8> =
                                pieces.flat_map(|piece| decoder.decode(piece.to_vec())).collect();
                            assert_eq!(bytes, whole.1, "part {index} in pieces of {length}");
                        }
                    }
                }
            }
            assert!(find_attachment(raw.as_bytes(), 3).is_none());
        }
    }

    #[test]
    fn a_file_name_has_no_characters_that_change_the_direction_of_writing() {
        let name = |name: &str| describe(Some(name.to_owned()), "text/plain", 0, 1).file_name;
        assert_eq!(name("invoice\u{202e}fdp.exe"), "invoicefdp.exe");
        assert_eq!(name("\u{2067}a\u{2069}\u{200f}\u{61c}.txt"), "a.txt");
        assert_eq!(name("\u{202d}\u{202c}"), "attachment-1.txt");
        assert_eq!(
            name("\u{5d0}\u{5d1} \u{1f468}\u{200d}\u{1f469}.pdf"),
            "\u{5d0}\u{5d1} \u{1f468}\u{200d}\u{1f469}.pdf"
        );
    }
}
