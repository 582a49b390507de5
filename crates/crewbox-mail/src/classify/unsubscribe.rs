//! Requests to be unsubscribed. Two proofs: the form that a mail program sends when somebody presses its unsubscribe
//! button, and new text that asks for this and nothing else. With any other request, question or date the mail is a
//! person's, and only suspected.

use super::normal::{QUESTION_MARKS, normal};
use super::subject::Subject;
use super::tables::{Hit, Kind, TABLES};
use super::text::{Sentence, Text};
use super::words::{by_sentence, spoken};
use crate::mime::fields::Fields;

/// Longest text that a single word makes a request, bytes: more is another statement.
pub(super) const MAX_REQUEST_BYTES: usize = 600;

/// Most statements beside the request that are tolerated, and their words together: "This is the third one."
const MAX_STATEMENTS: usize = 2;
const MAX_STATEMENT_WORDS: usize = 30;

/// Most characters of a request that no table knows, in scripts without spaces. Elsewhere every word must be known: the
/// one that is not may be what shall be removed.
const UNKNOWN_CHARS: usize = 2;

/// Most unknown words of a clause with a greeting or a complaint: a name.
const GREETED_WORDS: usize = 2;

/// Longest text that can be one misspelt word with a word of courtesy, bytes, and its words.
const MAX_MISSPELT_BYTES: usize = 60;
const MISSPELT_WORDS: usize = 3;

/// Letters at the start of such a word that must be right.
const MISSPELT_START: usize = 2;

/// Shortest question that can be a request in polite form: words, and characters in scripts without spaces.
const POLITE_WORDS: usize = 5;
const POLITE_CHARS: usize = 10;

/// Longest name of a list behind "unsubscribe" in a subject, words.
const LIST_WORDS: usize = 4;

/// The header of Apple's form.
const APPLE_HEADER: &str = "X-Apple-Unsubscribe";

/// What follows for the mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// It asks for this and nothing else; why.
    Proved(String),
    /// It asks for this and more; why.
    Suspected(String),
}

/// Looks for a request.
pub(super) fn request(fields: &Fields<'_>, subject: &Subject, text: &Text, hits: &[Hit]) -> Option<Request> {
    one_click(fields, subject, text, hits).or_else(|| asks(hits).then(|| written(text, hits)).flatten())
}

/// The new text with "my address" for the sender's own address: "remove ann@acme.test from your list". Only where the
/// text is short enough for a request and has the address.
pub(super) fn without_own_address(written: &str, own: &str) -> Option<String> {
    let own = own.to_ascii_lowercase();
    if own.len() < 3 || written.len() > MAX_REQUEST_BYTES {
        return None;
    }
    let at = written.to_ascii_lowercase().find(&own)?;
    Some(format!("{}my address{}", &written[..at], &written[at + own.len()..]))
}

/// The request of one word that is the whole text, but misspelt: "unsuscribe", "Unsubcribe please".
pub(super) fn misspelt(written: &str) -> Option<&'static str> {
    let written = written.trim();
    if written.len() > MAX_MISSPELT_BYTES {
        return None;
    }
    let line = normal(written);
    let mut other = words(&line).filter(|word| !is_filler(word));
    let word = other.next()?;
    if other.next().is_some() || words(&line).count() > MISSPELT_WORDS {
        return None;
    }
    let start = |word: &str| word.chars().take(MISSPELT_START).collect::<String>();
    TABLES.lone.iter().copied().find(|lone| {
        // "subscribe" and "anmelden" are near too, and mean the contrary: what negates the word is at its start.
        start(lone) == start(word)
            && strsim::osa_distance(lone, word) <= if lone.chars().count() > 9 { 2 } else { 1 }
    })
}

/// Whether the header is that of an unsubscribe button.
pub(super) fn is_form(fields: &Fields<'_>) -> bool {
    fields.raw(APPLE_HEADER).is_some()
}

/// Whether any phrase asks for it: without one, no sentence is looked at.
fn asks(hits: &[Hit]) -> bool {
    hits.iter().any(|hit| matches!(hit.kind, Kind::Request | Kind::Alone))
}

