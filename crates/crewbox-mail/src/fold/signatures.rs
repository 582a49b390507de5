//! Finds what is below a person's text and not part of it: signatures, closings with a name block, footers of
//! devices and programs, disclaimers. Folds only what it is sure of, and never the first thing a person wrote.

use crate::fold::lines::{Facts, Lines, is_dash, is_digit, normal};
use crate::fold::tables::{
    CLOSING, DISCLAIMERS, FOOTER_LINES, HEADINGS, LEGAL, NOTICES, PRODUCTS, SENT_END, SENT_WITH, is_unspaced,
};

/// Most lines of a signature below a bare `--`, which is also used as a rule.
const MAX_BARE_LINES: usize = 20;

/// Fewest words of a sentence with which no signature starts.
const MIN_PROSE_WORDS: usize = 5;

/// Most lines of a name block below a closing.
const MAX_NAME_LINES: usize = 12;

/// Longest line of a name block, characters.
const MAX_NAME_CHARS: usize = 100;

/// Most words of the first line below a closing: a name, with titles.
const MAX_NAME_WORDS: usize = 6;

/// Most words of a device footer, and behind the product that it names.
const MAX_DEVICE_WORDS: usize = 12;
const MAX_WORDS_BEHIND_PRODUCT: usize = 5;

/// Longest device footer, bytes.
const MAX_DEVICE_BYTES: usize = 200;

/// Most lines of the footer of a mailing list, and its shortest rule, bytes.
const MAX_LIST_LINES: usize = 5;
const MIN_LIST_RULE_BYTES: usize = 20;

/// Shortest disclaimer, bytes: what is shorter may be a person's sentence.
const MIN_DISCLAIMER_BYTES: usize = 80;

/// Shortest notice without an address, bytes.
const MIN_NOTICE_BYTES: usize = 60;

/// Most lines looked at upward for a closing: the name block with blank lines between.
const MAX_CLOSING_LINES: usize = 2 * MAX_NAME_LINES + 2;

/// Most lines of a paragraph that are looked at.
const MAX_PARAGRAPH_LINES: usize = 60;

/// Lines without words.
const EMPTY: Facts = Facts::BLANK.with(Facts::RULE);

/// The lines of a region that are a signature, as ascending stretches, and whether anything else can be seen in it.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) hidden: Vec<(usize, usize)>,
    pub(super) is_visible: bool,
}

/// A region of lines, with those that are known to be no text of the writer.
struct Region<'a> {
    text: &'a Lines<'a>,
    from: usize,
    hidden: Vec<bool>,
}

impl Region<'_> {
    fn hide(&mut self, from: usize, to: usize) {
        self.hidden[from - self.from..to - self.from].fill(true);
    }

    fn is_hidden(&self, at: usize) -> bool {
        at >= self.from && self.hidden[at - self.from]
    }

    /// Whether a line is text of the writer.
    fn is_text(&self, at: usize) -> bool {
        !self.text.lines[at].facts.has_any(EMPTY) && !self.is_hidden(at)
    }

    /// One past the last line of text below `to`.
    fn tail(&self, to: usize) -> usize {
        (self.from..to).rev().find(|at| self.is_text(*at)).map_or(self.from, |at| at + 1)
    }

    fn stretches(&self) -> Vec<(usize, usize)> {
        let mut stretches: Vec<(usize, usize)> = Vec::new();
        for at in (self.from..).zip(&self.hidden).filter(|(_, hidden)| **hidden).map(|(at, _)| at) {
            match stretches.last_mut() {
                Some((_, end)) if *end == at => *end += 1,
                _ => stretches.push((at, at + 1)),
            }
        }
        stretches
    }
}

