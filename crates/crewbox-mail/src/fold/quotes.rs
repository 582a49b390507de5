//! Finds where quoted history starts in unmarked text: an attribution, a header block or a separator, each with all
//! its lines. Decides nothing about what is below it.

use crate::fold::lines::{Facts, Line, Lines, field, is_dash, is_digit, normal, push_normal};
use crate::fold::tables::{FORWARDED, HEADER_FIELDS, HeaderField, OPENS, ORIGINAL, REPLY_ABOVE, WROTE};

/// Most lines of an attribution: programs break at 72 to 78 characters, and names and addresses are long.
const MAX_ATTRIBUTION_LINES: usize = 4;

/// Longest attribution, bytes: a name and an address in a script of three bytes a character, and the date.
const MAX_ATTRIBUTION_BYTES: usize = 480;

/// Most words of an attribution; more are a sentence.
const MAX_ATTRIBUTION_WORDS: usize = 34;

/// Most words of an attribution without a time.
const MAX_UNTIMED_WORDS: usize = 12;

/// Most words of an attribution that has neither date nor address: a name and a verb.
const MAX_BARE_WORDS: usize = 7;

/// Longest text behind the verb of an attribution, bytes: the name and the address, or the date.
const MAX_BEHIND_VERB: usize = 200;

/// Most lines of a header block, blank ones not counted: each field may take several.
const MAX_BLOCK_LINES: usize = 24;

/// Most lines that one field of a header block continues on: many recipients.
const MAX_FIELD_LINES: usize = 6;

/// Most fields between a rule and an attribution: Yandex writes recipient and subject there.
const MAX_FIELDS_ABOVE: usize = 4;

/// Longest separator, bytes.
const MAX_SEPARATOR_BYTES: usize = 200;

/// What a start of quoted history is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// An attribution with a date and its author: what follows is quoted, marked or not.
    Attribution,
    /// An attribution that counts only above marked lines.
    Weak,
    /// A header block, a separator, or both.
    Block,
    /// The line of a help desk that asks for the reply above it.
    ReplyAbove,
}

/// A start of quoted history: the lines from `from` up to `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Opening {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) kind: Kind,
}

/// The starts of quoted history, ascending, not overlapping.
pub(super) fn openings(text: &Lines<'_>) -> Vec<Opening> {
    let mut found: Vec<Opening> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let floor = found.last().map_or(0, |opening| opening.to);
        match opening(text, at, floor) {
            Some(opening) => {
                at = opening.to;
                add(&mut found, text, opening);
            }
            None => at += 1,
        }
    }
    found
}

/// Adds an opening; one that follows a separator continues it.
fn add(found: &mut Vec<Opening>, text: &Lines<'_>, next: Opening) {
    if let Some(last) = found.last_mut()
        && last.kind == Kind::Block
        && text.solid(last.to) == Some(next.from)
    {
        *last = Opening { from: last.from, ..next };
        return;
    }
    found.push(Opening { from: above(text, next.from, found.last().map_or(0, |last| last.to)), ..next });
}

/// Takes rules right above an opening into it, and fields of a header between both.
pub(super) fn above(text: &Lines<'_>, from: usize, floor: usize) -> usize {
    let fields =
        (floor..from).rev().take(MAX_FIELDS_ABOVE).take_while(|at| text.lines[*at].role.is_some()).count();
    let mut from = from;
    if fields > 0 && from - fields > floor && text.is(from - fields - 1, Facts::RULE) {
        from -= fields;
    }
    let mut start = from;
    let mut at = from;
    while at > floor {
        at -= 1;
        if text.is(at, Facts::RULE) {
            start = at;
        } else if !text.is(at, Facts::BLANK) || at + 1 < start {
            break;
        }
    }
    start
}

fn opening(text: &Lines<'_>, at: usize, floor: usize) -> Option<Opening> {
    let line = text.lines[at];
    if line.facts.has_any(Facts::BLANK) {
        return None;
    }
    if line.facts.has(Facts::QUOTED) {
        return group_wise(text, at);
    }
    if line.role.is_some()
        && let Some(to) = block(text, at)
    {
        return Some(Opening { from: at, to, kind: Kind::Block });
    }
    if line.facts.has(Facts::RULE) {
        return unknown_block(text, at);
    }
    separator(text, at)
        .or_else(|| attribution(text, at, floor))
        .or_else(|| run_together(text, at))
        .or_else(|| old_notes(text, at))
}