/// The form that a program sends for the unsubscribe button.
fn one_click(fields: &Fields<'_>, subject: &Subject, text: &Text, hits: &[Hit]) -> Option<Request> {
    if let Some(value) = fields.plain(APPLE_HEADER).filter(|value| !value.eq_ignore_ascii_case("false")) {
        return Some(Request::Proved(format!(
            "“{APPLE_HEADER}: {value}” is the form of an unsubscribe button"
        )));
    }
    let phrase = hits.iter().find(|hit| hit.kind == Kind::OneClick).map(|hit| hit.phrase);
    let asked = subject_asks(subject);
    match (asked, phrase) {
        (false, None) => None,
        (_, Some(phrase)) if text.sentences.len() <= 3 && (asked || phrase.contains("unsub")) => {
            Some(Request::Proved(format!(
                "The text is what a program sends for its unsubscribe button (“{phrase}”)"
            )))
        }
        (true, _) if adds_nothing(text, hits) => Some(Request::Proved(format!(
            "The subject asks to unsubscribe (“{}”), and the text adds nothing",
            subject.text
        ))),
        _ => None,
    }
}

/// Whether the subject is a request, alone or with a token or the name of a list.
fn subject_asks(subject: &Subject) -> bool {
    if subject.answer || subject.text.contains(QUESTION_MARKS) {
        return false;
    }
    let line = Text::new(&subject.text);
    let hits = TABLES.text.hits(&line.flat);
    let Some(hit) = hits
        .iter()
        .filter(|hit| {
            matches!(hit.kind, Kind::Alone | Kind::Request) && hit.end - hit.start >= 3
                || hit.phrase == "退订"
        })
        .max_by_key(|hit| hit.end - hit.start)
    else {
        return false;
    };
    let flat = line.flat.trim_end();
    let before = flat[..hit.start].trim_matches(|c: char| !c.is_alphanumeric());
    let after = flat.get(hit.end..).unwrap_or_default().trim_matches(|c: char| !c.is_alphanumeric());
    let filler = |part: &str| words(part).all(is_filler);
    let token = |part: &str| {
        words(part)
            .all(|word| is_filler(word) || word.contains(|c: char| c.is_ascii_digit()) || word.len() >= 16)
    };
    let list = words(after).count() <= LIST_WORDS
        && words(after).next().is_some_and(is_filler)
        && !subject.text.contains('?');
    filler(before) && (token(after) || list)
}

/// Whether a text is empty, a request again, or a name.
fn adds_nothing(text: &Text, hits: &[Hit]) -> bool {
    by_sentence(text, hits).all(|(sentence, hits)| {
        !sentence.question
            && (sentence.label
                || is_request(text, sentence, hits)
                || is_neutral(text, sentence, hits)
                || words(text.of(sentence))
                    .all(|word| word.len() >= 16 || word.contains(|c: char| c.is_ascii_digit())))
    })
}

/// New text that asks for it.
fn written(text: &Text, hits: &[Hit]) -> Option<Request> {
    let (mut asked, mut before, mut after, mut count) = (None, 0, 0, 0);
    let (mut objection, mut mixed) = (None, None);
    for (sentence, hits) in by_sentence(text, hits) {
        if spoken(hits, sentence).any(|hit| hit.kind == Kind::Disclaimer) && count > 0 {
            break;
        }
        count += 1;
        if !sentence.link
            && let Some((phrase, whole)) = request_in(text, sentence, hits)
        {
            let is_question = sentence.question || text.of(sentence).contains(QUESTION_MARKS);
            if is_question && !is_polite(text.of(sentence), phrase) {
                objection.get_or_insert("a question");
            }
            if whole {
                asked.get_or_insert(phrase);
                continue;
            }
            mixed.get_or_insert(phrase);
        }
        if sentence.label || is_neutral(text, sentence, hits) {
            continue;
        }
        let person = spoken(hits, sentence)
            .find(|hit| matches!(hit.kind, Kind::Person | Kind::Reach) && !covered(hits, hit));
        if sentence.question {
            objection.get_or_insert("a question");
        } else if sentence.link {
            objection.get_or_insert("a link");
        } else if person.is_some() {
            objection.get_or_insert("an answer");
        } else if has_date(text.of(sentence)) {
            objection.get_or_insert("a date");
        }
        let length = length(text.of(sentence));
        if asked.is_none() {
            before += 1
        } else {
            after += 1
        }
        if before + after > MAX_STATEMENTS || length > MAX_STATEMENT_WORDS || after > 0 {
            objection.get_or_insert("something else");
        }
    }
    if asked.is_none() && mixed.is_some() {
        objection.get_or_insert("something else");
    }
    let phrase = asked.or(mixed)?;
    Some(match objection {
        None => Request::Proved(format!("The new text asks for this and nothing else (“{phrase}”)")),
        Some(what) => {
            Request::Suspected(format!("The text asks to be left alone (“{phrase}”), with {what} beside it"))
        }
    })
}

