//! A file's bytes as text: a byte-order mark decides, else UTF-8, else the charset under which the most column names
//! are known, else what a detector takes it for.
//!
//! Never fails on text: what is no character becomes U+FFFD and is reported. What is not a table at all is refused.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GBK, KOI8_R, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1250,
    WINDOWS_1251, WINDOWS_1252, WINDOWS_1253, WINDOWS_1254, WINDOWS_1255, WINDOWS_1256,
};

use super::layout::known_names;

/// A file's text, and what to tell about how it was read.
#[derive(Debug)]
pub struct Decoded<'a> {
    /// The text.
    pub text: Cow<'a, str>,
    /// The charset's name.
    pub charset: &'static str,
    /// Whether the charset is a guess.
    pub guessed: bool,
    /// Whether some bytes became U+FFFD.
    pub lossy: bool,
}

/// Charsets that spreadsheets of other languages save tables in.
const LEGACY: [&Encoding; 14] = [
    WINDOWS_1252,
    WINDOWS_1251,
    GBK,
    SHIFT_JIS,
    EUC_KR,
    BIG5,
    WINDOWS_1250,
    WINDOWS_1254,
    WINDOWS_1253,
    WINDOWS_1255,
    WINDOWS_1256,
    KOI8_R,
    EUC_JP,
    UTF_8,
];
/// Bytes looked at for the column names: a header is near the top.
const HEAD_BYTES: usize = 16 * 1024;
/// Bytes given to detection: more do not change a guess.
const DETECTED_BYTES: usize = 1024 * 1024;
/// In a text that is UTF-8, at least so many characters of several bytes stand against each broken one. Programs cut
/// long cells in the middle of a character; chance hardly ever makes such characters in another charset.
const SOUND_FOR_EACH_BROKEN: usize = 8;

const WEB_PAGE: &str = "it is a web page or XML, whatever its name: export the table as CSV";

/// What a file is that begins with these bytes, and what to do with it.
const OTHER_FILES: &[(&[u8], &str)] = &[
    (b"PK\x03\x04", "it is a workbook (.xlsx, .ods) or a zip archive: save the sheet as CSV (UTF-8)"),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "it is an old Excel workbook (.xls): save the sheet as CSV (UTF-8)",
    ),
    (b"%PDF", "it is a PDF: export the table as CSV"),
    (b"\x1f\x8b", "it is compressed: unpack it first"),
    (b"BEGIN:VCARD", "it is a vCard file: export the contacts as CSV"),
    (b"{\\rtf", "it is a text document (RTF): save the table as CSV"),
    (b"<!", WEB_PAGE),
    (b"<?", WEB_PAGE),
    (b"<html", WEB_PAGE),
    (b"<table", WEB_PAGE),
];

/// Reads the bytes as text.
///
/// # Errors
/// What the file is, where it is no table, and what to do.
pub fn decode(bytes: &[u8]) -> Result<Decoded<'_>, &'static str> {
    let content = bytes.trim_ascii_start();
    if let Some((_, what)) = OTHER_FILES.iter().find(|(start, _)| content.starts_with(start)) {
        return Err(what);
    }
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return Ok(by(encoding, bytes.get(mark..).unwrap_or_default(), false));
    }
    if let Some(encoding) = wide(bytes) {
        return Ok(by(encoding, bytes, true));
    }
    // ISO-2022-JP is ASCII with escapes.
    let escapes = bytes.windows(2).any(|two| two == b"\x1b$");
    if !escapes && is_utf8(bytes) {
        return Ok(by(UTF_8, bytes, false));
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(&bytes[..bytes.len().min(DETECTED_BYTES)], bytes.len() <= DETECTED_BYTES);
    let guess = detector.guess(None, Utf8Detection::Deny);
    Ok(by(by_names(bytes, guess), bytes, true))
}

fn by<'b>(encoding: &'static Encoding, bytes: &'b [u8], guessed: bool) -> Decoded<'b> {
    let (mut text, lossy) = encoding.decode_without_bom_handling(bytes);
    if text.contains('\0') {
        // A database cannot hold it.
        text = Cow::Owned(text.replace('\0', ""));
    }
    Decoded { text, charset: encoding.name(), guessed, lossy }
}

