//! Finds quoted history and signatures in plain text: one pass that gives each line a kind, one that turns
//! runs of kinds into folds. Linear; never changes the text; never folds so that nothing is left to read.

mod phrases;

use std::sync::LazyLock;

use crewbox_core::message::{Fold, FoldKind};

use self::phrases::{ATTRIBUTION_OPENERS, BLOCK_FIELDS, DEVICE_FOOTERS, FROM, ORIGINAL_MESSAGE, WROTE};
use crate::budget::MAX_FOLDED_BYTES;
use crate::phrases::Phrases;

/// Most lines of a signature below a bare `--`, which also serves as a rule.
const SIGNATURE_LINES: usize = 20;

/// Most lines over which an attribution is looked for.
const ATTRIBUTION_LINES: usize = 3;

/// Longest attribution line, bytes.
const ATTRIBUTION_BYTES: usize = 400;

/// Lines within which a quoted header block must show a second and third field.
const BLOCK_LINES: usize = 6;

/// How much of a line is compared with the tables of labels and footers, bytes.
const LABEL_BYTES: usize = 64;

static FROM_NAMES: LazyLock<Phrases> = LazyLock::new(|| Phrases::new(FROM.iter().copied()));
static FIELD_NAMES: LazyLock<Phrases> = LazyLock::new(|| Phrases::new(BLOCK_FIELDS.iter().copied()));
static FOOTERS: LazyLock<Phrases> = LazyLock::new(|| Phrases::new(DEVICE_FOOTERS.iter().copied()));

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Blank,
    Quoted,
    Attribution,
    Original,
    Block,
    Rule,
    Signature,
    Device,
    Text,
}

struct Line<'a> {
    start: usize,
    end: usize,
    text: &'a str,
    kind: Kind,
    /// Whether it names a field of a quoted header block: date, recipient or subject.
    field: bool,
}

/// The folds of a text, ascending, not overlapping, at character borders.
pub(crate) fn folds(text: &str) -> Vec<Fold> {
    if text.len() > MAX_FOLDED_BYTES {
        return Vec::new();
    }
    let lines = classified(text);
    let mut folds: Vec<Fold> = Vec::new();
    let mut visible = false;
    let mut at = 0;
    while at < lines.len() {
        let found = match lines[at].kind {
            Kind::Quoted => Some((at, quoted_end(&lines, at), FoldKind::Quote)),
            Kind::Attribution => attributed(&lines, at, visible),
            Kind::Original | Kind::Block if visible => Some((at, lines.len(), FoldKind::Quote)),
            Kind::Signature | Kind::Device => signature(&lines, at).map(|end| (at, end, FoldKind::Signature)),
            _ => None,
        };
        if let Some((mut from, to, kind)) = found {
            while from > 0 && lines[from - 1].kind == Kind::Rule && kind == FoldKind::Quote {
                from -= 1;
            }
            let start = lines[from].start.max(folds.last().map_or(0, |fold| fold.end as usize));
            push(&mut folds, start, lines[to - 1].end, kind);
            at = to;
            continue;
        }
        visible |= !matches!(lines[at].kind, Kind::Blank | Kind::Rule);
        at += 1;
    }
    if !visible {
        // Nothing but quotes: the mail is what it quotes.
        folds.retain(|fold| fold.kind == FoldKind::Signature);
    }
    folds
}

/// The text that is not folded: what its writer wrote now.
pub(crate) fn new_text(text: &str, folds: &[Fold]) -> String {
    let mut fresh = String::with_capacity(text.len());
    let mut at = 0;
    for fold in folds {
        fresh.push_str(text.get(at..fold.start as usize).unwrap_or_default());
        at = fold.end as usize;
    }
    fresh.push_str(text.get(at..).unwrap_or_default());
    fresh
}

/// What its writer wrote now, without a signature, the footer of a device or program, or a disclaimer: the text
/// that may be read for what the mail asks.
pub(crate) fn written(text: &str, folds: &[Fold]) -> String {
    new_text(text, folds)
}

fn push(folds: &mut Vec<Fold>, start: usize, end: usize, kind: FoldKind) {
    let (Ok(start), Ok(end)) = (u32::try_from(start), u32::try_from(end)) else { return };
    match folds.last_mut() {
        Some(last) if last.kind == kind && last.end == start => last.end = end,
        _ if start < end => folds.push(Fold { start, end, kind }),
        _ => {}
    }
}

