//! The tree of cleaned HTML: one pass over what the sanitiser wrote, which is balanced, bounded and in lower case.
//!
//! Owns which element opens a block, a line or nothing. Elements that it does not know leave their text.

use crewbox_core::reading::{Block, Inline, Link};
use memchr::memchr;

use super::limits::MOST_BLOCKS;
use super::links::{elsewhere, host, is_shown};
use crate::html::images::ImageSource;
use crate::html::tags::{attribute, decoded, tag_end};

/// Lists, quotes and tables within each other: deeper ones become part of those around them.
const MOST_NESTED: usize = 12;
/// Cells of a table that is shown as one; a larger one is shown row by row.
const MOST_CELLS: usize = 1_000;

/// Hosts of trackers that are named: a line of the page.
const MOST_TRACKER_HOSTS: usize = 5;

/// What was built.
#[derive(Debug, Default)]
pub(super) struct Built {
    pub(super) blocks: Vec<Block>,
    pub(super) is_cut: bool,
    pub(super) has_layout: bool,
    pub(super) blocked_images: u32,
    pub(super) blocked_trackers: u32,
    pub(super) tracker_hosts: Vec<String>,
}

/// What is between the last word and the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    #[default]
    None,
    Line,
    Blank,
}

/// An element that holds blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Root,
    List(Option<u32>),
    Item,
    Quote,
    Table,
    Row,
    Cell,
}

#[derive(Debug)]
struct Frame {
    kind: Kind,
    blocks: Vec<Block>,
    /// The items of a list, or the cells of a row.
    items: Vec<Vec<Block>>,
    /// The rows of a table.
    rows: Vec<Vec<Vec<Block>>>,
}

impl Frame {
    const fn new(kind: Kind) -> Self {
        Self { kind, blocks: Vec::new(), items: Vec::new(), rows: Vec::new() }
    }
}

struct Builder {
    built: Built,
    frames: Vec<Frame>,
    /// The names of open elements that opened no frame because of [`MOST_NESTED`].
    flattened: Vec<&'static str>,
    /// The paragraph that is being made.
    line: Vec<Inline>,
    is_heading: bool,
    gap: Gap,
    space: bool,
    strong: u32,
    verbatim: u32,
    link: Option<(String, String)>,
    left: usize,
}

/// Elements that hold blocks.
const HOLDING: &[(&str, Kind)] = &[
    ("ul", Kind::List(None)),
    ("ol", Kind::List(Some(1))),
    ("li", Kind::Item),
    ("blockquote", Kind::Quote),
    ("table", Kind::Table),
    ("tr", Kind::Row),
    ("td", Kind::Cell),
    ("th", Kind::Cell),
];
/// Elements that begin and end a line, and those with an empty line around them.
const LINES: &[&str] = &["div", "center", "dt", "dd", "caption", "figcaption"];
const BLANKS: &[&str] = &["p", "dl", "figure", "pre"];
const HEADINGS: &[&str] = &["h1", "h2", "h3", "h4", "h5", "h6"];
const STRONG: &[&str] = &["b", "strong", "em", "i", "u", "mark"];

/// The tree of cleaned HTML.
pub(super) fn build(html: &str) -> Built {
    let mut builder = Builder {
        built: Built::default(),
        frames: vec![Frame::new(Kind::Root)],
        flattened: Vec::new(),
        line: Vec::new(),
        is_heading: false,
        gap: Gap::None,
        space: false,
        strong: 0,
        verbatim: 0,
        link: None,
        left: MOST_BLOCKS,
    };
    let mut rest = html;
    while let Some(open) = memchr(b'<', rest.as_bytes()) {
        builder.text(&rest[..open]);
        rest = &rest[open + 1..];
        let end = tag_end(rest);
        let tag = &rest[..end];
        rest = rest.get(end + 1..).unwrap_or_default();
        match tag.strip_prefix('/') {
            Some(name) => builder.close(name),
            None => builder.open(tag),
        }
        if builder.left == 0 {
            builder.built.is_cut = true;
            break;
        }
    }
    if !builder.built.is_cut {
        builder.text(rest);
    }
    builder.finish()
}