fn is_request(text: &Text, sentence: &Sentence, hits: &[Hit]) -> bool {
    request_in(text, sentence, hits).is_some_and(|(_, whole)| whole)
}

/// The request that a sentence makes, and whether it makes no other statement: every clause is a request, filler,
/// courtesy or a name.
fn request_in(text: &Text, sentence: &Sentence, hits: &[Hit]) -> Option<(&'static str, bool)> {
    let (mut asked, mut whole) = (None, true);
    let flat = &text.flat;
    let mut start = sentence.start;
    let is_end = |c: char| matches!(c, ',' | ';' | ':' | '–' | '—' | '，' | '、' | '；' | '：' | '،');
    let pieces = flat[sentence.start..sentence.end].split_inclusive(is_end);
    for piece in pieces {
        let (from, to) = (start, start + piece.len());
        start = to;
        let inside = |hit: &&Hit| hit.start < to && hit.end > from;
        let request = spoken(hits, sentence)
            .filter(inside)
            .filter(|hit| matches!(hit.kind, Kind::Request | Kind::Alone))
            .max_by_key(|hit| (hit.kind == Kind::Request, hit.end - hit.start));
        let known: Vec<&Hit> = spoken(hits, sentence)
            .filter(inside)
            .filter(|hit| matches!(hit.kind, Kind::Request | Kind::Alone | Kind::Courtesy | Kind::Complaint))
            .collect();
        let unknown = unknown(flat, from, to, &known);
        let answers = spoken(hits, sentence)
            .filter(inside)
            .any(|hit| matches!(hit.kind, Kind::Person | Kind::Reach) && !covered(hits, hit));
        let named = !answers && names(text, sentence, from, to, &known);
        let request = request.filter(|hit| !negated(hits, sentence, hit, from));
        match request {
            Some(hit) => {
                let wide = flat[from..to].contains(super::script::spaceless);
                let limit = if wide && hit.kind == Kind::Request { UNKNOWN_CHARS } else { 0 };
                if unknown > limit {
                    return None;
                }
                asked.get_or_insert(hit.phrase);
            }
            // A name before or behind the request, a word of courtesy.
            None if unknown == 0 && !answers => {}
            None if known.is_empty() && named && unknown == 1 && words(&flat[from..to]).count() == 1 => {}
            None if !known.is_empty() && !answers && unknown <= GREETED_WORDS => {}
            None if asked.is_some() => whole = false,
            None => return None,
        }
    }
    asked.map(|phrase| (phrase, whole))
}

/// Whether a question is a request in polite form, "could you please take me off your list?", not a doubt about one,
/// "unsubscribe?".
fn is_polite(sentence: &str, phrase: &str) -> bool {
    if sentence.contains(super::script::spaceless) {
        return sentence.chars().count() >= POLITE_CHARS
            && phrase.chars().count() < sentence.chars().count() / 2;
    }
    words(phrase).count() >= 2 && words(sentence).count() >= POLITE_WORDS
}

