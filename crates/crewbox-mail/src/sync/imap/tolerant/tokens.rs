//! The parts of a response's text: words, strings, groups and literals, read with more tolerance than the grammar has.
//!
//! Owns no meaning: what a response says is in `repair`. Every step forward is over at least one byte, and no step
//! goes back.

/// What a response is, as far as its first words say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `+`: the server waits for us to go on.
    Continue,
    /// How a command went, or a word to people: free text, without literals.
    Status,
    /// What was asked of a mail.
    Fetch,
    /// Any other data.
    Data,
}

impl Kind {
    pub(super) const fn has_literals(self) -> bool {
        matches!(self, Self::Fetch | Self::Data)
    }
}

/// The words that begin free text.
pub(super) const STATES: &[&str] = &["OK", "NO", "BAD", "BYE", "PREAUTH"];

pub(super) fn kind(text: &[u8]) -> Kind {
    let mut rest = Cursor::new(text);
    match rest.word() {
        b"*" => {
            let first = rest.word();
            if is_one_of(first, STATES) {
                return Kind::Status;
            }
            let counted = !first.is_empty() && first.iter().all(u8::is_ascii_digit);
            if counted && rest.name().eq_ignore_ascii_case(b"FETCH") { Kind::Fetch } else { Kind::Data }
        }
        word if word.starts_with(b"+") => Kind::Continue,
        _ => Kind::Status,
    }
}

/// Parentheses within parentheses, outside quotes, in any answer: mails with more levels of parts do not exist.
pub(super) const MOST_NESTED: usize = 100;

/// Whether the parentheses of a response are nested deeper than those of any answer.
pub(super) fn is_nested_without_end(text: &[u8]) -> bool {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'(' if !quoted => depth += 1,
            b')' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MOST_NESTED {
            return true;
        }
    }
    false
}

/// Whether this begins a response to SEARCH.
pub(super) fn is_search(text: &[u8]) -> bool {
    let mut rest = Cursor::new(text);
    rest.word() == b"*" && rest.word().eq_ignore_ascii_case(b"SEARCH")
}

pub(super) fn is_one_of(word: &[u8], list: &[&str]) -> bool {
    list.iter().any(|one| word.eq_ignore_ascii_case(one.as_bytes()))
}

/// Whether the text has this in it, in upper or lower case. The needle is in upper case and short.
pub(super) fn contains(text: &[u8], needle: &[u8]) -> bool {
    text.windows(needle.len()).any(|window| window.eq_ignore_ascii_case(needle))
}

/// Where the announcement of a literal begins that ends this text, and the literal's size.
pub(super) fn announced(text: &[u8]) -> Option<(usize, u64)> {
    let inner = text.strip_suffix(b"}\r\n")?;
    let inner = inner.strip_suffix(b"+").unwrap_or(inner);
    let digits = inner.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let at = inner.len().checked_sub(digits + 1)?;
    if digits == 0 || inner[at] != b'{' {
        return None;
    }
    // More digits than a number has are a literal that is too large.
    let size = std::str::from_utf8(&inner[at + 1..]).ok()?.parse().unwrap_or(u64::MAX);
    Some((at, size))
}

/// Whether the value that follows this text is the text of a mail: `BODY[…]`, `BODY[…]<…>`, `RFC822`.
pub(super) fn is_mail(text: &[u8]) -> bool {
    let text = text.trim_ascii_end();
    let text = match text.strip_suffix(b">").and_then(|cut| memchr::memrchr(b'<', cut).map(|at| &cut[..at])) {
        Some(cut) => cut,
        None => text,
    };
    let name = match text.strip_suffix(b"]").and_then(|cut| memchr::memrchr(b'[', cut).map(|at| &cut[..at])) {
        Some(name) => last_word(name),
        None => {
            let word = last_word(text);
            return is_one_of(word, &["RFC822", "RFC822.TEXT", "RFC822.HEADER"]);
        }
    };
    is_one_of(name, &["BODY", "BINARY"])
}

fn last_word(text: &[u8]) -> &[u8] {
    let start = text.iter().rposition(|byte| matches!(byte, b' ' | b'(' | b'\t')).map_or(0, |at| at + 1);
    &text[start..]
}

