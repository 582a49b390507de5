//! Finds quoted history and signatures in plain text and gives them as folds. Takes time linear in the text, never
//! changes it, and never folds so that nothing is left to read. What a person wrote is never folded: where it is not
//! certain that lines are quoted, they stay visible.
//!
//! The words of all languages are in `data/`, one table per kind of line; a new language needs no code.

mod lines;
mod names;
mod quotes;
mod signatures;
mod tables;

use std::ops::Range;

use crewbox_core::message::{Address, Fold, FoldKind};

use self::lines::{Facts, Lines, normal};
use self::quotes::{Kind, Opening, above, openings};
use self::signatures::signatures;
use self::tables::INLINE;
use crate::budget::MAX_FOLDED_BYTES;

/// How much of the text above a quote is searched for the remark that the answers stand in it, bytes.
const MAX_REMARK_BYTES: usize = 2_000;

/// The folds of a text, ascending, not overlapping, at character borders.
#[cfg(test)]
pub(crate) fn folds(text: &str) -> Vec<Fold> {
    folds_of(text, &[], &Address::default())
}

/// The folds of the text of a mail from `writer`, of which the HTML says where signatures are, in bytes.
pub(crate) fn folds_of(text: &str, signatures: &[Range<usize>], writer: &Address) -> Vec<Fold> {
    let mut found = scan(text, signatures, names::of(&writer.name, &writer.email));
    if !found.is_visible {
        // Nothing but quotes: the mail is what it quotes.
        found.folds.retain(|fold| fold.kind == FoldKind::Signature);
    }
    found.folds
}

/// The text that is not folded: what its writer wrote now.
#[must_use]
pub fn new_text(text: &str, folds: &[Fold]) -> String {
    let mut fresh = String::with_capacity(text.len());
    let mut at = 0;
    for fold in folds {
        fresh.push_str(text.get(at..fold.start as usize).unwrap_or_default());
        at = fold.end as usize;
    }
    fresh.push_str(text.get(at..).unwrap_or_default());
    fresh
}

/// What its writer wrote now, without a signature, the footer of a device or program, a disclaimer, or marked lines
/// that the writer pasted: the text that may be read for what the mail asks. Empty if the mail only quotes, although
/// its quote is then shown.
pub(crate) fn written(text: &str, folds: &[Fold]) -> String {
    let has_quote = folds.iter().any(|fold| fold.kind == FoldKind::Quote);
    let found = if has_quote { Scan::default() } else { scan(text, &[], Vec::new()) };
    let only_quotes = !found.is_visible && !found.folds.is_empty();
    let mut written = new_text(text, if only_quotes { &found.folds } else { folds });
    if written.contains('>') {
        let lines = Lines::of(&written);
        let own = (0..lines.len()).filter(|at| !is_quoted(&lines, *at)).map(|at| lines.raw(at));
        written = own.collect::<Vec<_>>().join("\n");
    }
    written
}

/// The folds of a text before it is known whether anything else can be seen.
#[derive(Default)]
struct Scan {
    folds: Vec<Fold>,
    is_visible: bool,
    /// The writer's names.
    names: Vec<String>,
}

fn scan(text: &str, signatures: &[Range<usize>], names: Vec<String>) -> Scan {
    let mut scan = Scan { names, ..Scan::default() };
    if text.len() > MAX_FOLDED_BYTES {
        return scan;
    }
    let mut lines = Lines::of(text);
    signatures.iter().for_each(|range| lines.mark_signature(range));
    let openings = openings(&lines);
    let runs = marked_runs(&lines);
    let mut openings = openings.iter().peekable();
    // The region of text that is being read starts at `region`; `at` is the line that is looked at.
    let (mut region, mut at) = (0, 0);
    while at < lines.len() {
        let opening = openings.next_if(|opening| opening.from <= at).copied();
        // One inside a marked quote is a part of it.
        let opening = opening.filter(|opening| opening.from >= region);
        let Some(end) = quoted(&lines, at, opening) else {
            at += 1;
            continue;
        };
        let from = opening.map_or_else(|| above(&lines, at, region), |opening| opening.from);
        // Whoever got the mail below wrote this one.
        let known = scan.names.len();
        scan.names.extend(opening.map(|opening| names::recipient(&lines, opening)).unwrap_or_default());
        scan.read(&lines, region, from);
        scan.names.truncate(known);
        let next = openings.peek().map(|opening| opening.from);
        let end = match end {
            End::At(end) if opening.is_none() && scan.is_pasted(&lines, at, end, next, runs) => None,
            End::At(end) => Some(end),
            End::OfText if has_remark(&lines, region, from) => None,
            End::OfText => Some(lines.len()),
            End::OfTextBelowText => scan.is_visible.then_some(lines.len()),
        };
        if let Some(end) = end {
            scan.push(&lines, from, end, FoldKind::Quote);
            (region, at) = (end, end);
        } else {
            scan.is_visible = true;
            at = opening.map_or_else(|| marked_end(&lines, at), |opening| opening.to);
            region = from;
        }
    }
    scan.read(&lines, region, lines.len());
    scan
}

