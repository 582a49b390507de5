//! Reads the tables of words in `data/` and finds their phrases in a line. The tables hold every word of every
//! language; this module knows none of them. It reads only what is compiled in.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

/// What a field of a quoted header block holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HeaderField {
    From,
    Sent,
    To,
    Cc,
    Subject,
    Other,
}

/// Field names of header blocks.
const LABELS: &str = include_str!("data/labels.txt");
/// Words of attributions.
const ATTRIBUTIONS: &str = include_str!("data/attributions.txt");
/// Words of separators.
const SEPARATORS: &str = include_str!("data/separators.txt");
/// Words of footers.
const FOOTERS: &str = include_str!("data/footers.txt");
/// Closing phrases.
const CLOSINGS: &str = include_str!("data/closings.txt");

/// A phrase of a table.
#[derive(Clone, Copy, Debug)]
struct Entry {
    /// The name of its line: what the phrase means.
    key: &'static str,
    phrase: &'static str,
}

/// The phrases of a table, in its order. Lines that do not follow the format are passed over; a test reports them.
fn entries(table: &'static str) -> impl Iterator<Item = Entry> {
    table
        .lines()
        .filter(|line| !line.starts_with(['#', '[']))
        .filter_map(|line| line.split_once(": "))
        .flat_map(|(key, phrases)| {
            phrases.split('|').map(move |phrase| Entry { key: key.trim(), phrase: phrase.trim() })
        })
        .filter(|entry| !entry.phrase.is_empty())
}

/// The field that a label names, by label in lower case.
pub(super) static HEADER_FIELDS: LazyLock<HashMap<&'static str, HeaderField>> = LazyLock::new(|| {
    let mut roles = HashMap::new();
    for entry in entries(LABELS) {
        let role = match entry.key {
            "from" => HeaderField::From,
            "sent" => HeaderField::Sent,
            "to" => HeaderField::To,
            "cc" => HeaderField::Cc,
            "subject" => HeaderField::Subject,
            _ => HeaderField::Other,
        };
        // A word that means two things in two languages keeps the first meaning.
        roles.entry(entry.phrase).or_insert(role);
    }
    roles
});

pub(super) static WROTE: LazyLock<Words> = LazyLock::new(|| Words::of(ATTRIBUTIONS, "wrote"));
pub(super) static OPENS: LazyLock<Words> = LazyLock::new(|| Words::of(ATTRIBUTIONS, "opens"));
pub(super) static ORIGINAL: LazyLock<Words> = LazyLock::new(|| Words::of(SEPARATORS, "original"));
pub(super) static FORWARDED: LazyLock<Words> = LazyLock::new(|| Words::of(SEPARATORS, "forwarded"));
pub(super) static REPLY_ABOVE: LazyLock<Words> = LazyLock::new(|| Words::of(SEPARATORS, "reply-above"));
pub(super) static INLINE: LazyLock<Words> = LazyLock::new(|| Words::of(SEPARATORS, "inline"));
pub(super) static SENT_WITH: LazyLock<Words> = LazyLock::new(|| Words::of(FOOTERS, "sent"));
pub(super) static SENT_END: LazyLock<Words> = LazyLock::new(|| Words::of(FOOTERS, "sent-end"));
pub(super) static PRODUCTS: LazyLock<Words> = LazyLock::new(|| Words::of(FOOTERS, "product"));
pub(super) static FOOTER_LINES: LazyLock<Words> = LazyLock::new(|| Words::of(FOOTERS, "line"));
pub(super) static DISCLAIMERS: LazyLock<Words> = LazyLock::new(|| Words::of(FOOTERS, "disclaimer"));
pub(super) static LEGAL: LazyLock<Words> = LazyLock::new(|| Words::of(FOOTERS, "legal"));
pub(super) static HEADINGS: LazyLock<Words> = LazyLock::new(|| Words::of(FOOTERS, "heading"));
pub(super) static NOTICES: LazyLock<Words> = LazyLock::new(|| Words::of(FOOTERS, "footer"));
pub(super) static CLOSING: LazyLock<Words> = LazyLock::new(|| Words::of(CLOSINGS, "closing"));

/// Phrases that are found as whole words. Lines must be as [`super::lines::normal`] makes them.
pub(super) struct Words {
    phrases: HashSet<&'static str>,
    /// Finds the phrases within a line in one pass; none if the table is too large for it, which a test excludes.
    automaton: Option<AhoCorasick>,
    /// The length of the longest, bytes: nothing longer is looked up.
    longest: usize,
}

impl Words {
    fn of(table: &'static str, key: &str) -> Self {
        let phrases: HashSet<_> =
            entries(table).filter(|entry| entry.key == key).map(|entry| entry.phrase).collect();
        let longest = phrases.iter().map(|phrase| phrase.len()).max().unwrap_or(0);
        let automaton = AhoCorasick::new(&phrases).ok();
        Self { phrases, automaton, longest }
    }

    /// Whether the line is one of the phrases.
    pub(super) fn is(&self, line: &str) -> bool {
        self.phrases.contains(line)
    }

    /// How long the longest phrase is that the line starts with, bytes.
    pub(super) fn starting(&self, line: &str) -> Option<usize> {
        self.at(line, 0)
    }

    /// Whether the line ends with one of the phrases.
    pub(super) fn ends(&self, line: &str) -> bool {
        let from = line.floor_char_boundary(line.len().saturating_sub(self.longest));
        line[from..]
            .char_indices()
            .any(|(at, _)| is_border(line, from + at) && self.phrases.contains(&line[from + at..]))
    }

