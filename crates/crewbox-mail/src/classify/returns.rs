//! The day that an absence names as its last, or as the first day back, as it is written. A date counts only beside a
//! word of time; one that can be read in two ways does not count, because a wrong day is worse than none.

use crewbox_core::time::Timestamp;

use super::dates::{Written, dates};
use super::days::When;
use super::tables::{Hit, Kind};
use super::text::{Sentence, Text};
use super::words::{by_sentence, spoken};

/// How far after a word of time its date may stand, bytes.
const AFTER_BYTES: usize = 56;

/// How far before it, for languages that say "3 March until", bytes.
const BEFORE_BYTES: usize = 40;

/// Sentences in which a word of time needs no absence beside it.
const OPENING_SENTENCES: usize = 6;

/// Words that join the two dates of a range and are no words of time themselves.
const RANGE_WORDS: &[&str] = &[
    "-", "–", "—", "~", "～", "to", "and", "a", "e", "y", "und", "et", "og", "och", "ja", "i", "и", "й",
    "та", "ve", "en", "és", "și",
];

/// The date of return, as midnight UTC; the latest if several are named.
pub(super) fn return_date(text: &Text, hits: &[Hit], when: When) -> Option<Timestamp> {
    let mut latest: Option<i64> = None;
    for (number, (sentence, hits)) in by_sentence(text, hits).enumerate() {
        let away = spoken(hits, sentence).any(|hit| matches!(hit.kind, Kind::Away | Kind::Closed));
        let back = spoken(hits, sentence).any(|hit| matches!(hit.kind, Kind::Return | Kind::UntilAfter));
        for hit in spoken(hits, sentence) {
            let counts = match hit.kind {
                Kind::Until | Kind::UntilAfter => away || number < OPENING_SENTENCES,
                Kind::Return => true,
                // "From 3 May": of the absence if the sentence states one, else of the return.
                Kind::From => !away && (back || number > 0),
                Kind::Away | Kind::Closed => true,
                _ => false,
            };
            if !counts {
                continue;
            }
            let found = match hit.kind {
                Kind::Away | Kind::Closed => range(text, sentence, hit, when),
                _ => beside(text, sentence, hit, when),
            };
            latest = latest.max(found);
        }
    }
    latest.map(Timestamp)
}

/// The date beside a word of time.
fn beside(text: &Text, sentence: &Sentence, hit: &Hit, when: When) -> Option<i64> {
    let all =
        dates(text.of(sentence), hit.language, when, day_may_follow(hit).then_some(hit.end - sentence.start));
    let (start, end) = (hit.start - sentence.start, hit.end - sentence.start);
    let after = || all.iter().find(|date| date.start >= end).filter(|date| date.start - end <= AFTER_BYTES);
    let before =
        || all.iter().rev().find(|date| date.end <= start).filter(|date| start - date.end <= BEFORE_BYTES);
    let within = || all.iter().find(|date| date.start < end && date.end > start);
    let found = match hit.kind {
        Kind::UntilAfter => before().or_else(within),
        Kind::Until | Kind::From => after(),
        _ => after().or_else(before),
    };
    // "Until 3 May, back on 4 May" has each its own; a range that goes on ends later.
    let found = found?;
    ends_range(text.of(sentence), &all, found).unwrap_or(found).at
}

/// The second date of a range, if the date is its first.
fn ends_range<'a>(sentence: &str, all: &'a [Written], first: &Written) -> Option<&'a Written> {
    let next = all.iter().find(|date| date.start >= first.end)?;
    RANGE_WORDS.contains(&sentence[first.end..next.start].trim()).then_some(next)
}

/// The end of a range beside an absence: "on leave 3–14 May", "on leave from 3 to 14 May".
fn range(text: &Text, sentence: &Sentence, hit: &Hit, when: When) -> Option<i64> {
    let line = text.of(sentence);
    let all = dates(line, hit.language, when, None);
    all.iter().find_map(|date| {
        let before = line[..date.start].trim_end();
        let joined = RANGE_WORDS.iter().find_map(|word| {
            let rest = before.strip_suffix(word)?;
            let separate = !word.starts_with(char::is_alphanumeric) || rest.ends_with(' ');
            separate.then(|| rest.trim_end())
        })?;
        let starts = joined.trim_end_matches('.').ends_with(|c: char| c.is_ascii_digit())
            || all.iter().any(|first| {
                first.end <= date.start && joined.len() <= first.end + 1 && first.start < joined.len()
            });
        starts.then_some(date.at).flatten()
    })
}

/// Whether a number alone can be a day behind this word: it ends in an article.
fn day_may_follow(hit: &Hit) -> bool {
    let last = hit.phrase.rsplit(' ').next().unwrap_or_default();
    matches!(hit.kind, Kind::Until | Kind::Return)
        && (matches!(last, "il" | "al" | "le" | "au" | "el" | "dia" | "día" | "den" | "zum" | "am" | "dnia")
            || matches!(hit.phrase, "until" | "till" | "til" | "back on" | "return on" | "returning on"))
}