/// A value in a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    /// What is between quotes, without the backslashes; or a literal.
    Text(Vec<u8>),
    /// A word without quotes.
    Word(&'a [u8]),
    /// What is in parentheses, without those.
    Group(&'a [u8]),
}

/// A place in a response's text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(super) const fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    pub(super) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(super) fn skip_blanks(&mut self) {
        let blanks = self.rest.iter().take_while(|byte| is_blank(**byte)).count();
        self.rest = &self.rest[blanks..];
    }

    pub(super) fn peek(&mut self) -> Option<u8> {
        self.skip_blanks();
        self.rest.first().copied()
    }

    /// The next byte, if it is this one.
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let eaten = self.peek() == Some(byte);
        if eaten {
            self.rest = &self.rest[1..];
        }
        eaten
    }

    fn cut(&mut self, length: usize) -> &'a [u8] {
        let (cut, rest) = self.rest.split_at(length.min(self.rest.len()));
        self.rest = rest;
        cut
    }

    /// The bytes to the next blank; empty at the end.
    pub(super) fn word(&mut self) -> &'a [u8] {
        self.skip_blanks();
        let length = self.rest.iter().take_while(|byte| !is_blank(**byte)).count();
        self.cut(length)
    }

    /// The name of an attribute, with the brackets that belong to it; empty if there is none.
    pub(super) fn name(&mut self) -> &'a [u8] {
        self.skip_blanks();
        let mut bracket = false;
        let length = self
            .rest
            .iter()
            .take_while(|byte| {
                bracket = (bracket || **byte == b'[') && **byte != b']';
                bracket || !(is_blank(**byte) || matches!(**byte, b'(' | b')' | b'"' | b'{'))
            })
            .count();
        self.cut(length)
    }

    /// The next value; none at the end and before a closing parenthesis.
    pub(super) fn value(&mut self) -> Option<Value<'a>> {
        match self.peek()? {
            b')' => None,
            b'(' => Some(Value::Group(self.group())),
            b'"' => Some(Value::Text(self.quoted())),
            b'{' => Some(match self.literal() {
                Some(bytes) => Value::Text(bytes.to_vec()),
                None => Value::Word(self.cut(1)),
            }),
            _ => {
                let end = |byte: &u8| is_blank(*byte) || matches!(byte, b'(' | b')');
                let length = self.rest.iter().take_while(|byte| !end(byte)).count();
                Some(Value::Word(self.cut(length)))
            }
        }
    }

    /// What is between parentheses; to the end where the closing one is missing.
    fn group(&mut self) -> &'a [u8] {
        self.eat(b'(');
        let start = self.rest;
        let mut depth = 1_usize;
        while let Some(byte) = self.rest.first() {
            match byte {
                b'"' => {
                    self.quoted();
                }
                b'{' => {
                    if self.literal().is_none() {
                        self.cut(1);
                    }
                }
                b'(' => {
                    depth += 1;
                    self.cut(1);
                }
                b')' => {
                    depth -= 1;
                    self.cut(1);
                    if depth == 0 {
                        return &start[..start.len() - self.rest.len() - 1];
                    }
                }
                _ => {
                    self.cut(1);
                }
            }
        }
        start
    }

    /// A string in quotes; to the end of the line where the closing one is missing.
    fn quoted(&mut self) -> Vec<u8> {
        self.cut(1);
        let (mut text, mut escaped, mut length) = (Vec::new(), false, 0);
        for byte in self.rest {
            if *byte == b'\r' || *byte == b'\n' {
                break;
            }
            length += 1;
            match byte {
                b'\\' if !escaped => escaped = true,
                b'"' if !escaped => break,
                _ => {
                    text.push(*byte);
                    escaped = false;
                }
            }
        }
        self.cut(length);
        text
    }

    /// A literal that was kept with its line; none if this is none.
    fn literal(&mut self) -> Option<&'a [u8]> {
        let line_end = self.rest.windows(2).take(30).position(|pair| pair == b"\r\n")?;
        let (at, size) = announced(&self.rest[..line_end + 2]).filter(|(at, _)| *at == 0)?;
        let size = usize::try_from(size).ok()?;
        let after = &self.rest[at + line_end + 2..];
        if after.len() < size {
            return None;
        }
        self.cut(line_end + 2);
        Some(self.cut(size))
    }
}

fn is_blank(byte: u8) -> bool {
    byte.is_ascii_whitespace()
}
