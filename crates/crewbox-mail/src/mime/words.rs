//! Encoded words (RFC 2047) in text. Adjacent words in one charset are joined as bytes and then decoded, as many
//! programs split them inside a character. Lenient where people's programs are: words that touch other text, blanks
//! inside a word, Base64 without padding or split across words. One pass, whatever the text.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::charset;
use super::transfer::{Base64, word_of_quoted_printable};

/// Longest name of a charset with its language; the registered ones have at most 45 characters.
const MAX_CHARSET_BYTES: usize = 75;

/// A stretch of words that decode to one text.
struct Run {
    at: Range<usize>,
    text: String,
}

/// The text with its encoded words decoded.
pub(crate) fn decode(text: &str) -> String {
    replaced(text, |_, run| run.to_owned())
}

/// A field of addresses in a form whose parser needs to know no charset: a run of words outside quotes becomes one
/// word in UTF-8; a run inside quotes becomes its text, escaped.
pub(crate) fn in_utf8(text: &str) -> String {
    let mut quoted = false;
    replaced(text, |before, run| {
        quoted ^= ends_quoted(before);
        if quoted {
            run.replace('\\', "\\\\").replace('"', "\\\"")
        } else {
            format!("=?utf-8?B?{}?=", STANDARD.encode(run))
        }
    })
}

/// Whether a quoted string is open at the end of text in which none is at the start.
fn ends_quoted(text: &str) -> bool {
    let mut quoted = false;
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => drop(bytes.next()),
            b'"' => quoted = !quoted,
            _ => {}
        }
    }
    quoted
}

/// Puts `form` of each run in its place; `form` is given the text between the run before and this one, and its text.
fn replaced(text: &str, mut form: impl FnMut(&str, &str) -> String) -> String {
    if !text.contains("=?") {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    let mut words = Words { text, at: 0, close: None };
    let mut waiting = words.next();
    while let Some(word) = waiting.take() {
        let mut run = Joined::of(word);
        waiting = words.next();
        while let Some(next) = waiting.take() {
            if !text[run.at.end..next.at.start].trim_ascii().is_empty() {
                waiting = Some(next);
                break;
            }
            run.add(next);
            waiting = words.next();
        }
        let Run { at, text: run } = run.finish();
        let before = &text[done..at.start];
        out.push_str(before);
        out.push_str(&form(before, &run));
        done = at.end;
    }
    out.push_str(&text[done..]);
    out
}

/// One encoded word as it is in the field.
struct Word<'a> {
    at: Range<usize>,
    charset: &'a str,
    is_base64: bool,
    data: &'a str,
}

/// Finds the words of a text in order.
struct Words<'a> {
    text: &'a str,
    at: usize,
    /// Where the next `?=` was found, so that words that never close are not searched for again and again.
    close: Option<usize>,
}

impl<'a> Iterator for Words<'a> {
    type Item = Word<'a>;

    fn next(&mut self) -> Option<Word<'a>> {
        loop {
            let start = self.at + self.text[self.at..].find("=?")?;
            self.at = start + 2;
            let Some((charset, is_base64, data)) = self.head(start + 2) else { continue };
            if self.close.is_none_or(|close| close < data) {
                self.close = Some(data + self.text[data..].find("?=")?);
            }
            let close = self.close?;
            // A word that does not close before the next begins is no word.
            let inner = &self.text[data..close];
            if inner.contains(" =?") || inner.contains("\t=?") {
                continue;
            }
            self.at = close + 2;
            return Some(Word { at: start..close + 2, charset, is_base64, data: inner });
        }
    }
}

impl<'a> Words<'a> {
    /// The charset, the encoding, and where the data starts, of a word whose `=?` ends at `start`.
    fn head(&self, start: usize) -> Option<(&'a str, bool, usize)> {
        let bytes = self.text.as_bytes();
        let reach = &bytes[start..bytes.len().min(start + MAX_CHARSET_BYTES)];
        let length = reach.iter().position(|byte| *byte == b'?')?;
        let charset = self.text.get(start..start + length)?;
        if charset.is_empty() || !charset.bytes().all(|byte| byte.is_ascii_graphic()) {
            return None;
        }
        let at = start + length + 1;
        let is_base64 = match bytes.get(at)? {
            b'b' | b'B' => true,
            b'q' | b'Q' => false,
            _ => return None,
        };
        (bytes.get(at + 1) == Some(&b'?')).then_some((charset, is_base64, at + 2))
    }
}