    /// Where the last phrase within the line starts and ends; of several that end there the longest.
    pub(super) fn last(&self, line: &str) -> Option<(usize, usize)> {
        self.found(line)
            .filter(|(start, end)| is_border(line, *start) && is_border(line, *end))
            .max_by_key(|(start, end)| (*end, std::cmp::Reverse(*start)))
    }

    /// Whether a phrase is within the line.
    pub(super) fn within(&self, line: &str) -> bool {
        self.found(line).any(|(start, end)| is_border(line, start) && is_border(line, end))
    }

    /// Whether a phrase is within the line, also inside a word: for tables of stems.
    pub(super) fn stem_within(&self, line: &str) -> bool {
        self.found(line).next().is_some()
    }

    fn found<'a>(&'a self, line: &'a str) -> impl Iterator<Item = (usize, usize)> + 'a {
        let matches = self.automaton.iter().flat_map(move |automaton| automaton.find_overlapping_iter(line));
        matches.map(|found| (found.start(), found.end()))
    }

    /// How long the longest phrase is that starts at a border of the line.
    fn at(&self, line: &str, start: usize) -> Option<usize> {
        let rest = &line[start..];
        let reach = rest.floor_char_boundary(self.longest);
        let mut ends = rest[..reach].char_indices().map(|(at, char)| at + char.len_utf8());
        ends.rfind(|end| is_border(line, start + end) && self.phrases.contains(&rest[..*end]))
    }
}

/// Whether a word may start or end here: not between two letters or digits, unless the script sets no spaces.
fn is_border(line: &str, at: usize) -> bool {
    let (Some(before), Some(after)) = (line[..at].chars().next_back(), line[at..].chars().next()) else {
        return true;
    };
    !(before.is_alphanumeric() && after.is_alphanumeric()) || is_unspaced(before) || is_unspaced(after)
}

/// Scripts whose words follow each other without a space, or take their particles without one: Thai, Lao, Khmer,
/// Hangul, kana and Han.
pub(super) fn is_unspaced(char: char) -> bool {
    matches!(u32::from(char), 0x0e00..=0x0eff | 0x1100..=0x11ff | 0x1780..=0x17ff | 0x3040..=0x30ff | 0x3130..=0x318f
        | 0x3400..=0x9fff | 0xac00..=0xd7af | 0xf900..=0xfaff | 0xff66..=0xff9f | 0x20000..=0x3ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLES: &[(&str, &str, &[&str])] = &[
        ("labels", LABELS, &["from", "sent", "to", "cc", "subject", "other"]),
        ("attributions", ATTRIBUTIONS, &["wrote", "opens"]),
        ("separators", SEPARATORS, &["original", "forwarded", "reply-above", "inline"]),
        (
            "footers",
            FOOTERS,
            &["sent", "sent-end", "product", "line", "disclaimer", "legal", "heading", "footer"],
        ),
        ("closings", CLOSINGS, &["closing"]),
    ];

    /// Every fault of a table, each with its line.
    fn faults(name: &str, table: &str, keys: &[&str]) -> Vec<String> {
        let mut faults = Vec::new();
        let (mut languages, mut in_language) = (HashSet::new(), HashSet::new());
        for (number, line) in (1..).zip(table.lines()) {
            let mut fault = |what: &str| faults.push(format!("{name}.txt:{number}: {what}: {line}"));
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(section) = line.strip_prefix('[') {
                let (language, source) = section.split_once(']').unwrap_or((section, ""));
                let is_code = |code: &str| {
                    (2..=3).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_lowercase())
                };
                if !language.split('-').all(is_code) {
                    fault("no language code");
                }
                if source.trim().is_empty() {
                    fault("no source");
                }
                if !languages.insert(language) {
                    fault("a second section of the language");
                }
                in_language.clear();
                continue;
            }
            let Some((key, phrases)) = line.split_once(": ") else {
                fault("neither a section nor a line of phrases");
                continue;
            };
            if !keys.contains(&key) {
                fault("no such key");
            }
            for phrase in phrases.split('|').map(str::trim) {
                if phrase.is_empty() {
                    fault("an empty phrase");
                }
                if phrase.to_lowercase() != phrase {
                    fault("not in lower case");
                }
                if phrase.contains(['\u{2019}', '\u{a0}']) || phrase.contains("  ") {
                    fault("an apostrophe that is not straight, or a double space");
                }
                if !in_language.insert((key.to_owned(), phrase.to_owned())) {
                    fault("a phrase twice");
                }
            }
        }
        faults
    }

    #[test]
    fn tables_follow_their_format() {
        let faults: Vec<_> =
            TABLES.iter().flat_map(|(name, table, keys)| faults(name, table, keys)).collect();
        assert!(faults.is_empty(), "{}", faults.join("\n"));
        assert_eq!(faults_of_a_bad_table(), 5);
    }

    fn faults_of_a_bad_table() -> usize {
        faults("bad", "[english] x\n[de]\nfrom: Von\nfrom: a | a\nto: x", &["from"]).len()
    }

    #[test]
    fn each_table_speaks_thirty_languages() {
        for (name, table, _) in TABLES {
            let languages = table.lines().filter(|line| line.starts_with('[')).count();
            assert!(languages >= 30, "{name}: {languages}");
        }
    }

    #[test]
    fn phrases_are_whole_words() {
        assert!(WROTE.within("ana wrote:") && !WROTE.within("ana wroten:"));
        assert!(WROTE.within("于2026年写道:") && WROTE.ends("ana wrote"));
        assert_eq!(SENT_WITH.starting("sent from my iphone"), Some("sent from".len()));
        assert_eq!(WROTE.last("on monday ana a écrit :"), Some((14, 22)));
    }
}