fn quoted_end(lines: &[Line<'_>], from: usize) -> usize {
    let mut end = from;
    for (at, line) in lines.iter().enumerate().skip(from) {
        match line.kind {
            Kind::Quoted => end = at + 1,
            Kind::Blank => {}
            _ => break,
        }
    }
    end
}

/// What an attribution line folds: the quote below it, or all below when that is not marked.
fn attributed(lines: &[Line<'_>], at: usize, visible: bool) -> Option<(usize, usize, FoldKind)> {
    let next = (at + 1..lines.len()).find(|next| lines[*next].kind != Kind::Blank)?;
    let mut from = at;
    for back in 0..ATTRIBUTION_LINES {
        let Some(index) = at.checked_sub(back).filter(|i| lines[*i].kind != Kind::Blank) else { break };
        let lower = lines[index].text.trim_start().to_lowercase();
        if ATTRIBUTION_OPENERS.iter().any(|opener| lower.starts_with(opener)) {
            from = index;
            break;
        }
    }
    if lines[next].kind == Kind::Quoted {
        return Some((from, quoted_end(lines, next), FoldKind::Quote));
    }
    visible.then_some((from, lines.len(), FoldKind::Quote))
}

/// Where a signature that starts at `at` ends, if it is one.
fn signature(lines: &[Line<'_>], at: usize) -> Option<usize> {
    let history = |line: &Line<'_>| {
        matches!(line.kind, Kind::Quoted | Kind::Attribution | Kind::Original | Kind::Block)
    };
    let reach = if lines[at].text == "-- " { lines.len() } else { lines.len().min(at + SIGNATURE_LINES + 2) };
    let mut end = (at + 1..reach).find(|i| history(&lines[*i])).unwrap_or(reach);
    if lines[at].kind == Kind::Device {
        // Only the footer itself: an answer may stand below it.
        end = (at + 1..end).find(|i| lines[*i].kind == Kind::Blank).unwrap_or(end).min(at + 3);
    } else if lines[at].text != "-- " && end - at > SIGNATURE_LINES {
        return None;
    }
    Some(end)
}

fn classified(text: &str) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut start = 0;
    for raw in text.split_inclusive('\n') {
        let end = start + raw.len();
        let line = raw.trim_end_matches(['\n', '\r']);
        lines.push(Line { start, end, text: line, kind: kind(line), field: is_field(line) });
        start = end;
    }
    for at in 0..lines.len() {
        if lines[at].kind == Kind::Block && !is_block(&lines[at + 1..]) {
            lines[at].kind = Kind::Text;
        }
        if at > 0
            && lines[at].kind == Kind::Text
            && lines[at - 1].kind == Kind::Text
            && wraps(&lines[at - 1..=at])
        {
            lines[at].kind = Kind::Attribution;
        }
    }
    lines
}

/// Whether two lines are one attribution that a program broke before the address.
fn wraps(pair: &[Line<'_>]) -> bool {
    let bytes: usize = pair.iter().map(|line| line.text.len()).sum();
    bytes <= ATTRIBUTION_BYTES
        && pair[1].text.trim_end().ends_with(':')
        && pair[1].text.contains('@')
        && is_attribution(&pair.iter().map(|line| line.text.trim()).collect::<Vec<_>>().join(" "))
}

/// Whether date, recipient or subject follow a quoted From.
fn is_block(below: &[Line<'_>]) -> bool {
    let fields = below
        .iter()
        .filter(|line| line.kind != Kind::Blank)
        .take(BLOCK_LINES)
        .filter(|line| line.field)
        .count();
    fields >= 2
}

fn is_field(line: &str) -> bool {
    starts_with(line, &FIELD_NAMES) && line.contains([':', '：'])
}

fn starts_with(line: &str, table: &Phrases) -> bool {
    let line = line.trim_start();
    let head = &line[..line.floor_char_boundary(LABEL_BYTES)];
    if head.is_ascii() { table.starting(head) } else { table.starting(&head.to_lowercase()) }.is_some()
}

fn kind(line: &str) -> Kind {
    let trimmed = line.trim();
    if trimmed.is_empty() {
        return Kind::Blank;
    }
    if trimmed.starts_with('>') {
        return Kind::Quoted;
    }
    if line == "-- " || trimmed == "--" {
        return Kind::Signature;
    }
    if trimmed.len() >= 5 && trimmed.bytes().all(|b| matches!(b, b'_')) {
        return Kind::Rule;
    }
    if trimmed.len() > ATTRIBUTION_BYTES {
        return Kind::Text;
    }
    if trimmed.starts_with('-') {
        let inner = trimmed.trim_matches(['-', ' ', '\u{2013}', '\u{2014}']).to_lowercase();
        if ORIGINAL_MESSAGE.iter().any(|name| inner.starts_with(name)) {
            return Kind::Original;
        }
    }
    if is_attribution(trimmed) {
        return Kind::Attribution;
    }
    if starts_with(trimmed, &FROM_NAMES) {
        return Kind::Block;
    }
    if trimmed.len() < 120 && starts_with(trimmed, &FOOTERS) {
        return Kind::Device;
    }
    Kind::Text
}

/// "…, X wrote:" — ends in a colon, has such a verb near its end, and a date or an address (which may
/// stand on the line before).
fn is_attribution(line: &str) -> bool {
    if !line.ends_with([':', '\u{ff1a}']) {
        return false;
    }
    let lower = line.to_lowercase();
    let Some(verb) = WROTE.iter().filter_map(|verb| lower.rfind(verb)).max() else { return false };
    let short_tail = lower[verb..].chars().count() <= 60;
    let dated = lower.bytes().any(|b| b.is_ascii_digit() || matches!(b, b'@' | b'<' | b'>'));
    // On a line of its own below a long first line, only the verb is left.
    short_tail && (dated || lower.chars().count() <= 24)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let folds = folds(text);
        for pair in folds.windows(2) {
            assert!(pair[0].end <= pair[1].start, "{folds:?}");
        }
        new_text(text, &folds).trim().to_owned()
    }

    #[test]
    fn history_folds_in_many_languages() {
        for attribution in [
            "On Mon, 3 Feb 2025 at 10:00, Ann Lee <ann@a.test> wrote:",
            "Am 03.02.2025 um 10:00 schrieb Ann Lee <ann@a.test>:",
            "Am Mo., 3. Feb. 2025 um 10:00 Uhr schrieb Ann Lee <\nann@a.test>:",
            "Le lun. 3 févr. 2025 à 10:00, Ann Lee <ann@a.test> a écrit :",
            "El lun, 3 feb 2025 a las 10:00, Ann Lee (<ann@a.test>) escribió:",
            "Il giorno lun 3 feb 2025 alle ore 10:00 Ann Lee <ann@a.test> ha scritto:",
            "Em seg., 3 de fev. de 2025 às 10:00, Ann Lee <ann@a.test> escreveu:",
            "Op ma 3 feb 2025 om 10:00 schreef Ann Lee <ann@a.test>:",
            "W dniu 3.02.2025 o 10:00, Ann Lee napisał(a):",
            "Den mån 3 feb. 2025 kl 10:00 skrev Ann Lee <ann@a.test>:",
            "ma 3. helmik. 2025 klo 10.00 Ann Lee (ann@a.test) kirjoitti:",
            "po 3. 2. 2025 v 10:00 odesílatel Ann Lee <ann@a.test> napsal:",
            "пн, 3 февр. 2025 г. в 10:00, Ann Lee <ann@a.test>:написал:",
            "Ann Lee <ann@a.test>, 3 Şub 2025 Pzt, 10:00 tarihinde şunu yazdı:",
            "2025年2月3日(月) 10:00 Ann Lee <ann@a.test> のメール:",
            "Ann Lee <ann@a.test> 于2025年2月3日周一 10:00写道\u{ff1a}",
            "On Mon, 3 Feb 2025 at 10:00, Somebody With A Long Name\n<ann@a.test> wrote:",
        ] {
            assert_eq!(
                shown(&format!("Yes, fine.\n\n{attribution}\n> old\n>\n> more\n")),
                "Yes, fine.",
                "{attribution}"
            );
            assert_eq!(
                shown(&format!("Yes, fine.\n\n{attribution}\n\nold\n")),
                "Yes, fine.",
                "{attribution}"
            );
        }
    }

    #[test]
    fn outlook_blocks_fold_to_the_end() {
        for block in [
            "From: Ann <a@a.test>\nSent: Monday\nTo: Bob\nSubject: x\n\nold",
            "________________________________\nVon: Ann\nGesendet: Montag\nAn: Bob\nBetreff: x\n\nalt",
            "-----Original Message-----\nFrom: Ann\n\nold",
            "-----Ursprüngliche Nachricht-----\nVon: Ann\n\nalt",
            "De : Ann\nEnvoyé : lundi\nÀ : Bob\nObjet : x\n\nvieux",
        ] {
            assert_eq!(shown(&format!("Sure.\n\n{block}\n")), "Sure.", "{block}");
        }
    }

    #[test]
    fn signatures_and_device_footers_fold() {
        assert_eq!(shown("Hi\n-- \nAnn Lee\nACME\n"), "Hi");
        assert_eq!(shown("Hi\n\nSent from my iPhone\n\n> old\n"), "Hi");
        assert_eq!(shown("Hi\n\nSent from my iPhone\n\nOh, and call me.\n"), "Hi\n\n\nOh, and call me.");
    }

    #[test]
    fn inline_answers_stay_and_a_pure_quote_is_shown() {
        assert_eq!(shown("> a?\nYes.\n> b?\nNo.\n"), "Yes.\nNo.");
        assert_eq!(shown("> only this\n> and that\n"), "> only this\n> and that");
        assert_eq!(shown("From: Ann\nSent: x\nTo: y\n\nforwarded"), "From: Ann\nSent: x\nTo: y\n\nforwarded");
        assert_eq!(shown("She wrote a book: see below\nText"), "She wrote a book: see below\nText");
    }

    #[test]
    fn offsets_are_bytes_at_character_borders() {
        let text = "éé\n> über\n日本\n";
        let folds = folds(text);
        assert_eq!((folds[0].start, folds[0].end), (5, 13));
        assert!(text.is_char_boundary(13));
    }
}
