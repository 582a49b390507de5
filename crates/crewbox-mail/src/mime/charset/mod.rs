//! Bytes to text: the label by WHATWG's table, else detection; what does not decode is replaced and reported.
//! Never fails and never loses bytes silently. Labels that lie are recognised where the bytes prove it.

mod shifted;
mod utf7;

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{
    BIG5, EUC_KR, Encoding, GBK, ISO_2022_JP, ISO_8859_2, ISO_8859_3, ISO_8859_4, ISO_8859_10, ISO_8859_13,
    ISO_8859_14, ISO_8859_15, ISO_8859_16, MACINTOSH, REPLACEMENT, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE,
    WINDOWS_874, WINDOWS_1250, WINDOWS_1252, WINDOWS_1254, WINDOWS_1257, WINDOWS_1258,
};
use mail_parser::decoders::charsets::map::charset_decoder;

/// Most bytes given to detection: what follows does not change a guess.
const DETECTED_BYTES: usize = 16 * 1024;

/// So many bytes beyond ASCII that form valid UTF-8 are UTF-8, whatever the label: text in another charset passes as
/// UTF-8 by chance only when it is shorter. In a Latin charset no word does; in Chinese one of seven characters does,
/// and Thai has whole words that do.
const PROOF_OF_UTF8: usize = 10;
const PROOF_AGAINST_LATIN: usize = 2;
const PROOF_AGAINST_THAI: usize = 20;

/// Charsets of the Latin alphabet, besides the Western one.
const LATIN: &[&Encoding] = &[
    ISO_8859_2,
    ISO_8859_3,
    ISO_8859_4,
    ISO_8859_10,
    ISO_8859_13,
    ISO_8859_14,
    ISO_8859_15,
    ISO_8859_16,
    MACINTOSH,
    WINDOWS_1250,
    WINDOWS_1254,
    WINDOWS_1257,
    WINDOWS_1258,
];

/// Labels that mail uses and WHATWG's table does not have.
const LABELS: &[(&str, &Encoding)] = &[
    ("cp65001", UTF_8),
    ("utf-8-sig", UTF_8),
    ("utf8mb4", UTF_8),
    ("utf_8", UTF_8),
    ("latin-1", WINDOWS_1252),
    ("cp932", SHIFT_JIS),
    ("windows-932", SHIFT_JIS),
    ("shift_jisx0213", SHIFT_JIS),
    ("shift_jis-2004", SHIFT_JIS),
    ("cp936", GBK),
    ("ms936", GBK),
    ("windows-936", GBK),
    ("euc-cn", GBK),
    ("euccn", GBK),
    ("x-euc-cn", GBK),
    ("gb2312-80", GBK),
    ("cp949", EUC_KR),
    ("ms949", EUC_KR),
    ("uhc", EUC_KR),
    ("ks_c_5601", EUC_KR),
    ("ksc5601-1987", EUC_KR),
    ("x-windows-949", EUC_KR),
    ("cp950", BIG5),
    ("ms950", BIG5),
    ("windows-950", BIG5),
    ("cp874", WINDOWS_874),
    ("ms874", WINDOWS_874),
    ("windows874", WINDOWS_874),
    ("iso-2022-jp-1", ISO_2022_JP),
    ("iso-2022-jp-2", ISO_2022_JP),
    ("iso-2022-jp-3", ISO_2022_JP),
    ("iso-2022-jp-2004", ISO_2022_JP),
    ("iso-2022-jp-ms", ISO_2022_JP),
    ("cp50220", ISO_2022_JP),
    ("cp50221", ISO_2022_JP),
];

