//! Dates as mail programs write them: RFC 5322, its obsolete forms, and what does not follow it (asctime, ISO 8601,
//! full and foreign month names, dotted and slashed numbers, named zones, twelve hours). Pure: a text that names no
//! day gives none.

mod names;

use names::{MONTHS, ZONES};

/// Longest text of a date that is looked at, bytes: the longest real ones name a zone in words.
const MAX_BYTES: usize = 256;

/// Earlier dates come from a clock that was never set: there was no mail yet.
const FIRST_YEAR: i64 = 1971;
const LAST_YEAR: i64 = 9_999;

/// Milliseconds since 1970 of the date in a text; none if it names no day.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let mut end = text.len().min(MAX_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = plain(&text[..end]);
    let mut found = Found::default();
    for word in text.split([' ', '\t', ',', ';']).filter(|word| !word.is_empty()) {
        found.take(word);
    }
    found.millis()
}

/// Lower case, without comments, and with the marks of Chinese, Japanese and Korean dates as separators.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut depth, mut marked) = (0_u32, false);
    for letter in text.chars().flat_map(char::to_lowercase) {
        if std::mem::replace(&mut marked, matches!(letter, '年' | '月' | '년' | '월')) && letter == ' ' {
            continue;
        }
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            '年' | '月' | '년' | '월' => out.push('-'),
            '日' | '일' | '\u{a0}' | '\u{202f}' => out.push(' '),
            '\u{2212}' => out.push('-'),
            _ => out.push(letter),
        }
    }
    out
}

/// What is read of a date so far.
#[derive(Debug, Default)]
struct Found {
    year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    /// Milliseconds into the day.
    time: Option<i64>,
    /// Twelve hours more, or not.
    afternoon: Option<bool>,
    /// Minutes east of UTC, from numbers; these outrank names.
    offset: Option<i64>,
    named_offset: Option<i64>,
}

impl Found {
    fn take(&mut self, word: &str) {
        match word.trim_end_matches('.') {
            "am" | "a.m" | "上午" | "午前" | "오전" => self.afternoon = Some(false),
            "pm" | "p.m" | "下午" | "午後" | "오후" => self.afternoon = Some(true),
            word if word.contains(':') => self.take_clock(word),
            word if word.starts_with(|c: char| c.is_ascii_digit()) => self.take_numbers(word),
            word if word.starts_with(['+', '-']) => self.take_offset(word),
            word => self.take_name(word),
        }
    }

    /// A word with a colon: a time, perhaps with a date before it and a zone behind it.
    fn take_clock(&mut self, word: &str) {
        if word.starts_with(['+', '-']) && self.time.is_some() {
            return self.take_offset(word);
        }
        if let Some((name, sign)) = zone_with_offset(word) {
            return if ZONES.iter().any(|(known, _)| *known == name) {
                self.take_offset(sign)
            };
        }
        let word = match word.split_once('t') {
            Some((date, time)) if date.starts_with(|c: char| c.is_ascii_digit()) && !date.contains(':') => {
                self.take_numbers(date);
                time
            }
            _ => word,
        };
        let length =
            word.bytes().take_while(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.')).count();
        let (clock, zone) = word.split_at(length);
        let mut parts = clock.split(':');
        let number = |part: Option<&str>| part.and_then(|part| part.parse::<i64>().ok());
        let (hour, minute) = (number(parts.next()), number(parts.next()));
        let second = parts.next().map_or(Some(0), |part| number(part.split('.').next()));
        let (Some(hour @ 0..=24), Some(minute @ 0..=59)) = (hour, minute) else { return };
        // A leap second, or one that is no number, is the minute's last or first.
        let second = second.unwrap_or(0).min(59);
        self.time = Some(((hour * 60 + minute) * 60 + second) * 1_000);
        if !zone.is_empty() {
            self.take(zone);
        }
    }

    /// A word that starts with a digit: a day, a year, or a whole date.
    fn take_numbers(&mut self, word: &str) {
        let parts: Vec<&str> = word.split(['-', '/', '.']).filter(|part| !part.is_empty()).collect();
        match parts.as_slice() {
            [one] => self.take_number(one),
            [first, second] if self.year.is_none() && first.len() == 4 => {
                (self.year, self.month) = (number(first), number(second));
            }
            [first, second, third] => {
                if let Some(month) = month(second) {
                    (self.day, self.month, self.year) = (number(first), Some(month), year(third));
                    return;
                }
                let (Some(a), Some(b), Some(c)) = (number(first), number(second), number(third)) else {
                    return;
                };
                if self.year.is_some()
                    && self.day.is_some()
                    && self.time.is_none()
                    && a < 24
                    && b < 60
                    && c < 60
                {
                    // A time with dots.
                    self.time = Some(((a * 60 + b) * 60 + c) * 1_000);
                } else if first.len() == 4 {
                    (self.year, self.month, self.day) = (Some(a), Some(b), Some(c));
                } else if (1..=12).contains(&b) && (a > 12 || !word.contains('/')) {
                    (self.day, self.month, self.year) = (Some(a), Some(b), year(third));
                } else if (1..=12).contains(&a) && (1..=31).contains(&b) {
                    // With slashes the month comes first, as Americans write it.
                    (self.month, self.day, self.year) = (Some(a), Some(b), year(third));
                }
            }
            _ => {}
        }
    }

    fn take_number(&mut self, word: &str) {
        let digits = word.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = word.split_at(digits);
        let Some(value) = number(digits) else { return };
        match (digits.len(), rest) {
            (1..=2, "am" | "pm" | "a.m" | "p.m") => {
                self.time = Some(value * 3_600_000);
                self.take(rest);
            }
            (8, _) => {
                (self.year, self.month, self.day) =
                    (Some(value / 10_000), Some(value / 100 % 100), Some(value % 100));
                if let Some(clock) = rest.strip_prefix('t') {
                    self.take_compact_clock(clock);
                }
            }
            (14, _) => {
                let (date, clock) = digits.split_at(8);
                self.take_number(date);
                self.take_compact_clock(clock);
                self.take(rest);
            }
            (..=2, _) if self.day.is_none() && (1..=31).contains(&value) => self.day = Some(value),
            (_, "") if self.year.is_none() => self.year = year(digits),
            _ => {}
        }
    }

    /// `hhmmss`, perhaps with a zone behind it.
    fn take_compact_clock(&mut self, word: &str) {
        let digits = word.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, zone) = word.split_at(digits);
        let Some(value) = number(digits).filter(|_| digits.len() == 6) else { return };
        self.time = Some(((value / 10_000 * 60 + value / 100 % 100) * 60 + value % 100) * 1_000);
        if !zone.is_empty() {
            self.take(zone);
        }
    }

