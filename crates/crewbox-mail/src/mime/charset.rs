//! Bytes to text: the label by WHATWG's table, else detection; what does not decode is replaced and said.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use mail_parser::decoders::charsets::map::charset_decoder;

/// Most bytes given to detection: what follows does not change a guess.
const DETECTED_BYTES: usize = 16 * 1024;

/// Decodes by `label`; true if something was replaced. NUL is dropped: databases cannot hold it.
pub(crate) fn decode(bytes: &[u8], label: Option<&str>) -> (String, bool) {
    let label = label.map(|l| l.trim().trim_matches(['"', '\'']).trim());
    let (text, lossy) = match label.map(|l| (l, Encoding::for_label(l.as_bytes()))) {
        // Mail often says Latin-1 or ASCII and means UTF-8; Latin-1 text is never valid UTF-8 by chance.
        Some((_, Some(encoding))) if encoding == WINDOWS_1252 && is_utf8(bytes) => by(UTF_8, bytes),
        Some((_, Some(encoding))) if encoding == UTF_8 => match by(UTF_8, bytes) {
            (_, true) => detect(bytes),
            decoded => decoded,
        },
        Some((_, Some(encoding))) if encoding != encoding_rs::REPLACEMENT => by(encoding, bytes),
        // UTF-7 and the DOS code pages are not WHATWG's, but mail has them.
        Some((label, None)) if let Some(decoder) = charset_decoder(label.as_bytes()) => {
            let text = decoder(bytes);
            let lossy = text.contains('\u{fffd}');
            (text, lossy)
        }
        _ => detect(bytes),
    };
    (without_nul(text), lossy)
}

/// Decodes without a label.
pub(crate) fn detect(bytes: &[u8]) -> (String, bool) {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return by(encoding, bytes);
    }
    let escapes = memchr::memmem::find(bytes, b"\x1b$").is_some();
    if !escapes && std::str::from_utf8(bytes).is_ok() {
        return by(UTF_8, bytes);
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(&bytes[..bytes.len().min(DETECTED_BYTES)], true);
    by(detector.guess(None, Utf8Detection::Allow), bytes)
}

fn by(encoding: &'static Encoding, bytes: &[u8]) -> (String, bool) {
    let (text, _, lossy) = encoding.decode(bytes);
    (text.into_owned(), lossy)
}

fn is_utf8(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok()
}

/// The text without NUL characters.
pub(crate) fn without_nul(text: String) -> String {
    if text.contains('\0') { Cow::Owned::<str>(text.replace('\0', "")).into_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_mislabels() {
        assert_eq!(decode(b"caf\xe9", Some("ISO-8859-1")).0, "café");
        assert_eq!(decode("café".as_bytes(), Some("us-ascii")).0, "café");
        assert_eq!(decode(b"\xcf\xf0\xe8\xe2\xe5\xf2", Some("cp1251")).0, "Привет");
        assert_eq!(decode(b"Hi Mom +Jjo-!", Some("utf-7")).0, "Hi Mom \u{263a}!");
        assert_eq!(decode(b"\x1b$B$3$s\x1b(B", None).0, "こん");
    }

    #[test]
    fn nothing_is_lost_when_bytes_do_not_decode() {
        let (text, lossy) = decode(b"ok \xff\xfe\0 end", Some("utf-8"));
        assert!(text.starts_with("ok") && text.ends_with("end") && !text.contains('\0'));
        let _ = lossy;
        assert!(decode(b"\x81\x40\xff", Some("shift_jis")).1);
    }
}
