//! Times as people type them: "tue 3pm", "in 2 weeks", "tomorrow", "1 dec 9:30", "2026-12-01".
//!
//! Owns which words are understood. The result is on the member's clock and in the future, but for a date that is typed
//! whole.

use jiff::civil::{Date, Time, Weekday, time};
use jiff::{Span, ToSpan as _, Zoned};

/// When something that names a day, but no time, is meant.
const MORNING: Time = time(9, 0, 0, 0);
/// Characters of a time that is typed; a longer text is no time.
const MOST_CHARS: usize = 60;

const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];
const LONG_DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const TIMES: [(&str, Time); 6] = [
    ("morning", MORNING),
    ("noon", time(12, 0, 0, 0)),
    ("afternoon", time(14, 0, 0, 0)),
    ("evening", time(18, 0, 0, 0)),
    ("tonight", time(18, 0, 0, 0)),
    ("midnight", time(0, 0, 0, 0)),
];
/// Words that say nothing by themselves.
const FILLERS: [&str; 7] = ["in", "at", "on", "this", "the", "until", "next"];

/// What one word says.
enum Word {
    Day(Weekday),
    Date(Date),
    Time(Time),
    In(Span),
    /// So many days from today.
    Days(i32),
}

/// The time that a text names; none for a text that names none, or one that is over.
pub(crate) fn parse(text: &str, now: &Zoned) -> Option<Zoned> {
    if text.chars().count() > MOST_CHARS {
        return None;
    }
    let text = text.trim().to_lowercase().replace(',', " ");
    if let Ok(whole) = text.to_uppercase().parse::<jiff::civil::DateTime>()
        && text.contains('t')
    {
        return future(whole.to_zoned(now.time_zone().clone()).ok()?, now);
    }
    let words: Vec<&str> = text.split_whitespace().filter(|word| !FILLERS.contains(word)).collect();
    if text == "next week" {
        return future(on(next_day(now, Weekday::Monday), MORNING, now)?, now);
    }
    let (mut day, mut at, mut span) = (None, None, None);
    let mut rest = words.as_slice();
    while !rest.is_empty() {
        let (word, used) = read(rest, now)?;
        rest = &rest[used..];
        // Nothing may be given twice.
        let is_new = match word {
            Word::Time(time) => at.replace(time).is_none(),
            Word::In(added) => span.replace(added).is_none(),
            Word::Date(date) => day.replace(date).is_none(),
            Word::Days(days) => day.replace(now.date().checked_add(days.days()).ok()?).is_none(),
            Word::Day(weekday) => {
                let today = now.date();
                let is_today = today.weekday() == weekday
                    && rest_time(rest, at, now).is_some_and(|time| time > now.time());
                day.replace(if is_today { today } else { next_day(now, weekday) }).is_none()
            }
        };
        if !is_new {
            return None;
        }
    }
    let found = match (span, day, at) {
        (Some(span), None, None) if is_clock(&span) => now.checked_add(span).ok()?,
        (Some(span), None, at) => on(now.checked_add(span).ok()?.date(), at.unwrap_or(MORNING), now)?,
        (None, Some(day), at) => on(day, at.unwrap_or(MORNING), now)?,
        (None, None, Some(at)) => {
            let today = on(now.date(), at, now)?;
            if today > *now { today } else { on(now.date().tomorrow().ok()?, at, now)? }
        }
        _ => return None,
    };
    future(found, now)
}

/// The time that the words after a weekday name, so that "tue 3pm" on a Tuesday morning is today.
fn rest_time(rest: &[&str], before: Option<Time>, now: &Zoned) -> Option<Time> {
    before.or_else(|| match read(rest, now)? {
        (Word::Time(time), _) => Some(time),
        _ => None,
    })
}

fn future(found: Zoned, now: &Zoned) -> Option<Zoned> {
    (found > *now).then_some(found)
}

fn on(day: Date, at: Time, now: &Zoned) -> Option<Zoned> {
    day.to_datetime(at).to_zoned(now.time_zone().clone()).ok()
}

fn next_day(now: &Zoned, weekday: Weekday) -> Date {
    now.date().nth_weekday(1, weekday).unwrap_or(now.date())
}

/// Whether a span is of hours or minutes: it then ends at a time of day, and not in the morning of a day.
fn is_clock(span: &Span) -> bool {
    span.get_hours() != 0 || span.get_minutes() != 0
}

/// What the first words say, and how many they are.
fn read(words: &[&str], now: &Zoned) -> Option<(Word, usize)> {
    let first = *words.first()?;
    if let Some(word) = named(first) {
        return Some((word, 1));
    }
    if let Ok(date) = first.parse::<Date>() {
        return Some((Word::Date(date), 1));
    }
    let second = words.get(1).copied().unwrap_or_default();
    if let (Ok(number), Some(month)) =
        (first.trim_end_matches(['.', 't', 'h', 's', 'n', 'd', 'r']).parse(), month(second))
    {
        return Some((Word::Date(dated(number, month, now)?), 2));
    }
    if let (Some(month), Ok(number)) =
        (month(first), second.trim_end_matches(['t', 'h', 's', 'n', 'd', 'r']).parse())
    {
        return Some((Word::Date(dated(number, month, now)?), 2));
    }
    if let Ok(number) = first.parse::<i64>()
        && let Some(span) = span(number, second)
    {
        return Some((Word::In(span), 2));
    }
    if matches!(second, "am" | "pm") {
        return Some((Word::Time(clock(&format!("{first}{second}"))?), 2));
    }
    let digits = first.find(|c: char| !c.is_ascii_digit())?;
    if let Some(span) = first[..digits].parse().ok().and_then(|number| span(number, &first[digits..])) {
        return Some((Word::In(span), 1));
    }
    clock(first).map(|time| (Word::Time(time), 1))
}

