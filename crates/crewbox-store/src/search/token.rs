//! How normalised text is cut into tokens, and how a search term becomes patterns over them.
//!
//! Text is a row of runs: words (letters and digits), gaps (all else), and dense runs (scripts written without
//! spaces). Every token is a stretch of the text, so a token that contains the term proves a match; and the
//! cuts are such that a short enough term always lies whole within one token:
//! - a word is a token; one longer than [`WINDOW`] is cut into overlapping windows;
//! - a gap of [`MIN_GAP`] characters and more is one too ("----", "...");
//! - a dense run gives its pairs of neighbours;
//! - a *joint* is what stands around a gap: up to [`REACH`] characters before it, the gap, [`REACH`] after.
//!
//! A term that does not fit one token becomes several patterns that must all hold; then the text decides.

use std::ops::Range;

/// Characters of a long run in one token.
const WINDOW: usize = 64;
/// From one window to the next: a stretch of up to `WINDOW - STEP + 1` characters lies whole within one.
const STEP: usize = 32;
/// The longest stretch of a run that lies whole within one token.
const WHOLE: usize = WINDOW - STEP + 1;
/// Characters a joint reaches to each side of its gap: with three there are so many different ones that they
/// outweigh the words several times (measured: 2.9 GB a million texts).
const REACH: usize = 2;
/// A joint holds at most this much of its gap; a longer gap has two joints, one at each end.
const GAP: usize = 8;
/// Gaps from here on are tokens: a search of messages has at least three characters.
const MIN_GAP: usize = 3;
/// Stands between tokens in a dictionary. Never part of UTF-8.
pub(super) const MARK: u8 = 0xFF;

/// Which dictionary a token is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Words, long gaps, pairs of dense runs.
    Run = 0,
    /// What stands around gaps.
    Joint = 1,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Word,
    Gap,
    Dense,
}

fn class(c: char) -> Class {
    match c {
        'a'..='z' | '0'..='9' => Class::Word,
        '\0'..='\x7f' => Class::Gap,
        // Thai, Lao, Myanmar, Khmer, kana, Han and its extensions: written without spaces between words.
        '\u{e00}'..='\u{eff}'
        | '\u{1000}'..='\u{109f}'
        | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{30ff}'
        | '\u{3400}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}' => Class::Dense,
        c if c.is_alphanumeric() => Class::Word,
        _ => Class::Gap,
    }
}

/// The next run of `text` from `start` on.
fn run(text: &str, start: usize) -> Option<(Range<usize>, Class)> {
    let mut chars = text[start..].char_indices();
    let (_, first) = chars.next()?;
    let kind = class(first);
    let end = chars.find(|(_, c)| class(*c) != kind).map_or(text.len(), |(at, _)| start + at);
    Some((start..end, kind))
}

fn runs(text: &str) -> impl Iterator<Item = (Range<usize>, Class)> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let found = run(text, start)?;
        start = found.0.end;
        Some(found)
    })
}

/// The first `count` characters.
fn head(text: &str, count: usize) -> &str {
    text.char_indices().nth(count).map_or(text, |(at, _)| &text[..at])
}

/// The last `count` characters.
fn tail(text: &str, count: usize) -> &str {
    match count.checked_sub(1).and_then(|back| text.char_indices().nth_back(back)) {
        Some((at, _)) => &text[at..],
        None if count == 0 => "",
        None => text,
    }
}

fn longer_than(text: &str, count: usize) -> bool {
    text.len() > count && text.chars().nth(count).is_some()
}

