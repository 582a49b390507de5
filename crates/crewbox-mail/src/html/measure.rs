//! What parsing a piece of HTML would cost, estimated in one pass before any parser runs. Owns a tokenizer just
//! good enough to count tags and their nesting; never changes the HTML.

use crate::budget::{
    MAX_HTML_BYTES, MAX_HTML_DEPTH, MAX_HTML_DEPTH_WORK, MAX_HTML_FORMAT_WORK, MAX_HTML_FOSTERED,
    MAX_HTML_REFERENCES, MAX_HTML_ROOTS, MAX_HTML_TAGS, MAX_TAG_ATTRIBUTES,
};

/// Elements without content.
const VOID: &[&str] = &[
    "area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "image", "img", "input",
    "keygen", "link", "meta", "param", "source", "track", "wbr",
];

/// Elements that end by themselves where the next begins, so that unclosed ones do not nest.
const SELF_ENDING: &[&str] = &[
    "p", "li", "dd", "dt", "td", "th", "tr", "tbody", "thead", "tfoot", "colgroup", "caption", "option",
    "optgroup", "html", "body", "head",
];

/// Elements that the tree builder opens again after a block that cut them off.
const FORMATTING: &[&str] =
    &["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"];

/// Elements whose content is no markup.
const RAW_TEXT: &[&str] = &["style", "script", "title", "textarea", "xmp", "iframe", "noembed", "noframes"];

const TABLE: &[&str] = &["table"];

/// Content of another language, in which raw text elements are markup after all.
const FOREIGN: &[&str] = &["svg", "math"];

/// Longest element name, bytes: names are compared whole, for two that are taken for one would hide how deep
/// the tree becomes.
const NAME_BYTES: usize = 64;

/// The budget that parsing the HTML would breach, as a person reads it; none if it may be parsed.
pub(crate) fn over(html: &str) -> Option<&'static str> {
    if html.len() > MAX_HTML_BYTES {
        return Some("HTML larger than 1 MiB");
    }
    if memchr::memchr_iter(b'&', html.as_bytes()).count() > MAX_HTML_REFERENCES {
        return Some("HTML with too many character references");
    }
    scan(html, &mut Meter::default())
}

/// Passes over the HTML; gives the budget it breaches, if any.
fn scan<'a>(html: &'a str, meter: &mut Meter<'a>) -> Option<&'static str> {
    let bytes = html.as_bytes();
    let mut at = 0;
    let mut raw_until: Option<&str> = None;
    while let Some(next) = memchr::memchr2(b'<', b'\n', &bytes[at..]) {
        if bytes[at..at + next].iter().any(|b| !b.is_ascii_whitespace()) && meter.text() {
            return Some("HTML with too much text astray in tables");
        }
        at += next + 1;
        if bytes[at - 1] == b'\n' {
            meter.depth_work += meter.stack.len();
        } else if let Some(name) = raw_until {
            let rest = &bytes[at..];
            if rest.first() == Some(&b'/')
                && rest.get(1..=name.len()).is_some_and(|n| n.eq_ignore_ascii_case(name.as_bytes()))
                && rest.get(name.len() + 1).is_none_or(|b| !b.is_ascii_alphanumeric())
            {
                raw_until = None;
                at += tag_end(rest).0;
            }
        } else if bytes[at..].starts_with(b"!--") {
            at += comment_end(&bytes[at + 3..]) + 3;
        } else if matches!(bytes.get(at), Some(b'!' | b'?')) {
            at += memchr::memchr(b'>', &bytes[at..]).map_or(bytes.len() - at, |n| n + 1);
        } else {
            let (closing, start) = if bytes.get(at) == Some(&b'/') { (true, at + 1) } else { (false, at) };
            if !bytes.get(start).is_some_and(u8::is_ascii_alphabetic) {
                continue;
            }
            let name = tag_name(&html[start..]);
            if name.len() > NAME_BYTES {
                return Some("HTML in a form that cannot be measured");
            }
            let (length, attributes) = tag_end(&bytes[start..]);
            at = start + length;
            if attributes > MAX_TAG_ATTRIBUTES {
                return Some("an HTML tag with too many attributes");
            }
            if closing {
                meter.close(name);
            } else {
                if is(name, RAW_TEXT) {
                    if meter.foreign {
                        return Some("HTML in a form that cannot be measured");
                    }
                    raw_until = Some(name);
                } else {
                    meter.open(name);
                }
                if is(name, &["plaintext"]) {
                    return None;
                }
            }
        }
        if let Some(reason) = meter.verdict() {
            return Some(reason);
        }
    }
    None
}