    /// `+0100`, `-03:30`, `+1`.
    fn take_offset(&mut self, word: &str) {
        let east = if word.starts_with('-') { -1 } else { 1 };
        let digits: String = word.chars().filter(char::is_ascii_digit).collect();
        let Some(value) = number(&digits) else { return };
        let (hours, minutes) = if digits.len() <= 2 { (value, 0) } else { (value / 100, value % 100) };
        // Further from UTC than any place on earth is an error of the program, and its hour is as likely UTC's.
        if self.offset.is_none() && hours <= 14 && minutes < 60 {
            self.offset = Some(east * (hours * 60 + minutes));
        }
    }

    fn take_name(&mut self, word: &str) {
        if let Some((name, sign)) = zone_with_offset(word) {
            self.take_name(name);
            self.take_offset(sign);
        } else if let Some((_, minutes)) = ZONES.iter().find(|(name, _)| *name == word) {
            self.named_offset = self.named_offset.or(Some(*minutes));
        } else if let Some(month) = month(word) {
            // The last one counts: a weekday before it may look like a month, as the French "mar.".
            self.month = Some(month);
        }
    }

    fn millis(&self) -> Option<i64> {
        let (year, month, day) = (self.year?, self.month?, self.day?);
        let valid = (FIRST_YEAR..=LAST_YEAR).contains(&year)
            && (1..=12).contains(&month)
            && (1..=days_in(year, month)).contains(&day);
        if !valid {
            return None;
        }
        let mut time = self.time.unwrap_or(0);
        let noon = 12 * 3_600_000;
        match self.afternoon {
            Some(true) if time < noon => time += noon,
            Some(false) if (noon..noon + 3_600_000).contains(&time) => time -= noon,
            _ => {}
        }
        let offset = self.offset.or(self.named_offset).unwrap_or(0);
        Some(days_from_epoch(year, month, day) * 86_400_000 + time - offset * 60_000)
    }
}

/// Name and offset of `GMT+0100`.
fn zone_with_offset(word: &str) -> Option<(&str, &str)> {
    let at = word.find(['+', '-'])?;
    let (name, sign) = word.split_at(at);
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic());
    (is_name && sign[1..].starts_with(|c: char| c.is_ascii_digit())).then_some((name, sign))
}

fn number(digits: &str) -> Option<i64> {
    digits.parse().ok()
}

/// Years of two and three digits as RFC 5322 reads them (section 4.3).
fn year(digits: &str) -> Option<i64> {
    let value = number(digits)?;
    match digits.len() {
        2 if value < 50 => Some(value + 2_000),
        2 | 3 => Some(value + 1_900),
        4 => Some(value),
        _ => None,
    }
}

/// Shortest word that can be a month.
const SHORTEST_MONTH: usize = 3;