/// How many runs of marked lines there are; blank lines do not end a run.
fn marked_runs(lines: &Lines<'_>) -> usize {
    let solid = lines.lines.iter().filter(|line| !line.facts.has(Facts::BLANK));
    let marks: Vec<bool> = solid.map(|line| line.facts.has(Facts::QUOTED)).collect();
    let starts = marks.windows(2).filter(|pair| !pair[0] && pair[1]).count();
    starts + usize::from(marks.first() == Some(&true))
}

/// Where a quote ends.
enum End {
    At(usize),
    /// It goes on to the end of the text.
    OfText,
    /// The same, but only if there is text above it; else it is the text.
    OfTextBelowText,
}

/// Where the quote ends that starts at a line, with or without an opening.
fn quoted(lines: &Lines<'_>, at: usize, opening: Option<Opening>) -> Option<End> {
    let Some(opening) = opening else {
        return is_quoted(lines, at).then(|| End::At(marked_end(lines, at)));
    };
    match lines.solid(opening.to) {
        Some(next) if is_quoted(lines, next) => Some(End::At(marked_end(lines, next))),
        _ if opening.kind == Kind::Weak => None,
        _ if opening.kind == Kind::ReplyAbove => Some(End::OfTextBelowText),
        _ => Some(End::OfText),
    }
}

/// The end of a run of marked lines, with the blank lines between them.
fn marked_end(lines: &Lines<'_>, from: usize) -> usize {
    let mut end = from;
    for at in from..lines.len() {
        if lines.is(at, Facts::QUOTED) {
            end = at + 1;
        } else if !lines.is(at, Facts::BLANK) {
            break;
        }
    }
    end
}

/// Whether a line is marked as quoted, and the mark is not part of the text: "From" at the start of a line is written
/// as ">From" in mailbox files, and ">50 seats" is a number.
fn is_quoted(lines: &Lines<'_>, at: usize) -> bool {
    if !lines.is(at, Facts::QUOTED) {
        return false;
    }
    let is_alone = (at == 0 || !lines.is(at - 1, Facts::QUOTED)) && !lines.is(at + 1, Facts::QUOTED);
    let line = lines.text(at);
    let is_text = line.strip_prefix('>').is_some_and(|rest| {
        rest.starts_with("From ") || rest.starts_with(|char: char| char.is_ascii_digit() || char == '=')
    });
    !(is_alone && is_text)
}

/// Whether the writer says above an unmarked quote that the answers stand in it.
fn has_remark(lines: &Lines<'_>, from: usize, to: usize) -> bool {
    let mut bytes = 0;
    (from..to).any(|at| {
        let line = lines.text(at);
        bytes += line.len();
        bytes <= MAX_REMARK_BYTES && INLINE.within(&normal(line))
    })
}

impl Scan {
    /// Whether marked lines without an attribution may be something that the writer pasted: they are the only ones,
    /// or stand above the first attribution, and text of the writer is above and below them.
    fn is_pasted(&self, lines: &Lines<'_>, from: usize, to: usize, next: Option<usize>, runs: usize) -> bool {
        let has_quote = self.folds.iter().any(|fold| fold.kind == FoldKind::Quote);
        if !self.is_visible || has_quote || (next.is_none() && runs > 1) {
            return false;
        }
        // Programs that mark the attribution too.
        let first = Lines::of(lines.text(from).trim_start_matches(['>', ' ']));
        let says = Facts::DATED.with(Facts::ADDRESS).with(Facts::COLON);
        if first.lines.iter().any(|line| line.facts.has_any(says) || line.role.is_some()) {
            return false;
        }
        let end = (to..lines.len()).find(|at| Some(*at) == next || lines.is(*at, Facts::QUOTED));
        signatures(lines, to, end.unwrap_or(lines.len()), true, &self.names).is_visible
    }

    /// Reads a region of text between quotes.
    fn read(&mut self, lines: &Lines<'_>, from: usize, to: usize) {
        let found = signatures(lines, from, to, self.is_visible, &self.names);
        for (start, end) in found.hidden {
            self.push(lines, start, end, FoldKind::Signature);
        }
        self.is_visible |= found.is_visible;
    }

    fn push(&mut self, lines: &Lines<'_>, from: usize, to: usize, kind: FoldKind) {
        if from >= to {
            return;
        }
        let (start, end) = (lines.lines[from].start, lines.lines[to - 1].end);
        match self.folds.last_mut() {
            Some(last) if last.kind == kind && last.end == start => last.end = end,
            _ => self.folds.push(Fold { start, end, kind }),
        }
    }
}

#[cfg(test)]
mod tests;