/// A charset that a label names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Charset {
    /// One of encoding_rs.
    Known(&'static Encoding),
    /// ASCII: with any byte beyond it, the label is wrong.
    Ascii,
    Utf7,
    /// Two-byte characters between shift marks, which become this encoding once the marks are gone.
    Shifted(shifted::Marks, &'static Encoding),
}

/// The charset of a label; none if it is unknown, or says nothing.
fn named(label: &str) -> Option<Charset> {
    let label = label.to_ascii_lowercase();
    // RFC 2231, section 5: a language may follow.
    let label = label.split('*').next().unwrap_or_default();
    Some(match label {
        "us-ascii" | "ascii" | "ansi_x3.4-1968" | "iso646-us" | "iso-ir-6" => Charset::Ascii,
        "utf-7"
        | "utf7"
        | "unicode-1-1-utf-7"
        | "unicode-2-0-utf-7"
        | "x-unicode-1-1-utf-7"
        | "x-unicode-2-0-utf-7"
        | "csunicode11utf7"
        | "cp65000" => Charset::Utf7,
        "iso-2022-kr" | "csiso2022kr" | "iso2022-kr" | "iso2022kr" => {
            Charset::Shifted(shifted::Marks::Iso2022, EUC_KR)
        }
        "iso-2022-cn" | "iso-2022-cn-ext" | "csiso2022cn" => Charset::Shifted(shifted::Marks::Iso2022, GBK),
        "hz-gb-2312" | "hz" => Charset::Shifted(shifted::Marks::Hz, GBK),
        label => {
            let listed = LABELS.iter().find(|(name, _)| *name == label).map(|(_, encoding)| *encoding);
            let encoding = listed.or_else(|| Encoding::for_label(label.as_bytes()))?;
            (encoding != REPLACEMENT).then_some(Charset::Known(encoding))?
        }
    })
}

/// Whether the label names a charset that is known here.
pub(crate) fn is_known(label: &str) -> bool {
    named(label).is_some() || charset_decoder(label.as_bytes()).is_some()
}

/// Whether what is encoded in pieces can be joined before it is decoded: only where pieces carry no state.
pub(crate) fn can_be_joined(label: &str) -> bool {
    named(label) != Some(Charset::Utf7)
}

/// Decodes by `label`; true if something was replaced. NUL is dropped: databases cannot hold it.
pub(crate) fn decode(bytes: &[u8], label: Option<&str>) -> (String, bool) {
    let (text, lossy) = in_place(bytes, label);
    (text.into_owned(), lossy)
}

/// As [`decode`], for bytes that nobody needs afterwards: they are not copied where they are the text.
pub(crate) fn decode_owned(bytes: Vec<u8>, label: Option<&str>) -> (String, bool) {
    let lossy = match in_place(&bytes, label) {
        (Cow::Borrowed(text), lossy) if text.len() == bytes.len() => lossy,
        (text, lossy) => return (text.into_owned(), lossy),
    };
    let text = String::from_utf8(bytes);
    (text.unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()), lossy)
}

/// As [`decode`]; the text is the bytes themselves where they are UTF-8 already.
pub(crate) fn in_place<'a>(bytes: &'a [u8], label: Option<&str>) -> (Cow<'a, str>, bool) {
    let label = label.map(|l| l.trim().trim_matches(['"', '\'']).trim());
    let (text, lossy) = match label.map(|l| (l, named(l))) {
        Some((_, Some(charset))) => by_charset(charset, bytes),
        // The DOS code pages are not WHATWG's, but mail has them.
        Some((label, None)) if let Some(decoder) = charset_decoder(label.as_bytes()) => {
            let text = decoder(bytes);
            let lossy = text.contains('\u{fffd}');
            (Cow::Owned(text), lossy)
        }
        _ => detected(bytes),
    };
    let text = if text.contains('\0') { Cow::Owned(text.replace('\0', "")) } else { text };
    (text, lossy)
}

/// Decodes without a label; as [`decode`].
pub(crate) fn detect(bytes: &[u8]) -> (String, bool) {
    decode(bytes, None)
}

