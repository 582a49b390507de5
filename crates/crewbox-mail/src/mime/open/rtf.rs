//! The text of RTF, or the HTML that Outlook hides in it (MS-OXRTFEX). One pass; groups nest as far as a budget
//! allows, and what is deeper is passed over.

use std::collections::HashMap;

use encoding_rs::Encoding;

use super::super::charset;
use super::code_page::label;
use crate::budget::MAX_RTF_DEPTH;

/// What an RTF file gives.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Rtf {
    /// Its text.
    Text(String),
    /// The HTML it was made of.
    Html(String),
}

/// Groups whose content is no text.
const SILENT: &[&str] = &[
    "fonttbl",
    "colortbl",
    "stylesheet",
    "info",
    "pict",
    "object",
    "header",
    "headerl",
    "headerr",
    "headerf",
    "footer",
    "footerl",
    "footerr",
    "footerf",
    "filetbl",
    "revtbl",
    "rsidtbl",
    "fldinst",
    "nonshppict",
    "datastore",
    "themedata",
    "xmlnstbl",
    "listtable",
    "listoverridetable",
];

/// Words that stand for a text, in text and in HTML.
const SYMBOLS: &[(&str, &str)] = &[
    ("par", "\n"),
    ("line", "\n"),
    ("row", "\n"),
    ("sect", "\n"),
    ("page", "\n"),
    ("tab", "\t"),
    ("cell", "\t"),
    ("lquote", "\u{2018}"),
    ("rquote", "\u{2019}"),
    ("ldblquote", "\u{201c}"),
    ("rdblquote", "\u{201d}"),
    ("bullet", "\u{2022}"),
    ("endash", "\u{2013}"),
    ("emdash", "\u{2014}"),
    ("enspace", "\u{2002}"),
    ("emspace", "\u{2003}"),
];

/// Code pages of Windows' character sets, by `\fcharset`.
const FONT_CHARSETS: &[(i32, u32)] = &[
    (0, 1252),
    (77, 10_000),
    (128, 932),
    (129, 949),
    (134, 936),
    (136, 950),
    (161, 1253),
    (162, 1254),
    (163, 1258),
    (177, 1255),
    (178, 1256),
    (186, 1257),
    (204, 1251),
    (222, 874),
    (238, 1250),
];

/// What a group inherits and changes.
#[derive(Clone, Copy)]
struct Group {
    silent: bool,
    /// In the list of fonts.
    is_fonts: bool,
    /// RTF that only repeats what the HTML says.
    is_copy: bool,
    /// Characters that stand behind a `\u` for programs that do not know it.
    skip: usize,
    font: i32,
}

struct Reader {
    out: String,
    /// Bytes of a code page that wait to be decoded together.
    bytes: Vec<u8>,
    group: Group,
    outer: Vec<Group>,
    /// Groups open beyond the budget.
    too_deep: usize,
    code_page: u32,
    fonts: HashMap<i32, u32>,
    is_html: bool,
    /// `\*` was read: the next word names a group that may be unknown.
    starred: bool,
    /// Characters still to be left out behind a `\u`.
    skipping: usize,
    /// The first half of a character in UTF-16.
    high: Option<u16>,
}

/// Reads it; never fails.
pub(super) fn read(rtf: &[u8]) -> Rtf {
    let group = Group { silent: false, is_fonts: false, is_copy: false, skip: 1, font: 0 };
    let mut reader = Reader {
        out: String::new(),
        bytes: Vec::new(),
        group,
        outer: Vec::new(),
        too_deep: 0,
        code_page: 1252,
        fonts: HashMap::new(),
        is_html: false,
        starred: false,
        skipping: 0,
        high: None,
    };
    let mut rest = rtf;
    while let Some((&byte, after)) = rest.split_first() {
        rest = match byte {
            b'{' => reader.open(after),
            b'}' => reader.close(after),
            b'\\' => reader.control(after),
            b'\r' | b'\n' | 0 => after,
            _ => {
                reader.byte(byte);
                after
            }
        };
    }
    reader.flush();
    if reader.is_html { Rtf::Html(reader.out) } else { Rtf::Text(reader.out) }
}

