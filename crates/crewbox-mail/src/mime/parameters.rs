//! A value with parameters: Content-Type and Content-Disposition. Pieces of a parameter (RFC 2231) are put together
//! as bytes and then decoded. Lenient: open quotes, quotes inside quotes, blanks in values, missing semicolons, and
//! encoded words where the standards allow none. Linear in the field, which is bounded before it comes here.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::transfer::hex;
use super::{charset, words};

/// A field's value and its parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parameterised {
    /// What precedes the first semicolon, lower case.
    pub(crate) value: String,
    /// Names in lower case, and decoded values.
    parameters: Vec<(String, String)>,
}

impl Parameterised {
    /// Reads an unfolded field.
    pub(crate) fn read(field: &str) -> Self {
        let mut scan = Scan { text: field, at: 0 };
        let value = scan.value("").trim_matches(['"', '\'', ',', ' ']).to_ascii_lowercase();
        let mut plain: Vec<(String, String)> = Vec::new();
        let mut pieced: BTreeMap<String, BTreeMap<u32, Piece>> = BTreeMap::new();
        while let Some((name, text)) = scan.parameter() {
            match Piece::of(&name, &text) {
                Some((base, number, piece)) => {
                    pieced.entry(base).or_default().entry(number).or_insert(piece);
                }
                None => {
                    let text = stray_charset(&text).unwrap_or_else(|| words::decode(&text));
                    plain.push((name, text));
                }
            }
        }
        // What RFC 2231 encodes is the better form of the two that many programs write.
        let mut parameters: Vec<(String, String)> =
            pieced.into_iter().map(|(name, pieces)| (name, joined(pieces.into_values()))).collect();
        parameters.extend(plain);
        Self { value, parameters }
    }

    /// The first parameter of that name, which is in lower case.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, text)| text.as_str())
    }
}

/// One piece of a parameter.
struct Piece {
    /// Percent-encoded; the first with its charset and language before it.
    encoded: bool,
    text: String,
}

impl Piece {
    /// The base of the name, the number, and the piece, if it is one: `name*`, `name*0`, `name*0*`.
    fn of(name: &str, text: &str) -> Option<(String, u32, Self)> {
        let (base, number) = name.split_once('*')?;
        let encoded = number.is_empty() || number.ends_with('*');
        let number = number.trim_end_matches('*');
        let number = if number.is_empty() { 0 } else { number.parse().ok()? };
        Some((base.to_owned(), number, Self { encoded, text: text.to_owned() }))
    }
}

/// The text of a parameter in pieces, which come in their order.
fn joined(pieces: impl Iterator<Item = Piece>) -> String {
    let mut bytes = Vec::new();
    let mut label: Option<String> = None;
    let mut any_encoded = false;
    for (index, piece) in pieces.enumerate() {
        if !piece.encoded {
            bytes.extend_from_slice(piece.text.as_bytes());
            continue;
        }
        let mut text = piece.text.as_str();
        if index == 0
            && let Some((named, rest)) = with_charset(text)
        {
            label = Some(named.to_owned()).filter(|named| !named.is_empty());
            text = rest;
        }
        any_encoded = true;
        percent_decoded(text, &mut bytes);
    }
    if any_encoded {
        return charset::decode(&bytes, label.as_deref()).0;
    }
    words::decode(&charset::detect(&bytes).0)
}

/// Charset and text of `charset'language'text`; none if it does not start so.
fn with_charset(text: &str) -> Option<(&str, &str)> {
    let (label, rest) = text.split_once('\'')?;
    let (language, rest) = rest.split_once('\'')?;
    let is_language = language.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (is_language && (label.is_empty() || charset::is_known(label))).then_some((label, rest))
}

/// The text of a plain parameter that is written as RFC 2231 writes an encoded one.
fn stray_charset(text: &str) -> Option<String> {
    let (label, rest) = with_charset(text)?;
    if label.is_empty() || !rest.contains('%') {
        return None;
    }
    let mut bytes = Vec::with_capacity(rest.len());
    percent_decoded(rest, &mut bytes);
    Some(charset::decode(&bytes, Some(label)).0)
}

fn percent_decoded(text: &str, out: &mut Vec<u8>) {
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte == b'%'
            && let [high, low, behind @ ..] = after
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            out.push(high << 4 | low);
            rest = behind;
        } else {
            out.push(byte);
        }
    }
}