/// Looks through the lines from `from` up to `to`, between which nothing is quoted. `is_below_text` says whether
/// there is text of the writer above; `names` are the writer's, as [`normal`] makes them.
pub(super) fn signatures(
    text: &Lines<'_>,
    from: usize,
    to: usize,
    is_below_text: bool,
    names: &[String],
) -> Found {
    let mut region = Region { text, from, hidden: vec![false; to - from] };
    let mut bottom = to;
    if let Some((at, end)) = delimited(text, from, to) {
        region.hide(at, end);
        // Text below the signature, such as a postscript, is no part of what is above it.
        bottom = if end == to { at } else { from };
    }
    if let Some(at) = list_footer(text, from, to) {
        region.hide(at, to);
        bottom = bottom.min(at);
    }
    devices(&mut region, to);
    let Some(first) = (from..to).find(|at| region.is_text(*at)) else {
        return Found { hidden: region.stretches(), is_visible: false };
    };
    let keep = if is_below_text { first } else { first + 1 };
    let mut tail = region.tail(bottom);
    while let Some(start) = notice(text, keep, tail) {
        region.hide(start, tail);
        tail = region.tail(start);
    }
    signed(&mut region, keep, to);
    tail = region.tail(tail);
    if let Some(start) = closing(text, keep, tail).or_else(|| own_name(text, keep, tail, names)) {
        region.hide(start, tail);
    }
    let is_visible = (from..to).any(|at| region.is_text(at));
    Found { hidden: region.stretches(), is_visible }
}

/// The lines of the signature that a `-- ` starts, or a bare `--`, which is also used as a rule: that one counts only
/// if few lines are below it, none is a question or a postscript, and they start with no sentence.
fn delimited(text: &Lines<'_>, from: usize, to: usize) -> Option<(usize, usize)> {
    if let Some(at) = (from..to).find(|at| text.raw(*at) == "-- ") {
        let solid = (at + 1..to).filter(|line| !text.is(*line, Facts::BLANK));
        let end = solid.take_while(|line| !is_postscript(text.text(*line))).last().map(|line| line + 1)?;
        let is_last = (end..to).all(|line| text.is(line, Facts::BLANK));
        return Some((at, if is_last { to } else { end }));
    }
    let mut found = None;
    let solid = (from..to).rev().filter(|at| !text.is(*at, Facts::BLANK));
    for (lines, at) in solid.take(MAX_BARE_LINES + 1).enumerate() {
        let line = text.text(at);
        if line.ends_with(['?', '\u{ff1f}']) || is_postscript(line) {
            break;
        }
        if lines > 0 && matches!(line, "--" | "\u{2014}" | "- --") {
            let first = text.solid(at + 1).map(|first| text.text(first)).unwrap_or_default();
            found = if is_prose(first) { None } else { Some((at, to)) };
        }
    }
    found
}

/// Whether a line is a sentence, or several: no signature starts so.
fn is_prose(line: &str) -> bool {
    line.ends_with(['.', '!', '\u{3002}'])
        && line.split_whitespace().count() >= MIN_PROSE_WORDS
        && !line.contains('@')
        && !line.contains("http")
}

/// Where the footer of a mailing list starts: a long line of underscores, the list's name, its address, its page.
fn list_footer(text: &Lines<'_>, from: usize, to: usize) -> Option<usize> {
    let mut has_address = false;
    let solid = (from..to).rev().filter(|at| !text.is(*at, Facts::BLANK));
    for at in solid.take(MAX_LIST_LINES + 1) {
        let line = text.text(at);
        if line.len() >= MIN_LIST_RULE_BYTES && line.bytes().all(|byte| byte == b'_') {
            return has_address.then_some(at);
        }
        if line.ends_with(['?', '!', '.']) || line.chars().count() > MAX_NAME_CHARS {
            return None;
        }
        has_address |= text.is(at, Facts::ADDRESS) || line.contains("http");
    }
    None
}

fn is_postscript(line: &str) -> bool {
    let start = line.get(..4).unwrap_or(line).to_ascii_lowercase();
    ["ps:", "ps ", "ps.", "p.s", "pps", "p. s"].iter().any(|mark| start.starts_with(mark))
}

/// Hides what the HTML says is a signature, unless somebody wrote sentences into it.
fn signed(region: &mut Region<'_>, from: usize, to: usize) {
    let text = region.text;
    let mut at = from;
    while at < to {
        let end = (at..to).find(|line| !text.is(*line, Facts::SIGNED)).unwrap_or(to);
        if (at..end).all(|line| region.is_hidden(line) || is_name_block_line(text.text(line))) {
            region.hide(at, end);
        }
        at = end.max(at + 1);
    }
}