impl Reader {
    fn open<'a>(&mut self, after: &'a [u8]) -> &'a [u8] {
        self.flush();
        self.skipping = 0;
        if self.outer.len() < MAX_RTF_DEPTH {
            self.outer.push(self.group);
        } else {
            self.too_deep += 1;
            self.group.silent = true;
        }
        after
    }

    fn close<'a>(&mut self, after: &'a [u8]) -> &'a [u8] {
        self.flush();
        (self.skipping, self.starred) = (0, false);
        if self.too_deep > 0 {
            self.too_deep -= 1;
        } else if let Some(group) = self.outer.pop() {
            self.group = group;
        }
        after
    }

    /// Reads what follows a backslash; gives what is after that.
    fn control<'a>(&mut self, rest: &'a [u8]) -> &'a [u8] {
        let Some((&first, after)) = rest.split_first() else { return rest };
        if !first.is_ascii_alphabetic() {
            return self.symbol(first, after);
        }
        let length = rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let (word, after) = rest.split_at(length);
        let sign = usize::from(after.first() == Some(&b'-'));
        let digits = after[sign..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (number, after) = if digits > 0 { after.split_at(sign + digits) } else { (&after[..0], after) };
        let number = std::str::from_utf8(number).ok().and_then(|number| number.parse::<i32>().ok());
        let after = after.strip_prefix(b" ").unwrap_or(after);
        if let Ok(word) = std::str::from_utf8(word) {
            if word == "bin" {
                // Bytes of a picture, as many as the number says.
                let length = usize::try_from(number.unwrap_or(0)).unwrap_or(0);
                return &after[length.min(after.len())..];
            }
            self.word(word, number);
        }
        after
    }

    fn symbol<'a>(&mut self, symbol: u8, after: &'a [u8]) -> &'a [u8] {
        match symbol {
            b'\'' => {
                let hex = |at: usize| after.get(at).and_then(|byte| char::from(*byte).to_digit(16));
                if let (Some(high), Some(low)) = (hex(0), hex(1)) {
                    self.byte((high << 4 | low) as u8);
                    return &after[2..];
                }
            }
            b'*' => self.starred = true,
            b'~' => self.text("\u{a0}"),
            b'_' => self.text("\u{2011}"),
            b'\r' | b'\n' => self.text("\n"),
            b'\\' | b'{' | b'}' => self.byte(symbol),
            _ => {}
        }
        after
    }

    fn word(&mut self, word: &str, number: Option<i32>) {
        let starred = std::mem::take(&mut self.starred);
        let value = number.unwrap_or(1);
        match word {
            "htmltag" if starred => self.group.is_copy = false,
            "fromhtml" => self.is_html = true,
            "htmlrtf" => {
                self.flush();
                self.group.is_copy = value != 0;
            }
            "ansicpg" => self.code_page = u32::try_from(value).unwrap_or(1252),
            "uc" => self.group.skip = usize::try_from(value).unwrap_or(1),
            "u" => self.unit(value as u16),
            "f" => {
                self.flush();
                self.group.font = value;
            }
            "fcharset" if self.group.is_fonts => {
                if let Some((_, page)) = FONT_CHARSETS.iter().find(|(number, _)| *number == value) {
                    self.fonts.insert(self.group.font, *page);
                }
            }
            word if starred || SILENT.contains(&word) => {
                self.group.silent = true;
                self.group.is_fonts = word == "fonttbl";
            }
            word => {
                if let Some((_, text)) = SYMBOLS.iter().find(|(name, _)| *name == word) {
                    self.text(text);
                }
            }
        }
    }

    fn is_shown(&self) -> bool {
        !(self.group.silent || self.is_html && self.group.is_copy)
    }

    fn byte(&mut self, byte: u8) {
        if self.skipping > 0 {
            self.skipping -= 1;
        } else if self.is_shown() {
            self.bytes.push(byte);
        }
    }

    fn text(&mut self, text: &str) {
        self.flush();
        if self.skipping > 0 {
            self.skipping -= 1;
        } else if self.is_shown() {
            self.out.push_str(text);
        }
    }

    /// A number of UTF-16, of which two may make a character.
    fn unit(&mut self, unit: u16) {
        self.flush_bytes();
        self.skipping = self.group.skip;
        if !self.is_shown() {
            return;
        }
        let high = self.high.take();
        if (0xd800..0xdc00).contains(&unit) {
            self.high = Some(unit);
            return;
        }
        let units = high.into_iter().chain([unit]);
        self.out.extend(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
    }

    fn flush_bytes(&mut self) {
        if self.bytes.is_empty() {
            return;
        }
        let bytes = std::mem::take(&mut self.bytes);
        let page = self.fonts.get(&self.group.font).copied().unwrap_or(self.code_page);
        let name = label(page);
        match Encoding::for_label(name.as_bytes()) {
            Some(encoding) => self.out.push_str(&encoding.decode_without_bom_handling(&bytes).0),
            None => self.out.push_str(&charset::decode(&bytes, Some(&name)).0),
        }
    }

    fn flush(&mut self) {
        self.flush_bytes();
        self.high = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(rtf: &str) -> String {
        match read(rtf.as_bytes()) {
            Rtf::Text(text) => text,
            Rtf::Html(html) => panic!("{html}"),
        }
    }

    #[test]
    fn text_is_read_without_its_dress() {
        let fonts = r"{\fonttbl{\f0\fswiss\fcharset0 Arial;}{\f1\fcharset204 Arial Cyr;}}";
        for (rtf, wanted) in [
            (r"{\rtf1\ansi\deff0 Yes,\par please.}".to_owned(), "Yes,\nplease."),
            (format!(r"{{\rtf1\ansi\ansicpg1252{fonts}\f0 K\'f6ln \f1 \'cf\'f0\'e8}}"), "Köln При"),
            (r"{\rtf1\ansi\ansicpg932 \'82\'a0\'82\'a2}".to_owned(), "あい"),
            (r"{\rtf1 \u1055?\u1088?\uc0\u1080 x}".to_owned(), "Приx"),
            (r"{\rtf1 \uc1\u-10179?\u-8704?!}".to_owned(), "\u{1f600}!"),
            (r"{\rtf1 a{\*\generator Word;}{\info{\title t}}b\{c\}\\}".to_owned(), r"ab{c}\"),
            (r"{\rtf1 a{\pict\bin3 }}}}b}".to_owned(), "ab"),
            ("{\\rtf1 a\r\nb\\\nc".to_owned(), "ab\nc"),
        ] {
            assert_eq!(text(&rtf), wanted, "{rtf}");
        }
    }

    #[test]
    fn html_comes_out_of_its_wrapping() {
        let rtf = r"{\rtf1\ansi\ansicpg1252\fromhtml1 \deff0{\fonttbl{\f0\fswiss Arial;}}
{\*\htmltag19 <html>}{\*\htmltag64}\htmlrtf {\htmlrtf0 {\*\htmltag84 <b>}\htmlrtf {\b\htmlrtf0 K\'f6ln\htmlrtf }\htmlrtf0 {\*\htmltag92 </b>}\htmlrtf\par}\htmlrtf0
\htmlrtf }\htmlrtf0 {\*\htmltag27 </html>}}";
        assert_eq!(read(rtf.as_bytes()), Rtf::Html("<html><b>Köln</b></html>".to_owned()));
    }

    #[test]
    fn depth_is_bounded() {
        let deep = format!("{{\\rtf1 a{}{}b}}", "{".repeat(100_000), "}".repeat(100_000));
        assert_eq!(text(&deep), "ab");
        assert_eq!(text(&"}".repeat(1_000)), "");
    }
}
