//! The new text of a mail as sentences in normal form. Owns how lines become sentences; knows nothing of classes.

use std::sync::LazyLock;

use super::normal::normal;
use super::script::{greek, hangul, kana, spaceless, thai, wide};
use super::tables::{FILES, TABLES};

/// A line at least this wide was broken by a program: the next goes on with it. Columns.
const WRAPPED_COLUMNS: usize = 48;

/// What help desks put above the newest entry of a ticket.
const DESK_MARK: &str = "##-";

/// Shortest line of dashes between the entries of a ticket.
const RULE_BYTES: usize = 10;

/// Most sentences looked at: what decides is at the top.
const MAX_SENTENCES: usize = 120;

/// Fewer frequent words of a language than this do not give it away: many are words of others too.
const RECOGNISED_WORDS: u32 = 2;

/// Most words of a line that can be a name or a title.
const NAME_WORDS: usize = 7;

/// Longest piece of an abbreviation with full stops inside, characters.
const ABBREVIATED_LETTERS: usize = 3;

/// Longest word with which a name may end in a full stop, bytes: "Ltd.", "s.r.o.".
const MAX_TITLE_BYTES: usize = 6;

/// Most words of a line that gives a telephone number or an address.
const CONTACT_WORDS: usize = 12;

/// A sentence.
#[derive(Clone, Debug)]
pub(super) struct Sentence {
    /// Where it is in [`Text::flat`].
    pub(super) start: usize,
    pub(super) end: usize,
    /// It ends in a question mark.
    pub(super) question: bool,
    /// A name, a title, a telephone number, an address: no statement.
    pub(super) label: bool,
    /// It contains a link.
    pub(super) link: bool,
    /// It shares its line with another sentence.
    pub(super) inline: bool,
    /// Words that start with a small letter, one bit each for the first 64.
    pub(super) small: u64,
    /// The languages it may be in, one bit each.
    pub(super) languages: u64,
}

/// A text as sentences.
#[derive(Clone, Debug, Default)]
pub(super) struct Text {
    /// The sentences in normal form, each on a line.
    pub(super) flat: String,
    pub(super) sentences: Vec<Sentence>,
    /// There was more than was looked at.
    pub(super) cut: bool,
    /// Faces, and names behind an `@`: people write them, and no sentence needs them.
    pub(super) gestures: usize,
}

impl Text {
    /// Splits a text.
    pub(super) fn new(written: &str) -> Self {
        let mut text = Self::default();
        let mut unit = String::new();
        let mut desk = false;
        for line in written.lines().chain([""]) {
            let mut line = line.trim();
            if line.starts_with(DESK_MARK) {
                (desk, line) = (true, "");
            } else if desk && !text.sentences.is_empty() && is_rule(line) {
                // Below the newest entry a help desk repeats the older ones, our mail among them.
                text.split(&unit);
                unit.clear();
                break;
            }
            if !unit.is_empty() && !line.is_empty() && goes_on(&unit, line) {
                if !(unit.ends_with(wide) && line.starts_with(wide)) {
                    unit.push(' ');
                }
                unit.push_str(line);
                continue;
            }
            text.split(&unit);
            unit.clear();
            unit.push_str(line);
        }
        text.recognise();
        text
    }

    /// The normal form of a sentence.
    pub(super) fn of(&self, sentence: &Sentence) -> &str {
        &self.flat[sentence.start..sentence.end]
    }