/// Goes through a field.
struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    fn rest(&self) -> &'a [u8] {
        &self.text.as_bytes()[self.at..]
    }

    fn pass(&mut self, these: &[u8]) {
        self.at += self.rest().iter().take_while(|byte| these.contains(byte)).count();
    }

    /// The next parameter; its name in lower case.
    fn parameter(&mut self) -> Option<(String, String)> {
        loop {
            self.pass(b"; \t,");
            if self.rest().is_empty() {
                return None;
            }
            let length = self.rest().iter().take_while(|byte| !matches!(byte, b'=' | b';')).count();
            let name = &self.text[self.at..self.at + length];
            self.at += length;
            if self.rest().first() != Some(&b'=') {
                // No value: a word that means nothing here.
                continue;
            }
            self.at += 1;
            self.pass(b" \t");
            // A comment may stand before the name.
            let name = name.rsplit(')').next().unwrap_or_default().trim().to_ascii_lowercase();
            let value = if self.rest().first() == Some(&b'"') {
                self.at += 1;
                self.quoted()
            } else {
                self.value(&name).into_owned()
            };
            return Some((name, value));
        }
    }

    /// A value without quotes: up to a semicolon, or to a blank behind which another parameter starts. Comments are
    /// left out, but not of file names, in which parentheses are more likely.
    fn value(&mut self, name: &str) -> Cow<'a, str> {
        let keeps_parentheses = name.starts_with("name") || name.starts_with("filename");
        let start = self.at;
        let mut comment: Option<usize> = None;
        while let Some(&byte) = self.rest().first() {
            match byte {
                b';' => break,
                b'(' if !keeps_parentheses && comment.is_none() => comment = Some(self.at),
                b' ' | b'\t' if starts_parameter(&self.rest()[1..]) => break,
                _ => {}
            }
            self.at += 1;
        }
        Cow::Borrowed(self.text[start..comment.unwrap_or(self.at)].trim())
    }

    /// The rest of a quoted string. A quote ends it only where something else can follow it.
    fn quoted(&mut self) -> String {
        let mut out = Vec::new();
        while let Some((&byte, after)) = self.rest().split_first() {
            self.at += 1;
            match (byte, after.first()) {
                (b'\\', Some(next @ (b'"' | b'\\'))) => {
                    out.push(*next);
                    self.at += 1;
                }
                (b'"', _) if ends_value(after) => break,
                _ => out.push(byte),
            }
        }
        // Only whole characters were left out.
        String::from_utf8(out).unwrap_or_default()
    }
}

/// Whether a quoted string can end before this.
fn ends_value(after: &[u8]) -> bool {
    let rest = after.trim_ascii_start();
    match rest.first() {
        None | Some(b';' | b'(' | b',') => true,
        _ => rest.len() < after.len() && starts_parameter(rest),
    }
}

/// Longest name of a parameter that is recognised without a semicolon before it.
const MAX_NAME_BYTES: usize = 32;

/// Whether `name=` starts here.
fn starts_parameter(bytes: &[u8]) -> bool {
    let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'*' | b'_');
    let length = bytes.iter().take(MAX_NAME_BYTES).take_while(is_name).count();
    length > 0 && bytes[0].is_ascii_alphabetic() && bytes.get(length) == Some(&b'=')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file_name(field: &str) -> String {
        Parameterised::read(field).get("filename").unwrap_or_default().to_owned()
    }

    #[test]
    fn pieces_are_joined_before_they_are_decoded() {
        for (field, name) in [
            ("attachment; filename*=UTF-8''K%C3%B6ln.pdf", "Köln.pdf"),
            ("attachment; filename*0*=UTF-8''K%C3; filename*1*=%B6ln; filename*2=.pdf", "Köln.pdf"),
            ("attachment; filename*1*=%B6ln.pdf; filename*0*=utf-8'de'K%C3", "Köln.pdf"),
            ("attachment; filename*0*=''K%C3%B6ln%20; filename*1=2026.pdf", "Köln 2026.pdf"),
            ("attachment; filename*0=a; filename*1=\"b c.pdf\"", "ab c.pdf"),
            ("attachment; filename=\"x.pdf\"; filename*=iso-8859-1''K%F6ln.pdf", "Köln.pdf"),
            ("attachment; filename*=K%C3%B6ln.pdf", "Köln.pdf"),
            ("attachment; filename*=Lea's and Tom's.pdf", "Lea's and Tom's.pdf"),
            ("attachment; filename=\"utf-8''K%C3%B6ln.pdf\"", "Köln.pdf"),
            ("attachment; filename*0=\"=?utf-8?B?S8O2\"; filename*1=\"bG4=?=.pdf\"", "Köln.pdf"),
            ("attachment; filename*0*=big5''%a7%41; filename*1*=%a6%6e", "\u{4f60}\u{597d}"),
        ] {
            assert_eq!(file_name(field), name, "{field}");
        }
    }

    #[test]
    fn names_are_read_as_programs_write_them() {
        for (field, name) in [
            ("attachment; filename=\"a; b.pdf\"; size=3", "a; b.pdf"),
            ("attachment; filename=my file.pdf; size=3", "my file.pdf"),
            ("attachment; filename=my file.pdf size=3", "my file.pdf"),
            ("attachment; filename=Rates (2).pdf", "Rates (2).pdf"),
            (r#"attachment; filename="C:\dir\file.pdf""#, r"C:\dir\file.pdf"),
            (r#"attachment; filename="say \"hi\".pdf""#, r#"say "hi".pdf"#),
            (r#"attachment; filename="say "hi" now.pdf""#, r#"say "hi" now.pdf"#),
            ("attachment; filename=\"open.pdf", "open.pdf"),
            ("attachment; FileName = \"=?utf-8?Q?K=C3?= =?utf-8?Q?=B6ln.pdf?=\"", "Köln.pdf"),
            ("attachment; filename==?utf-8?Q?K=C3=B6ln.pdf?=", "Köln.pdf"),
            ("attachment filename=a.pdf", "a.pdf"),
        ] {
            assert_eq!(file_name(field), name, "{field}");
        }
    }

    #[test]
    fn types_are_read_with_comments_and_without_semicolons() {
        let read = Parameterised::read("Text/Plain (words); charset=us-ascii (Plain text); format=flowed");
        assert_eq!(
            (read.value.as_str(), read.get("charset"), read.get("format")),
            ("text/plain", Some("us-ascii"), Some("flowed"))
        );
        let read = Parameterised::read("text/html charset=\"utf-8\" x=\"y\"");
        assert_eq!(
            (read.value.as_str(), read.get("charset"), read.get("x")),
            ("text/html", Some("utf-8"), Some("y"))
        );
        assert_eq!(Parameterised::read(";;;=").value, "");
    }
}