/// Hides the footers of devices and programs, each with blank lines or the ends of the region around it.
fn devices(region: &mut Region<'_>, to: usize) {
    let text = region.text;
    let is_end = |at: usize| at == to || text.lines[at].facts.has_any(EMPTY);
    let mut at = region.from;
    while at < to {
        let is_last = || (at + 1..to).all(is_end);
        let is_first =
            at == region.from || is_end(at - 1) || region.is_hidden(at - 1) || (is_end(at + 1) && is_last());
        if text.lines[at].facts.has_any(EMPTY) || region.is_hidden(at) || !is_first {
            at += 1;
            continue;
        }
        let is_pair = at + 1 < to && !is_end(at + 1) && is_end(at + 2);
        if is_device(text.text(at)) && (is_end(at + 1) || is_device(text.text(at + 1))) {
            region.hide(at, at + 1);
        } else if is_pair
            && SENT_WITH.starting(&normal(text.text(at))).is_some()
            && is_device(&format!("{} {}", text.text(at), text.text(at + 1)))
        {
            region.hide(at, at + 2);
        }
        at += 1;
    }
}

/// Whether a line tells with what a mail was sent, and nothing else.
pub(super) fn is_device(line: &str) -> bool {
    if line.len() > MAX_DEVICE_BYTES || line.is_empty() {
        return false;
    }
    let line = normal(line);
    let line = without_links(&line);
    let line = line.trim_matches(|char: char| is_dash(char) || char == ' ');
    let line = line.trim_end_matches(['.', '!', '\u{3002}']);
    if FOOTER_LINES.is(line) {
        return true;
    }
    if line.contains(['?', '\u{ff1f}']) || line.split(' ').count() > MAX_DEVICE_WORDS {
        return false;
    }
    let Some((_, end)) = PRODUCTS.last(line) else { return false };
    let is_first = SENT_WITH.starting(line).is_some();
    let is_last = SENT_END.ends(line)
        && (is_first || PRODUCTS.starting(line).is_some())
        && line.chars().count() <= MAX_NAME_CHARS / 2;
    (is_first && line[end..].split_whitespace().count() <= MAX_WORDS_BEHIND_PRODUCT) || is_last
}

/// A line without the addresses that HTML links leave in angle or round brackets.
fn without_links(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    for word in line.split(' ') {
        let word = match word.find("<http").or_else(|| word.find("(http")) {
            Some(at) => &word[..at],
            None if word.starts_with("http") || word.starts_with("[http") => "",
            None => word,
        };
        if !word.is_empty() {
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(word);
        }
    }
    out
}

/// Where the disclaimer or notice starts with which the lines up to `to` end.
fn notice(text: &Lines<'_>, from: usize, to: usize) -> Option<usize> {
    if to <= from {
        return None;
    }
    let low = from.max(to.saturating_sub(MAX_PARAGRAPH_LINES));
    let top = (low..to).rev().take_while(|at| !text.is(*at, Facts::BLANK)).last()?;
    let start = (top..to).find(|at| is_notice(text, *at, to))?;
    let above = (from..start).rev().find(|at| !text.lines[*at].facts.has_any(EMPTY));
    match above {
        Some(above) if is_heading(text.text(above)) => Some(above),
        _ => Some(start),
    }
}

/// Whether a disclaimer or notice starts at a line and takes all up to `to`.
fn is_notice(text: &Lines<'_>, at: usize, to: usize) -> bool {
    let line = text.text(at);
    let head = normal(&line[..line.floor_char_boundary(MAX_DEVICE_BYTES)]);
    let head = head.trim_start_matches(|char: char| is_dash(char) || matches!(char, ' ' | '(' | '[' | '"'));
    let bytes: usize = (at..to).map(|line| text.text(line).len()).sum();
    if NOTICES.starting(head).is_some() {
        let has_address = (at..to).any(|line| {
            let line = text.text(line);
            line.contains('@') || line.contains("http") || line.contains("www.")
        });
        let is_asking = text.text(to - 1).ends_with(['?', '\u{ff1f}']);
        return (bytes >= MIN_NOTICE_BYTES || has_address) && !is_asking;
    }
    let is_legal = || (at..to).any(|line| LEGAL.stem_within(&normal(text.text(line))));
    bytes >= MIN_DISCLAIMER_BYTES && (DISCLAIMERS.starting(head).is_some() || is_heading(line)) && is_legal()
}

