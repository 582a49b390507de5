//! A response that the library refuses, written again with the parts of it that matter here.
//!
//! Owns what is kept of a response: what the sync asks for, in the grammar's own form. Everything else is left out.
//! None says that nothing can be kept.

use super::tokens::{Cursor, Kind, STATES, Value, is_mail, is_one_of, kind};

/// Codes of a status that are numbers, or nothing but themselves.
const NUMBER_CODES: &[&str] = &["UIDVALIDITY", "UIDNEXT"];
const BARE_CODES: &[&str] = &["ALERT", "READ-ONLY", "READ-WRITE", "TRYCREATE"];
/// Counts of the open folder.
const COUNTS: &[&str] = &["EXISTS", "RECENT", "EXPUNGE"];
/// Attributes of a mail that may follow its text. Anything else there says that the literal's size was wrong.
const ATTRIBUTES: &[&str] = &[
    "UID",
    "FLAGS",
    "INTERNALDATE",
    "RFC822.SIZE",
    "ENVELOPE",
    "BODY",
    "BODYSTRUCTURE",
    "MODSEQ",
    "X-GM-LABELS",
    "X-GM-MSGID",
    "X-GM-THRID",
    "EMAILID",
    "THREADID",
    "SAVEDATE",
    "PREVIEW",
];

/// A whole response.
pub(super) fn response(text: &[u8]) -> Option<Vec<u8>> {
    match kind(text) {
        Kind::Continue => {
            // The server waits, and says why in words for people, or in a challenge that is not answered here.
            let words = clean(text.trim_ascii_start().get(1..)?);
            let words = if words.starts_with(b"[") { b"" } else { words.as_slice() };
            Some([b"+ ", words, b"\r\n"].concat())
        }
        Kind::Status => status(text),
        Kind::Fetch => fetch(text),
        Kind::Data => data(text),
    }
}

/// The beginning of a FETCH, to the blank before the literal that is a mail. `inside`: not its first part.
pub(super) fn before_mail(text: &[u8], inside: bool) -> Option<Vec<u8>> {
    let mut rest = Cursor::new(text);
    let mut written = if inside { Vec::new() } else { fetch_start(&mut rest)? };
    let first = written.len();
    let name = attributes(&mut rest, &mut written, |_| true)?;
    if !is_mail(name) {
        return None;
    }
    if inside || written.len() > first {
        written.push(b' ');
    }
    written.extend_from_slice(name);
    written.push(b' ');
    Some(written)
}

/// What follows a mail: more attributes, and the end.
pub(super) fn after_mail(text: &[u8]) -> Option<Vec<u8>> {
    let mut rest = Cursor::new(text);
    let mut written = Vec::new();
    let known = |name: &[u8]| is_one_of(name, ATTRIBUTES) || is_mail(name);
    attributes(&mut rest, &mut written, known)?;
    if !rest.eat(b')') {
        return None;
    }
    while rest.eat(b')') {}
    if rest.peek().is_some() {
        return None;
    }
    // The library was given an attribute already: what follows is parted from it.
    if !written.is_empty() {
        written.insert(0, b' ');
    }
    written.extend_from_slice(b")\r\n");
    Some(written)
}

/// Printable text on one line.
fn clean(text: &[u8]) -> Vec<u8> {
    let printable = text.trim_ascii().iter().map(|byte| if byte.is_ascii_control() { b' ' } else { *byte });
    printable.collect()
}

/// `tag OK [code] text`, or with a star for the tag.
fn status(text: &[u8]) -> Option<Vec<u8>> {
    let mut rest = Cursor::new(text);
    let (tag, state) = (rest.word(), rest.word());
    if !is_one_of(state, STATES) || !tag.iter().all(u8::is_ascii_graphic) {
        return None;
    }
    let mut written = [tag, b" ", state].concat();
    rest.skip_blanks();
    let words = clean(rest.rest());
    let (code, words) = match words.strip_prefix(b"[").and_then(|inner| split_at(inner, b']')) {
        Some((inner, words)) => (code(inner), words),
        None => (Vec::new(), words.as_slice()),
    };
    for part in [code.as_slice(), words.trim_ascii()] {
        if !part.is_empty() {
            written.push(b' ');
            written.extend_from_slice(part);
        }
    }
    written.extend_from_slice(b"\r\n");
    Some(written)
}

fn split_at(text: &[u8], byte: u8) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr(byte, text)?;
    Some((&text[..at], &text[at + 1..]))
}

