//! The signs in the new text of a mail: what of it a machine says, and what only a person says. Each language is
//! counted on its own, so that signs of two languages never add up; a sentence speaks only the languages recognised in
//! it.

use super::tables::{Hit, Kind, LanguageId, TABLES};
use super::text::{Sentence, Text};

/// What machines say, in the order in which the verdict names it.
pub(super) const MACHINE: &[Kind] = &[
    Kind::Automatic,
    Kind::Away,
    Kind::Closed,
    Kind::Left,
    Kind::Unmonitored,
    Kind::Received,
    Kind::Challenge,
    Kind::NoAccess,
    Kind::Substitute,
    Kind::Return,
    Kind::Later,
];

/// How many words after a word of time its date may stand.
const DATE_WORDS: usize = 6;

/// A phrase of courtesy this long, in words, is "thank you for your message", not a greeting.
const THANKS_WORDS: usize = 4;

/// Longest sentence, in words, that courtesy alone explains.
const COURTESY_WORDS: usize = 7;

/// Most words of a sentence that can be courtesy. At most 64: [`Sentence::small`] knows no more.
const LONGEST_COURTESY: usize = 40;

/// What machines say in one language.
#[derive(Clone, Debug)]
pub(super) struct Signs {
    language: LanguageId,
    found: Vec<(Kind, &'static str)>,
    /// The absence names its end, as a date or a day.
    pub(super) ends: bool,
}

impl Signs {
    /// The phrase that shows it.
    pub(super) fn phrase(&self, kind: Kind) -> Option<&'static str> {
        self.found.iter().find(|(found, _)| *found == kind).map(|(_, phrase)| *phrase)
    }

    pub(super) fn has(&self, kind: Kind) -> bool {
        self.phrase(kind).is_some()
    }
}

/// The signs in a text.
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    /// What machines say, by language.
    pub(super) machine: Vec<Signs>,
    /// What only a person says: the phrase.
    pub(super) person: Option<&'static str>,
    /// That the writer was away, or apologises for a late answer: the phrase.
    pub(super) past: Option<&'static str>,
    /// It asks something.
    pub(super) question: bool,
    /// Sentences that no sign and no courtesy explains.
    pub(super) unexplained: usize,
    /// All sentences.
    pub(super) sentences: usize,
    /// It contains a link.
    pub(super) link: bool,
    /// It thanks for a message, as notices do.
    pub(super) thanks: bool,
}

/// The phrases found in a sentence, in a language that it speaks.
pub(super) fn spoken<'a>(hits: &'a [Hit], sentence: &'a Sentence) -> impl Iterator<Item = &'a Hit> {
    hits.iter().filter(|hit| {
        hit.start >= sentence.start && hit.end <= sentence.end && sentence.languages & 1 << hit.language != 0
    })
}

/// Collects the signs.
pub(super) fn collect(text: &Text, hits: &[Hit]) -> Words {
    let mut words = Words::default();
    for (sentence, hits) in by_sentence(text, hits) {
        if spoken(hits, sentence).any(|hit| hit.kind == Kind::Disclaimer) && words.sentences > 0 {
            break;
        }
        words.sentences += 1;
        words.question |= sentence.question;
        words.link |= sentence.link;
        let mut explained = sentence.label;
        for hit in spoken(hits, sentence) {
            match hit.kind {
                Kind::Reach if beside_substitute(hits, hit) => {}
                Kind::Person | Kind::Reach if !inside(hits, hit) => {
                    words.person = words.person.or(Some(hit.phrase))
                }
                Kind::Courtesy => words.thanks |= hit.phrase.split(' ').count() >= THANKS_WORDS,
                Kind::Past => words.past = words.past.or(Some(hit.phrase)),
                Kind::Until | Kind::UntilAfter | Kind::Return if dated(text, sentence, hit) => {
                    explained |= hit.kind == Kind::Return;
                    let signs = signs_of(&mut words.machine, hit.language);
                    signs.ends = true;
                    if hit.kind == Kind::Return {
                        note(signs, hit);
                    }
                }
                Kind::Until | Kind::UntilAfter | Kind::Return => {}
                kind if MACHINE.contains(&kind) => {
                    explained = true;
                    let signs = signs_of(&mut words.machine, hit.language);
                    signs.ends |= matches!(kind, Kind::Away | Kind::Closed) && has_range(text.of(sentence));
                    note(signs, hit);
                }
                _ => {}
            }
        }
        explained = explained || courteous(text, sentence, hits);
        if !explained {
            words.unexplained += 1;
        }
    }
    words.unexplained += usize::from(text.cut) + text.gestures;
    words
}