/// Words being joined: bytes in one charset, and text where the charset changed.
struct Joined<'a> {
    at: Range<usize>,
    text: String,
    charset: &'a str,
    bytes: Vec<u8>,
    /// Bits that a Base64 word left over: it was split inside a group.
    base64: Base64,
}

impl<'a> Joined<'a> {
    fn of(word: Word<'a>) -> Self {
        let mut run = Self {
            at: word.at.clone(),
            text: String::new(),
            charset: word.charset,
            bytes: Vec::new(),
            base64: Base64::default(),
        };
        run.take(&word);
        run
    }

    fn add(&mut self, word: Word<'a>) {
        self.at.end = word.at.end;
        if !word.charset.eq_ignore_ascii_case(self.charset) || !charset::can_be_joined(word.charset) {
            self.flush();
            self.charset = word.charset;
        }
        self.take(&word);
    }

    fn take(&mut self, word: &Word<'_>) {
        if !word.is_base64 {
            self.base64 = Base64::default();
            word_of_quoted_printable(word.data.as_bytes(), &mut self.bytes);
            return;
        }
        if !self.base64.is_within_a_group() {
            self.base64 = Base64::default();
        }
        self.base64.decode(word.data.as_bytes(), &mut self.bytes);
    }

    fn flush(&mut self) {
        let bytes = std::mem::take(&mut self.bytes);
        self.text.push_str(&charset::decode(&bytes, Some(self.charset)).0);
        self.base64 = Base64::default();
    }

    fn finish(mut self) -> Run {
        self.flush();
        Run { at: self.at, text: self.text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_joined_before_they_are_decoded() {
        for (text, wanted) in [
            ("=?utf-8?q?Gr=C3=BC=C3=9Fe?= =?utf-8?b?w6k=?= x", "Grüßeé x"),
            ("=?UTF-8?Q?K=C3?= =?utf-8?Q?=B6ln?=", "Köln"),
            ("=?UTF-8?B?S8M=?=  =?UTF-8?B?tmxu?=", "Köln"),
            ("=?UTF-8?Q?K=C3?=\t=?UTF-8?B?tmxu?=", "Köln"),
            // The Base64 itself was split, between words.
            ("=?UTF-8?B?S8O2b?= =?UTF-8?B?G4=?=", "Köln"),
            ("=?iso-2022-jp?B?GyRCJDMbKEI=?= =?iso-2022-jp?B?GyRCJHMbKEI=?=", "こん"),
            ("=?utf-7?Q?Gr+APw-?= =?utf-7?Q?b+AOQ-?=", "Grübä"),
            ("=?iso-8859-1?Q?=E9?= =?utf-8?Q?=C3=A9?=", "éé"),
            ("=?us-ascii*en?q?hi?=", "hi"),
        ] {
            assert_eq!(decode(text), wanted, "{text}");
        }
    }

    #[test]
    fn words_are_found_as_programs_write_them() {
        for (text, wanted) in [
            ("=?UTF-8?B?R3LDvMOfZSE?=", "Grüße!"),
            ("=?UTF-8?Q?Re: Gr=C3=BC=C3=9Fe aus K=C3=B6ln?=", "Re: Grüße aus Köln"),
            ("Re:=?utf-8?Q?Gr=C3=BC=C3=9Fe?==?UTF-8?Q?_K=C3=B6ln?=.", "Re:Grüße Köln."),
            ("=?utf-8?Q?Really??= yes", "Really? yes"),
            ("=?utf-8?Q?open =?utf-8?Q?closed?=", "=?utf-8?Q?open closed"),
            ("=?utf-8?Q??=a", "a"),
            ("1=?2 =?x =?utf-8?z?a?= =?utf-8?q?", "1=?2 =?x =?utf-8?z?a?= =?utf-8?q?"),
            ("=?nonsense?B?4pyT?=", "\u{2713}"),
            ("=?us-ascii?Q?caf=C3=A9?=", "café"),
            ("=?iso-8859-1?Q?caf=C3=A9?=", "café"),
        ] {
            assert_eq!(decode(text), wanted, "{text}");
        }
    }

    #[test]
    fn addresses_keep_their_form() {
        assert_eq!(
            in_utf8("\"=?utf-8?Q?M=C3=BCller,_=22A=22?=\" <a@b.test>, =?utf-8?Q?L=C3=A9a?= <c@d.test>"),
            "\"Müller, \\\"A\\\"\" <a@b.test>, =?utf-8?B?TMOpYQ==?= <c@d.test>"
        );
    }
}
