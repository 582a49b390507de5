//! The phrase tables of all languages: read from the files in `phrases/`, and compiled so that a text is searched once
//! however many phrases there are. Owns the file format (docs/classification-phrases.md); knows nothing of what a
//! phrase proves.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind};

use super::script::{border_free_end, border_free_start};

/// What a phrase says. Each is a section of the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// The writer is away.
    Away,
    /// The office is closed, or when it is open.
    Closed,
    /// The writer was away, or an apology for a late answer.
    Past,
    /// A word before the last day of an absence.
    Until,
    /// A word after the last day of an absence.
    UntilAfter,
    /// The day of return.
    Return,
    /// A word before the first day of something: of an absence, or of work after it.
    From,
    /// Who helps instead, or what to do in urgent cases.
    Substitute,
    /// Mail is not read, not forwarded, or answered late.
    NoAccess,
    /// An answer follows later.
    Later,
    /// The text says that a program sent it.
    Automatic,
    /// The mail was received, registered, made a ticket.
    Received,
    /// The person left, or has a new address.
    Left,
    /// Nobody reads this mailbox.
    Unmonitored,
    /// The sender must prove that they are a person.
    Challenge,
    /// What a person says who answers.
    Person,
    /// How to reach the writer: a person's, unless it follows a word of [`Kind::Substitute`].
    Reach,
    /// Greetings, thanks and wishes, which prove nothing.
    Courtesy,
    /// A whole message that asks to be left alone.
    Alone,
    /// A clause that asks to be left alone.
    Request,
    /// Turns a request around.
    Negation,
    /// What people add to such a request.
    Complaint,
    /// Where the small print starts.
    Disclaimer,
    /// What programs write for a press of the unsubscribe button.
    OneClick,
    /// A server says that a delivery failed.
    Failed,
    /// A server says that a delivery is late.
    Delayed,
    /// A server says that a delivery succeeded.
    Delivered,
}

/// What a section of a file is for.
enum Section {
    /// Phrases that are searched in the text.
    Text(Kind),
    /// Phrases that are searched in a server's text.
    Server(Kind),
    /// The most frequent words, by which the language is recognised.
    Words,
    /// Subjects of automatic replies, before a colon.
    Prefix,
    /// Subjects in which people state an absence.
    Topic,
    /// Words that may stand in a request to be left alone.
    Filler,
    /// Names of the months, one month a line.
    Months,
    /// Names of the days from Monday, one day a line.
    Weekdays,
}

/// The sections: name, meaning, and whether each language must have it.
const SECTIONS: &[(&str, Section, bool)] = &[
    ("words", Section::Words, true),
    ("prefix", Section::Prefix, true),
    ("topic", Section::Topic, true),
    ("away", Section::Text(Kind::Away), true),
    ("closed", Section::Text(Kind::Closed), true),
    ("past", Section::Text(Kind::Past), true),
    ("until", Section::Text(Kind::Until), true),
    ("until after", Section::Text(Kind::UntilAfter), false),
    ("return", Section::Text(Kind::Return), true),
    ("from", Section::Text(Kind::From), false),
    ("substitute", Section::Text(Kind::Substitute), true),
    ("no access", Section::Text(Kind::NoAccess), true),
    ("later", Section::Text(Kind::Later), true),
    ("automatic", Section::Text(Kind::Automatic), true),
    ("received", Section::Text(Kind::Received), true),
    ("left", Section::Text(Kind::Left), true),
    ("unmonitored", Section::Text(Kind::Unmonitored), true),
    ("challenge", Section::Text(Kind::Challenge), true),
    ("person", Section::Text(Kind::Person), true),
    ("reach", Section::Text(Kind::Reach), true),
    ("courtesy", Section::Text(Kind::Courtesy), true),
    ("unsubscribe", Section::Text(Kind::Alone), true),
    ("request", Section::Text(Kind::Request), true),
    ("filler", Section::Filler, true),
    ("negation", Section::Text(Kind::Negation), true),
    ("complaint", Section::Text(Kind::Complaint), true),
    ("disclaimer", Section::Text(Kind::Disclaimer), true),
    ("one click", Section::Text(Kind::OneClick), false),
    ("months", Section::Months, true),
    ("weekdays", Section::Weekdays, true),
    ("failed", Section::Server(Kind::Failed), true),
    ("delayed", Section::Server(Kind::Delayed), true),
    ("success", Section::Server(Kind::Delivered), false),
];