impl Builder {
    fn open(&mut self, tag: &str) {
        let name = &tag[..memchr(b' ', tag.as_bytes()).unwrap_or(tag.len())];
        if tag.contains("background") || tag.contains("bgcolor") {
            self.built.has_layout = true;
        }
        match name {
            "br" => self.line_break(),
            "hr" => {
                self.flush();
                self.block(Block::Rule);
            }
            "img" => self.image(tag),
            "a" => {
                self.close_link();
                let address = attribute(tag, "href").map(decoded).filter(|address| is_shown(address));
                self.link = address.map(|address| (address, String::new()));
            }
            "pre" => {
                self.part(Gap::Blank);
                self.verbatim += 1;
            }
            _ if STRONG.contains(&name) => self.strong += 1,
            _ if HEADINGS.contains(&name) => {
                self.flush();
                self.is_heading = true;
            }
            _ if BLANKS.contains(&name) => self.part(Gap::Blank),
            _ if LINES.contains(&name) => self.part(Gap::Line),
            _ => {
                if let Some((name, kind)) = HOLDING.iter().find(|(known, _)| *known == name) {
                    self.hold(name, *kind, tag);
                }
            }
        }
    }

    fn hold(&mut self, name: &'static str, kind: Kind, tag: &str) {
        self.flush();
        if kind == Kind::Table {
            self.built.has_layout = true;
        }
        if self.frames.len() > MOST_NESTED {
            self.flattened.push(name);
            return;
        }
        let kind = match kind {
            Kind::List(Some(_)) => {
                Kind::List(attribute(tag, "start").and_then(|start| start.parse().ok()).or(Some(1)))
            }
            other => other,
        };
        self.frames.push(Frame::new(kind));
    }

    fn close(&mut self, name: &str) {
        match name {
            "a" => self.close_link(),
            "pre" => {
                self.verbatim = self.verbatim.saturating_sub(1);
                self.part(Gap::Blank);
            }
            _ if STRONG.contains(&name) => self.strong = self.strong.saturating_sub(1),
            _ if HEADINGS.contains(&name) => self.flush(),
            _ if BLANKS.contains(&name) => self.part(Gap::Blank),
            _ if LINES.contains(&name) => self.part(Gap::Line),
            _ => {
                let Some((_, kind)) = HOLDING.iter().find(|(known, _)| *known == name) else { return };
                self.flush();
                if self.flattened.last() == Some(&name) {
                    self.flattened.pop();
                } else if self.frames.last().is_some_and(|frame| is_same(frame.kind, *kind)) {
                    self.pop();
                }
            }
        }
    }

    /// Ends the innermost frame: its content goes into the one around it.
    fn pop(&mut self) {
        let Some(frame) = self.frames.pop() else { return };
        let Frame { kind, blocks, mut items, rows } = frame;
        let Some(around) = self.frames.last_mut() else { return };
        match (kind, around.kind) {
            (Kind::Item, Kind::List(_)) | (Kind::Cell, Kind::Row) => around.items.push(blocks),
            (Kind::Row, Kind::Table) => around.rows.push(items),
            (Kind::List(first), _) => {
                // What a list holds outside of its items is shown before it.
                around.blocks.extend(blocks);
                items.retain(|item| !item.is_empty());
                if !items.is_empty() {
                    around.blocks.push(Block::List(first, items));
                }
            }
            (Kind::Quote, _) if !blocks.is_empty() => around.blocks.push(Block::Quote(blocks)),
            (Kind::Table, _) => match plain_table(&rows) {
                Some(table) => around.blocks.push(Block::Table(table)),
                None => around.blocks.extend(rows.into_iter().flatten().flatten()),
            },
            _ => around.blocks.extend(blocks.into_iter().chain(items.into_iter().flatten())),
        }
    }

    fn image(&mut self, tag: &str) {
        self.built.has_layout = true;
        match ImageSource::of(tag) {
            Some(ImageSource::Tracker(address)) => {
                self.built.blocked_trackers = self.built.blocked_trackers.saturating_add(1);
                self.add_tracker_host(&address);
            }
            Some(ImageSource::Remote(_)) => {
                self.built.blocked_images = self.built.blocked_images.saturating_add(1);
            }
            Some(ImageSource::Part(_)) | None => {}
        }
        let alt = attribute(tag, "alt").unwrap_or_default();
        self.text(alt);
    }

    fn add_tracker_host(&mut self, address: &str) {
        let hosts = &mut self.built.tracker_hosts;
        if let Some(host) = host(address).filter(|host| !hosts.contains(host))
            && hosts.len() < MOST_TRACKER_HOSTS
        {
            hosts.push(host);
        }
    }

    fn text(&mut self, raw: &str) {
        if raw.is_empty() {
            return;
        }
        let text = decoded(raw);
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
        let is_space = |c: char| c.is_ascii_whitespace();
        self.space |= text.starts_with(is_space);
        if text.trim().is_empty() {
            // A non-breaking space that fills an empty line.
            return;
        }
        let mut words = text.split_ascii_whitespace().peekable();
        while let Some(word) = words.next() {
            self.word(word);
            self.space |= words.peek().is_some();
        }
        self.space |= text.ends_with(is_space);
    }