fn by_charset(charset: Charset, bytes: &[u8]) -> (Cow<'_, str>, bool) {
    // A charset of seven bits whose text has the eighth, or escapes into another charset, is not that charset.
    let wide = !bytes.is_ascii();
    match charset {
        Charset::Ascii => detected(bytes),
        Charset::Utf7 | Charset::Shifted(..) if wide => detected(bytes),
        Charset::Utf7 => owned(utf7::decode(bytes)),
        Charset::Shifted(marks, encoding) => widened(encoding, bytes, marks),
        Charset::Known(encoding) if encoding == UTF_8 => {
            if is_mostly_utf8(bytes) {
                by(UTF_8, bytes)
            } else {
                detected(bytes)
            }
        }
        // Mail often says Latin-1 and means UTF-8; Latin-1 text is never valid UTF-8 by chance.
        Charset::Known(encoding) if encoding == WINDOWS_1252 && is_utf8(bytes) => detected(bytes),
        Charset::Known(encoding) if encoding == ISO_2022_JP && wide => detected(bytes),
        Charset::Known(encoding) if encoding == UTF_16BE || encoding == UTF_16LE => {
            // Text of one byte a character under this label: its first characters would have a NUL each.
            if is_utf8(bytes) && !bytes.contains(&0) { by(UTF_8, bytes) } else { by(encoding, bytes) }
        }
        Charset::Known(encoding) => {
            let (text, lossy) = by(encoding, bytes);
            // Nobody writes the control characters that some charsets have for bytes without a letter.
            let is_odd = || lossy || text.contains(|letter| ('\u{80}'..'\u{a0}').contains(&letter));
            if !bytes.is_ascii() && is_utf8(bytes) && (is_odd() || is_proof_of_utf8(bytes, encoding)) {
                return by(UTF_8, bytes);
            }
            (text, lossy)
        }
    }
}

fn detected(bytes: &[u8]) -> (Cow<'_, str>, bool) {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return by(encoding, bytes);
    }
    let escapes = memchr::memmem::find(bytes, b"\x1b$").is_some();
    if escapes && memchr::memmem::find(bytes, b"\x1b$)C").is_some() && bytes.is_ascii() {
        return widened(EUC_KR, bytes, shifted::Marks::Iso2022);
    }
    if !escapes && is_mostly_utf8(bytes) {
        return by(UTF_8, bytes);
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(&bytes[..bytes.len().min(DETECTED_BYTES)], true);
    by(detector.guess(None, Utf8Detection::Allow), bytes)
}

fn by<'a>(encoding: &'static Encoding, bytes: &'a [u8]) -> (Cow<'a, str>, bool) {
    if encoding == ISO_2022_JP {
        let bytes = shifted::without_idle_escapes(bytes);
        let (text, _, lossy) = encoding.decode(&bytes);
        return owned((text.into_owned(), lossy));
    }
    let (text, _, lossy) = encoding.decode(bytes);
    (text, lossy)
}

/// The text of two-byte characters between shift marks.
fn widened(encoding: &'static Encoding, bytes: &[u8], marks: shifted::Marks) -> (Cow<'static, str>, bool) {
    let bytes = shifted::widen(bytes, marks);
    let (text, lossy) = by(encoding, &bytes);
    owned((text.into_owned(), lossy))
}

/// A decoded text that is not the bytes themselves.
pub(crate) fn owned((text, lossy): (String, bool)) -> (Cow<'static, str>, bool) {
    (Cow::Owned(text), lossy)
}

fn is_utf8(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok()
}

/// Whether there is so much of this UTF-8 that it is no text in the charset.
fn is_proof_of_utf8(bytes: &[u8], encoding: &'static Encoding) -> bool {
    let wanted = if LATIN.contains(&encoding) {
        PROOF_AGAINST_LATIN
    } else if encoding == WINDOWS_874 {
        PROOF_AGAINST_THAI
    } else {
        PROOF_OF_UTF8
    };
    bytes.iter().filter(|byte| !byte.is_ascii()).take(wanted).count() == wanted
}

