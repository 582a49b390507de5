//! Splits a text into lines and notes what each shows by itself: blank, marked as quoted, a rule, a field of a
//! header block, an address, a date, a time. Knows nothing of what is around a line.

use std::ops::Range;

use crate::fold::tables::{HEADER_FIELDS, HeaderField};

/// Longest line that can be part of an attribution or a header, bytes: many recipients make long ones.
pub(super) const MAX_LINE_BYTES: usize = 1_000;

/// Longest label of a header field with its marks, bytes.
const MAX_LABEL_BYTES: usize = 64;

/// Longest initials or first name before the mark of a quote, with the mark, bytes.
const MAX_INITIALS_BYTES: usize = 24;

/// What a line shows, as a set of the constants below.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Facts(u16);

impl Facts {
    /// Nothing that can be seen.
    pub(super) const BLANK: Self = Self(1);
    /// Starts with the mark of a quote.
    pub(super) const QUOTED: Self = Self(1 << 1);
    /// Only dashes, underscores and the like.
    pub(super) const RULE: Self = Self(1 << 2);
    /// Ends in a colon.
    pub(super) const COLON: Self = Self(1 << 3);
    /// Starts and ends with dashes or the like, with words between.
    pub(super) const DASHED: Self = Self(1 << 4);
    /// Holds a mail address.
    pub(super) const ADDRESS: Self = Self(1 << 5);
    /// Holds a time of day.
    pub(super) const TIMED: Self = Self(1 << 6);
    /// Holds a year or a date in digits.
    pub(super) const DATED: Self = Self(1 << 7);

    /// The HTML says that it is part of a signature.
    pub(super) const SIGNED: Self = Self(1 << 8);

    pub(super) fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    pub(super) fn has_any(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// A line of a text that is shorter than 4 GiB.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    /// First byte.
    pub(super) start: u32,
    /// One past the last byte, with the line end.
    pub(super) end: u32,
    pub(super) facts: Facts,
    /// The field of a header block that it names.
    pub(super) role: Option<HeaderField>,
}

/// A text with its lines.
pub(super) struct Lines<'a> {
    text: &'a str,
    pub(super) lines: Vec<Line>,
}

impl<'a> Lines<'a> {
    /// Reads the lines of a text.
    pub(super) fn of(text: &'a str) -> Self {
        let mut lines = Vec::new();
        let mut start = 0;
        for raw in text.split_inclusive('\n') {
            let end = start + raw.len();
            let (facts, role) = read(trimmed(raw));
            let line = |at| u32::try_from(at).unwrap_or(u32::MAX);
            lines.push(Line { start: line(start), end: line(end), facts, role });
            start = end;
        }
        let mut lines = Self { text, lines };
        lines.mark_initials();
        lines.mark_bars();
        lines
    }

    /// Marks the lines of a signature, in bytes of the text.
    pub(super) fn mark_signature(&mut self, range: &Range<usize>) {
        let first = self.lines.partition_point(|line| line.end as usize <= range.start);
        for line in self.lines[first..].iter_mut().take_while(|line| (line.start as usize) < range.end) {
            line.facts = line.facts.with(Facts::SIGNED);
        }
    }

    /// Marks lines as quoted that start with the initials or the name of the quoted writer and `>`, as The Bat! and
    /// Supercite write them: all with the same word, or it is a talk that was pasted.
    fn mark_initials(&mut self) {
        let found: Vec<usize> = (0..self.len()).filter(|at| initials(self.text(*at)).is_some()).collect();
        let Some(first) = found.first().and_then(|at| initials(self.text(*at))) else { return };
        if found.len() > 1 && found.iter().all(|at| initials(self.text(*at)) == Some(first)) {
            for at in found {
                self.lines[at].facts = Facts::QUOTED;
            }
        }
    }