/// A code in brackets; one that cannot be read becomes words.
fn code(inner: &[u8]) -> Vec<u8> {
    let mut rest = Cursor::new(inner);
    let name = rest.word();
    if is_one_of(name, NUMBER_CODES) {
        return match number(rest.word()) {
            // UIDVALIDITY says "the same numbering" and no more: of a longer number the lower half does.
            Some(long) if name.eq_ignore_ascii_case(b"UIDVALIDITY") => {
                let short = u32::try_from(long & u64::from(u32::MAX)).unwrap_or(u32::MAX).max(1);
                [b"[", name, b" ", short.to_string().as_bytes(), b"]"].concat()
            }
            Some(long) => {
                let short = u32::try_from(long).unwrap_or(u32::MAX);
                [b"[", name, b" ", short.to_string().as_bytes(), b"]"].concat()
            }
            None => inner.to_vec(),
        };
    }
    if name.eq_ignore_ascii_case(b"CAPABILITY") {
        return [b"[".as_slice(), capabilities(&mut rest).as_slice(), b"]"].concat();
    }
    if is_one_of(name, BARE_CODES) {
        return [b"[", name, b"]"].concat();
    }
    if NUMBER_CODES.iter().any(|code| name.len() >= code.len() && is_one_of(&name[..code.len()], &[*code])) {
        return inner.to_vec();
    }
    // The words say what kind of refusal it is; in brackets, as servers write them.
    [b"[", inner, b"]"].concat()
}

fn data(text: &[u8]) -> Option<Vec<u8>> {
    let mut rest = Cursor::new(text);
    rest.word();
    let first = rest.name();
    let written = if first.eq_ignore_ascii_case(b"CAPABILITY") {
        capabilities(&mut rest)
    } else if first.eq_ignore_ascii_case(b"SEARCH") {
        search(&mut rest)
    } else if is_one_of(first, &["LIST", "XLIST", "LSUB"]) {
        list(&mut rest)?
    } else {
        let (count, what) = (number(first)?, rest.word());
        let count = u32::try_from(count).ok()?;
        if !is_one_of(what, COUNTS) {
            return None;
        }
        [count.to_string().as_bytes(), b" ", what].concat()
    };
    Some([b"* ", written.as_slice(), b"\r\n"].concat())
}

fn capabilities(rest: &mut Cursor<'_>) -> Vec<u8> {
    // A server of the newer protocol may leave out the older one's name, which it understands as well.
    let mut written = b"CAPABILITY IMAP4rev1".to_vec();
    loop {
        let word = rest.word();
        if word.is_empty() {
            return written;
        }
        if is_atom(word) && !word.eq_ignore_ascii_case(b"IMAP4rev1") {
            written.push(b' ');
            written.extend_from_slice(word);
        }
    }
}

fn search(rest: &mut Cursor<'_>) -> Vec<u8> {
    let mut written = b"SEARCH".to_vec();
    while let Some(value) = rest.value() {
        if let Value::Word(word) = value
            && let Some(uid) = number(word).and_then(|uid| u32::try_from(uid).ok())
        {
            written.extend_from_slice(format!(" {uid}").as_bytes());
        }
    }
    written
}

/// `LIST (attributes) "delimiter" "name"`.
fn list(rest: &mut Cursor<'_>) -> Option<Vec<u8>> {
    let mut attributes = Vec::new();
    if rest.peek() == Some(b'(')
        && let Some(Value::Group(group)) = rest.value()
    {
        attributes =
            words(group).into_iter().filter(|word| word.starts_with(b"\\") && is_flag(word)).collect();
    }
    let first = rest.value()?;
    let (delimiter, name) = match rest.peek() {
        None => (None, first),
        Some(b'"' | b'{') => (delimiter(&first), rest.value()?),
        // A name without quotes may have blanks in it.
        Some(_) => (delimiter(&first), Value::Word(rest.rest().trim_ascii())),
    };
    let name = match name {
        Value::Text(name) => name,
        Value::Word(word) if !word.eq_ignore_ascii_case(b"NIL") => word.to_vec(),
        _ => return None,
    };
    let name = quoted(&name).filter(|name| name.len() > 2)?;
    let delimiter = delimiter.unwrap_or_else(|| b"NIL".to_vec());
    Some([b"LIST (", attributes.join(b" ".as_slice()).as_slice(), b") ", &delimiter, b" ", &name].concat())
}

fn delimiter(value: &Value<'_>) -> Option<Vec<u8>> {
    match value {
        Value::Text(text) => quoted(text).filter(|_| text.len() == 1),
        Value::Word(word) => quoted(word).filter(|_| word.len() == 1),
        Value::Group(_) => None,
    }
}

