//! Dates in a sentence, in the forms of the languages. Owns how a date is read, and when it is too uncertain to be one;
//! knows nothing of what it is the date of.

use super::days::{When, calendar, civil, day_of};
use super::scan::{number, prefix, skip};
use super::tables::{LanguageId, TABLES};

/// Nobody's absence reaches further, days.
const FARTHEST_DAYS: i64 = 500;

/// A date without a year reaches no further, days: an older one is a forgotten notice's.
const FARTHEST_WITHOUT_YEAR: i64 = 250;

/// Most characters of a sentence that are read.
const MAX_BYTES: usize = 1_000;

/// A date and its position.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Midnight UTC, milliseconds; none if it is uncertain or out of reach.
    pub(super) at: Option<i64>,
}

/// A date as it was written.
#[derive(Clone, Copy, Debug)]
struct Parts {
    year: Option<u32>,
    month: u32,
    day: u32,
}

/// All dates in a sentence, in their order. At `bare`, a number alone may be a day of this month or the next.
pub(super) fn dates(sentence: &str, language: LanguageId, when: When, bare: Option<usize>) -> Vec<Written> {
    let sentence = &sentence[..sentence.floor_char_boundary(MAX_BYTES)];
    let reader = Reader { language, when };
    let mut found: Vec<Written> = Vec::new();
    let mut at = 0;
    while let Some(c) = sentence[at..].chars().next() {
        let next = at + c.len_utf8();
        let inner = sentence[..at].chars().next_back().is_some_and(|before| {
            before.is_alphanumeric()
                && !(super::script::spaceless(before) && (c.is_ascii_digit() || super::script::spaceless(c)))
        });
        if inner || !c.is_alphanumeric() {
            at = next;
            continue;
        }
        match reader.date(&sentence[at..]) {
            Some((choices, length)) => {
                let end = at + length;
                let resolved = reader.resolve(&choices, weekday_before(&sentence[..at], language));
                found.push(Written { start: at, end, at: resolved });
                at = end;
            }
            None => {
                if let Some(length) = bare
                    .filter(|from| {
                        sentence
                            .get(*from..at)
                            .is_some_and(|gap| gap.trim_matches([' ', ',']).is_empty() || gap.trim() == "the")
                    })
                    .and_then(|_| bare_day(&sentence[at..]))
                {
                    let day = sentence[at..]
                        .chars()
                        .take_while(char::is_ascii_digit)
                        .collect::<String>()
                        .parse()
                        .unwrap_or(0);
                    found.push(Written { start: at, end: at + length, at: reader.bare(day) });
                    at += length;
                } else {
                    at = next;
                }
            }
        }
    }
    found
}

struct Reader {
    language: LanguageId,
    when: When,
}

impl Reader {
    /// A date at the start of a text: its possible readings, and its length.
    fn date(&self, text: &str) -> Option<(Vec<Parts>, usize)> {
        self.year_first(text)
            .or_else(|| east_asian(text))
            .or_else(|| self.day_month(text))
            .or_else(|| self.month_day(text))
            .or_else(|| self.numeric(text))
    }

    /// 2026-10-12, 2026. 10. 12., 2026. október 12., 2026 m. spalio 12 d.
    fn year_first(&self, text: &str) -> Option<(Vec<Parts>, usize)> {
        let (year, digits, mut at) = number(text)?;
        if digits != 4 || !(1990..2100).contains(&year) {
            return None;
        }
        let separator = text[at..].chars().next()?;
        if !matches!(separator, '-' | '.' | '/' | ' ') {
            return None;
        }
        at += skip(&text[at..], &['.', ' ']);
        if separator == '-' || separator == '/' {
            at += 1;
        }
        at += prefix(&text[at..], &["m. ", "gada ", "m "]);
        if let Some((month, length)) = self.month(&text[at..]) {
            at += length;
            at += skip(&text[at..], &['.', ' ']);
            let (day, digits, length) = number(&text[at..])?;
            return (digits <= 2).then(|| (vec![Parts { year: Some(year), month, day }], at + length));
        }
        let (month, digits, length) = number(&text[at..])?;
        let after = text[at + length..].chars().next()?;
        if digits > 2 || !matches!(after, '-' | '.' | '/') {
            return None;
        }
        at += length + 1;
        at += skip(&text[at..], &[' ']);
        let (day, digits, length) = number(&text[at..])?;
        (digits <= 2).then(|| (vec![Parts { year: Some(year), month, day }], at + length))
    }