fn is_heading(line: &str) -> bool {
    if line.len() > MAX_DEVICE_BYTES {
        return false;
    }
    let line = normal(line);
    HEADINGS.is(line.trim_matches(|char: char| !char.is_alphanumeric()))
}

/// Where the closing starts with whose name block the lines up to `to` end.
fn closing(text: &Lines<'_>, from: usize, to: usize) -> Option<usize> {
    let low = from.max(to.saturating_sub(MAX_CLOSING_LINES));
    let at = (low..to).rev().find(|at| is_closing(text.text(*at)))?;
    let mut lines = (at + 1..to).filter(|line| !text.is(*line, Facts::BLANK));
    let first = lines.next()?;
    let is_block = is_name(text.text(first))
        && lines.clone().count() < MAX_NAME_LINES
        && lines.all(|line| is_name_block_line(text.text(line)));
    is_block.then_some(at)
}

/// Where the name block starts with which the lines up to `to` end, below a blank line and with a name of the writer.
fn own_name(text: &Lines<'_>, from: usize, to: usize, names: &[String]) -> Option<usize> {
    let low = from.max(to.saturating_sub(MAX_CLOSING_LINES));
    let is_own = |line: &str| {
        let name = line.split(['|', ',', '\u{b7}', '/', '\t']).next().unwrap_or_default();
        let name = normal(name.trim());
        names.contains(&name)
    };
    let at = (low..to).rev().find(|at| text.text(*at).len() <= MAX_DEVICE_BYTES && is_own(text.text(*at)))?;
    let lines = (at + 1..to).filter(|line| !text.is(*line, Facts::BLANK));
    let is_block = at > 0
        && text.is(at - 1, Facts::BLANK)
        && lines.clone().count() < MAX_NAME_LINES
        && (at..to).all(|line| is_name_block_line(text.text(line)));
    is_block.then_some(at)
}

fn is_closing(line: &str) -> bool {
    if line.len() > MAX_DEVICE_BYTES {
        return false;
    }
    let line = normal(line);
    CLOSING.is(line.trim_end_matches(|char: char| !char.is_alphanumeric()))
}

/// Whether a line is a name: few words, each with a capital letter where its script has them, and no digits.
fn is_name(line: &str) -> bool {
    let line = line.trim_end_matches([',', ' ', ')', '\u{a0}']);
    if line.chars().count() > MAX_NAME_CHARS / 2 || line.ends_with(['?', '!', ':', '\u{3002}', '\u{ff1f}']) {
        return false;
    }
    let words = || line.split_whitespace();
    let is_capital = |word: &str| {
        let first = word.chars().find(|char| char.is_alphanumeric());
        first.is_none_or(|first| !first.is_lowercase() && !is_digit(first))
    };
    let capitals = words().filter(|word| is_capital(word)).count();
    let all = words().count();
    let is_unspaced = line.chars().any(is_unspaced);
    all <= MAX_NAME_WORDS
        && !line.chars().any(is_digit)
        && (capitals == all || (all > 2 && capitals + 1 >= all) || (all == 1 && line.chars().count() <= 12))
        && !(is_unspaced && line.chars().count() > 16)
}

/// Whether a line below the name belongs to it: short, no question and no sentence.
fn is_name_block_line(line: &str) -> bool {
    let is_sentence = line.ends_with(['.', '!', '\u{3002}']) && line.split_whitespace().count() > 6;
    line.chars().count() <= MAX_NAME_CHARS
        && !line.ends_with(['?', '\u{ff1f}'])
        && !is_sentence
        && !is_postscript(line)
}