#[derive(Default)]
struct Meter<'a> {
    stack: Vec<Element<'a>>,
    tags: usize,
    roots: usize,
    depth_work: usize,
    format_work: usize,
    formatting_open: usize,
    /// Formatting elements cut off by a block's end, to be opened again.
    astray: usize,
    fostered: usize,
    foreign: bool,
}

struct Element<'a> {
    name: &'a str,
    formatting: bool,
    /// For a table: whether a cell is open in it.
    cell: bool,
}

impl<'a> Meter<'a> {
    fn count(&mut self) {
        self.tags += 1;
        self.depth_work += self.stack.len();
        self.format_work += self.formatting_open + self.astray;
    }

    /// A stretch of text; true when too much is where tables take none.
    fn text(&mut self) -> bool {
        if self.stack.last().is_some_and(|top| is(top.name, TABLE) && !top.cell) {
            self.fostered += 1;
        }
        self.fostered > MAX_HTML_FOSTERED
    }

    fn open(&mut self, name: &'a str) {
        self.count();
        if is(name, FOREIGN) {
            self.foreign = true;
        }
        if is(name, &["html", "body"]) {
            self.roots += 1;
        }
        if let Some(table) = self.stack.last_mut().filter(|top| is(top.name, TABLE)) {
            if is(name, &["td", "th", "caption"]) {
                table.cell = true;
            } else if is(name, &["tr", "tbody", "thead", "tfoot", "colgroup", "col"]) {
                table.cell = false;
            } else if !table.cell {
                self.fostered += 1;
            }
        }
        if is(name, VOID) || is(name, SELF_ENDING) {
            return;
        }
        if is(name, &["a", "nobr", "button", "select"])
            && let Some(place) = self.stack.iter().rposition(|e| e.name.eq_ignore_ascii_case(name))
        {
            let old = self.stack.remove(place);
            self.formatting_open -= usize::from(old.formatting);
        }
        let formatting = is(name, FORMATTING);
        self.formatting_open += usize::from(formatting);
        self.stack.push(Element { name, formatting, cell: false });
    }

    fn close(&mut self, name: &str) {
        self.count();
        if let Some(table) = self.stack.last_mut().filter(|top| is(top.name, TABLE))
            && is(name, &["td", "th", "caption", "tr", "tbody", "thead", "tfoot"])
        {
            table.cell = false;
        }
        let Some(place) = self.stack.iter().rposition(|e| e.name.eq_ignore_ascii_case(name)) else {
            if self.astray > 0 && is(name, FORMATTING) {
                self.astray -= 1;
            }
            return;
        };
        let formatting = self.stack[place].formatting;
        if formatting && self.stack[place + 1..].iter().any(|e| !e.formatting) {
            // Blocks stay open when a formatting element around them ends.
            self.stack.remove(place);
            self.formatting_open -= 1;
            return;
        }
        let cut = self.stack[place..].iter().filter(|e| e.formatting).count();
        self.formatting_open -= cut;
        self.astray += cut - usize::from(formatting);
        self.stack.truncate(place);
    }

    fn verdict(&self) -> Option<&'static str> {
        if self.stack.len() > MAX_HTML_DEPTH {
            Some("HTML nested more than 256 levels deep")
        } else if self.tags > MAX_HTML_TAGS {
            Some("HTML with too many tags")
        } else if self.depth_work > MAX_HTML_DEPTH_WORK {
            Some("HTML nested too deeply for its size")
        } else if self.format_work > MAX_HTML_FORMAT_WORK {
            Some("HTML with too many unclosed formatting tags")
        } else if self.fostered > MAX_HTML_FOSTERED {
            Some("HTML with too many tags astray in tables")
        } else if self.roots > MAX_HTML_ROOTS {
            Some("HTML with too many body tags")
        } else {
            None
        }
    }
}

/// Whether a name is in a table.
fn is(name: &str, table: &[&str]) -> bool {
    table.iter().any(|entry| entry.eq_ignore_ascii_case(name))
}