    /// 3 March 2026, 3. März, 3rd of March, le 1er mars, 3 de marzo de 2026, ngày 3 tháng 3 năm 2026.
    fn day_month(&self, text: &str) -> Option<(Vec<Parts>, usize)> {
        let (day, digits, mut at) = number(text)?;
        if digits > 2 {
            return None;
        }
        at += prefix(&text[at..], &["st", "nd", "rd", "th", "er", "º", "ª", "°", "-го", "-е", "."]);
        at += skip(&text[at..], &[' ', ',', '/', '-']);
        at += prefix(&text[at..], &["of ", "de ", "d'", "ב", "."]);
        let (month, length) = self.month(&text[at..])?;
        at += length;
        let (year, length) = year(&text[at..]);
        Some((vec![Parts { year, month, day }], at + length))
    }

    /// March 3rd, 2026; március 3-ig.
    fn month_day(&self, text: &str) -> Option<(Vec<Parts>, usize)> {
        let (month, mut at) = self.month(text)?;
        at += skip(&text[at..], &['.', ' ']);
        at += prefix(&text[at..], &["the "]);
        let (day, digits, length) = number(&text[at..])?;
        at += length;
        if digits > 2 || text[at..].starts_with(':') {
            return None;
        }
        at += prefix(&text[at..], &["st", "nd", "rd", "th"]);
        let (year, length) = year(&text[at..]);
        Some((vec![Parts { year, month, day }], at + length))
    }

    /// 3.2.2026, 3.2., 3/2, 2/3/2026. Which of the two is the month depends on language and place.
    fn numeric(&self, text: &str) -> Option<(Vec<Parts>, usize)> {
        let (first, digits, mut at) = number(text)?;
        let mark = text[at..].chars().next().filter(|c| matches!(c, '.' | '/' | '-'))?;
        if digits > 2 {
            return None;
        }
        at += 1;
        at += skip(&text[at..], &[' ']);
        let (second, digits, length) = number(&text[at..])?;
        if digits > 2 {
            return None;
        }
        at += length;
        let mut year = None;
        let mut closed = false;
        let rest = &text[at..];
        if rest.starts_with(mark) {
            let gap = 1 + skip(&rest[1..], &[' ']);
            match number(&rest[gap..]) {
                Some((third, 4, length)) => {
                    year = Some(third);
                    at += gap + length;
                }
                Some((third, 2, length)) if gap == 1 => {
                    year = Some(2000 + third);
                    at += gap + length;
                }
                _ if mark == '.' => {
                    closed = true;
                    at += 1;
                }
                _ => return None,
            }
        }
        // "9-5" are hours, "3.5" is a number, "24/7" is no date.
        let plain = year.is_none() && !closed;
        if plain && (mark == '-' || mark == '.' && !self.dotted(text) || text[at..].starts_with(['%', ':'])) {
            return None;
        }
        let day_first = Parts { year, month: second, day: first };
        let month_first = Parts { year, month: first, day: second };
        let english = TABLES.languages[self.language as usize].code == "en";
        let choices = match (english && mark != '.', self.when.american) {
            (false, _) => vec![day_first],
            (true, Some(true)) if (1..=12).contains(&first) => vec![month_first],
            (true, Some(false)) if (1..=12).contains(&second) => vec![day_first],
            (true, _) => vec![day_first, month_first],
        };
        Some((choices, at))
    }

    /// "5.10" without a second dot is a date in languages that write dates so, unless it is a time of day.
    fn dotted(&self, text: &str) -> bool {
        let code = TABLES.languages[self.language as usize].code;
        let digits: Vec<&str> = text.splitn(2, '.').collect();
        let two =
            digits.get(1).is_some_and(|rest| rest.chars().take_while(char::is_ascii_digit).count() == 2);
        matches!(code, "de" | "ru" | "uk" | "bg" | "tr" | "pl" | "cs" | "sk" | "ro" | "et") && two
    }

