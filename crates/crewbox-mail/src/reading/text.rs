//! The tree of a plain text: an empty line parts paragraphs, and web addresses become links.

use crewbox_core::message::{Fold, FoldKind};
use crewbox_core::reading::{Block, Inline, Link, Part, Reading};

use super::limits::MOST_BLOCKS;

/// The text in its order: what is read, and what is folded.
pub(super) fn read(text: &str, folds: &[Fold]) -> Reading {
    let mut parts: Vec<Part> = Vec::new();
    let mut left = MOST_BLOCKS;
    let mut is_cut = false;
    let mut add = |part: Option<&str>, folded: Option<FoldKind>| {
        let (blocks, cut) = paragraphs(part.unwrap_or_default(), &mut left);
        is_cut |= cut;
        push(&mut parts, folded, blocks);
    };
    let mut at = 0;
    for fold in folds {
        let (start, end) = ((fold.start as usize).min(text.len()), (fold.end as usize).min(text.len()));
        add(text.get(at..start), None);
        add(text.get(start..end), Some(fold.kind));
        at = end.max(at);
    }
    add(text.get(at..), None);
    Reading { parts, is_cut, ..Reading::default() }
}

/// Adds blocks: to the last part where they fold like it. A signature and the quote below it open together.
pub(super) fn push(parts: &mut Vec<Part>, folded: Option<FoldKind>, blocks: Vec<Block>) {
    match parts.last_mut() {
        _ if blocks.is_empty() => {}
        Some(last) if last.folded.is_some() == folded.is_some() => {
            if last.folded != folded {
                last.folded = Some(FoldKind::Quote);
            }
            last.blocks.extend(blocks);
        }
        _ => parts.push(Part { folded, blocks }),
    }
}

fn paragraphs(text: &str, left: &mut usize) -> (Vec<Block>, bool) {
    let mut blocks = Vec::new();
    let mut line: Vec<Inline> = Vec::new();
    for text in text.lines().chain([""]) {
        if !text.trim().is_empty() {
            if !line.is_empty() {
                line.push(Inline::Break);
            }
            pieces(text.trim_end(), &mut line);
        } else if !line.is_empty() {
            if *left == 0 {
                return (blocks, true);
            }
            *left -= 1;
            blocks.push(Block::Paragraph(std::mem::take(&mut line)));
        }
    }
    (blocks, false)
}

/// Adds text and links of a line. Only addresses of the web become links, with the address as their text.
pub(super) fn pieces(line: &str, out: &mut Vec<Inline>) {
    let mut text = String::new();
    let mut rest = line;
    while let Some(start) = ["https://", "http://"].iter().filter_map(|scheme| rest.find(scheme)).min() {
        let link = &rest[start..];
        let end = link.find(|c: char| c.is_whitespace() || "<>\"'`|\\^{}".contains(c)).unwrap_or(link.len());
        // A full stop or bracket after an address belongs to the sentence.
        let link = link[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '…']);
        text.push_str(&rest[..start]);
        if link.len() > "https://".len() {
            if !text.is_empty() {
                out.push(Inline::Text(std::mem::take(&mut text)));
            }
            out.push(Inline::Link(Link { address: link.to_owned(), text: link.to_owned(), elsewhere: None }));
        } else {
            text.push_str(link);
        }
        rest = &rest[start + link.len()..];
    }
    text.push_str(rest);
    if !text.is_empty() {
        out.push(Inline::Text(text));
    }
}
