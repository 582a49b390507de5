//! Text that travelled encoded while its headers do not say so, as a gateway that drops a header leaves it. Only where
//! every byte agrees: text that merely looks like it stays as it is.

use super::transfer::Transfer;

/// Lengths of a full line of Base64.
const FULL_LINE: std::ops::RangeInclusive<usize> = 60..=76;

/// The decoded bytes, if the text is surely encoded.
pub(crate) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.trim_ascii();
    if text.len() < *FULL_LINE.start() && !text.contains(&b'=') || !text.is_ascii() {
        return None;
    }
    if is_base64(text) {
        decoded(text, Transfer::Base64)
    } else if is_quoted_printable(text) {
        decoded(text, Transfer::QuotedPrintable)
    } else {
        None
    }
}

/// The bytes of Base64, where something else is named, if the text is surely that.
pub(crate) fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.trim_ascii();
    is_base64(text).then(|| decoded(text, Transfer::Base64)).flatten()
}

/// The bytes of Base64 up to an empty line, and the words behind it, which are none.
pub(crate) fn base64_and_footer(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let end = [b"\n\n".as_slice(), b"\r\n\r\n"]
        .into_iter()
        .filter_map(|gap| memchr::memmem::find(text, gap))
        .min()?;
    let (encoded, footer) = text.split_at(end);
    Some((decoded(encoded, Transfer::Base64)?, footer.trim_ascii()))
}

/// What it decodes to, if that is text and nothing was left out.
fn decoded(text: &[u8], transfer: Transfer) -> Option<Vec<u8>> {
    let (decoded, lossy) = transfer.decode(text);
    let words = std::str::from_utf8(&decoded).ok()?;
    let is_text = !words.contains(|c: char| c.is_control() && !c.is_whitespace())
        && words.contains(char::is_whitespace);
    (is_text && !lossy).then(|| decoded.into_owned())
}

/// Whether it is lines of Base64 and nothing else, all but the last of one full length.
fn is_base64(text: &[u8]) -> bool {
    let mut lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).peekable();
    let length = lines.peek().map_or(0, |line| line.len());
    let is_line = |line: &[u8]| {
        let letters = line.iter().rposition(|byte| *byte != b'=').map_or(0, |last| last + 1);
        line.len() - letters <= 2
            && line[..letters].iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
    };
    if !FULL_LINE.contains(&length) || length % 4 != 0 {
        return false;
    }
    while let Some(line) = lines.next() {
        let is_last = lines.peek().is_none();
        let fits = if is_last { line.len() % 4 == 0 && line.len() <= length } else { line.len() == length };
        if !fits || !is_line(line) {
            return false;
        }
    }
    true
}

/// Whether each `=` is one of quoted-printable, and some say what no text would: a line that goes on, or a character
/// beyond ASCII.
fn is_quoted_printable(text: &[u8]) -> bool {
    let mut says_so = false;
    for at in memchr::memchr_iter(b'=', text) {
        match &text[at + 1..] {
            [] | [b'\n', ..] | [b'\r', b'\n', ..] => says_so = true,
            [high, low, ..] if is_hex(*high) && is_hex(*low) => says_so |= *high >= b'8',
            _ => return false,
        }
    }
    says_so && text.windows(3).any(|three| three[0] == b'=' && is_hex(three[1]) && is_hex(three[2]))
}

/// Encoders write upper case.
fn is_hex(byte: u8) -> bool {
    byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_surely_encoded_is_decoded() {
        for (text, wanted) in [
            ("Gr=C3=BC=C3=9Fe", None),
            ("Viele Gr=C3=BC=C3=9Fe", Some("Viele Grüße")),
            ("a long line =\r\nthat goes on=21", Some("a long line that goes on!")),
            (
                "SGVsbG8gd29ybGQsIHRoaXMgaXMgYSBsaW5lIHRoYXQgaXMgbG9uZyBlbm91Z2ggZm9yIGEg\r\nbWFpbC4=",
                Some("Hello world, this is a line that is long enough for a mail."),
            ),
            ("1+1=2, a=b", None),
            ("http://a.test/?id=AB&c=12 =", None),
            ("SGVsbG8gd29ybGQ=", None),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", None),
            ("words =\n and =C3", None),
            ("", None),
        ] {
            assert_eq!(decode(text.as_bytes()).as_deref(), wanted.map(str::as_bytes), "{text}");
        }
        let (bytes, footer) = base64_and_footer(b"SGVsbG8g\r\nd29ybGQ=\r\n\r\n-- \r\nA list").unwrap();
        assert_eq!((bytes.as_slice(), footer), (b"Hello world".as_slice(), b"-- \r\nA list".as_slice()));
        assert_eq!(base64_and_footer(b"Hello\n\nthere"), None);
        assert_eq!(base64(b"Hello"), None);
    }
}