/// UTF-16 without a mark: every other byte of ASCII letters is zero.
fn wide(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes.get(..bytes.len().min(HEAD_BYTES) & !1)?;
    let zeros = |odd: usize| head.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count();
    let (first, second) = (zeros(0), zeros(1));
    let most = head.len() / 4;
    match (first > most, second > most) {
        (false, true) => Some(UTF_16LE),
        (true, false) => Some(UTF_16BE),
        _ => None,
    }
}

fn is_utf8(bytes: &[u8]) -> bool {
    let (mut sound, mut broken) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        sound += chunk.valid().chars().filter(|letter| !letter.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    sound >= broken * SOUND_FOR_EACH_BROKEN
}

/// The charset under which the most column names are known; the guess, unless another one is better.
fn by_names(bytes: &[u8], guess: &'static Encoding) -> &'static Encoding {
    let head = &bytes[..bytes.len().min(HEAD_BYTES)];
    let names = |encoding: &'static Encoding| known_names(&encoding.decode_without_bom_handling(head).0);
    let (mut best, mut most) = (guess, names(guess));
    for encoding in LEGACY {
        let known = names(encoding);
        if known > most {
            (best, most) = (encoding, known);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> (String, &'static str) {
        let decoded = decode(bytes).unwrap();
        (decoded.text.into_owned(), decoded.charset)
    }

    #[test]
    fn marks_decide() {
        assert_eq!(read(b"\xef\xbb\xbfemail"), ("email".into(), "UTF-8"));
        assert_eq!(read(b"\xff\xfee\0m\0"), ("em".into(), "UTF-16LE"));
        assert_eq!(read(b"\xfe\xff\0e\0m"), ("em".into(), "UTF-16BE"));
        assert_eq!(read(b"e\0m\0a\0i\0l\0\n\0").0, "email\n");
        assert_eq!(read(b"\0e\0m\0a\0i\0l\0\n").0, "email\n");
        assert!(!decode("Müller".as_bytes()).unwrap().guessed);
    }

    #[test]
    fn old_charsets_are_detected_from_few_words() {
        for (text, encoding) in [
            ("Vorname;Mail\nJürgen;j@x.example\n", WINDOWS_1252),
            ("Prénom;Société;Courriel\nHélène;Café;h@x.example\n", WINDOWS_1252),
            ("Email;Имя;Компания\na@x.example;Анна;ООО Ромашка\n", WINDOWS_1251),
            ("Почта;Имя\na@x.example;Анна\n", KOI8_R),
            ("邮箱,姓名,公司\na@x.example,李娜,北京某某有限公司\n", GBK),
            ("Email,姓名\na@x.example,李\n", GBK),
            ("電子郵件,姓名,公司\na@x.example,林小姐,台北公司\n", BIG5),
            ("メールアドレス,氏名,会社名\na@x.example,山田太郎,山田商店\n", SHIFT_JIS),
            ("氏名,email\n山田,a@x.example\n", SHIFT_JIS),
            ("이메일,이름,회사\na@x.example,김민수,가나상사\n", EUC_KR),
            ("E-mail;Imię;Nazwisko\na@x.example;Łucja;Żak\n", WINDOWS_1250),
            ("Email;Όνομα\na@x.example;Ελένη\n", WINDOWS_1253),
            ("e-posta;şirket\na@x.example;Işık\n", WINDOWS_1254),
        ] {
            let (bytes, _, lossy) = encoding.encode(text);
            assert!(!lossy);
            assert_eq!(read(&bytes).0, text, "{}", encoding.name());
        }
    }

    #[test]
    fn a_cut_character_does_not_spoil_a_text_in_utf_8() {
        let mut bytes = "Имя;Email\nАнна;a@x.example\nПётр".as_bytes().to_vec();
        bytes.pop();
        let decoded = decode(&bytes).unwrap();
        assert_eq!((decoded.charset, decoded.lossy), ("UTF-8", true));
        assert!(decoded.text.contains("Анна"));
    }

    #[test]
    fn what_is_no_table_is_refused_with_advice() {
        assert!(decode(b"PK\x03\x04\x14").unwrap_err().contains("save the sheet as CSV"));
        assert!(decode(b"\n<html>").unwrap_err().contains("web page"));
    }
}