    fn month(&self, text: &str) -> Option<(u32, usize)> {
        let months = &TABLES.languages[self.language as usize].months;
        let mut best: Option<(u32, usize)> = None;
        for (names, number) in months.iter().zip(1..) {
            for (name, open) in names {
                let Some(rest) = text.strip_prefix(name) else { continue };
                let ending =
                    if *open { rest.len() - rest.trim_start_matches(char::is_alphabetic).len() } else { 0 };
                let free = *open
                    || name.ends_with(super::script::spaceless)
                    || !rest.starts_with(|c: char| {
                        if name.ends_with(|c: char| c.is_ascii_digit()) {
                            c.is_ascii_digit()
                        } else {
                            c.is_alphabetic()
                        }
                    });
                let length = name.len() + ending;
                // Names of one number alone ("1月") are read as numbers.
                let numeric = name.starts_with(|c: char| c.is_ascii_digit());
                if free && !numeric && best.is_none_or(|(_, longest)| name.len() > longest) {
                    best = Some((number, length));
                }
            }
        }
        best
    }

    /// The one day that the readings can mean, as milliseconds; none if there are two, or it is out of reach.
    fn resolve(&self, choices: &[Parts], weekday: Option<u32>) -> Option<i64> {
        let today = day_of(self.when.at);
        let mut possible: Vec<i64> = Vec::new();
        for parts in choices {
            let this_year = calendar(today).0;
            let (years, reach) = match parts.year {
                Some(year) => (vec![year], FARTHEST_DAYS),
                None => (vec![this_year, this_year + 1], FARTHEST_WITHOUT_YEAR),
            };
            let day = years.into_iter().find_map(|year| {
                let day = civil(year, parts.month, parts.day)?;
                let near = (-1..=reach).contains(&(day - today));
                // 1 January 1970 was a Thursday.
                let fits = weekday.is_none_or(|weekday| (day + 3).rem_euclid(7) == i64::from(weekday));
                (near && fits).then_some(day)
            });
            if let Some(day) = day
                && !possible.contains(&day)
            {
                possible.push(day);
            }
        }
        match possible.as_slice() {
            [day] => Some(day * 86_400_000),
            _ => None,
        }
    }

    /// A day of this month or the next.
    fn bare(&self, day: u32) -> Option<i64> {
        let (year, month, today) = calendar(day_of(self.when.at));
        let (year, month) = match day {
            _ if day > today => (year, month),
            _ if day < today && month == 12 => (year + 1, 1),
            _ if day < today => (year, month + 1),
            _ => return None,
        };
        civil(year, month, day).map(|day| day * 86_400_000)
    }
}

/// 2026年10月12日, 10月12日, 2026년 10월 12일.
fn east_asian(text: &str) -> Option<(Vec<Parts>, usize)> {
    let (first, digits, mut at) = number(text)?;
    let mut year = None;
    let mut month = first;
    if digits == 4 {
        at += prefix(&text[at..], &["年", "년"]).checked_sub(1)? + 1;
        at += skip(&text[at..], &[' ']);
        year = Some(first);
        let (second, _, length) = number(&text[at..])?;
        month = second;
        at += length;
    }
    at += prefix(&text[at..], &["月", "월"]).checked_sub(1)? + 1;
    at += skip(&text[at..], &[' ']);
    let (day, digits, length) = number(&text[at..])?;
    at += length;
    let unit = prefix(&text[at..], &["日", "号", "號", "일"]);
    (digits <= 2 && unit > 0).then(|| (vec![Parts { year, month, day }], at + unit))
}

/// The year behind a date, with what joins it: "2026", ", 2026", "de 2026", "năm 2026".
fn year(text: &str) -> (Option<u32>, usize) {
    let mut at = skip(text, &['.', ',', ' ']);
    at += prefix(&text[at..], &["de ", "del ", "năm ", "พ.ศ. "]);
    match number(&text[at..]) {
        Some((year, 4, length)) if (1990..2100).contains(&year) => (Some(year), at + length),
        // The Buddhist calendar.
        Some((year, 4, length)) if (2540..2640).contains(&year) => (Some(year - 543), at + length),
        _ => (None, 0),
    }
}