/// Whether it is UTF-8 but for damage: more characters beyond ASCII are whole than broken.
fn is_mostly_utf8(bytes: &[u8]) -> bool {
    if is_utf8(bytes) {
        return true;
    }
    let (mut whole, mut broken) = (0_usize, 0_usize);
    // A character that is cut off at the end is no damage, where there are others.
    if std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none()) {
        return !bytes[..bytes.len().saturating_sub(3)].is_ascii();
    }
    for chunk in bytes.utf8_chunks() {
        broken += usize::from(!chunk.invalid().is_empty());
        whole += chunk.valid().bytes().filter(|byte| *byte >= 0xc0).count();
    }
    whole > broken
}

/// The text without NUL characters.
pub(crate) fn without_nul(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_mislabels() {
        for (bytes, label, text) in [
            (b"caf\xe9".as_slice(), "ISO-8859-1", "café"),
            ("café".as_bytes(), "us-ascii", "café"),
            ("café".as_bytes(), "iso-8859-1", "café"),
            (b"Gr\xfc\xdfe aus K\xf6ln", "us-ascii", "Grüße aus Köln"),
            (b"\xcf\xf0\xe8\xe2\xe5\xf2", "cp1251", "Привет"),
            ("Привет из Москвы".as_bytes(), "koi8-r", "Привет из Москвы"),
            ("关于运费的回复".as_bytes(), "gb2312", "关于运费的回复"),
            // Too short to prove anything but that the label is wrong.
            ("运费单".as_bytes(), "gb2312", "运费单"),
            ("šest".as_bytes(), "iso-8859-2", "šest"),
            ("für Köln, ruß".as_bytes(), "windows-874", "für Köln, ruß"),
            // Valid as UTF-8, too, by chance.
            (b"\xe1\xba\xba\xe1\xbc\xb9", "tis-620", "แบบแผน"),
            ("hello".as_bytes(), "utf-16", "hello"),
            (b"Hi Mom +Jjo-!", "utf-7", "Hi Mom \u{263a}!"),
            (b"\xb0\xa1", "ks_c_5601-1987", "가"),
            (b"\xb0\xa1", "CP949", "가"),
            // A character that GB2312 lacks and GBK has; one that only Microsoft's Shift_JIS has.
            (b"\x96\x7c", "gb2312", "東"),
            (b"\x87\x40", "shift_jis", "①"),
            (b"\xca\xc7\xd1\xca\xb4\xd5", "windows-874", "สวัสดี"),
            (b"\x1b$)C\x0e0!\x0f.", "ISO-2022-KR", "가."),
            (b"~{VPND~} ok", "hz-gb-2312", "中文 ok"),
        ] {
            assert_eq!(decode(bytes, Some(label)), (text.to_owned(), false), "{label}");
        }
    }

    #[test]
    fn without_a_label_escapes_and_bytes_tell() {
        assert_eq!(detect(b"\x1b$B$3$s\x1b(B").0, "こん");
        assert_eq!(detect(b"\x1b$)C\x0e0!\x0f").0, "가");
        assert_eq!(detect(b"\xef\xbb\xbfhello").0, "hello");
        assert_eq!(detect(b"\xff\xfeh\0i\0").0, "hi");
    }

    #[test]
    fn damaged_utf8_stays_utf8() {
        let (text, lossy) = decode("Grüße aus K\u{f6}ln, schöne".as_bytes(), Some("utf-8"));
        assert_eq!((text.as_str(), lossy), ("Grüße aus Köln, schöne", false));
        let (text, lossy) = decode(b"Gr\xc3\xbc\xc3\x9fe aus K\xc3", Some("utf-8"));
        assert_eq!((text.as_str(), lossy), ("Grüße aus K\u{fffd}", true));
        assert_eq!(decode(b"caf\xe9 na\xefve", Some("utf-8")).0, "café naïve");
    }

    #[test]
    fn nothing_is_lost_when_bytes_do_not_decode() {
        let (text, _) = decode(b"ok \xff\xfe\0 end", Some("utf-8"));
        assert!(text.starts_with("ok") && text.ends_with("end") && !text.contains('\0'));
        assert!(decode(b"\x81\x40\xff", Some("shift_jis")).1);
    }
}
