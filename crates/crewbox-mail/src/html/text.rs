//! HTML to plain text: one pass over what the sanitiser wrote, which is balanced, bounded, in lower case and
//! has each attribute in double quotes. Never sees a sender's own markup, but for the plain way out.

use mail_parser::decoders::html::html_to_text;
use memchr::{memchr, memchr2_iter};

/// Most quote marks and indents before a line: deeper ones say nothing more, and would be copied a line.
const MAX_MARGINS: usize = 24;

/// The character references that the sanitiser's serialiser writes.
const REFERENCES: &[(&str, char)] =
    &[("&nbsp;", ' '), ("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"')];

/// The text of sanitised HTML. Lines are not broken: the page wraps, and the fold classifier wants whole lines.
pub(crate) fn to_text(sanitised: &str) -> String {
    laid_out(sanitised, "* ")
}

/// As [`to_text`], with the item marks that people type.
pub(crate) fn to_typed_text(sanitised: &str) -> String {
    laid_out(sanitised, "- ")
}

fn laid_out(sanitised: &str, bullet: &'static str) -> String {
    let mut layout = Layout { out: String::with_capacity(sanitised.len() / 2), bullet, ..Layout::default() };
    let mut rest = sanitised;
    while let Some(open) = memchr(b'<', rest.as_bytes()) {
        layout.text(&rest[..open]);
        rest = &rest[open + 1..];
        let end = tag_end(rest);
        layout.tag(&rest[..end]);
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    layout.text(rest);
    tidied(&layout.out)
}

/// The text of HTML that is too much to be cleaned: linear, and plain.
pub(crate) fn to_plain_text(html: &str) -> String {
    tidied(&html_to_text(html))
}

/// Where the `>` of a tag stands: not in an attribute's value.
fn tag_end(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let mut quoted = false;
    for at in memchr2_iter(b'"', b'>', bytes) {
        if bytes[at] == b'"' {
            quoted = !quoted;
        } else if !quoted {
            return at;
        }
    }
    bytes.len()
}

/// What stands between the last word and the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    #[default]
    None,
    /// The border of two cells of a row that has one line so far.
    Cell,
    Line,
    /// An empty line.
    Blank,
}

/// What a line starts with.
#[derive(Debug)]
enum Margin {
    Quote,
    /// An item's mark, and whether it still has to be written; its later lines are indented as far.
    Item(String, bool),
}

#[derive(Debug, Default)]
struct Layout {
    out: String,
    /// The mark of an item of a list without numbers.
    bullet: &'static str,
    /// Line ends written.
    lines: usize,
    gap: Gap,
    /// The fewest quotes that are open within the gap: an empty line is quoted as far.
    gap_quotes: usize,
    space: bool,
    margins: Vec<Margin>,
    quotes: usize,
    /// The next number of each open list; none where items have bullets.
    lists: Vec<Option<u32>>,
    /// The line on which each open row's first word stands.
    rows: Vec<Option<usize>>,
    /// Nothing of the open cell is written: its first block stays on the row's line.
    empty_cell: bool,
    /// How many `pre` are open.
    verbatim: usize,
}

impl Layout {
    fn tag(&mut self, tag: &str) {
        if let Some(name) = tag.strip_prefix('/') {
            return self.close(name);
        }
        let name = &tag[..memchr(b' ', tag.as_bytes()).unwrap_or(tag.len())];
        match name {
            "br" => self.line_break(),
            "hr" => {
                self.part(Gap::Blank);
                self.word("---");
                self.part(Gap::Blank);
            }
            "img" => self.text(attribute(tag, " alt=\"").unwrap_or_default()),
            "blockquote" => {
                self.part(Gap::Blank);
                self.margins.push(Margin::Quote);
                self.quotes += 1;
            }
            "ul" | "ol" => {
                self.part(if self.lists.is_empty() { Gap::Blank } else { Gap::Line });
                let first = attribute(tag, " start=\"").and_then(|start| start.parse().ok()).unwrap_or(1);
                self.lists.push((name == "ol").then_some(first));
            }
            "li" => {
                self.part(Gap::Line);
                let mark = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        let mark = format!("{number}. ");
                        *number = number.saturating_add(1);
                        mark
                    }
                    _ => self.bullet.to_owned(),
                };
                self.margins.push(Margin::Item(mark, true));
            }
            "tr" => {
                // Also where a table stands in a cell beside another.
                self.empty_cell = false;
                self.part(Gap::Line);
                self.rows.push(None);
            }
            "td" | "th" => {
                match self.rows.last() {
                    Some(Some(line)) if *line == self.lines => {
                        self.part(Gap::Line);
                        self.gap = Gap::Cell;
                    }
                    Some(Some(_)) => self.part(Gap::Line),
                    _ => {}
                }
                self.empty_cell = true;
            }
            "pre" => {
                self.part(Gap::Blank);
                self.verbatim += 1;
            }
            _ => self.part(around(name)),
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "blockquote" => {
                self.margins.pop();
                self.quotes = self.quotes.saturating_sub(1);
                self.part(Gap::Blank);
            }
            "li" => {
                self.margins.pop();
                self.part(Gap::Line);
            }
            "ul" | "ol" => {
                self.lists.pop();
                self.part(if self.lists.is_empty() { Gap::Blank } else { Gap::Line });
            }
            "td" | "th" => {
                if !std::mem::take(&mut self.empty_cell) {
                    self.gap = self.gap.min(Gap::Line);
                }
            }
            "tr" => {
                self.rows.pop();
                self.part(Gap::Line);
            }
            "pre" => {
                self.verbatim = self.verbatim.saturating_sub(1);
                self.part(Gap::Blank);
            }
            _ => self.part(around(name)),
        }
    }

    /// Asks for a gap.
    fn part(&mut self, gap: Gap) {
        if gap == Gap::None {
            return;
        }
        self.gap_quotes = if self.gap == Gap::None { self.quotes } else { self.gap_quotes.min(self.quotes) };
        self.gap = match self.gap {
            Gap::Cell if self.empty_cell => Gap::Cell,
            before if self.empty_cell => before.max(Gap::Line),
            before => before.max(gap),
        };
    }

    fn line_break(&mut self) {
        let second = self.gap >= Gap::Line;
        self.empty_cell = false;
        self.gap = self.gap.min(Gap::Line);
        self.part(Gap::Line);
        self.gap = if second { Gap::Blank } else { Gap::Line };
    }

    fn text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if self.verbatim > 0 {
            for (number, line) in text.split('\n').enumerate() {
                if number > 0 {
                    self.line_break();
                }
                if !line.is_empty() {
                    self.word(line);
                }
            }
            return;
        }
        self.space |= text.starts_with(|c: char| c.is_ascii_whitespace());
        for word in text.split_ascii_whitespace() {
            self.word(word);
            self.space = true;
        }
        self.space = text.ends_with(|c: char| c.is_ascii_whitespace());
    }

    /// Writes a word, with what parts it from the last.
    fn word(&mut self, word: &str) {
        let gap = std::mem::take(&mut self.gap);
        if self.out.is_empty() {
            self.start_line();
        } else {
            match gap {
                Gap::None if self.space => self.out.push(' '),
                Gap::None => {}
                Gap::Cell => self.out.push_str("  "),
                Gap::Line | Gap::Blank => {
                    self.out.push('\n');
                    self.lines += 1;
                    if gap == Gap::Blank {
                        let quotes = self.gap_quotes.min(self.quotes).min(MAX_MARGINS);
                        self.out.extend(std::iter::repeat_n("> ", quotes));
                        self.out.push('\n');
                    }
                    self.start_line();
                }
            }
        }
        self.space = false;
        self.empty_cell = false;
        for row in self.rows.iter_mut().rev() {
            if row.is_some() {
                break;
            }
            *row = Some(self.lines);
        }
        push_decoded(&mut self.out, word);
    }

    fn start_line(&mut self) {
        for margin in self.margins.iter_mut().take(MAX_MARGINS) {
            match margin {
                Margin::Quote => self.out.push_str("> "),
                Margin::Item(mark, pending) => {
                    if std::mem::take(pending) {
                        self.out.push_str(mark);
                    } else {
                        self.out.extend(std::iter::repeat_n(' ', mark.len()));
                    }
                }
            }
        }
    }
}