    /// Marks lines as quoted that start with a bar, where an attribution is above the first.
    fn mark_bars(&mut self) {
        let is_bar = |text: &Self, at: usize| {
            let line = text.text(at);
            line.starts_with('|') && (line == "|" || !line.ends_with('|'))
        };
        let says = Facts::ADDRESS.with(Facts::DATED);
        let is_attributed = (0..self.len()).find(|at| is_bar(self, *at)).is_some_and(|first| {
            let above = (0..first).rev().find(|at| !self.is(*at, Facts::BLANK));
            above.is_some_and(|above| {
                let is_attribution = |at: usize| self.lines[at].facts.has_any(says);
                self.is(above, Facts::COLON)
                    && (is_attribution(above) || (above > 0 && is_attribution(above - 1)))
            })
        });
        for at in 0..self.len() {
            if is_attributed && is_bar(self, at) {
                self.lines[at].facts = Facts::QUOTED;
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    /// A line as it is, without its line end.
    pub(super) fn raw(&self, index: usize) -> &'a str {
        let line = self.lines[index];
        self.text[line.start as usize..line.end as usize].trim_end_matches(['\n', '\r'])
    }

    /// A line without the white space and the invisible characters around it.
    pub(super) fn text(&self, index: usize) -> &'a str {
        trimmed(self.raw(index))
    }

    /// Whether a line shows all of this.
    pub(super) fn is(&self, index: usize, facts: Facts) -> bool {
        self.lines.get(index).is_some_and(|line| line.facts.has(facts))
    }

    /// The first line from here on that is not blank.
    pub(super) fn solid(&self, from: usize) -> Option<usize> {
        (from..self.len()).find(|index| !self.is(*index, Facts::BLANK))
    }

    /// The same without rules.
    pub(super) fn below_rules(&self, from: usize) -> Option<usize> {
        (from..self.len()).find(|index| !self.lines[*index].facts.has_any(Facts::BLANK.with(Facts::RULE)))
    }
}

/// The word before the `>` with which a line starts, if it can be somebody's initials or first name.
fn initials(line: &str) -> Option<&str> {
    let head = &line[..line.floor_char_boundary(MAX_INITIALS_BYTES)];
    let (word, _) = head.split_once('>')?;
    (word.starts_with(char::is_uppercase) && word.chars().all(char::is_alphabetic)).then_some(word)
}

/// A line without white space, invisible characters and marks of direction at its ends.
fn trimmed(line: &str) -> &str {
    line.trim_matches(|char: char| char.is_whitespace() || is_invisible(char))
}

fn is_invisible(char: char) -> bool {
    matches!(char, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}')
}

/// A line as the tables are written: lower case, single spaces, straight apostrophes, nothing invisible. Added to
/// `out`, so that lines can be joined.
pub(super) fn push_normal(line: &str, out: &mut String) {
    let mut space = false;
    // QQ Mail writes the reference into plain text.
    for piece in line.split("&nbsp;") {
        for char in piece.chars() {
            if char.is_whitespace() {
                space = true;
                continue;
            }
            if is_invisible(char) {
                continue;
            }
            if std::mem::take(&mut space) && !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
            match char {
                '\u{2019}' | '\u{2018}' | '\u{b4}' | '`' => out.push('\''),
                '\u{ff1a}' => out.push(':'),
                _ => out.extend(char.to_lowercase()),
            }
        }
        space = true;
    }
}

/// A line as the tables are written.
pub(super) fn normal(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    push_normal(line, &mut out);
    out
}

/// Characters of which rules are drawn and between which separators stand.
pub(super) fn is_dash(char: char) -> bool {
    matches!(
        char,
        '-' | '_' | '=' | '*' | '~' | '#' | '\u{2010}'..='\u{2015}' | '\u{2500}' | '\u{2501}' | '\u{ff0d}'
    )
}

fn read(line: &str) -> (Facts, Option<HeaderField>) {
    if line.is_empty() {
        return (Facts::BLANK, None);
    }
    if line.starts_with(['>', '\u{ff1e}']) {
        return (Facts::QUOTED, None);
    }
    if line.len() > MAX_LINE_BYTES {
        return (Facts::default(), None);
    }
    let dashes = line.chars().take_while(|char| is_dash(*char)).count();
    if dashes >= 2 && line.chars().all(|char| is_dash(char) || char == ' ') {
        return (Facts::RULE, None);
    }
    let mut facts =
        if dashes >= 2 && line.chars().rev().take(2).all(is_dash) { Facts::DASHED } else { Facts::default() };
    if line.ends_with([':', '\u{ff1a}']) {
        facts = facts.with(Facts::COLON);
    }
    if line.contains('@') {
        facts = facts.with(Facts::ADDRESS);
    }
    (facts.with(times(line)), role(line))
}

/// Whether digits of a line make a time, a date or a year.
fn times(line: &str) -> Facts {
    let mut facts = Facts::default();
    // The lengths of the last runs of digits and the one character that parts them.
    let (mut before, mut last, mut run) = ((0, '\0'), (0, '\0'), 0);
    let mut value = 0_u32;
    for char in line.chars().chain(['\0']) {
        if let Some(digit) = digit(char) {
            run += 1;
            value = value.saturating_mul(10).saturating_add(digit);
            continue;
        }
        if run == 0 && char == ' ' && last.1 == '.' {
            // "3. 11. 2026"
            continue;
        }
        if run > 0 {
            let is_time = run == 2
                && !(char == '.' && last.1 == '.')
                && (1..=2).contains(&last.0)
                && matches!(last.1, ':' | '.' | 'h' | '\u{ff1a}' | '時' | '시' | '点');
            let is_date = last.1 == before.1
                && matches!(last.1, '.' | '/' | '-')
                && (1..=2).contains(&last.0)
                && before.0 > 0;
            if is_date {
                facts = facts.with(Facts::DATED);
            } else if is_time && value < 60 {
                facts = facts.with(Facts::TIMED);
            }
            if run == 4 && (1990..2100).contains(&value) {
                facts = facts.with(Facts::DATED);
            }
            before = last;
            last = (run, char);
        } else {
            (before, last) = ((0, '\0'), (0, '\0'));
        }
        (run, value) = (0, 0);
    }
    facts
}

/// The value of a digit of the scripts that mail programs write dates in.
fn digit(char: char) -> Option<u32> {
    let zero = match char {
        '0'..='9' => '0',
        '\u{660}'..='\u{669}' => '\u{660}',
        '\u{6f0}'..='\u{6f9}' => '\u{6f0}',
        '\u{966}'..='\u{96f}' => '\u{966}',
        '\u{ff10}'..='\u{ff19}' => '\u{ff10}',
        _ => return None,
    };
    Some(u32::from(char) - u32::from(zero))
}

/// Whether a character is a digit of such a script.
pub(super) fn is_digit(char: char) -> bool {
    digit(char).is_some()
}

/// What is before the colon of a header field, and what after; bold marks and the bars of a table are left out.
pub(super) fn field(line: &str) -> Option<(&str, &str)> {
    let in_table = line.starts_with('|');
    let line = line.trim_start_matches(['*', '|', '_', ' ', '\u{a0}', '\u{3000}']);
    let head = &line[..line.floor_char_boundary(MAX_LABEL_BYTES)];
    let at = if in_table { head.find('|')? } else { head.find([':', '\u{ff1a}'])? };
    let mark = line[at..].chars().next()?;
    let label = line[..at]
        .trim_matches(|char: char| char.is_whitespace() || is_invisible(char) || matches!(char, '*' | '_'));
    let value = line[at + mark.len_utf8()..].trim_matches(|char: char| {
        char.is_whitespace() || is_invisible(char) || matches!(char, '*' | '_' | '|')
    });
    (!label.is_empty()).then_some((label, value))
}

fn role(line: &str) -> Option<HeaderField> {
    let (label, _) = field(line)?;
    HEADER_FIELDS.get(normal(label).as_str()).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_make_times_and_dates() {
        for (line, timed, dated) in [
            ("10:00", true, false),
            ("04. 03. 25 v 11:47", true, true),
            ("3. Nov.", false, false),
            ("kl. 08.35", true, false),
            ("2026", false, true),
            ("3.11.26", false, true),
            ("02/11/2026 12:00", true, true),
            ("2026-11-02", false, true),
            ("上午8:35", true, false),
            ("tel 22 555 01 64", false, false),
            ("12:75", false, false),
            ("٢٠٢٦", false, true),
            ("100.00", false, false),
            ("à 10h30", true, false),
        ] {
            let facts = times(line);
            assert_eq!((facts.has(Facts::TIMED), facts.has(Facts::DATED)), (timed, dated), "{line}");
        }
    }

    #[test]
    fn labels_are_found_behind_their_marks() {
        for (line, role) in [
            ("From: Ana", Some(HeaderField::From)),
            ("*Von:* Ana", Some(HeaderField::From)),
            ("**Sent**: Monday", Some(HeaderField::Sent)),
            ("| 发件人 | Ana |", Some(HeaderField::From)),
            ("À : Lea", Some(HeaderField::To)),
            ("主题：运费", Some(HeaderField::Subject)),
            ("\u{200f}מאת: אנה", Some(HeaderField::From)),
            ("Nowhere: x", None),
            ("From Hamburg", None),
        ] {
            assert_eq!(read(trimmed(line)).1, role, "{line}");
        }
    }

    #[test]
    fn lines_are_written_as_the_tables_are() {
        assert_eq!(normal("  Message\u{a0}d\u{2019}origine&nbsp; \u{200f}X\u{ff1a}"), "message d'origine x:");
    }
}
