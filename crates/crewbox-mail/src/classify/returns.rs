//! The day on which somebody who is away says to be back. A date counts only beside a word of return, and
//! only in the year after the mail was written; a wrong day would be worse than none.

use crewbox_core::time::Timestamp;
use mail_parser::DateTime;

use super::languages::LANGUAGES;

/// How far after a word of return its date may stand, characters.
const AFTER_CHARS: usize = 48;

/// How far before it, for the languages that say "3 March until".
const BEFORE_CHARS: usize = 24;

/// Nobody's out-of-office reaches further, days.
const FARTHEST_DAYS: i64 = 400;

const DAY_MS: i64 = 86_400_000;

/// The date of return in a text (lower case, on one line), as midnight UTC; the latest if several are named.
pub(super) fn return_date(text: &str, written: Timestamp) -> Option<Timestamp> {
    let mut latest = None;
    for language in LANGUAGES {
        if !language.absences.iter().any(|phrase| text.contains(phrase)) && language.code != "en" {
            continue;
        }
        for word in language.until {
            for (at, _) in text.match_indices(word) {
                if !stands_alone(text, at, word) {
                    continue;
                }
                let after: String = text[at + word.len()..].chars().take(AFTER_CHARS).collect();
                let mut before: Vec<char> = text[..at].chars().rev().take(BEFORE_CHARS).collect();
                before.reverse();
                let before: String = before.into_iter().collect();
                let found = date_in(&after, language.code, language.months, written)
                    .or_else(|| date_in(&before, language.code, language.months, written));
                latest = latest.max(found);
            }
        }
    }
    latest
}

/// Whether a word is not the inside of another; scripts without spaces have no such notion.
fn stands_alone(text: &str, at: usize, word: &str) -> bool {
    let cjk = word.chars().any(|c| c >= '\u{3000}');
    let before = text[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric());
    let after = text[at + word.len()..].chars().next().is_none_or(|c| !c.is_alphabetic());
    cjk || (before && after)
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Number(u32, usize),
    Word(String),
    Mark(char),
}

/// The first date in a stretch of text.
fn date_in(text: &str, code: &str, months: &[&str], written: Timestamp) -> Option<Timestamp> {
    let tokens = tokens(text);
    (0..tokens.len()).find_map(|at| {
        let rest = &tokens[at..];
        numeric(rest, code, written)
            .or_else(|| day_month(rest, months, written))
            .or_else(|| month_day(rest, months, written))
            .or_else(|| east_asian(rest, written))
    })
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if let Some(digit) = c.to_digit(10) {
            let (mut value, mut digits) = (digit, 1);
            while let Some(digit) = chars.peek().and_then(|c| c.to_digit(10)) {
                value = value.saturating_mul(10).saturating_add(digit);
                digits += 1;
                chars.next();
            }
            tokens.push(Token::Number(value, digits));
        } else if c.is_alphabetic() {
            let mut word = String::from(c);
            while let Some(c) = chars.next_if(|c| c.is_alphabetic()) {
                word.push(c);
            }
            let ordinal = matches!(tokens.last(), Some(Token::Number(..)))
                && ["st", "nd", "rd", "th", "er", "e", "de", "of"].contains(&word.as_str());
            if !ordinal && !matches!(word.as_str(), "de" | "of" | "the") {
                tokens.push(Token::Word(word));
            }
        } else if matches!(c, '.' | '/' | '-') {
            tokens.push(Token::Mark(c));
        }
    }
    tokens
}