/// What stands around an element.
fn around(name: &str) -> Gap {
    match name {
        "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "dl" | "figure" => Gap::Blank,
        "div" | "center" | "table" | "thead" | "tbody" | "tfoot" | "caption" | "dt" | "dd" | "figcaption" => {
            Gap::Line
        }
        _ => Gap::None,
    }
}

/// An attribute's value as it is written, by its name with the space before and the `="` after it.
fn attribute<'a>(tag: &'a str, opening: &str) -> Option<&'a str> {
    let value = &tag[tag.find(opening)? + opening.len()..];
    Some(&value[..memchr(b'"', value.as_bytes())?])
}

fn push_decoded(out: &mut String, mut text: &str) {
    while let Some(at) = memchr(b'&', text.as_bytes()) {
        out.push_str(&text[..at]);
        text = &text[at..];
        let (reference, char) =
            REFERENCES.iter().copied().find(|(name, _)| text.starts_with(name)).unwrap_or(("&", '&'));
        out.push(char);
        text = &text[reference.len()..];
    }
    out.push_str(text);
}

/// Without spaces at line ends, and never more than one empty line running, quoted or not.
fn tidied(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len() + 1);
    let mut last = "";
    for line in text.lines() {
        let line = line.trim_end();
        let is_empty = line.bytes().all(|b| matches!(b, b'>' | b' '));
        if is_empty && (tidy.is_empty() || line == last) {
            continue;
        }
        tidy.push_str(line);
        tidy.push('\n');
        last = line;
    }
    tidy.truncate(tidy.trim_end().len());
    if !tidy.is_empty() {
        tidy.push('\n');
    }
    tidy
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::html::sanitise::sanitise;

    fn shown(html: &str) -> String {
        to_text(&sanitise(html))
    }

    #[test]
    fn lines_stay_whole() {
        let text = shown(&format!("<p>{}</p>", "long words\n".repeat(60)));
        assert_eq!(text.lines().count(), 1, "{text}");
    }

    #[test]
    fn each_element_reads_as_people_type_it() {
        for (html, text) in [
            ("<p>a</p><p>b<br>c</p><div>d</div><div>e</div>", "a\n\nb\nc\n\nd\ne\n"),
            ("<div>a</div><div><br></div><div>b</div>", "a\n\nb\n"),
            ("<h1>Title</h1>text <b>bo</b>ld\n  and  <i>on</i>", "Title\n\ntext bold and on\n"),
            ("a<hr>b", "a\n\n---\n\nb\n"),
            (
                "<ul><li>a<li>b<ol start=9><li>c<li>d<br>e</ol><li>f</ul>g",
                "* a\n* b\n  9. c\n  10. d\n      e\n* f\n\ng\n",
            ),
            (
                "<p>yes</p><blockquote><p>old</p><p>older</p><blockquote>x</blockquote></blockquote>z",
                "yes\n\n> old\n>\n> older\n>\n> > x\n\nz\n",
            ),
            (
                "<table><tr><th>Name<th>Sum<tr><td><p>a</p></td><td><p>1</p></td></tr></table>after",
                "Name  Sum\na  1\nafter\n",
            ),
            ("<table><tr><td>a<br>b</td><td>c</td></tr></table>", "a\nb\nc\n"),
            ("<table><tr><td>a<td><table><tr><td>b<td>c<tr><td>d</table><td>e</table>", "a\nb  c\nd\ne\n"),
            ("<pre>fn a() {\n    b\n}</pre>end", "fn a() {\n    b\n}\n\nend\n"),
            (
                "&lt;b&gt; &amp;amp; &quot;x&quot;&nbsp;<a title='a>b' href='https://a.test'>link</a>",
                "<b> &amp; \"x\" link\n",
            ),
            ("<img alt='Logo &quot;A&quot;' src=x> <img alt='' src=y>by", "Logo \"A\" by\n"),
            ("<p>&nbsp;</p><p> </p>a<br><br><br><br>b<p>", "a\n\nb\n"),
        ] {
            assert_eq!(shown(html), text, "{html}");
        }
    }

    #[test]
    fn deep_quotes_do_not_multiply_the_text() {
        let html = format!("{}{}", "<blockquote>".repeat(250), "x<br>".repeat(1_000));
        assert!(shown(&html).len() < 60_000);
    }
}