/// Length of a number that can be a day on its own: an ordinal, or at the end of a clause.
fn bare_day(text: &str) -> Option<usize> {
    let (day, digits, at) = number(text)?;
    if digits > 2 || !(1..=31).contains(&day) {
        return None;
    }
    let rest = &text[at..];
    let ordinal = prefix(rest, &["st", "nd", "rd", "th"]);
    let end = &rest[ordinal..];
    let clause = end.is_empty()
        || end.starts_with([',', '!', ';', ')'])
        || matches!(end, "." | ".)")
        || end.starts_with(". ");
    (ordinal > 0 && !end.starts_with(char::is_alphanumeric) || clause).then_some(at + ordinal)
}

/// The day of the week named right before a date, Monday as 0.
fn weekday_before(before: &str, language: LanguageId) -> Option<u32> {
    let weekdays = &TABLES.languages[language as usize].weekdays;
    let tail: Vec<&str> =
        before.rsplit(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).take(2).collect();
    tail.iter().find_map(|word| {
        let number = weekdays.iter().position(|names| {
            names.iter().any(|(name, open)| {
                name.chars().count() > 2 && (word == name || *open && word.starts_with(name))
            })
        })?;
        u32::try_from(number).ok()
    })
}

#[cfg(test)]
mod tests {
    use crewbox_core::time::Timestamp;

    use super::super::tables::FILES;
    use super::*;

    fn read(code: &str, text: &str, american: Option<bool>) -> Vec<Option<(u32, u32, u32)>> {
        let language = u8::try_from(FILES.iter().position(|(known, _)| *known == code).unwrap()).unwrap();
        // 15 September 2026.
        let at = Timestamp(civil(2026, 9, 15).unwrap() * 86_400_000);
        let found = dates(text, language, When { at, american }, None);
        found.iter().map(|date| date.at.map(|at| calendar(at / 86_400_000))).collect()
    }

    #[test]
    fn dates_of_many_languages() {
        let day = Some((2026, 10, 12));
        for (code, text) in [
            ("en", "until 12 october"),
            ("en", "until october 12th, 2026"),
            ("en", "until 12th of october"),
            ("en", "2026-10-12"),
            ("en", "monday 12 october"),
            ("de", "bis 12.10."),
            ("de", "bis zum 12.10.2026"),
            ("de", "12. oktober"),
            ("fr", "le 12 octobre 2026"),
            ("es", "12 de octubre de 2026"),
            ("pt", "12 de outubro"),
            ("it", "12 ottobre"),
            ("nl", "12 oktober"),
            ("pl", "12 października"),
            ("sv", "12 oktober"),
            ("fi", "12.10.2026"),
            ("fi", "12. lokakuuta"),
            ("cs", "12. října"),
            ("sk", "12. októbra"),
            ("ru", "12 октября"),
            ("uk", "12 жовтня"),
            ("bg", "12 октомври"),
            ("sr", "12. oktobra"),
            ("hr", "12. listopada"),
            ("sl", "12. oktobra"),
            ("hu", "október 12-ig"),
            ("hu", "2026. október 12."),
            ("ro", "12 octombrie"),
            ("el", "12 οκτωβρίου"),
            ("he", "12 באוקטובר"),
            ("ar", "12 أكتوبر"),
            ("tr", "12 ekim"),
            ("tr", "12 ekim'e"),
            ("ja", "10月12日"),
            ("ja", "2026年10月12日"),
            ("zh", "10月12日"),
            ("ko", "10월 12일"),
            ("th", "12 ตุลาคม"),
            ("vi", "ngày 12 tháng 10"),
            ("id", "12 oktober"),
            ("et", "12. oktoobrini"),
            ("lt", "spalio 12 d."),
            ("lv", "12. oktobrim"),
            ("lt", "2026 m. spalio 12 d."),
        ] {
            assert_eq!(read(code, text, None), [day], "{code}: {text}");
        }
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_no_date() {
        assert_eq!(read("en", "back on 10/12/2026", None), [None]);
        assert_eq!(read("en", "back on 10/12/2026", Some(true)), [Some((2026, 10, 12))]);
        assert_eq!(read("en", "back on 12/10/2026", Some(false)), [Some((2026, 10, 12))]);
        assert_eq!(read("en", "back on 09/23/2026", None), [Some((2026, 9, 23))]);
        assert_eq!(read("en", "back on tuesday 12 october", None), [None], "that day is a Monday");
        assert_eq!(read("de", "bis 5. august", None), [None], "a notice that somebody forgot");
        assert!(read("en", "open 9-5, call 24/7.", None).iter().all(Option::is_none));
    }
}
