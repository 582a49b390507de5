//! A file's bytes as text: a byte-order mark decides, else UTF-8, else Windows-1252, which spreadsheets still write.

use std::borrow::Cow;

use encoding_rs::{Encoding, WINDOWS_1252};

/// A file's text, and what to tell about how it was read.
pub(crate) struct Decoded<'a> {
    pub(crate) text: Cow<'a, str>,
    pub(crate) note: Option<String>,
}

/// Reads the bytes as text. Never fails: a byte that is none becomes the replacement character, and is told.
pub(crate) fn decode(bytes: &[u8]) -> Decoded<'_> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let (text, lossy) = encoding.decode_without_bom_handling(bytes.get(mark..).unwrap_or_default());
        let note = lossy.then(|| format!("some bytes are no {}; they became \u{fffd}", encoding.name()));
        return Decoded { text, note };
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Decoded { text: Cow::Borrowed(text), note: None },
        Err(_) => {
            let (text, _) = WINDOWS_1252.decode_without_bom_handling(bytes);
            let note = Some("the file is not UTF-8; it was read as Windows-1252".to_owned());
            Decoded { text, note }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_old_encodings_are_read() {
        assert_eq!(decode(b"\xef\xbb\xbfemail").text, "email");
        assert_eq!(decode(b"\xff\xfee\0m\0").text, "em");
        let old = decode(b"M\xfcller");
        assert_eq!(old.text, "Müller");
        assert!(old.note.is_some());
        assert!(decode("Müller".as_bytes()).note.is_none());
    }
}