macro_rules! files {
    ($($code:literal),* $(,)?) => { &[$(($code, include_str!(concat!("phrases/", $code, ".txt")))),*] };
}

/// The files, by ISO 639-1 code.
pub(super) const FILES: &[(&str, &str)] = files![
    "ar", "bg", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "he", "hr", "hu", "id", "it", "ja",
    "ko", "lt", "lv", "nl", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sr", "sv", "th", "tr", "uk", "vi",
    "zh",
];

/// Letters of a request of one word that is known when misspelt: a short word misspelt is another word.
const LONE_LETTERS: usize = 8;

/// Longest stretch between the two parts of a phrase with a gap, bytes.
const GAP_BYTES: usize = 60;

/// A language's number in [`FILES`].
pub(super) type LanguageId = u8;

/// What of a language is looked up rather than searched.
#[derive(Default)]
pub(super) struct Language {
    /// ISO 639-1 code.
    pub(super) code: &'static str,
    /// Words that may stand in a request as pieces, longest first, for scripts without spaces.
    pub(super) filler_pieces: Vec<&'static str>,
    /// Names of the months, January first; `true` if other endings may follow.
    pub(super) months: Vec<Vec<(&'static str, bool)>>,
    /// Names of the days, Monday first.
    pub(super) weekdays: Vec<Vec<(&'static str, bool)>>,
}

/// A phrase found in a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hit {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) kind: Kind,
    pub(super) language: LanguageId,
    pub(super) phrase: &'static str,
}

/// One meaning of a searched string.
struct Meaning {
    kind: Kind,
    language: LanguageId,
    phrase: &'static str,
    /// Any ending may follow.
    open: bool,
    /// The part that must follow within the same sentence.
    then: Option<(&'static str, bool)>,
}

/// Phrases compiled for one pass over a text.
pub(super) struct Search {
    automaton: AhoCorasick,
    meanings: Vec<Vec<Meaning>>,
}

/// Everything in the files.
pub(super) struct Tables {
    pub(super) languages: Vec<Language>,
    /// For each frequent word the languages that have it, one bit each.
    pub(super) words: HashMap<&'static str, u64>,
    /// Single words that are a whole request, long enough to be known when misspelt.
    pub(super) lone: Vec<&'static str>,
    /// Words that may stand in a request, of all languages.
    pub(super) filler: HashSet<&'static str>,
    /// Searched in what people and programs write.
    pub(super) text: Search,
    /// Searched in what servers write.
    pub(super) server: Search,
    /// Subjects that programs write.
    pub(super) prefixes: HashSet<&'static str>,
    /// Subjects that state an absence.
    pub(super) topics: HashSet<&'static str>,
}

/// The tables, read at first use.
pub(super) static TABLES: LazyLock<Tables> = LazyLock::new(load);

/// The sections of a file: name, and phrases by line.
pub(super) fn sections(file: &'static str) -> Vec<(&'static str, Vec<Vec<&'static str>>)> {
    let mut sections: Vec<(&str, Vec<Vec<&str>>)> = Vec::new();
    for line in file.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            sections.push((name, Vec::new()));
        } else if let Some((_, lines)) = sections.last_mut() {
            lines.push(line.split('|').map(str::trim).filter(|phrase| !phrase.is_empty()).collect());
        }
    }
    sections
}