    fn split(&mut self, unit: &str) {
        let mut from = 0;
        let mut chars = unit.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let hard = matches!(c, '。' | '！' | '？');
            if !hard && !matches!(c, '.' | '!' | '?' | '…' | '؟') {
                continue;
            }
            let mut question = matches!(c, '?' | '？' | '؟');
            let mut end = at + c.len_utf8();
            let mut quoted = false;
            while let Some((at, more)) = chars.next_if(|(_, more)| {
                matches!(
                    more,
                    '.' | '!'
                        | '?'
                        | '…'
                        | '。'
                        | '！'
                        | '？'
                        | '؟'
                        | '"'
                        | '”'
                        | '»'
                        | '’'
                        | '“'
                        | ')'
                        | '」'
                )
            }) {
                question |= matches!(more, '?' | '？' | '؟');
                quoted |= matches!(more, '"' | '”' | '»' | '“' | '」');
                end = at + more.len_utf8();
            }
            let rest = &unit[end..];
            let ends = match (rest.chars().next(), rest.trim_start().chars().next()) {
                (None, _) | (_, None) => true,
                (Some(next), Some(first)) => {
                    let spaced = next.is_whitespace() && !(first.is_lowercase() && (c == '.' || quoted));
                    hard || spaced && !(c == '.' && abbreviated(&unit[from..at], first))
                }
            };
            if ends {
                self.push(&unit[from..end], question, from > 0 || !rest.trim().is_empty());
                from = end;
            }
        }
        if from < unit.len() {
            self.push(&unit[from..], false, from > 0);
        }
    }

    fn push(&mut self, raw: &str, question: bool, inline: bool) {
        let raw = raw.trim();
        self.gestures += raw.split_whitespace().filter(|word| is_gesture(word)).count();
        if !raw.contains(char::is_alphanumeric) {
            return;
        }
        if self.sentences.len() >= MAX_SENTENCES {
            self.cut = true;
            return;
        }
        let start = self.flat.len();
        self.flat.push_str(&normal(raw));
        let end = self.flat.len();
        self.flat.push('\n');
        let line = &self.flat[start..end];
        let question = question
            || line.ends_with("か。")
            || line.ends_with(['\u{37e}', ';']) && line.contains(greek) && !line.contains("&");
        let link = line.contains("http") || line.contains("www.");
        let label = !question && is_label(raw, inline);
        let small = (0..64)
            .zip(raw.split_whitespace())
            .filter(|(_, word)| word.chars().find(|c| c.is_alphanumeric()).is_some_and(char::is_lowercase))
            .fold(0, |mask, (bit, _)| mask | 1 << bit);
        self.sentences.push(Sentence { start, end, question, label, link, inline, small, languages: 0 });
    }

    /// Gives each sentence its languages: those with the most frequent words in it, else those of the whole text.
    fn recognise(&mut self) {
        let all = every_language();
        let mut totals = [0_u32; 64];
        let mut masks = Vec::with_capacity(self.sentences.len());
        for sentence in &self.sentences {
            let mut counts = [0_u32; 64];
            count(&self.flat[sentence.start..sentence.end], &mut counts);
            for (total, count) in totals.iter_mut().zip(counts) {
                *total += count;
            }
            masks.push(strongest(&counts));
        }
        let whole = strongest(&totals);
        for (sentence, mask) in self.sentences.iter_mut().zip(masks) {
            sentence.languages = match (mask, whole) {
                (0, 0) => all,
                (mask, whole) => mask | whole,
            };
        }
    }
}

fn every_language() -> u64 {
    if FILES.len() >= 64 { u64::MAX } else { (1 << FILES.len()) - 1 }
}

/// The numbers of the languages that a script gives away.
static BY_SCRIPT: LazyLock<ByScript> = LazyLock::new(|| {
    let number = |code: &str| FILES.iter().position(|(known, _)| *known == code).unwrap_or_default();
    ByScript { japanese: number("ja"), korean: number("ko"), thai: number("th"), chinese: number("zh") }
});

struct ByScript {
    japanese: usize,
    korean: usize,
    thai: usize,
    chinese: usize,
}

/// Counts for each language how many of its frequent words, or characters that only it has, are in a text.
fn count(text: &str, counts: &mut [u32; 64]) {
    for word in text.split(|c: char| !c.is_alphanumeric() && c != '\'') {
        let mut languages = TABLES.words.get(word).copied().unwrap_or_default();
        while languages != 0 {
            counts[languages.trailing_zeros() as usize] += 1;
            languages &= languages - 1;
        }
    }
    if text.is_ascii() {
        return;
    }
    let japanese = text.contains(kana);
    for c in text.chars().filter(|c| spaceless(*c)) {
        if hangul(c) {
            counts[BY_SCRIPT.korean] += 1;
        } else if thai(c) {
            counts[BY_SCRIPT.thai] += 1;
        } else {
            counts[BY_SCRIPT.japanese] += 1;
            // Characters alone may be either's.
            counts[BY_SCRIPT.chinese] += u32::from(!japanese);
        }
    }
}

/// The languages with about the highest count; none if that is too low to tell.
fn strongest(counts: &[u32; 64]) -> u64 {
    let most = counts.iter().copied().max().unwrap_or_default();
    if most < RECOGNISED_WORDS {
        return 0;
    }
    let close = |count: u32| count * 3 >= most * 2 || count + 1 >= most;
    counts.iter().zip(0..).filter(|(count, _)| close(**count)).fold(0, |mask, (_, bit)| mask | 1 << bit)
}

/// A line of dashes.
fn is_rule(line: &str) -> bool {
    line.len() >= RULE_BYTES && line.bytes().all(|byte| byte == b'-')
}

/// Whether a line goes on in the next: it is as long as programs make lines, and no sentence ends with it.
fn goes_on(unit: &str, next: &str) -> bool {
    let line = unit.rsplit('\n').next().unwrap_or(unit);
    let columns: usize = line.chars().map(|c| if wide(c) { 2 } else { 1 }).sum();
    columns >= WRAPPED_COLUMNS
        && !line.ends_with(['.', '!', '?', ':', '。', '！', '？'])
        && !next.starts_with(['-', '*', '•', '·', '–', '>'])
        || line.ends_with(',') && next.starts_with(char::is_lowercase)
}

