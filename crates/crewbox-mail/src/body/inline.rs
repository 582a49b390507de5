//! The images of a mail that its HTML shows, by Content-ID (RFC 2392).

use crate::mime::walk::{Kind, walk, with_line_feeds};

/// Bytes of one image.
const MAX_IMAGE: usize = 1024 * 1024;
/// Bytes of all images of a mail: they are put into the page that shows them.
const MAX_IMAGES: usize = 4 * 1024 * 1024;

/// An image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InlineImage {
    /// Its Content-ID, without angle brackets.
    pub id: String,
    /// Its MIME type, by its first bytes.
    pub media: &'static str,
    /// Its bytes, decoded.
    pub bytes: Vec<u8>,
}

/// The images of a raw mail with these Content-IDs. Those that are missing, of another type than browsers show as a
/// picture, or too large (1 MiB each, 4 MiB together) are left out.
#[must_use]
pub fn inline_images(raw: &[u8], wanted: &[String]) -> Vec<InlineImage> {
    let lines = with_line_feeds(raw);
    let tree = walk(&lines);
    let (mut found, mut total): (Vec<InlineImage>, usize) = (Vec::new(), 0);
    for part in tree.parts.iter().filter(|part| part.kind == Kind::Leaf && part.message.is_none()) {
        let Some(id) = part.fields.plain("content-id") else { continue };
        let id = id.trim().trim_start_matches('<').trim_end_matches('>');
        let is_new = wanted.iter().any(|wanted| wanted == id) && !found.iter().any(|image| image.id == id);
        if !is_new || part.transfer.decoded_bytes(part.body) > MAX_IMAGE {
            continue;
        }
        let bytes = part.bytes().0.into_owned();
        let Some(media) = image_type(&bytes) else { continue };
        total += bytes.len();
        if total > MAX_IMAGES {
            break;
        }
        found.push(InlineImage { id: id.to_owned(), media, bytes });
    }
    found
}

/// The type of an image that every browser shows, by its first bytes, whatever it is declared as; none for anything else.
/// SVG is none: it is a document.
pub(crate) fn image_type(bytes: &[u8]) -> Option<&'static str> {
    const TYPES: [(&[u8], &str); 5] = [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"GIF87a", "image/gif"),
        (b"GIF89a", "image/gif"),
        (b"BM", "image/bmp"),
    ];
    let starts = TYPES.iter().find(|(start, _)| bytes.starts_with(start)).map(|(_, media)| *media);
    let is_webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
    let is_avif = bytes.get(4..12) == Some(b"ftypavif");
    starts.or(is_webp.then_some("image/webp")).or(is_avif.then_some("image/avif"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_found_by_their_id_and_are_what_their_bytes_say() {
        let raw = b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<img src=cid:a>\r\n\
            --b\r\nContent-Type: text/html\r\nContent-ID: <a@x>\r\nContent-Transfer-Encoding: base64\r\n\r\nR0lGODlhAQABAA==\r\n\
            --b\r\nContent-Type: image/png\r\nContent-ID: <b@x>\r\n\r\n<svg onload=x>\r\n\
            --b\r\nContent-Type: image/gif\r\nContent-ID: <c@x>\r\n\r\nGIF89a\r\n--b--\r\n";
        let wanted = ["a@x", "b@x", "missing"].map(str::to_owned);
        let found = inline_images(raw, &wanted);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(
            (found[0].id.as_str(), found[0].media, &found[0].bytes[..6]),
            ("a@x", "image/gif", &b"GIF89a"[..])
        );
        assert_eq!(image_type(b"RIFF\x00\x00\x00\x00WEBPVP8 "), Some("image/webp"));
        assert_eq!((image_type(b"<html>"), image_type(b"")), (None, None));
    }
}