/// Tells `sink` every token of a normalised text, repeats too.
pub(super) fn each_token(text: &str, mut sink: impl FnMut(Kind, &str)) {
    let mut before = 0..0;
    for (range, class) in runs(text) {
        let here = &text[range.clone()];
        match class {
            Class::Word => each_window(here, &mut sink),
            Class::Gap => {
                if longer_than(here, MIN_GAP - 1) {
                    each_window(here, &mut sink);
                }
                let (left, right) = (tail(&text[before], REACH), head(&text[range.end..], REACH));
                if longer_than(here, GAP) {
                    sink(Kind::Joint, &text[range.start - left.len()..range.start + head(here, GAP).len()]);
                    sink(Kind::Joint, &text[range.end - tail(here, GAP).len()..range.end + right.len()]);
                } else {
                    sink(Kind::Joint, &text[range.start - left.len()..range.end + right.len()]);
                }
            }
            Class::Dense => pairs(here).for_each(|pair| sink(Kind::Run, pair)),
        }
        before = range;
    }
}

fn each_window(run: &str, sink: &mut impl FnMut(Kind, &str)) {
    let mut rest = run;
    while longer_than(rest, WINDOW) {
        sink(Kind::Run, head(rest, WINDOW));
        rest = &rest[head(rest, STEP).len()..];
    }
    sink(Kind::Run, rest);
}

/// Each two neighbours; a lone character by itself.
fn pairs(run: &str) -> impl Iterator<Item = &str> {
    let lone = (!longer_than(run, 1)).then_some(run);
    let next = |at: usize| run[at..].chars().next().map_or(run.len(), |c| at + c.len_utf8());
    let pairs = run.char_indices().map(move |(at, _)| at..next(next(at))).map(|range| &run[range]);
    lone.into_iter().chain(pairs.filter(move |pair| lone.is_none() && longer_than(pair, 1)))
}

/// What a dictionary is looked through for: a needle, with [`MARK`] at an end the token must share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    pub(super) kind: Kind,
    pub(super) needle: Vec<u8>,
}

/// A search term, compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// Documents must have, for each of these, a token that matches it. Never empty.
    pub(super) patterns: Vec<Pattern>,
    /// Whether that alone proves a match; else the text decides.
    pub(super) exact: bool,
}

impl Plan {
    /// Compiles a normalised term of at least one character.
    pub(super) fn of(term: &str) -> Self {
        let runs: Vec<(Range<usize>, Class)> = runs(term).collect();
        if let [(_, class)] = runs.as_slice() {
            return Self::of_one_run(term, *class);
        }
        if fits_a_joint(term, &runs) {
            return Self { patterns: vec![contains(Kind::Joint, term)], exact: true };
        }
        let mut patterns = Vec::new();
        for (at, (range, class)) in runs.iter().enumerate() {
            let here = &term[range.clone()];
            match class {
                Class::Gap => {
                    let before = at.checked_sub(1).and_then(|at| runs.get(at));
                    let left = before.map_or("", |(range, _)| tail(&term[range.clone()], REACH));
                    joint(here, left, head(&term[range.end..], REACH), &mut patterns);
                }
                Class::Word => patterns.extend(word(here, at > 0, at + 1 < runs.len())),
                Class::Dense => patterns.extend(pairs(here).map(|pair| contains(Kind::Run, pair))),
            }
        }
        // Several patterns of one-letter words may fall away, but where there are two runs there is a gap or a
        // dense run, and those always give one.
        Self { patterns, exact: false }
    }

    fn of_one_run(term: &str, class: Class) -> Self {
        match class {
            Class::Dense => Self {
                patterns: pairs(term).map(|pair| contains(Kind::Run, pair)).collect(),
                exact: !longer_than(term, 2),
            },
            Class::Word | Class::Gap => Self {
                patterns: vec![contains(Kind::Run, head(term, WHOLE))],
                exact: !longer_than(term, WHOLE),
            },
        }
    }
}

/// Whether the term lies whole within the joint at its first gap.
fn fits_a_joint(term: &str, runs: &[(Range<usize>, Class)]) -> bool {
    let Some(at) = runs.iter().position(|(_, class)| *class == Class::Gap) else { return false };
    let gap = &runs[at].0;
    at <= 1
        && !longer_than(&term[..gap.start], REACH)
        && !longer_than(&term[gap.clone()], GAP)
        && !longer_than(&term[gap.end..], REACH)
}