/// Whether the full stop after `before` ends a number or an abbreviation, not a sentence.
fn abbreviated(before: &str, next: char) -> bool {
    let word = before.rsplit(|c: char| c.is_whitespace() || c == '(').next().unwrap_or_default();
    if word.ends_with(|c: char| c.is_ascii_digit()) {
        // "28. Februar", "9.11. nicht": an ordinal or a date, unless it ends a longer number.
        return word.chars().filter(char::is_ascii_digit).count() <= 4 && (next.is_alphanumeric());
    }
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    // "z.B.", "p.m.": letters with full stops between. An address before a full stop is none.
    let pieces = || word.split('.');
    letters <= 1
        || pieces().count() > 1 && pieces().all(|piece| piece.chars().count() <= ABBREVIATED_LETTERS)
        || [
            "dr", "mr", "mrs", "ms", "hr", "fr", "st", "art", "nr", "tel", "ca", "ing", "prof", "sr", "sra",
            "dott", "inkl", "einschl", "bzw", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept",
            "oct", "okt", "nov", "dec", "dez", "mo", "di", "mi", "do", "sa", "so", "mon", "tue", "wed",
            "thu", "fri", "el", "cca", "gerb", "cien", "kl",
        ]
        .contains(&word.to_lowercase().as_str())
}

/// Whether a word is a face, or a name behind an `@`.
fn is_gesture(word: &str) -> bool {
    let bare = word.trim_end_matches(['.', ',', '!', ':']);
    [":-)", ":)", ";-)", ";)", ":-(", ":(", ":d", ":-d", "^^", "<3"]
        .contains(&word.to_ascii_lowercase().as_str())
        || bare
            .strip_prefix('@')
            .is_some_and(|name| name.starts_with(char::is_alphabetic) && !name.contains(['.', '@']))
        || word.contains(|c: char| matches!(c, '\u{1f600}'..='\u{1f64f}'))
}

/// Whether a line is a name, a title, or how to reach somebody, as below a letter.
fn is_label(raw: &str, inline: bool) -> bool {
    let words: Vec<&str> = raw.split_whitespace().collect();
    let digits = raw.bytes().filter(u8::is_ascii_digit).count();
    if words.len() <= CONTACT_WORDS
        && (digits >= 6 && digits * 3 >= raw.chars().count() || is_address_line(&words))
    {
        return true;
    }
    // A row of links, or of parts of an address.
    if words.len() <= CONTACT_WORDS && words.iter().any(|word| matches!(*word, "·" | "|" | "•")) {
        return true;
    }
    // A name that shares its line with a sentence may be a short answer.
    let stopped = raw.ends_with('.') && words.last().is_some_and(|word| word.len() > MAX_TITLE_BYTES);
    if inline || stopped || words.len() > NAME_WORDS || raw.ends_with(['!', '。', '！', '?']) {
        return false;
    }
    if raw.contains(spaceless) {
        return raw.chars().count() <= 8 && !raw.ends_with('。');
    }
    let cased = raw.contains(|c: char| c.is_lowercase() || c.is_uppercase());
    if !cased {
        return words.len() <= 3;
    }
    let capital = |word: &str| {
        let mut letters = word.chars().filter(|c| c.is_alphabetic());
        letters.next().is_none_or(char::is_uppercase)
            || matches!(
                word,
                "von"
                    | "van"
                    | "de"
                    | "der"
                    | "den"
                    | "da"
                    | "do"
                    | "di"
                    | "of"
                    | "and"
                    | "und"
                    | "et"
                    | "i."
                    | "la"
                    | "le"
                    | "el"
                    | "y"
                    | "e"
            )
    };
    let sentence = raw.ends_with('.') && words.len() > 2;
    !sentence && words.iter().all(|word| capital(word))
}

fn is_address_line(words: &[&str]) -> bool {
    let odd = words
        .iter()
        .filter(|word| word.contains('@') || word.contains("http") || word.contains("www."))
        .count();
    odd > 0 && words.len() <= 4
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentences(text: &str) -> Vec<String> {
        let text = Text::new(text);
        text.sentences.iter().map(|sentence| text.of(sentence).to_owned()).collect()
    }

    #[test]
    fn lines_become_sentences() {
        assert_eq!(
            sentences(
                "I am away from the office on a very long journey to\nthe north. Call Bob!\n\nAnn Lee\nACME"
            ),
            [
                "i am away from the office on a very long journey to the north.",
                "call bob!",
                "ann lee",
                "acme"
            ]
        );
        assert_eq!(
            sentences("Ich bin bis 28. Februar weg. Danke."),
            ["ich bin bis 28. februar weg.", "danke."]
        );
        assert_eq!(sentences("不在です。明日。"), ["不在です。", "明日。"]);
        assert_eq!(
            sentences("Your mail \"Shall we talk?\" will be read."),
            ["your mail \"shall we talk?\" will be read."]
        );
    }

    #[test]
    fn languages_are_recognised() {
        let language = |text: &str| {
            let text = Text::new(text);
            let mask = text.sentences[0].languages;
            (0..64).filter(|bit| mask & 1 << bit != 0).map(|bit| FILES[bit].0).collect::<Vec<_>>()
        };
        assert_eq!(language("Ich bin nicht im Büro und habe keinen Zugriff auf meine Mails."), ["de"]);
        assert_eq!(language("Je suis absent et je ne lis pas mes messages."), ["fr"]);
        assert_eq!(language("本日は不在です。"), ["ja"]);
        assert_eq!(language("我不在办公室"), ["ja", "zh"]);
        assert_eq!(language("Abmelden").len(), FILES.len());
    }
}
