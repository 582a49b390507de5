//! The line that begins an entry of an mbox: `From sender date`, and what must follow it.

use crewbox_core::time::Timestamp;
use mail_parser::DateTime;

/// The longest separator: an address and a date stay far below.
const MAX_LINE: usize = 1_000;
/// Dates of these years are believed; others are a number that is no year.
const YEARS: std::ops::RangeInclusive<u16> = 1970..=2200;
const MONTHS: [&[u8]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
/// Fields that mails begin with, and texts do not, in lower case.
const USUAL_FIELDS: [&[u8]; 14] = [
    b"arc-seal",
    b"content-type",
    b"date",
    b"delivered-to",
    b"dkim-signature",
    b"from",
    b"message-id",
    b"mime-version",
    b"received",
    b"reply-to",
    b"return-path",
    b"status",
    b"subject",
    b"to",
];

/// A line that may be a separator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Separator {
    /// Its time (RFC 4155: UTC, unless it names an offset).
    pub(super) time: Option<Timestamp>,
    /// Whether the date is complete: month, day, time and year.
    pub(super) is_complete: bool,
}

impl Separator {
    /// Reads a line that starts with `From `. A sentence that starts so has no time of day with a month or a year.
    pub(super) fn read(line: &[u8]) -> Option<Self> {
        let line = line.get(..line.len().min(MAX_LINE))?;
        let mut date = Date::default();
        // The date is at the end: what an address has in it must not be taken for a part of it.
        for word in line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).rev() {
            date.word(word);
            if date.is_complete() {
                break;
            }
        }
        date.time?;
        if date.month.is_none() && date.year.is_none() {
            return None;
        }
        Some(Self { time: date.timestamp(), is_complete: date.is_complete() })
    }
}

/// The parts of a date, in whatever order they stand: `Tue Nov 03 09:00:00 2020`, with an offset before or behind the
/// year, or as in a header.
#[derive(Default)]
struct Date {
    month: Option<u8>,
    day: Option<u8>,
    time: Option<(u8, u8, u8)>,
    year: Option<u16>,
    /// Minutes east of UTC.
    offset: i32,
}

impl Date {
    fn word(&mut self, word: &[u8]) {
        let word = word.strip_suffix(b",").unwrap_or(word);
        let number =
            std::str::from_utf8(word).ok().filter(|word| word.bytes().all(|byte| byte.is_ascii_digit()));
        if let Some(number) = number {
            match number.parse::<u16>() {
                Ok(year) if word.len() == 4 && YEARS.contains(&year) => {
                    self.year.get_or_insert(year);
                }
                Ok(day) if word.len() <= 2 && (1..=31).contains(&day) => {
                    self.day.get_or_insert(day as u8);
                }
                _ => {}
            }
        } else if let Some(month) = MONTHS.iter().position(|month| word.eq_ignore_ascii_case(month)) {
            self.month.get_or_insert(month as u8 + 1);
        } else if let Some(time) = time(word) {
            self.time.get_or_insert(time);
        } else if let Some(offset) = offset(word) {
            self.offset = offset;
        }
    }

    fn is_complete(&self) -> bool {
        self.month.is_some() && self.day.is_some() && self.time.is_some() && self.year.is_some()
    }

    fn timestamp(&self) -> Option<Timestamp> {
        let (hour, minute, second) = self.time?;
        let date = DateTime {
            year: self.year?,
            month: self.month?,
            day: self.day?,
            hour,
            minute,
            second,
            ..DateTime::default()
        };
        let utc = date.to_timestamp() - i64::from(self.offset) * 60;
        Some(Timestamp(utc * 1_000))
    }
}

/// `9:00`, `09:00:00`
fn time(word: &[u8]) -> Option<(u8, u8, u8)> {
    let mut parts = std::str::from_utf8(word).ok()?.split(':');
    let mut part = |most: u8| -> Option<u8> {
        let text = parts.next()?;
        let digits = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|number| digits && *number <= most)
    };
    let (hour, minute) = (part(23)?, part(59)?);
    // A leap second counts as the one before.
    let second = part(60).unwrap_or(0).min(59);
    Some((hour, minute, second))
}

/// `+0130` as minutes.
fn offset(word: &[u8]) -> Option<i32> {
    let (sign, digits) = word.split_first()?;
    if !matches!(sign, b'+' | b'-') || digits.len() != 4 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number: i32 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    let minutes = number / 100 * 60 + number % 100;
    Some(if *sign == b'-' { -minutes } else { minutes })
}

/// Whether a line is a header field, or a quoted separator, as some programs leave above the fields.
pub(super) fn is_field(line: &[u8]) -> bool {
    field_name(line).is_some() || line.starts_with(b">From ")
}

/// Whether a line is a field that mails begin with.
pub(super) fn is_usual_field(line: &[u8]) -> bool {
    let Some(name) = field_name(line) else { return false };
    name.get(..2).is_some_and(|start| start.eq_ignore_ascii_case(b"x-"))
        || USUAL_FIELDS.iter().any(|usual| name.eq_ignore_ascii_case(usual))
}

/// A field's name (RFC 5322, section 2.2: printable ASCII before a colon).
fn field_name(line: &[u8]) -> Option<&[u8]> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let name = line[..colon].trim_ascii_end();
    (!name.is_empty() && name.iter().all(|byte| (33..127).contains(byte))).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_have_a_time() {
        for (line, seconds) in [
            ("From a@x Tue Nov  3 09:00:00 2020\n", 1_604_394_000),
            ("From - Tue Nov 03 09:00:00 2020\r\n", 1_604_394_000),
            ("From 1712345678901234567@xxx Tue Nov 03 09:00:00 +0000 2020", 1_604_394_000),
            ("From a@x Tue Nov 03 10:30:00 2020 +0130", 1_604_394_000),
            ("From a@x Tue Nov 03 09:00 GMT 2020", 1_604_394_000),
            ("From \"A B\"@x Tue Nov 03 9:00:00 2020 remote from y", 1_604_394_000),
            ("From a@x Tue, 3 Nov 2020 04:00:00 -0500 (EST)", 1_604_394_000),
        ] {
            let separator = Separator::read(line.as_bytes()).unwrap_or_else(|| panic!("{line}"));
            assert_eq!(
                separator,
                Separator { time: Some(Timestamp(seconds * 1_000)), is_complete: true },
                "{line}"
            );
        }
        assert_eq!(
            Separator::read(b"From a@x Tue Nov 03 09:00:00").map(|it| (it.time, it.is_complete)),
            Some((None, false))
        );
    }

    #[test]
    fn sentences_are_none() {
        for line in ["From now on", "From me", "From 10:30 to 11:30", "From May 2020 on", "From \n"] {
            assert_eq!(Separator::read(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn fields_are_told_from_text() {
        for line in ["Subject: x", "X-Mozilla-Status: 0001\r\n", "return-path : <a@x>", ">From x"] {
            assert!(is_field(line.as_bytes()), "{line}");
        }
        for line in ["", "\n", "Dear Ann: x", " folded: x", ": x", "no colon"] {
            assert!(!is_field(line.as_bytes()), "{line}");
        }
        assert!(is_usual_field(b"RECEIVED: x") && is_usual_field(b"x-a: b") && !is_usual_field(b"Note: x"));
    }
}