/// An attribution with the first line of the quote behind it, as the Yahoo app writes it.
fn run_together(text: &Lines<'_>, at: usize) -> Option<Opening> {
    let line = text.text(at);
    let facts = text.lines[at].facts;
    let end = line.find(":  ")?;
    let head = normal(&line[..end]);
    let is_attribution = facts.has(Facts::DATED.with(Facts::TIMED).with(Facts::ADDRESS))
        && WROTE.ends(&head)
        && starts(line)
        && (at == 0 || text.is(at - 1, Facts::BLANK));
    is_attribution.then_some(Opening { from: at, to: at + 1, kind: Kind::Attribution })
}

/// The block of old Lotus Notes: the sender's name and address, the date on the next line, then the labels, each on
/// a line of its own without a colon.
fn old_notes(text: &Lines<'_>, at: usize) -> Option<Opening> {
    let is_sender = text.is(at, Facts::ADDRESS) && text.text(at).ends_with('>');
    let is_dated = text.is(at + 1, Facts::DATED.with(Facts::TIMED));
    if !is_sender || !is_dated {
        return None;
    }
    let label = text.solid(at + 2)?;
    let is_recipient = HEADER_FIELDS.get(normal(text.text(label)).as_str()) == Some(&HeaderField::To);
    is_recipient.then_some(Opening { from: at, to: label + 1, kind: Kind::Block })
}

/// GroupWise: `>>> Ana Ribeiro 03.11.26 10:00 >>>`, or the same with an address and without the end, above unmarked
/// lines.
fn group_wise(text: &Lines<'_>, at: usize) -> Option<Opening> {
    let line = text.text(at).strip_prefix(">>>")?;
    let alone = (at == 0 || !text.is(at - 1, Facts::QUOTED)) && !text.is(at + 1, Facts::QUOTED);
    let is_closed = line.trim_end().ends_with(">>>") && line.chars().any(is_digit);
    let is_open = line.contains('@') && line.trim_end().ends_with(':');
    (alone && !line.starts_with('>') && (is_closed || is_open)).then_some(Opening {
        from: at,
        to: at + 1,
        kind: Kind::Attribution,
    })
}

/// A line that programs write between a text and the mail below it.
fn separator(text: &Lines<'_>, at: usize) -> Option<Opening> {
    let line = text.text(at);
    if line.len() > MAX_SEPARATOR_BYTES {
        return None;
    }
    let found = |kind| Some(Opening { from: at, to: at + 1, kind });
    let facts = text.lines[at].facts;
    let dashed =
        facts.has(Facts::DASHED) || line.starts_with(['-', '=', '*', '#', '_', '+', '\u{2014}', '[', '(']);
    let field = text.below_rules(at + 1).filter(|next| text.lines[*next].role.is_some());
    if !dashed && !facts.has(Facts::COLON) && field.is_none() {
        return None;
    }
    let inner = normal(line);
    let inner = inner.trim_matches(|char: char| {
        is_dash(char) || char.is_whitespace() || matches!(char, ':' | '+' | '[' | ']' | '(' | ')' | '.' | '!')
    });
    if dashed && REPLY_ABOVE.starting(inner).is_some() {
        return found(Kind::ReplyAbove);
    }
    if dashed && let Some(inner) = leading(line) {
        // Yahoo writes the fields right behind the separator.
        return if is_known(inner.as_str()) { found(Kind::Block) } else { None };
    }
    if facts.has(Facts::DASHED) {
        let is_known = is_known(inner);
        // Between long dashes, above a field: so programs in any language.
        let is_above_field = line.starts_with("----")
            && line.ends_with("----")
            && text.solid(at + 1).is_some_and(|next| text.lines[next].role.is_some());
        return if is_known || is_above_field { found(Kind::Block) } else { None };
    }
    let is_forward = FORWARDED.is(inner) && (facts.has(Facts::COLON) || field.is_some());
    let is_above_block = field.is_some_and(|field| {
        // "Message du 03/11/26 10:00" tells the date that the block then lacks.
        let is_dated = facts.has(Facts::DATED) && is_original(inner);
        (ORIGINAL.is(inner) && header(text, field, false).is_some())
            || (is_dated && header(text, field, true).is_some())
    });
    if is_forward || is_above_block { found(Kind::Block) } else { None }
}

/// Whether the words of a separator are those for an original or a forwarded mail.
fn is_known(inner: &str) -> bool {
    ORIGINAL.is(inner) || FORWARDED.starting(inner).is_some() || is_original(inner)
}

/// The words between the dashes with which a line starts, where more follows them.
fn leading(line: &str) -> Option<String> {
    let (words, behind) = line.strip_prefix("----")?.trim_start_matches('-').split_once("----")?;
    let is_followed = !behind.trim_start_matches('-').is_empty();
    is_followed.then(|| normal(words.trim()))
}

/// Whether a separator starts with the words for an original, where these are several words.
fn is_original(inner: &str) -> bool {
    ORIGINAL.starting(inner).is_some_and(|length| inner[..length].contains(' ') || !inner.is_ascii())
}