fn month(word: &str) -> Option<i64> {
    let word = word.trim_end_matches('.');
    if word.chars().count() < SHORTEST_MONTH {
        return None;
    }
    (1..)
        .zip(MONTHS)
        .find(|(_, names)| names.iter().any(|name| name.starts_with(word)))
        .map(|(month, _)| month)
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1 January 1970, in the Gregorian calendar.
fn days_from_epoch(year: i64, month: i64, day: i64) -> i64 {
    let before = year - 1;
    let leaps = before / 4 - before / 100 + before / 400;
    let leaps_to_1970 = 1_969 / 4 - 1_969 / 100 + 1_969 / 400;
    let months: i64 = (1..month).map(|month| days_in(year, month)).sum();
    (year - 1_970) * 365 + leaps - leaps_to_1970 + months + day - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 3 November 2026, 10:00 UTC.
    const TEN: i64 = 1_793_700_000_000;
    const HOUR: i64 = 3_600_000;

    #[test]
    fn the_usual_forms_are_read() {
        for text in [
            "Tue, 3 Nov 2026 10:00:00 +0000",
            "3 Nov 2026 10:00 GMT",
            "Tue, 03 Nov 2026 10:00:00 GMT (Coordinated (Universal) Time)",
            "Tue Nov  3 10:00:00 2026",
            "Tue Nov  3 10:00:00 UTC 2026",
            "Tue, 3 November 2026 11:00:00 +0100",
            "Tuesday, November 3, 2026 10:00 AM",
            "Nov 3, 2026 10:00:00 a.m.",
            "3 Nov 26 10:00 GMT",
            "3 Nov 126 10:00 GMT",
            "Tue, 3-Nov-2026 10:00:00 Z",
            "3-Nov-26 10:00:00",
            "2026-11-03T11:00:00+01:00",
            "2026-11-03T10:00:00Z",
            "2026-11-03T10:00:00.123Z",
            "2026-11-03 11:00:00 +0100",
            "2026/11/03 10:00",
            "20261103T100000Z",
            "20261103100000",
            "Tue, 3 Nov 2026 10:00:00GMT",
            "Tue, 3 Nov 2026 11:00:00+0100",
            "Tue, 3 Nov 2026 11:00:00 CET",
            "Tue, 3 Nov 2026 11:00:00 MEZ",
            "Tue, 3 Nov 2026 02:00:00 PST",
            "Tue, 3 Nov 2026 05:00:00 EST",
            "Tue, 3 Nov 2026 11:00:00 BST",
            "Tue, 3 Nov 2026 15:30:00 IST",
            "Tue, 03 Nov 2026 11:00:00 GMT+0100",
            "Tue, 03 Nov 2026 11:00:00 UTC+01:00",
            "Tue, 03 Nov 2026 11:00:00 GMT+1",
            "Tue, 03 Nov 2026 11:00:00 GMT +0100 (CET)",
            "Tue, 3 Nov 2026 6:30:00 -0330",
            "03.11.2026 10:00",
            "03.11.2026 10.00.00",
            "3. November 2026 10:00:00",
            "Di, 3 Nov. 2026 11:00:00 +0100",
            "mar., 3 nov. 2026 11:00:00 +0100",
            "Вт, 03 ноя 2026 13:00:00 +0300",
            "martes, 3 de noviembre de 2026 10:00",
            "2026年11月3日 10:00:00",
            "2026년 11월 3일 오전 10:00",
            "11/03/2026 10:00:00 AM",
            "Tue, 3rd Nov 2026 10:00:00 +0000",
            "Tue,3 Nov 2026 10:00:00 +0000",
            "Tue, 3 Nov 2026 10:00:00 +9900",
            "Tue, 3 Nov 2026 10:00:00 XYZ",
        ] {
            assert_eq!(parse(text).map(|at| (at - TEN) / 1_000), Some(0), "{text}");
        }
    }

    #[test]
    fn twelve_hours_slashes_and_missing_times() {
        for (text, hours) in [
            ("Nov 3, 2026 10:00 PM", 12),
            ("3 Nov 2026 12:00 AM", -10),
            ("3 Nov 2026 12:00 PM", 2),
            ("3 Nov 2026 10PM", 12),
            ("3 Nov 2026", -10),
            ("13/11/2026 10:00", 240),
            ("3 Nov 2026 24:00:00", 14),
        ] {
            assert_eq!(parse(text), Some(TEN + hours * HOUR), "{text}");
        }
    }

    #[test]
    fn what_names_no_day_is_no_date() {
        for text in [
            "",
            "yesterday",
            "10:00:00 +0100",
            "31 Feb 2026 10:00",
            "Thu, 1 Jan 1970 00:00:00 +0000",
            "Nov 2026",
            "3 Nov",
            "99:99:99",
            "\u{a0}",
            "-",
            "+",
            "(",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn months_are_found_in_other_languages() {
        for (name, wanted) in [
            ("févr", 2),
            ("märz", 3),
            ("mrz", 3),
            ("avr", 4),
            ("mai", 5),
            ("giu", 6),
            ("juil", 7),
            ("lug", 7),
            ("ago", 8),
            ("août", 8),
            ("sept", 9),
            ("set", 9),
            ("ott", 10),
            ("out", 10),
            ("dez", 12),
            ("dic", 12),
            ("мая", 5),
        ] {
            assert_eq!(month(name), Some(wanted), "{name}");
        }
        for weekday in ["tue", "tuesday", "mardi", "martes", "mar"] {
            assert!(matches!(month(weekday), None | Some(3)), "{weekday}");
        }
    }
}