/// Whether the words of a clause that nothing explains can be names: none starts with a small letter.
fn names(text: &Text, sentence: &Sentence, from: usize, to: usize, known: &[&Hit]) -> bool {
    let mut at = sentence.start;
    (0_u32..).zip(text.of(sentence).split(' ')).all(|(index, word)| {
        let (start, end) = (at, at + word.len());
        at = end + 1;
        let outside = end <= from || start >= to;
        let explained = known.iter().any(|hit| hit.start < end && start < hit.end);
        let small = index >= u64::BITS || sentence.small & 1 << index != 0;
        outside || explained || !small || words(word).all(is_filler)
    })
}

/// Whether a word before the request turns it around, unless it belongs to another request.
fn negated(hits: &[Hit], sentence: &Sentence, request: &Hit, from: usize) -> bool {
    spoken(hits, sentence).any(|hit| {
        hit.kind == Kind::Negation
            && hit.language == request.language
            && hit.start >= from
            && hit.end <= request.start
            && !hits.iter().any(|other| {
                matches!(other.kind, Kind::Request | Kind::Complaint)
                    && other.start <= hit.start
                    && hit.end <= other.end
            })
    })
}

/// How many words of a clause neither a phrase nor the filler of a language explains; characters in scripts without
/// spaces.
fn unknown(flat: &str, from: usize, to: usize, known: &[&Hit]) -> usize {
    let mut rest = String::with_capacity(to - from);
    for (at, c) in flat[from..to].char_indices() {
        let at = from + at;
        let explained = known.iter().any(|hit| hit.start <= at && at < hit.end);
        rest.push(if explained { ' ' } else { c });
    }
    if !rest.contains(super::script::spaceless) {
        return words(&rest).filter(|word| !is_filler(word)).count();
    }
    for language in
        TABLES.languages.iter().filter(|language| matches!(language.code, "ja" | "zh" | "ko" | "th"))
    {
        for piece in &language.filler_pieces {
            if rest.contains(piece) {
                rest = rest.replace(piece, " ");
            }
        }
    }
    rest.chars().filter(|c| c.is_alphanumeric()).count()
}

fn is_filler(word: &str) -> bool {
    TABLES.filler.contains(word)
}

/// A sentence that adds nothing: courtesy, complaint, or filler alone.
fn is_neutral(text: &Text, sentence: &Sentence, hits: &[Hit]) -> bool {
    let known: Vec<&Hit> =
        spoken(hits, sentence).filter(|hit| matches!(hit.kind, Kind::Courtesy | Kind::Complaint)).collect();
    let complaint = known.iter().any(|hit| hit.kind == Kind::Complaint);
    let unknown = unknown(&text.flat, sentence.start, sentence.end, &known);
    let wide = text.of(sentence).contains(super::script::spaceless);
    !sentence.question
        && (unknown <= if wide { 6 } else { 2 } && !known.is_empty()
            || unknown == 0
            || complaint && unknown <= if wide { 10 } else { 5 })
}

fn covered(hits: &[Hit], hit: &Hit) -> bool {
    hits.iter().any(|other| {
        matches!(other.kind, Kind::Request | Kind::Complaint | Kind::Courtesy)
            && other.start <= hit.start
            && hit.end <= other.end
    })
}

/// Whether a sentence names a day or a time.
fn has_date(sentence: &str) -> bool {
    let digits = sentence.bytes().filter(u8::is_ascii_digit).count();
    let weekday = |word: &str| {
        TABLES.languages.iter().any(|language| {
            language.weekdays.iter().flatten().any(|(name, _)| name.chars().count() > 3 && *name == word)
        })
    };
    digits > 0
        && sentence.contains([':', '/', '.'])
        && digits <= 12
        && sentence.contains(|c: char| c.is_ascii_digit())
        && looks_like_date(sentence)
        || words(sentence).any(weekday)
}

fn looks_like_date(sentence: &str) -> bool {
    sentence.split_whitespace().any(|word| {
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        digits >= 2 && word.trim_end_matches(['.', ',', '!']).contains([':', '/', '.'])
    })
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && !matches!(c, '\'' | '-'))
        .map(|word| word.trim_matches('-'))
        .filter(|word| !word.is_empty())
}

fn length(sentence: &str) -> usize {
    if sentence.contains(super::script::spaceless) {
        sentence.chars().count() / 2
    } else {
        words(sentence).count()
    }
}
