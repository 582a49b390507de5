//! HTML to plain text: one pass over what the sanitiser wrote, which is balanced, bounded, in lower case and
//! has each attribute in double quotes. Never sees a sender's own markup, but for the plain way out.

use std::ops::Range;

use mail_parser::decoders::html::html_to_text;
use memchr::{memchr, memchr2};

use crate::html::links::shown_address;
use crate::html::marks::{Mark, is_indent, is_outlook_rule, mark};
use crate::html::tags::{attribute, decoded, push_decoded, tag_end};

/// Most quote marks and indents before a line: deeper ones say nothing more, and would be copied a line.
const MAX_MARGINS: usize = 24;

/// Marks in the text that is being made where a signature starts and ends. They are taken out of what a sender wrote.
const SIGNATURE_START: char = '\u{1}';
const SIGNATURE_END: char = '\u{2}';

/// The text of HTML.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Converted {
    pub(crate) text: String,
    /// Where the HTML says that signatures are, in bytes.
    pub(crate) signatures: Vec<Range<usize>>,
}

/// The text of sanitised HTML. Lines are not broken: the page wraps, and the fold classifier wants whole lines.
pub(crate) fn to_text(sanitised: &str) -> Converted {
    laid_out(sanitised, Layout { bullet: "* ", ..Layout::default() })
}

/// As [`to_text`], with the item marks that people type; the addresses of links are left to the caller.
pub(crate) fn to_typed_text(sanitised: &str) -> String {
    laid_out(sanitised, Layout { bullet: "- ", hides_addresses: true, ..Layout::default() }).text
}

fn laid_out(sanitised: &str, mut layout: Layout) -> Converted {
    layout.out.reserve(sanitised.len() / 2);
    let mut rest = sanitised;
    while let Some(open) = memchr(b'<', rest.as_bytes()) {
        layout.text(&rest[..open]);
        rest = &rest[open + 1..];
        let end = tag_end(rest);
        let tag = &rest[..end];
        rest = rest.get(end + 1..).unwrap_or_default();
        layout.tag(tag, rest);
    }
    layout.text(rest);
    without_marks(tidied(&layout.out))
}

/// Takes the marks of signatures out of a text, and tells where they were.
fn without_marks(text: String) -> Converted {
    if memchr2(SIGNATURE_START as u8, SIGNATURE_END as u8, text.as_bytes()).is_none() {
        return Converted { text, signatures: Vec::new() };
    }
    let mut clean = Converted { text: String::with_capacity(text.len()), signatures: Vec::new() };
    let mut start = None;
    for char in text.chars() {
        match char {
            SIGNATURE_START => start = Some(clean.text.len()),
            SIGNATURE_END => clean.signatures.extend(start.take().map(|start| start..clean.text.len())),
            _ => clean.text.push(char),
        }
    }
    clean
}

/// The text of HTML that is too much to be cleaned: linear, and plain.
pub(crate) fn to_plain_text(html: &str) -> String {
    tidied(&html_to_text(html))
}

/// What is between the last word and the next.
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
    /// The addresses of links are not written.
    hides_addresses: bool,
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
    /// The line on which each open row's first word is.
    rows: Vec<Option<usize>>,
    /// Nothing of the open cell is written: its first block stays on the row's line.
    empty_cell: bool,
    /// How many `pre` are open.
    verbatim: usize,
    /// How many elements are open.
    depth: usize,
    /// The depth of each open element that marks its content as quoted.
    marked: Vec<usize>,
    /// Whether each open `blockquote` is a quote.
    blockquotes: Vec<bool>,
    /// The address of the open link, and where its text starts.
    link: Option<(String, usize)>,
    /// The depth of the open signature.
    signature: Option<usize>,
    /// The signature has no words so far.
    empty_signature: bool,
}

/// Elements without content: they have no end tag.
const VOID: &[&str] = &["br", "hr", "img", "wbr", "col"];