/// 2025-02-03, 3.2.2025, 3.2., 3/2, 2/3/2025.
fn numeric(tokens: &[Token], code: &str, written: Timestamp) -> Option<Timestamp> {
    let [Token::Number(first, digits), Token::Mark(mark), Token::Number(second, _), rest @ ..] = tokens
    else {
        return None;
    };
    let third = match rest {
        [Token::Mark(again), Token::Number(third, digits), ..] if again == mark => Some((*third, *digits)),
        _ => None,
    };
    if *digits == 4 {
        return civil(Some(*first), *second, third?.0, written);
    }
    let year = match third {
        Some((year, 4)) => Some(year),
        Some((year, 2)) => Some(2000 + year),
        Some(_) => return None,
        // "from 9-5" is no date.
        None if *mark == '-' => return None,
        None => None,
    };
    let day_first = civil(year, *second, *first, written);
    let month_first = civil(year, *first, *second, written);
    if code == "en" && *mark == '/' {
        month_first.or(day_first)
    } else {
        day_first.or(month_first.filter(|_| *mark == '/'))
    }
}

/// 3 March 2025, 3. März.
fn day_month(tokens: &[Token], months: &[&str], written: Timestamp) -> Option<Timestamp> {
    let [Token::Number(day, _), rest @ ..] = tokens else { return None };
    let rest = rest.strip_prefix(&[Token::Mark('.')]).unwrap_or(rest);
    let [Token::Word(word), rest @ ..] = rest else { return None };
    civil(year(rest), month(word, months)?, *day, written)
}

/// March 3rd, 2025.
fn month_day(tokens: &[Token], months: &[&str], written: Timestamp) -> Option<Timestamp> {
    let [Token::Word(word), rest @ ..] = tokens else { return None };
    let rest = rest.strip_prefix(&[Token::Mark('.')]).unwrap_or(rest);
    let [Token::Number(day, 1 | 2), rest @ ..] = rest else { return None };
    civil(year(rest), month(word, months)?, *day, written)
}

/// 2025年2月3日, 2月3日.
fn east_asian(tokens: &[Token], written: Timestamp) -> Option<Timestamp> {
    let (year, rest) = match tokens {
        [Token::Number(year, 4), Token::Word(unit), rest @ ..] if unit.starts_with('年') => {
            (Some(*year), rest)
        }
        _ => (None, tokens),
    };
    match rest {
        [Token::Number(month, _), Token::Word(unit), Token::Number(day, _), Token::Word(of_day), ..]
            if unit.starts_with('月') && of_day.starts_with(['日', '号']) =>
        {
            civil(year, *month, *day, written)
        }
        _ => None,
    }
}

fn year(rest: &[Token]) -> Option<u32> {
    let rest = rest.strip_prefix(&[Token::Mark('.')]).unwrap_or(rest);
    match rest {
        [Token::Number(year, 4), ..] => Some(*year),
        _ => None,
    }
}

fn month(word: &str, months: &[&str]) -> Option<u32> {
    // The longest start decides: "ma" is Russian May, "mar" March; "mars" and "mai" in French.
    months
        .iter()
        .zip(1..)
        .filter(|(name, _)| word.starts_with(**name))
        .max_by_key(|(name, _)| name.len())
        .map(|(_, number)| number)
}

/// A day that can be a return from an absence told of at `written`.
fn civil(year: Option<u32>, month: u32, day: u32, written: Timestamp) -> Option<Timestamp> {
    let this_year = u32::from(DateTime::from_timestamp(written.0.div_euclid(1_000)).year);
    let years = year.map_or_else(|| vec![this_year, this_year + 1], |year| vec![year]);
    years.into_iter().find_map(|year| {
        let date = DateTime {
            year: u16::try_from(year).ok()?,
            month: u8::try_from(month).ok()?,
            day: u8::try_from(day).ok()?,
            ..DateTime::default()
        };
        let seconds = date.is_valid().then(|| date.to_timestamp())?;
        // 31 February would be another day.
        let real = DateTime::from_timestamp(seconds);
        let at = seconds * 1_000;
        let near = at >= written.0 - DAY_MS && at <= written.0 + FARTHEST_DAYS * DAY_MS;
        (near && u32::from(real.day) == day && u32::from(real.month) == month).then_some(Timestamp(at))
    })
}