fn named(word: &str) -> Option<Word> {
    let long = LONG_DAYS.iter().position(|day| *day == word || word == format!("{}s", &day[..3]));
    let short = DAYS.iter().position(|(day, _)| word == *day || (word.len() == 4 && word.starts_with(day)));
    if let Some(at) = long.or(short) {
        return Some(Word::Day(DAYS[at].1));
    }
    if let Some((_, time)) = TIMES.iter().find(|(name, _)| *name == word) {
        return Some(Word::Time(*time));
    }
    Some(match word {
        "today" => Word::Days(0),
        "tomorrow" | "tmr" | "tom" => Word::Days(1),
        "week" => Word::In(1.week()),
        "month" => Word::In(1.month()),
        _ => return None,
    })
}

fn month(word: &str) -> Option<i8> {
    let word = word.trim_end_matches('.');
    let at = MONTHS.iter().position(|month| word.len() >= 3 && month.starts_with(word))?;
    i8::try_from(at + 1).ok()
}

/// A day of this year, or of the next if it is over.
fn dated(day: i8, month: i8, now: &Zoned) -> Option<Date> {
    let this = Date::new(now.year(), month, day).ok()?;
    if this >= now.date() { Some(this) } else { Date::new(now.year().checked_add(1)?, month, day).ok() }
}

fn span(number: i64, unit: &str) -> Option<Span> {
    let number = Some(number).filter(|number| (1..=1_000).contains(number))?;
    Some(match unit {
        "m" | "min" | "mins" | "minute" | "minutes" => number.minutes(),
        "h" | "hr" | "hrs" | "hour" | "hours" => number.hours(),
        "d" | "day" | "days" => number.days(),
        "w" | "wk" | "week" | "weeks" => number.weeks(),
        "mo" | "month" | "months" => number.months(),
        _ => return None,
    })
}

/// A time of day: "15:00", "3pm", "3:30pm", "9.15".
fn clock(word: &str) -> Option<Time> {
    let (digits, half) = match (word.strip_suffix("am"), word.strip_suffix("pm")) {
        (Some(digits), _) => (digits, Some(0)),
        (_, Some(digits)) => (digits, Some(12)),
        _ => (word, None),
    };
    let (hour, minute) = match digits.split_once([':', '.']) {
        Some((hour, minute)) if minute.len() == 2 => (hour, minute.parse().ok()?),
        Some(_) => return None,
        None if half.is_none() => return None,
        None => (digits, 0),
    };
    let hour: i8 = hour.parse().ok()?;
    let hour = match half {
        Some(half) => ((1..=12).contains(&hour)).then_some(hour % 12 + half)?,
        None => hour,
    };
    Time::new(hour, minute, 0, 0).ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use jiff::tz::{self, TimeZone};

    use super::*;

    /// Thursday, 26 November 2026, 16:42, an hour east of Greenwich.
    fn now() -> Zoned {
        date(2026, 11, 26).at(16, 42, 0, 0).to_zoned(TimeZone::fixed(tz::offset(1))).unwrap()
    }

    #[test]
    fn times_are_understood_as_people_type_them() {
        for (text, at) in [
            ("tue 3pm", "2026-12-01 15:00"),
            ("Tuesday at 15:00", "2026-12-01 15:00"),
            ("thu 6pm", "2026-11-26 18:00"),
            ("thu 3pm", "2026-12-03 15:00"),
            ("thursday", "2026-12-03 09:00"),
            ("in 2 weeks", "2026-12-10 09:00"),
            ("2 weeks", "2026-12-10 09:00"),
            ("in 3 hours", "2026-11-26 19:42"),
            ("45m", "2026-11-26 17:27"),
            ("3d", "2026-11-29 09:00"),
            ("1 month 10:30", "2026-12-26 10:30"),
            ("tomorrow", "2026-11-27 09:00"),
            ("tomorrow, noon", "2026-11-27 12:00"),
            ("tonight", "2026-11-26 18:00"),
            ("today 5:30 pm", "2026-11-26 17:30"),
            ("today 5:30pm", "2026-11-26 17:30"),
            ("9:15", "2026-11-27 09:15"),
            ("8 pm", "2026-11-26 20:00"),
            ("12am", "2026-11-27 00:00"),
            ("next week", "2026-11-30 09:00"),
            ("next friday", "2026-11-27 09:00"),
            ("next month", "2026-12-26 09:00"),
            ("1 dec", "2026-12-01 09:00"),
            ("Jan 3rd 8am", "2027-01-03 08:00"),
            ("2027-02-28", "2027-02-28 09:00"),
            ("2026-12-01T15:00", "2026-12-01 15:00"),
        ] {
            let found = parse(text, &now()).map(|at| at.strftime("%Y-%m-%d %H:%M").to_string());
            assert_eq!(found.unwrap_or_default(), at, "{text}");
        }
    }

    #[test]
    fn what_is_no_time_or_is_over_is_none() {
        for text in [
            "",
            "soon",
            "tue tue",
            "3pm 4pm",
            "25:00",
            "13pm",
            "0 days",
            "99999 weeks",
            "2020-01-01",
            "today 9:00",
            "2026-02-31",
            "31 feb",
            "é",
            "１pm",
            "-3 days",
            "in",
            &"x".repeat(100),
            "2020-01-01T10:00",
        ] {
            assert_eq!(parse(text, &now()), None, "{text}");
        }
    }
}
