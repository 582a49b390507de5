//! A message as it is read: paragraphs and links, with quotes and signature folded.
//!
//! Owns how plain text becomes a page. Nothing of a mail's own markup is used: a mail can put words on the page, and
//! nothing else.

use askama::Template;
use crewbox_core::message::{Address, Class, Direction, Fold, FoldKind, Message};
use crewbox_core::time::Timestamp;
use crewbox_store::contract::Excerpt;

use super::row::{first_line, initials};
use crate::time_text::{TimeText, day_and_time};

/// Blocks of a message that are shown; what has more is a table or a log, which its raw form shows whole.
const MOST_PARAGRAPHS: usize = 2_000;

/// A message.
#[derive(Template)]
#[template(path = "message.html")]
pub(super) struct MessagePart {
    id: u64,
    is_open: bool,
    /// Only its line is here: the rest is loaded when it is opened.
    is_partial: bool,
    is_ours: bool,
    name: String,
    initials: String,
    to: String,
    time: TimeText,
    when: String,
    first_line: String,
    blocks: Vec<Block>,
    files: Vec<(String, String)>,
    /// What it was taken for, where that is not a person's mail.
    class: Option<&'static str>,
    suspected: Option<&'static str>,
    evidence: String,
    notice: Option<String>,
    is_cut: bool,
}

/// A part of a text.
#[derive(Debug, PartialEq, Eq)]
struct Block {
    /// What folds it; none for what is read.
    folded: Option<&'static str>,
    paragraphs: Vec<Vec<Vec<Piece>>>,
}

/// A piece of a line.
#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Link(String),
}

impl MessagePart {
    pub(super) fn of(
        message: &Message,
        text: &Excerpt,
        is_open: bool,
        is_partial: bool,
        now: Timestamp,
    ) -> Self {
        let is_ours = message.direction == Direction::Outbound;
        let name = if message.from.name.is_empty() { &message.from.email } else { &message.from.name };
        let shown = |class: Class| (class != Class::Human).then(|| class.name());
        Self {
            id: message.id.get(),
            is_open,
            is_partial,
            is_ours,
            name: name.clone(),
            initials: initials(name),
            to: message.to.iter().chain(&message.cc).map(display).collect::<Vec<_>>().join(", "),
            time: TimeText::of(message.at, now),
            when: day_and_time(message.at),
            first_line: first_line(&text.text, &message.folds),
            blocks: if is_partial { Vec::new() } else { blocks(&text.text, &message.folds) },
            files: message
                .attachments
                .iter()
                .map(|file| (file.file_name.clone(), size(file.file_size)))
                .collect(),
            class: shown(message.class),
            suspected: message.suspected.and_then(shown),
            evidence: message.evidence.clone(),
            notice: message.notice.clone(),
            is_cut: text.text_truncated,
        }
    }
}

fn display(address: &Address) -> String {
    if address.name.is_empty() { address.email.clone() } else { address.name.clone() }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => format!("{} KB", bytes / 1_024),
        _ => format!("{}.{} MB", bytes / 1_048_576, bytes % 1_048_576 * 10 / 1_048_576),
    }
}

/// The text in its order: what is read, and what is folded.
fn blocks(text: &str, folds: &[Fold]) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut left = MOST_PARAGRAPHS;
    let mut add = |part: Option<&str>, kind: Option<FoldKind>| {
        let paragraphs = paragraphs(part.unwrap_or_default(), &mut left);
        let folded = kind.map(|kind| match kind {
            FoldKind::Quote => "Show quoted text",
            FoldKind::Signature => "Show signature",
        });
        match blocks.last_mut() {
            _ if paragraphs.is_empty() => {}
            // A signature and the quote below it open together.
            Some(Block { folded: Some(label), paragraphs: before }) if folded.is_some() => {
                *label = "Show quoted text";
                before.extend(paragraphs);
            }
            _ => blocks.push(Block { folded, paragraphs }),
        }
    };
    let mut at = 0;
    for fold in folds {
        let (start, end) = ((fold.start as usize).min(text.len()), (fold.end as usize).min(text.len()));
        add(text.get(at..start), None);
        add(text.get(start..end), Some(fold.kind));
        at = end.max(at);
    }
    add(text.get(at..), None);
    blocks
}

/// Paragraphs are parted by an empty line.
fn paragraphs(text: &str, left: &mut usize) -> Vec<Vec<Vec<Piece>>> {
    let mut paragraphs: Vec<Vec<Vec<Piece>>> = Vec::new();
    let mut lines: Vec<Vec<Piece>> = Vec::new();
    for line in text.lines().chain([""]) {
        if !line.trim().is_empty() {
            lines.push(pieces(line.trim_end()));
        } else if !lines.is_empty() {
            if *left == 0 {
                break;
            }
            *left -= 1;
            paragraphs.push(std::mem::take(&mut lines));
        }
    }
    paragraphs
}

/// Text and links of a line. Only addresses of the web become links, with the address as their text.
fn pieces(line: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
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
                pieces.push(Piece::Text(std::mem::take(&mut text)));
            }
            pieces.push(Piece::Link(link.to_owned()));
        } else {
            text.push_str(link);
        }
        rest = &rest[start + link.len()..];
    }
    text.push_str(rest);
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Piece {
        Piece::Text(text.to_owned())
    }

    #[test]
    fn only_web_addresses_become_links_and_the_sentence_keeps_its_end() {
        let link = |text: &str| Piece::Link(text.to_owned());
        assert_eq!(
            pieces("See https://a.test/x?y=1, or (http://b.test)."),
            [text("See "), link("https://a.test/x?y=1"), text(", or ("), link("http://b.test"), text(").")]
        );
        for plain in ["javascript:alert(1)", "data:text/html,x", "a https:// b", "<script>x</script>", ""] {
            assert!(pieces(plain).iter().all(|piece| matches!(piece, Piece::Text(_))), "{plain}");
        }
        assert_eq!(pieces("https://a.test/\"onclick=x"), [link("https://a.test/"), text("\"onclick=x")]);
    }

    #[test]
    fn quotes_fold_in_their_place() {
        let whole = "Hello\nyou\n\nBye\n> old\n> older\nPS";
        let start = u32::try_from(whole.find("> old").unwrap()).unwrap();
        let end = u32::try_from(whole.find("PS").unwrap()).unwrap();
        let blocks = blocks(whole, &[Fold { start, end, kind: FoldKind::Quote }]);
        let counts: Vec<_> = blocks.iter().map(|block| (block.folded, block.paragraphs.len())).collect();
        assert_eq!(counts, [(None, 2), (Some("Show quoted text"), 1), (None, 1)]);
        assert_eq!(blocks[0].paragraphs[0], [vec![text("Hello")], vec![text("you")]]);
    }

    #[test]
    fn a_text_of_a_million_paragraphs_is_cut() {
        let blocks = blocks(&"x\n\n".repeat(1_000_000), &[]);
        assert_eq!(blocks[0].paragraphs.len(), MOST_PARAGRAPHS);
    }
}