fn load() -> Tables {
    let mut tables = Tables {
        languages: Vec::with_capacity(FILES.len()),
        words: HashMap::new(),
        lone: Vec::new(),
        filler: HashSet::new(),
        text: Search { automaton: empty(), meanings: Vec::new() },
        server: Search { automaton: empty(), meanings: Vec::new() },
        prefixes: HashSet::new(),
        topics: HashSet::new(),
    };
    let (mut text, mut server) = (Vec::new(), Vec::new());
    for (language, (code, file)) in (0..).zip(FILES) {
        let mut entry = Language { code, ..Language::default() };
        for (name, lines) in sections(file) {
            let Some((_, section, _)) = SECTIONS.iter().find(|(known, _, _)| *known == name) else {
                continue;
            };
            let phrases = || lines.iter().flatten().copied();
            match section {
                Section::Text(kind) => {
                    text.extend(phrases().map(|phrase| (*kind, language, phrase)));
                    if *kind == Kind::Alone {
                        let lone = |phrase: &&str| {
                            phrase.chars().all(char::is_alphabetic) && phrase.chars().count() >= LONE_LETTERS
                        };
                        tables.lone.extend(phrases().filter(lone));
                    }
                }
                Section::Server(kind) => server.extend(phrases().map(|phrase| (*kind, language, phrase))),
                Section::Words => {
                    for word in phrases() {
                        *tables.words.entry(word).or_default() |= 1 << language;
                    }
                }
                Section::Prefix => tables.prefixes.extend(phrases()),
                Section::Topic => tables.topics.extend(phrases()),
                Section::Filler => {
                    tables.filler.extend(phrases().flat_map(|phrase| phrase.split(' ')));
                    entry.filler_pieces = phrases().collect();
                    entry.filler_pieces.sort_by_key(|piece| std::cmp::Reverse(piece.len()));
                }
                Section::Months => entry.months = names(&lines),
                Section::Weekdays => entry.weekdays = names(&lines),
            }
        }
        tables.languages.push(entry);
    }
    // What a person may also write is not a program's alone.
    let topics = &tables.topics;
    tables.prefixes.retain(|prefix| !topics.contains(prefix));
    tables.text = Search::new(text);
    tables.server = Search::new(server);
    tables
}