/// Each sentence with the hits that may be in it; both are in order.
pub(super) fn by_sentence<'a>(
    text: &'a Text,
    hits: &'a [Hit],
) -> impl Iterator<Item = (&'a Sentence, &'a [Hit])> {
    let mut from = 0;
    text.sentences.iter().map(move |sentence| {
        // Hits are in the order of their ends.
        while hits.get(from).is_some_and(|hit| hit.end <= sentence.start) {
            from += 1;
        }
        let to = from + hits[from..].partition_point(|hit| hit.end <= sentence.end);
        (sentence, &hits[from..to])
    })
}

fn signs_of(all: &mut Vec<Signs>, language: LanguageId) -> &mut Signs {
    let at = all.iter().position(|signs| signs.language == language).unwrap_or_else(|| {
        all.push(Signs { language, found: Vec::new(), ends: false });
        all.len() - 1
    });
    &mut all[at]
}

fn note(signs: &mut Signs, hit: &Hit) {
    if !signs.has(hit.kind) {
        signs.found.push((hit.kind, hit.phrase));
    }
}

/// Whether a longer phrase of a machine or of courtesy covers a person's word.
fn inside(hits: &[Hit], hit: &Hit) -> bool {
    hits.iter().any(|other| {
        other.language == hit.language
            && (MACHINE.contains(&other.kind) || matches!(other.kind, Kind::Courtesy | Kind::Complaint))
            && other.start <= hit.start
            && hit.end <= other.end
            && other.end - other.start > hit.end - hit.start
    })
}

/// Whether "call me" is what to do in urgent cases.
fn beside_substitute(hits: &[Hit], hit: &Hit) -> bool {
    hits.iter().any(|other| {
        other.kind == Kind::Substitute && other.language == hit.language && other.start < hit.start
    })
}

/// Whether a date or a day is beside a word of time.
fn dated(text: &Text, sentence: &Sentence, hit: &Hit) -> bool {
    let names_time = |word: &str| {
        word.contains(|c: char| c.is_numeric()) || {
            let language = &TABLES.languages[hit.language as usize];
            let known = |(name, open): &(&str, bool)| word == *name || *open && word.starts_with(name);
            language.months.iter().chain(&language.weekdays).flatten().any(known)
        }
    };
    let split = |c: char| !c.is_alphanumeric() && c != '\'';
    let after =
        text.flat[hit.end..sentence.end].split(split).filter(|word| !word.is_empty()).take(DATE_WORDS);
    let mut before =
        text.flat[sentence.start..hit.start].rsplit(split).filter(|word| !word.is_empty()).take(DATE_WORDS);
    match hit.kind {
        Kind::Until => after.into_iter().any(names_time),
        _ => after.into_iter().any(names_time) || before.any(names_time),
    }
}

/// Whether a sentence has two numbers that can be days: "3–14 May".
fn has_range(sentence: &str) -> bool {
    let days = sentence
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.len() <= 4 && word.parse::<u32>().is_ok_and(|number| (1..=31).contains(&number)));
    days.count() >= 2
}

/// Whether a sentence is greeting, thanks and wishes: most of it, or all of it besides a name.
fn courteous(text: &Text, sentence: &Sentence, hits: &[Hit]) -> bool {
    if text.of(sentence).split(' ').nth(LONGEST_COURTESY).is_some() {
        return false;
    }
    // A greeting opens the line on which the notice goes on.
    let inline = sentence.inline && sentence.start > 0;
    let (mut words, mut covered, mut small) = (0_usize, 0_usize, 0_usize);
    let mut at = sentence.start;
    for word in text.of(sentence).split(' ') {
        let end = at + word.len();
        let known =
            spoken(hits, sentence).any(|hit| hit.kind == Kind::Courtesy && hit.start < end && at < hit.end);
        if known {
            covered += 1;
        } else if inline || sentence.small & 1 << words != 0 {
            // "Grazie per la mail": only small words and those for mail. What another sentence shares its line with
            // has no room for a name.
            let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
            let neutral = TABLES.filler.contains(bare) || TABLES.words.contains_key(bare);
            small += usize::from(!neutral);
        }
        words += 1;
        at = end + 1;
    }
    let most = if inline { covered * 2 > words } else { covered * 2 >= words };
    let greeting = !sentence.inline && text.of(sentence).ends_with([',', '،', '，']);
    let most = most || greeting && words <= COURTESY_WORDS;
    covered > 0 && (most || words <= COURTESY_WORDS && small == 0)
}