/// Where a header block that starts here ends; none if its fields do not make one.
fn block(text: &Lines<'_>, at: usize) -> Option<usize> {
    let above = (0..at).rev().find(|above| !text.is(*above, Facts::BLANK));
    let is_marked =
        above.is_some_and(|above| text.is(above, Facts::RULE) || separator(text, above).is_some());
    header(text, at, is_marked)
}

/// The same, for a block that is below a rule or a separator (`is_marked`) or not.
fn header(text: &Lines<'_>, at: usize, is_marked: bool) -> Option<usize> {
    let mut seen: Vec<HeaderField> = Vec::new();
    let (mut has_address, mut from_address) = (false, false);
    let (mut to, mut lines, mut continued, mut index) = (at, 0, 0, at);
    while index < text.len() && lines < MAX_BLOCK_LINES {
        let line = text.lines[index];
        if line.facts.has(Facts::BLANK) {
            // A field may be below one blank line, in mail that was HTML before.
            if to < index || text.lines.get(index + 1).is_none_or(|next| next.role.is_none()) {
                break;
            }
            index += 1;
            to = index;
            continue;
        }
        if let Some(role) = line.role {
            if role != HeaderField::Other && role != HeaderField::Cc && seen.contains(&role) {
                break;
            }
            seen.push(role);
            continued = 0;
            from_address |= role == HeaderField::From && line.facts.has(Facts::ADDRESS);
        } else if continued < MAX_FIELD_LINES && continues(line, &seen) {
            continued += 1;
        } else {
            break;
        }
        has_address |= line.facts.has(Facts::ADDRESS);
        lines += 1;
        index += 1;
        to = index;
    }
    while to > at && text.is(to - 1, Facts::BLANK) {
        to -= 1;
    }
    let has = |role| seen.contains(&role);
    let others = [HeaderField::Sent, HeaderField::To, HeaderField::Subject]
        .into_iter()
        .filter(|role| has(*role))
        .count();
    // Without a mark above it, a block needs what a list of a person's own ("From: Hamburg, To: Porto, Date: …")
    // lacks: a subject or an address next to sender and date.
    let is_block = has(HeaderField::From)
        && if is_marked {
            others >= 1
        } else {
            has(HeaderField::Sent)
                && others >= 2
                && (has(HeaderField::Subject) || has_address || from_address)
        };
    is_block.then_some(to)
}

/// Whether a line without a label continues the field above it: more recipients.
fn continues(line: Line, seen: &[HeaderField]) -> bool {
    matches!(seen.last(), Some(HeaderField::To | HeaderField::Cc | HeaderField::From))
        && line.facts.has(Facts::ADDRESS)
}

/// A header block in a language that no table has, below a rule: at least three fields, one with an address, one with
/// date and time.
fn unknown_block(text: &Lines<'_>, at: usize) -> Option<Opening> {
    let first = text.solid(at + 1)?;
    let mut facts = Facts::default();
    let mut to = first;
    while to < text.len() && to - first < MAX_BLOCK_LINES {
        let line = text.lines[to].facts;
        let is_field = field(text.text(to)).is_some_and(|(label, value)| {
            !value.is_empty() && label.split_whitespace().count() <= 3 && !label.chars().any(is_digit)
        });
        if !is_field || line.has_any(Facts::BLANK.with(Facts::QUOTED)) {
            break;
        }
        facts = facts.with(line);
        to += 1;
    }
    (to - first >= 3 && facts.has(Facts::ADDRESS.with(Facts::DATED).with(Facts::TIMED))).then_some(Opening {
        from: at,
        to,
        kind: Kind::Block,
    })
}

/// How sure an attribution is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    Weak,
    Strong,
}