impl Layout {
    /// Reads a tag and, where that matters, what follows it.
    fn tag(&mut self, tag: &str, rest: &str) {
        if let Some(name) = tag.strip_prefix('/') {
            return self.close(name);
        }
        let name = &tag[..memchr(b' ', tag.as_bytes()).unwrap_or(tag.len())];
        if !VOID.contains(&name) {
            self.depth += 1;
        }
        match mark(tag).filter(|_| !VOID.contains(&name) && name != "blockquote") {
            Some(Mark::Signature) if self.signature.is_none() => {
                self.part(Gap::Line);
                self.signature = Some(self.depth);
                self.empty_signature = true;
            }
            // The header of a forwarded mail in Gmail, which starts with dashes, is no attribution: what is below it
            // belongs to it.
            Some(Mark::Attribution) if rest.trim_start().starts_with("--") => {}
            Some(Mark::Quote | Mark::Attribution) => {
                self.part(Gap::Line);
                self.open_quote();
                self.marked.push(self.depth);
            }
            _ => {}
        }
        match name {
            "a" => {
                self.link = attribute(tag, "href")
                    .filter(|_| !self.hides_addresses)
                    .map(|address| (decoded(address), self.out.len()));
            }
            "br" => self.line_break(),
            "hr" => {
                self.part(Gap::Blank);
                self.word("---");
                self.part(Gap::Blank);
            }
            "img" => self.text(attribute(tag, "alt").unwrap_or_default()),
            "blockquote" => {
                let is_quote = !is_indent(tag);
                self.part(Gap::Blank);
                if is_quote {
                    self.open_quote();
                }
                self.blockquotes.push(is_quote);
            }
            "div" if is_outlook_rule(tag) => {
                self.part(Gap::Blank);
                self.word("---");
                self.part(Gap::Line);
            }
            "ul" | "ol" => {
                self.part(if self.lists.is_empty() { Gap::Blank } else { Gap::Line });
                let first = attribute(tag, "start").and_then(|start| start.parse().ok()).unwrap_or(1);
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
                // Also where a table is in a cell beside another.
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
            "a" => self.close_link(),
            "blockquote" => {
                if self.blockquotes.pop() == Some(true) {
                    self.close_quote();
                }
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
        if self.signature == Some(self.depth) {
            if !std::mem::take(&mut self.empty_signature) {
                self.out.push(SIGNATURE_END);
            }
            self.signature = None;
            self.part(Gap::Line);
        }
        if self.marked.last() == Some(&self.depth) {
            self.marked.pop();
            self.close_quote();
            self.part(Gap::Line);
        }
        self.depth = self.depth.saturating_sub(1);
    }

    fn open_quote(&mut self) {
        self.margins.push(Margin::Quote);
        self.quotes += 1;
    }

    fn close_quote(&mut self) {
        self.margins.pop();
        self.quotes = self.quotes.saturating_sub(1);
    }

    /// Writes the address of a link behind its text, unless the text says it already.
    fn close_link(&mut self) {
        let Some((address, start)) = self.link.take() else { return };
        let text = self.out.get(start..).unwrap_or_default().trim();
        if text.is_empty() {
            return;
        }
        if let Some(address) = shown_address(&address, text) {
            let address = format!(" ({address})");
            self.out.push_str(&address);
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
        if std::mem::take(&mut self.empty_signature) {
            self.out.push(SIGNATURE_START);
        }
        self.space = false;
        self.empty_cell = false;
        for row in self.rows.iter_mut().rev() {
            if row.is_some() {
                break;
            }
            *row = Some(self.lines);
        }
        if memchr2(SIGNATURE_START as u8, SIGNATURE_END as u8, word.as_bytes()).is_some() {
            push_decoded(&mut self.out, &word.replace([SIGNATURE_START, SIGNATURE_END], ""));
        } else {
            push_decoded(&mut self.out, word);
        }
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

/// What is around an element.
fn around(name: &str) -> Gap {
    match name {
        "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "dl" | "figure" => Gap::Blank,
        "div" | "center" | "table" | "thead" | "tbody" | "tfoot" | "caption" | "dt" | "dd" | "figcaption" => {
            Gap::Line
        }
        _ => Gap::None,
    }
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
mod tests;