fn names(lines: &[Vec<&'static str>]) -> Vec<Vec<(&'static str, bool)>> {
    lines.iter().map(|line| line.iter().map(|name| open(name)).collect()).collect()
}

/// A phrase without its star, and whether it had one.
fn open(phrase: &'static str) -> (&'static str, bool) {
    phrase.strip_suffix('*').map_or((phrase, false), |stem| (stem, true))
}

fn empty() -> AhoCorasick {
    AhoCorasick::new::<_, &str>([]).expect("an empty table is within the library's limits")
}

impl Search {
    fn new(phrases: Vec<(Kind, LanguageId, &'static str)>) -> Self {
        let mut places: HashMap<&'static str, usize> = HashMap::new();
        let mut strings: Vec<&'static str> = Vec::new();
        let mut meanings: Vec<Vec<Meaning>> = Vec::new();
        for (kind, language, phrase) in phrases {
            let (first, then) = match phrase.split_once('…') {
                Some((first, rest)) => (first.trim(), Some(open(rest.trim()))),
                None => (phrase, None),
            };
            let (first, open) = open(first);
            let place = *places.entry(first).or_insert_with(|| {
                strings.push(first);
                meanings.push(Vec::new());
                strings.len() - 1
            });
            meanings[place].push(Meaning { kind, language, phrase, open, then });
        }
        let automaton = AhoCorasickBuilder::new()
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(&strings)
            .expect("the tables are far below the library's limits");
        Self { automaton, meanings }
    }

    /// Whether a text has a phrase of a kind that is wanted, as whole words.
    pub(super) fn any(&self, text: &str, wanted: impl Fn(Kind) -> bool) -> bool {
        self.automaton.find_overlapping_iter(text).any(|found| {
            self.meanings[found.pattern().as_usize()].iter().any(|meaning| {
                wanted(meaning.kind)
                    && border_free_start(text, found.start())
                    && (meaning.open || border_free_end(text, found.end()))
            })
        })
    }

    /// All phrases in a text in normal form, as whole words, in the order of their ends. Sentences end in `\n`.
    pub(super) fn hits(&self, text: &str) -> Vec<Hit> {
        let mut hits = Vec::new();
        for found in self.automaton.find_overlapping_iter(text) {
            let (start, end) = (found.start(), found.end());
            let (mut starts, mut ends) = (None, None);
            for meaning in &self.meanings[found.pattern().as_usize()] {
                if !*starts.get_or_insert_with(|| border_free_start(text, start)) {
                    break;
                }
                if !meaning.open && !*ends.get_or_insert_with(|| border_free_end(text, end)) {
                    continue;
                }
                let end = match meaning.then {
                    None => end,
                    Some((second, open)) => match following(text, end, second, open) {
                        Some(end) => end,
                        None => continue,
                    },
                };
                hits.push(Hit {
                    start,
                    end,
                    kind: meaning.kind,
                    language: meaning.language,
                    phrase: meaning.phrase,
                });
            }
        }
        hits
    }
}

/// Where the second part of a phrase with a gap ends, if it follows soon enough.
fn following(text: &str, from: usize, second: &str, open: bool) -> Option<usize> {
    let reach = text.ceil_char_boundary((from + GAP_BYTES + second.len()).min(text.len()));
    let rest = &text[from..reach];
    let rest = &rest[..rest.find('\n').unwrap_or(rest.len())];
    rest.match_indices(second).map(|(at, _)| (from + at, from + at + second.len())).find_map(
        |(start, end)| {
            (border_free_start(text, start) && (open || border_free_end(text, end))).then_some(end)
        },
    )
}

#[cfg(test)]
mod tests {
    use super::super::normal::normal;
    use super::*;

    #[test]
    fn each_file_has_the_sections_it_needs_and_no_other() {
        assert!(FILES.len() <= 64, "languages are bits of a u64");
        for (code, file) in FILES {
            assert!(file.starts_with('#') && file.contains("Source:"), "{code} names no source");
            let found = sections(file);
            for (name, _, required) in SECTIONS {
                let count = found.iter().filter(|(known, _)| known == name).count();
                assert!(count <= 1, "{code}: [{name}] twice");
                assert!(count == 1 || !required, "{code}: no [{name}]");
            }
            for (name, lines) in &found {
                assert!(SECTIONS.iter().any(|(known, _, _)| known == name), "{code}: unknown [{name}]");
                assert!(!lines.is_empty(), "{code}: empty [{name}]");
                let expected = match *name {
                    "months" => 12,
                    "weekdays" => 7,
                    _ => continue,
                };
                assert_eq!(lines.len(), expected, "{code}: [{name}]");
            }
        }
    }

    #[test]
    fn phrases_are_in_normal_form_and_stand_once() {
        for (code, file) in FILES {
            for (name, lines) in sections(file) {
                let mut seen = HashSet::new();
                for phrase in lines.iter().flatten() {
                    assert_eq!(normal(phrase), *phrase, "{code}: [{name}]: not in normal form");
                    assert!(seen.insert(phrase), "{code}: [{name}]: “{phrase}” twice");
                    assert!(phrase.matches('…').count() <= 1, "{code}: [{name}]: “{phrase}”: two gaps");
                }
            }
        }
    }

    #[test]
    fn words_are_matched_whole_and_gaps_are_bridged() {
        let found = |text: &str| -> Vec<&str> {
            TABLES
                .text
                .hits(text)
                .into_iter()
                .filter(|hit| hit.kind == Kind::Request)
                .map(|hit| hit.phrase)
                .collect()
        };
        assert!(found("please take me office hours\n").is_empty());
        assert!(found("take me off\n").contains(&"take me off"));
        assert!(found("nehmen sie mich bitte aus dem verteiler\n").contains(&"nehmen sie mich … aus"));
        assert!(!found("nehmen sie mich\naus dem verteiler\n").contains(&"nehmen sie mich … aus"));
    }
}
