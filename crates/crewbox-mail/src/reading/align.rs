//! Which blocks of a tree fold: those whose words are in a fold of the message's text, which was made of the same HTML.

use crewbox_core::message::{Fold, FoldKind};
use crewbox_core::reading::{Block, Inline, Reading};

use super::builder::Built;
use super::text::push;

/// How far ahead the words of a block are looked for, in bytes: a block of a list or a table may be as long.
const WINDOW: usize = 32 * 1024;
/// Characters of a block's first line that are looked for.
const PROBE: usize = 48;

/// The blocks in parts by how they fold. A block whose words are not found folds like the one before it.
pub(super) fn folded(built: Built, text: &str, folds: &[Fold]) -> Reading {
    let mut parts = Vec::new();
    let mut place = Place { text, at: 0, folds, last: None };
    for block in built.blocks {
        match block {
            Block::Paragraph(line) => {
                for (folded, line) in place.split(line) {
                    push(&mut parts, folded, vec![Block::Paragraph(line)]);
                }
            }
            other => {
                let folded = place.of(&first_text(&other));
                place.pass(&last_text(&other));
                push(&mut parts, folded, vec![other]);
            }
        }
    }
    Reading {
        parts,
        is_cut: built.is_cut,
        has_layout: built.has_layout,
        blocked_images: built.blocked_images,
        blocked_trackers: built.blocked_trackers,
        tracker_hosts: built.tracker_hosts,
    }
}

struct Place<'t> {
    text: &'t str,
    at: usize,
    folds: &'t [Fold],
    last: Option<FoldKind>,
}

impl Place<'_> {
    /// The lines of a paragraph, those that fold separately from those that are read.
    fn split(&mut self, line: Vec<Inline>) -> Vec<(Option<FoldKind>, Vec<Inline>)> {
        let mut split: Vec<(Option<FoldKind>, Vec<Inline>)> = Vec::new();
        for line in line.split(|piece| *piece == Inline::Break) {
            let folded = self.of(&line_text(line));
            match split.last_mut() {
                Some((last, lines)) if *last == folded => {
                    lines.push(Inline::Break);
                    lines.extend_from_slice(line);
                }
                _ => split.push((folded, line.to_vec())),
            }
        }
        split
    }

    /// How a line with these words folds.
    fn of(&mut self, words: &str) -> Option<FoldKind> {
        if let Some(at) = self.find(words) {
            self.last = self
                .folds
                .iter()
                .find(|fold| (fold.start as usize..fold.end as usize).contains(&at))
                .map(|fold| fold.kind);
        }
        self.last
    }

    /// Goes on behind these words.
    fn pass(&mut self, words: &str) {
        self.find(words);
    }

    fn find(&mut self, words: &str) -> Option<usize> {
        let words = words.trim();
        let end = words.char_indices().nth(PROBE).map_or(words.len(), |(at, _)| at);
        let probe = &words[..end];
        if probe.is_empty() {
            return None;
        }
        let mut until = (self.at + WINDOW).min(self.text.len());
        while !self.text.is_char_boundary(until) {
            until -= 1;
        }
        let ahead = self.text.get(self.at..until)?;
        let found = self.at + ahead.find(probe)?;
        self.at = found + probe.len();
        Some(found)
    }
}

fn line_text(line: &[Inline]) -> String {
    let mut text = String::new();
    for piece in line {
        match piece {
            Inline::Text(words) | Inline::Strong(words) => text.push_str(words),
            // The address of a link is written behind it in the text.
            Inline::Link(link) => {
                text.push_str(&link.text);
                break;
            }
            Inline::Break => break,
        }
    }
    text
}

fn first_text(block: &Block) -> String {
    match block {
        Block::Paragraph(line) | Block::Heading(line) => line_text(line),
        Block::List(_, items) => {
            items.first().and_then(|item| item.first()).map(first_text).unwrap_or_default()
        }
        Block::Quote(blocks) => blocks.first().map(first_text).unwrap_or_default(),
        Block::Table(rows) => rows
            .iter()
            .flatten()
            .map(|cell| line_text(cell))
            .find(|text| !text.is_empty())
            .unwrap_or_default(),
        Block::Rule => String::new(),
    }
}

fn last_text(block: &Block) -> String {
    match block {
        Block::Paragraph(line) | Block::Heading(line) => {
            line.rsplit(|piece| *piece == Inline::Break).next().map(line_text).unwrap_or_default()
        }
        Block::List(_, items) => items.last().and_then(|item| item.last()).map(last_text).unwrap_or_default(),
        Block::Quote(blocks) => blocks.last().map(last_text).unwrap_or_default(),
        Block::Table(rows) => {
            rows.last().and_then(|row| row.last()).map(|cell| line_text(cell)).unwrap_or_default()
        }
        Block::Rule => String::new(),
    }
}