/// A gap at an end of the term may go on in the text: there it is held to the side that is known.
fn joint(gap: &str, left: &str, right: &str, patterns: &mut Vec<Pattern>) {
    if !longer_than(gap, GAP) {
        patterns.push(contains(Kind::Joint, &[left, gap, right].concat()));
        return;
    }
    if !left.is_empty() {
        patterns.push(contains(Kind::Joint, &[left, head(gap, GAP)].concat()));
    }
    if !right.is_empty() {
        patterns.push(contains(Kind::Joint, &[tail(gap, GAP), right].concat()));
    }
}

/// A word within a longer term: `bound_left` and `bound_right` say at which ends the text's word must end too.
/// Words shorter than a joint's reach are in the joints beside them already.
fn word(word: &str, bound_left: bool, bound_right: bool) -> Option<Pattern> {
    if !longer_than(word, REACH - 1) {
        return None;
    }
    let whole = !longer_than(word, WHOLE);
    let text = if bound_left || whole { head(word, WHOLE) } else { tail(word, WHOLE) };
    let mut needle = Vec::with_capacity(text.len() + 2);
    if bound_left {
        needle.push(MARK);
    }
    needle.extend_from_slice(text.as_bytes());
    if bound_right && (whole || !bound_left) {
        needle.push(MARK);
    }
    Some(Pattern { kind: Kind::Run, needle })
}

fn contains(kind: Kind, text: &str) -> Pattern {
    Pattern { kind, needle: text.as_bytes().to_vec() }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// A dictionary of one text, looked through as the real one is.
    fn matches(text: &str, plan: &Plan) -> bool {
        plan.patterns.iter().all(|pattern| {
            let mut hit = false;
            each_token(text, |kind, token| {
                let framed = [&[MARK], token.as_bytes(), &[MARK]].concat();
                hit |= kind == pattern.kind && memchr::memmem::find(&framed, &pattern.needle).is_some();
            });
            hit
        })
    }

    #[test]
    fn every_stretch_of_a_text_is_found_and_exact_plans_find_nothing_else() {
        let seed = rand::random();
        println!("seed {seed}");
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let alphabet: Vec<char> = "aab bc  -.\n1é北京話ไท".chars().collect();
        let (mut exact, mut doubtful) = (0_u32, 0_u32);
        for _ in 0..800 {
            let mut text = String::new();
            for _ in 0..rng.random_range(1..40) {
                let c = alphabet[rng.random_range(0..alphabet.len())];
                let repeats = if rng.random_ratio(1, 12) { rng.random_range(1..120) } else { 1 };
                text.extend(std::iter::repeat_n(c, repeats));
            }
            let chars: Vec<char> = text.chars().collect();
            for _ in 0..10 {
                let from = rng.random_range(0..chars.len());
                let to = (from + rng.random_range(3..50)).min(chars.len());
                let mut term: String = chars[from..to].iter().collect();
                if rng.random_ratio(1, 2) {
                    term.push(alphabet[rng.random_range(0..alphabet.len())]);
                }
                if term.chars().count() < 3 {
                    continue;
                }
                let plan = Plan::of(&term);
                assert!(!plan.patterns.is_empty(), "{term:?}");
                let (holds, found) = (text.contains(&term), matches(&text, &plan));
                assert!(found || !holds, "{term:?} of {text:?} is missed by {plan:?}");
                if plan.exact {
                    assert_eq!(found, holds, "{term:?} is not in {text:?} but {plan:?} holds");
                    exact += 1;
                } else {
                    doubtful += 1;
                }
            }
        }
        assert!(exact > 200 && doubtful > 200, "{exact} exact, {doubtful} doubtful");
    }

    #[test]
    fn common_terms_need_no_look_at_the_text() {
        for term in ["customer", "the", "e cu", "...", "a b", " a ", "re: ok", "y 10"] {
            assert!(Plan::of(term).exact, "{term}");
        }
        for term in ["the customer", "e cus", "北京話", "12.5% off"] {
            assert!(!Plan::of(term).exact, "{term}");
        }
    }
}