/// The attribution that ends with this line: the fewest lines above it that make one and start as one does.
fn attribution(text: &Lines<'_>, last: usize, floor: usize) -> Option<Opening> {
    let facts = text.lines[last].facts;
    let is_above_quote = text.solid(last + 1).is_some_and(|next| text.is(next, Facts::QUOTED));
    let says_when = Facts::DATED.with(Facts::TIMED);
    let ends = facts.has(Facts::COLON) || is_above_quote || text.text(last).ends_with("--");
    let is_dated = |at: usize| text.lines[at].facts.has_any(says_when.with(Facts::ADDRESS));
    let ends_with_verb = || {
        let line = text.text(last);
        (is_dated(last) || (last > floor && is_dated(last - 1)))
            && WROTE.ends(&normal(
                &line[line.ceil_char_boundary(line.len().saturating_sub(MAX_SEPARATOR_BYTES))..],
            ))
    };
    if !ends && !ends_with_verb() {
        return None;
    }
    let mut best: Option<(usize, Strength)> = None;
    let mut window = Facts::default();
    let mut bytes = 0;
    for first in (floor.max(last.saturating_sub(MAX_ATTRIBUTION_LINES - 1))..=last).rev() {
        let line = text.lines[first];
        bytes += text.text(first).len();
        if line.facts.has_any(Facts::BLANK.with(Facts::QUOTED).with(Facts::RULE))
            || bytes > MAX_ATTRIBUTION_BYTES
        {
            break;
        }
        window = window.with(line.facts);
        let is_signed = window.has(Facts::DATED) && window.has_any(Facts::TIMED.with(Facts::ADDRESS));
        let may_be_untimed = first == last && window.has_any(Facts::DATED.with(Facts::ADDRESS));
        if !is_signed && !is_above_quote && !may_be_untimed {
            continue;
        }
        let Some(strength) = strength(text, first, last, window, is_above_quote) else { continue };
        let is_better = best.is_none_or(|(_, found)| strength > found);
        let informs = strength == Strength::Strong || window.has_any(says_when.with(Facts::ADDRESS));
        let is_start = informs && starts(text.text(first));
        if is_start || is_better {
            best = Some((first, strength));
        }
        if is_start && strength == Strength::Strong {
            break;
        }
    }
    let (mut from, strength) = best?;
    // The name may be on the line above its address.
    if text.text(from).starts_with('<')
        && from > floor
        && !text.lines[from - 1].facts.has_any(Facts::BLANK.with(Facts::QUOTED).with(Facts::RULE))
    {
        from -= 1;
    }
    let kind = if strength == Strength::Strong { Kind::Attribution } else { Kind::Weak };
    (kind == Kind::Attribution || is_above_quote).then_some(Opening { from, to: last + 1, kind })
}

/// Whether a line starts as an attribution does: with a date, a day, a preposition, a name in quotes, or dashes.
fn starts(line: &str) -> bool {
    let line = normal(line);
    let line = line.trim_start_matches(|char: char| is_dash(char) || char == ' ' || char == '*');
    line.starts_with(|char: char| is_digit(char) || char == '"') || OPENS.starting(line).is_some()
}

/// How sure the lines from `first` to `last` are an attribution, if they may be one.
fn strength(
    text: &Lines<'_>,
    first: usize,
    last: usize,
    facts: Facts,
    is_above_quote: bool,
) -> Option<Strength> {
    let mut joined = String::new();
    for index in first..=last {
        if index > first {
            joined.push(' ');
        }
        push_normal(text.text(index), &mut joined);
    }
    let words = joined.split(' ').count();
    if words > MAX_ATTRIBUTION_WORDS || joined.contains(['?', '!', '\u{ff1f}', '\u{ff01}']) {
        return None;
    }
    let ends = text.lines[last].facts;
    let colon = ends.has(Facts::COLON);
    let dashed = joined.starts_with("--") && joined.ends_with("--");
    let dated = facts.has(Facts::DATED);
    let signed = dated && facts.has_any(Facts::TIMED.with(Facts::ADDRESS));
    let address = facts.has(Facts::ADDRESS);
    let verb = WROTE.last(&joined).filter(|(_, end)| joined.len() - end <= MAX_BEHIND_VERB);
    let Some((_, verb_end)) = verb else {
        // "вт, 3 нояб. 2026 г. в 10:00, Ana <ana@…>:" and "---- Ana <ana@…> 2026-11-03 10:00 ----"
        let before_colon = joined.trim_end_matches([':', ' ']);
        let by_address = colon && before_colon.rsplit(' ').next().is_some_and(|word| word.contains('@'));
        let by_date = joined.chars().take(20).any(is_digit);
        if address && dated && ((by_address && by_date && facts.has(Facts::TIMED)) || dashed) {
            return Some(Strength::Strong);
        }
        return (is_above_quote && address && dated).then_some(Strength::Weak);
    };
    let ends_with_verb = joined[verb_end..].chars().all(|char| !char.is_alphanumeric());
    if signed && (colon || dashed || ends_with_verb || is_above_quote) {
        return Some(Strength::Strong);
    }
    // "Nora Feld <nora@own.test> írta:", "On Tue, 3 Nov 2026, Nora Feld wrote:": programs also write no time.
    let by_address = address && joined.contains('<') && joined[..verb_end].contains('>');
    let by_day = dated && joined.starts_with("on ") && joined.matches(',').count() >= 2;
    if colon && ends_with_verb && first == last && (by_address || by_day) && words <= MAX_UNTIMED_WORDS {
        return Some(Strength::Strong);
    }
    let bare = colon && words <= MAX_BARE_WORDS;
    (is_above_quote && ((colon && (dated || address || facts.has(Facts::TIMED))) || bare || signed))
        .then_some(Strength::Weak)
}
