//! How normalised text is cut into tokens, and how a search term becomes steps over them.
//!
//! A text is a row of tokens, numbered one after the other: words (letters and digits), gaps (all else), and
//! single characters of scripts written without spaces. One gap is left out: a lone space between two words,
//! which is most of all gaps. Nothing else is, so the row says exactly what the text was, and a term is in the
//! text exactly where its own row is: the first token ends with its first piece, the last begins with its last,
//! and those between are equal. No text need be read to know.

use std::ops::Range;

/// Separates tokens in a dictionary. Never part of UTF-8.
pub(super) const MARK: u8 = 0xFF;
/// The gap that goes without saying between two words.
const SPACE: &str = " ";
/// The token after a text's last: no term matches it, so nothing is found across two texts.
const END: &str = "";

/// Which part of the dictionary a token is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Words.
    Word = 0,
    /// Gaps, single characters, ends of texts.
    Other = 1,
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

/// The next run of characters of one class from `start` on.
fn run(text: &str, start: usize) -> Option<(Range<usize>, Class)> {
    let class_at = |at: usize| text[at..].chars().next().map(|c| (class(c), c.len_utf8()));
    let (kind, length) = class_at(start)?;
    let mut end = start + length;
    loop {
        if kind == Class::Word {
            // Most of most texts.
            let plain = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
            let rest = &text.as_bytes()[end..];
            end += rest.iter().position(|byte| !plain(byte)).unwrap_or(rest.len());
        }
        match class_at(end).filter(|(class, _)| *class == kind) {
            Some((_, length)) => end += length,
            None => return Some((start..end, kind)),
        }
    }
}

fn runs(text: &str) -> impl Iterator<Item = (Range<usize>, Class)> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let found = run(text, start)?;
        start = found.0.end;
        Some(found)
    })
}

fn characters(run: &str) -> impl Iterator<Item = &str> {
    run.char_indices().map(|(at, c)| &run[at..at + c.len_utf8()])
}

/// Tells `sink` the tokens of a normalised text, in order.
pub(super) fn each_token(text: &str, mut sink: impl FnMut(Kind, &str)) {
    let mut after_word = false;
    for (range, class) in runs(text) {
        let here = &text[range.clone()];
        match class {
            Class::Word => sink(Kind::Word, here),
            Class::Gap => {
                let before_word =
                    || text[range.end..].chars().next().is_some_and(|c| self::class(c) == Class::Word);
                if here != SPACE || !after_word || !before_word() {
                    sink(Kind::Other, here);
                }
            }
            Class::Dense => characters(here).for_each(|c| sink(Kind::Other, c)),
        }
        after_word = class == Class::Word;
    }
    sink(Kind::Other, END);
}

/// What a token must be, to stand at one place of a term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) kind: Kind,
    /// The token has this in it; [`MARK`] at an end means that it shares that end.
    pub(super) needle: Vec<u8>,
    /// Or it is any word: then the space between is the one that goes without saying.
    pub(super) or_word: bool,
}

/// A normalised term of at least one character as steps: in a text that has it, tokens that follow each other
/// match one step each; and only there.
pub(super) fn plan(term: &str) -> Vec<Step> {
    let runs: Vec<(Range<usize>, Class)> = runs(term).collect();
    let mut steps = Vec::with_capacity(runs.len());
    for (at, (range, class)) in runs.iter().enumerate() {
        let here = &term[range.clone()];
        let is_word = |at: Option<usize>| {
            at.and_then(|at| runs.get(at)).is_some_and(|(_, class)| *class == Class::Word)
        };
        let (first, last) = (at == 0, at + 1 == runs.len());
        let (after_word, before_word) = (is_word(at.checked_sub(1)), is_word(Some(at + 1)));
        match class {
            Class::Word => steps.push(step(Kind::Word, here, !first, !last, false)),
            Class::Gap if here == SPACE && after_word && before_word => {}
            Class::Gap => {
                let or_word = here == SPACE && (first && before_word || last && after_word);
                steps.push(step(Kind::Other, here, !first, !last, or_word));
            }
            Class::Dense => steps.extend(characters(here).map(|c| step(Kind::Other, c, true, true, false))),
        }
    }
    steps
}

fn step(kind: Kind, text: &str, starts: bool, ends: bool, or_word: bool) -> Step {
    let mark = |wanted: bool| wanted.then_some(MARK);
    let needle = mark(starts).into_iter().chain(text.bytes()).chain(mark(ends)).collect();
    Step { kind, needle, or_word }
}

#[cfg(test)]
mod tests {
    use rand::RngExt as _;

    use super::super::tests::seeded;
    use super::*;

    /// Whether tokens of these texts, one text after the other, match the steps somewhere.
    fn matches(texts: &[&str], steps: &[Step]) -> bool {
        let mut tokens: Vec<(Kind, Vec<u8>)> = Vec::new();
        for text in texts {
            each_token(text, |kind, token| {
                tokens.push((kind, [&[MARK], token.as_bytes(), &[MARK]].concat()))
            });
        }
        tokens.windows(steps.len()).any(|tokens| {
            tokens.iter().zip(steps).all(|((kind, token), step)| {
                *kind == step.kind && memchr::memmem::find(token, &step.needle).is_some()
                    || step.or_word && *kind == Kind::Word
            })
        })
    }

    #[test]
    fn steps_match_where_the_term_is_and_nowhere_else() {
        let mut rng = seeded();
        let alphabet: Vec<char> = "aab bc   -.\n1é北京話ไท".chars().collect();
        let (mut there, mut not) = (0_u32, 0_u32);
        for _ in 0..2_000 {
            let mut text = || {
                let mut text = String::new();
                for _ in 0..rng.random_range(1..40) {
                    let c = alphabet[rng.random_range(0..alphabet.len())];
                    let repeats = if rng.random_ratio(1, 12) { rng.random_range(1..120) } else { 1 };
                    text.extend(std::iter::repeat_n(c, repeats));
                }
                text
            };
            let texts = [text(), text()];
            let chars: Vec<char> = texts.concat().chars().collect();
            for _ in 0..10 {
                let from = rng.random_range(0..chars.len());
                let to = (from + rng.random_range(1..20)).min(chars.len());
                let mut term: String = chars[from..to].iter().collect();
                if rng.random_ratio(1, 2) {
                    term.push(alphabet[rng.random_range(0..alphabet.len())]);
                }
                if term == SPACE {
                    continue;
                }
                let holds = texts.iter().any(|text| text.contains(&term));
                let steps = plan(&term);
                assert_eq!(
                    matches(&[&texts[0], &texts[1]], &steps),
                    holds,
                    "{term:?} in {texts:?} by {steps:?}"
                );
                *(if holds { &mut there } else { &mut not }) += 1;
            }
        }
        assert!(there > 2_000 && not > 2_000, "{there} there, {not} not");
    }

    #[test]
    fn a_space_between_words_goes_without_saying() {
        let mut tokens = Vec::new();
        each_token("one two, 3 京 b ", |_, token| tokens.push(token.to_owned()));
        assert_eq!(tokens, ["one", "two", ", ", "3", " ", "京", " ", "b", " ", ""]);
    }
}