/// The text in quotes; none where it cannot stand in quotes.
fn quoted(text: &[u8]) -> Option<Vec<u8>> {
    let mut written = vec![b'"'];
    for byte in text {
        match byte {
            b'\r' | b'\n' | 0 => return None,
            b'"' | b'\\' => written.extend_from_slice(&[b'\\', *byte]),
            _ => written.push(*byte),
        }
    }
    written.push(b'"');
    Some(written)
}

fn number(word: &[u8]) -> Option<u64> {
    let digits = !word.is_empty() && word.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(word).ok().filter(|_| digits)?.parse().ok()
}

/// The words of a group, whether or not in quotes.
fn words(group: &[u8]) -> Vec<Vec<u8>> {
    let (mut rest, mut words) = (Cursor::new(group), Vec::new());
    while let Some(value) = rest.value() {
        match value {
            Value::Text(text) => words.push(text),
            Value::Word(word) => words.push(word.to_vec()),
            Value::Group(_) => {}
        }
    }
    words
}

/// What the library takes for a word.
fn is_atom(word: &[u8]) -> bool {
    let special = |byte: &u8| matches!(byte, b'(' | b')' | b'{' | b'%' | b'*' | b'"' | b'\\' | b']');
    !word.is_empty() && word.iter().all(|byte| byte.is_ascii_graphic() && !special(byte))
}

fn is_flag(word: &[u8]) -> bool {
    is_atom(word.strip_prefix(b"\\").unwrap_or(word))
}

fn fetch(text: &[u8]) -> Option<Vec<u8>> {
    let mut rest = Cursor::new(text);
    let mut written = fetch_start(&mut rest)?;
    let first = written.len();
    attributes(&mut rest, &mut written, |_| true)?;
    written.extend_from_slice(b")\r\n");
    (written.len() > first + 3).then_some(written)
}

/// `* 12 FETCH (`
fn fetch_start(rest: &mut Cursor<'_>) -> Option<Vec<u8>> {
    let (_, count, _) = (rest.word(), rest.word(), rest.name());
    let count = u32::try_from(number(count)?).ok()?;
    rest.eat(b'(');
    Some(format!("* {count} FETCH (").into_bytes())
}

/// Attributes up to the closing parenthesis or the end, as far as they are asked for. Returns the name of a last one
/// that has no value; empty if there is none. None for one that is not known.
fn attributes<'a>(
    rest: &mut Cursor<'a>,
    written: &mut Vec<u8>,
    known: impl Fn(&[u8]) -> bool,
) -> Option<&'a [u8]> {
    let first = written.len();
    loop {
        if matches!(rest.peek(), None | Some(b')')) {
            return Some(b"");
        }
        let name = rest.name();
        if !known(name) {
            return None;
        }
        let Some(value) = rest.value() else { return Some(name) };
        if let Some(attribute) = attribute(name, value) {
            if written.len() > first {
                written.push(b' ');
            }
            written.extend_from_slice(&attribute);
        }
    }
}

/// An attribute that is asked for, in the grammar's form.
fn attribute(name: &[u8], value: Value<'_>) -> Option<Vec<u8>> {
    let value = match value {
        Value::Group(group) if name.eq_ignore_ascii_case(b"FLAGS") => {
            let flags: Vec<Vec<u8>> = words(group).into_iter().filter(|word| is_flag(word)).collect();
            [b"(", flags.join(b" ".as_slice()).as_slice(), b")"].concat()
        }
        Value::Group(group) if name.eq_ignore_ascii_case(b"X-GM-LABELS") => {
            let labels: Vec<Vec<u8>> = words(group).iter().filter_map(|word| quoted(word)).collect();
            [b"(", labels.join(b" ".as_slice()).as_slice(), b")"].concat()
        }
        Value::Word(word) if is_one_of(name, &["UID", "RFC822.SIZE"]) => short(word)?,
        Value::Text(text) if is_one_of(name, &["UID", "RFC822.SIZE"]) => short(&text)?,
        Value::Text(text) if name.eq_ignore_ascii_case(b"INTERNALDATE") => quoted(&clean(&text))?,
        Value::Text(text) if is_mail(name) => [format!("{{{}}}\r\n", text.len()).as_bytes(), &text].concat(),
        Value::Word(word) if is_mail(name) && word.eq_ignore_ascii_case(b"NIL") => b"NIL".to_vec(),
        _ => return None,
    };
    Some([name, b" ", value.as_slice()].concat())
}

/// A number as the protocol has them; a larger size becomes the largest possible one.
fn short(word: &[u8]) -> Option<Vec<u8>> {
    let long = number(word)?;
    Some(u32::try_from(long).unwrap_or(u32::MAX).to_string().into_bytes())
}
