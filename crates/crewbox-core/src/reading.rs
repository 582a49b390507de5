//! A message as it is read: a small tree of paragraphs, links, lists, quotes and tables.
//!
//! Owns the types only. The tree holds text and addresses of links, never markup, so that whatever shows it decides how it
//! looks.

use crate::message::FoldKind;

/// What is read of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// In their order.
    pub parts: Vec<Part>,
    /// The message goes on after the last part.
    pub is_cut: bool,
    /// The message has a layout of its own (tables, pictures, colours), which its parts do not show.
    pub has_layout: bool,
    /// Pictures of other servers that are not loaded.
    pub blocked_images: u32,
    /// Those among them that show nothing and report that the mail was opened.
    pub blocked_trackers: u32,
    /// The hosts of these, without repeats, the first few.
    pub tracker_hosts: Vec<String>,
}

/// A stretch of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Why it is folded; none for what is read.
    pub folded: Option<FoldKind>,
    /// What is in it.
    pub blocks: Vec<Block>,
}

/// A block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A paragraph.
    Paragraph(Vec<Inline>),
    /// A heading within the message.
    Heading(Vec<Inline>),
    /// A list; with the number of its first item, where items have numbers.
    List(Option<u32>, Vec<Vec<Block>>),
    /// Somebody else's words.
    Quote(Vec<Block>),
    /// A table of plain cells, row by row.
    Table(Vec<Vec<Vec<Inline>>>),
    /// A line between two parts.
    Rule,
}

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inline {
    /// Text.
    Text(String),
    /// Text that is emphasised.
    Strong(String),
    /// The end of a line within a paragraph.
    Break,
    /// A link.
    Link(Link),
}

/// A link to a web page, a mail address or a telephone number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Where it leads: `https:`, `http:`, `mailto:` or `tel:`.
    pub address: String,
    /// Its text.
    pub text: String,
    /// The host that it leads to, where its text names another one.
    pub elsewhere: Option<String>,
}