    /// Adds a word after what is between it and the last one.
    fn word(&mut self, word: &str) {
        match std::mem::take(&mut self.gap) {
            Gap::Blank => self.flush(),
            Gap::Line => {
                if !self.line.is_empty() {
                    self.line.push(Inline::Break);
                }
                self.space = false;
            }
            Gap::None => {}
        }
        let is_first = matches!(self.line.last(), None | Some(Inline::Break));
        let space = std::mem::take(&mut self.space);
        if let Some((_, text)) = &mut self.link {
            let is_first_of_link = text.is_empty();
            if space && !is_first_of_link {
                text.push(' ');
            }
            text.push_str(word);
            if space && is_first_of_link && !is_first {
                self.push_space();
            }
            return;
        }
        if space && !is_first {
            self.push_space();
        }
        self.push(word);
    }

    /// Adds text to the line, joined with text of the same kind before it.
    fn push(&mut self, text: &str) {
        let is_strong = self.strong > 0;
        match (self.line.last_mut(), is_strong) {
            (Some(Inline::Text(last)), false) | (Some(Inline::Strong(last)), true) => last.push_str(text),
            (_, true) => self.line.push(Inline::Strong(text.to_owned())),
            (_, false) => self.line.push(Inline::Text(text.to_owned())),
        }
    }

    /// Adds a space: where emphasis begins or ends, to the text that is not emphasised.
    fn push_space(&mut self) {
        match self.line.last_mut() {
            Some(Inline::Text(last)) => last.push(' '),
            Some(Inline::Strong(last)) if self.strong > 0 => last.push(' '),
            _ => self.line.push(Inline::Text(" ".to_owned())),
        }
    }

    fn close_link(&mut self) {
        let Some((address, text)) = self.link.take() else { return };
        if !text.trim().is_empty() {
            let elsewhere = elsewhere(&address, &text);
            self.line.push(Inline::Link(Link { address, text, elsewhere }));
        }
    }

    fn part(&mut self, gap: Gap) {
        // A link does not go on in another line.
        if let Some((_, text)) = &self.link
            && !text.is_empty()
        {
            self.space = true;
            return;
        }
        self.gap = self.gap.max(gap);
    }

    fn line_break(&mut self) {
        let second = self.gap >= Gap::Line;
        self.part(if second { Gap::Blank } else { Gap::Line });
    }

    /// Ends the paragraph.
    fn flush(&mut self) {
        if let Some((address, _)) = self.link.clone() {
            self.close_link();
            self.link = Some((address, String::new()));
        }
        (self.gap, self.space) = (Gap::None, false);
        let is_heading = std::mem::take(&mut self.is_heading);
        while matches!(self.line.last(), Some(Inline::Break)) {
            self.line.pop();
        }
        if self.line.is_empty() {
            return;
        }
        let line = std::mem::take(&mut self.line);
        if self.left == 0 {
            self.built.is_cut = true;
            return;
        }
        self.block(if is_heading { Block::Heading(line) } else { Block::Paragraph(line) });
    }

    fn block(&mut self, block: Block) {
        self.left = self.left.saturating_sub(1);
        if let Some(frame) = self.frames.last_mut() {
            frame.blocks.push(block);
        }
    }

    fn finish(mut self) -> Built {
        self.close_link();
        self.flush();
        while self.frames.len() > 1 {
            self.pop();
        }
        let blocks = self.frames.pop().map(|root| root.blocks).unwrap_or_default();
        Built { blocks, ..self.built }
    }
}

fn is_same(open: Kind, closed: Kind) -> bool {
    std::mem::discriminant(&open) == std::mem::discriminant(&closed)
}

/// The cells of a table that shows values: several rows of several cells, each one line. Anything else lays out a page.
fn plain_table(rows: &[Vec<Vec<Block>>]) -> Option<Vec<Vec<Vec<Inline>>>> {
    let is_grid = rows.len() > 1 && rows.iter().all(|row| row.len() > 1);
    if !is_grid || rows.iter().map(Vec::len).sum::<usize>() > MOST_CELLS {
        return None;
    }
    let cell = |blocks: &Vec<Block>| match blocks.as_slice() {
        [] => Some(Vec::new()),
        [Block::Paragraph(line) | Block::Heading(line)] => Some(line.clone()),
        _ => None,
    };
    rows.iter().map(|row| row.iter().map(cell).collect()).collect()
}