fn tag_name(html: &str) -> &str {
    let end = html.bytes().position(|b| b.is_ascii_whitespace() || matches!(b, b'/' | b'>'));
    &html[..end.unwrap_or(html.len())]
}

/// Bytes up to and with the `>` that ends a tag, by the tokenizer's rules on quotes, and its attributes.
fn tag_end(bytes: &[u8]) -> (usize, usize) {
    let mut attributes = 0;
    let mut after_equals = false;
    let mut in_attribute = false;
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        at += 1;
        match byte {
            b'>' => return (at, attributes),
            b'"' | b'\'' if after_equals => {
                at += memchr::memchr(byte, &bytes[at..]).map_or(bytes.len() - at, |n| n + 1);
                (after_equals, in_attribute) = (false, false);
            }
            b'=' if in_attribute => after_equals = true,
            b'/' => {
                if !after_equals {
                    in_attribute = false;
                }
            }
            _ if byte.is_ascii_whitespace() => {
                if !after_equals {
                    // A space may stand before the equals sign; counted once more at worst.
                    let next = bytes[at..].iter().find(|b| !b.is_ascii_whitespace());
                    in_attribute = in_attribute && next == Some(&b'=');
                }
            }
            _ => {
                if after_equals {
                    // An unquoted value runs to the next space.
                    at += bytes[at..]
                        .iter()
                        .position(|b| b.is_ascii_whitespace() || *b == b'>')
                        .unwrap_or(bytes.len() - at);
                    (after_equals, in_attribute) = (false, false);
                } else if !in_attribute {
                    in_attribute = true;
                    attributes += 1;
                }
            }
        }
    }
    (at, attributes)
}

/// Bytes up to and with the end of a comment, after its `<!--`.
fn comment_end(bytes: &[u8]) -> usize {
    if bytes.starts_with(b">") {
        return 1;
    }
    if bytes.starts_with(b"->") {
        return 2;
    }
    let mut at = 0;
    while let Some(dashes) = memchr::memmem::find(&bytes[at..], b"--") {
        at += dashes;
        if bytes[at + 2..].starts_with(b">") {
            return at + 3;
        }
        if bytes[at + 2..].starts_with(b"!>") {
            return at + 4;
        }
        at += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_html_is_still_cleaned() {
        assert_eq!(over(&"<p>word</p>\n".repeat(6_000)), None);
    }

    #[test]
    fn ordinary_newsletters_pass() {
        let row = "<tr><td><table><tr><td style=\"a>b\"><p>x<p>y<font><b>z</b></font></td></tr></table><!--[if mso]><table><![endif]-->\n";
        assert_eq!(
            over(&format!(
                "<html><head><style>a > b {{}}</style></head><body><table>{}</table>",
                row.repeat(400)
            )),
            None
        );
        assert_eq!(over(&"<p>a<br><li>b<a name=x>".repeat(300)), None);
    }

    #[test]
    fn each_way_to_be_slow_is_named() {
        for (html, part) in [
            ("<div>".repeat(300), "256"),
            ("<b></b>".repeat(30_000), "tags"),
            (format!("<p {}>", "a ".repeat(300)), "attributes"),
            (
                format!(
                    "{}{}",
                    (0..100).map(|n| format!("<p><b x={n}></p>")).collect::<String>(),
                    "<p>x</p>".repeat(2_000)
                ),
                "formatting",
            ),
            (format!("<table>{}", "<i>x</i>".repeat(3_000)), "astray"),
            (format!("<table>{}", "x<!-- -->".repeat(3_000)), "astray"),
            ("<body a>".repeat(50), "body"),
            (format!("{}{}", "<blockquote>".repeat(200), "x\n".repeat(10_000)), "deep"),
            (format!("<svg><style>{}", "<div>".repeat(300)), "measured"),
            ("<abcdefghijklmnopq1></abcdefghijklmnopq2>".repeat(300), "256"),
            (format!("<{}>", "x".repeat(100)), "measured"),
            ("x".repeat(2 * 1024 * 1024), "1 MiB"),
        ] {
            let Some(verdict) = over(&html) else { panic!("no verdict for {part}") };
            assert!(verdict.contains(part), "{verdict} for {part}");
        }
    }
}
