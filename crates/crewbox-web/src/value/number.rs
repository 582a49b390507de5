//! Numbers and booleans, read leniently: a text that is one is taken for it.

use crewbox_core::id::MAX_ID;
use utoipa::openapi::schema::Type;
use utoipa::openapi::{RefOr, Schema};

use super::read::{Parameter, Shown, Value};
use crate::object::Put;
use crate::problem::Problems;
use crate::schema::{Components, Describe, number, plain};
use crate::wire::{Json, MAX_NUMBER, Place};

/// A whole number within a range, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Count<const LEAST: u64, const MOST: u64>(pub(crate) u64);

/// A whole number from 0.
pub(crate) type FromZero = Count<0, { i64::MAX as u64 }>;

impl<const LEAST: u64, const MOST: u64> Count<LEAST, MOST> {
    fn of(number: i64) -> Option<Self> {
        u64::try_from(number).ok().filter(|number| (LEAST..=MOST).contains(number)).map(Self)
    }

    /// As 32 bits, where `MOST` fits into them.
    pub(crate) fn as_u32(self) -> u32 {
        u32::try_from(self.0).unwrap_or(u32::MAX)
    }
}

/// `limit must be between 1 and 20`, or the sentence for a range without an upper end.
pub(crate) fn range(key: &str, least: i64, most: i64) -> String {
    if most >= MAX_ID as i64 {
        format!("{key} must be a number of at least {least}")
    } else {
        format!("{key} must be between {least} and {most}")
    }
}

/// The error for a number that no program reads exactly: the rest of a sentence that begins with the key.
pub(crate) const TOO_LARGE: &str = "cannot exceed 9007199254740991: larger numbers are not exact in JSON";

/// A whole number, or a string that is one. None beyond [`MAX_NUMBER`]: such a number is refused, not rounded.
pub(crate) fn whole(value: &Json<'_>) -> Option<i64> {
    let number = match value {
        Json::Int(number) => *number,
        Json::Float(number) if number.fract() == 0.0 && number.abs() <= MAX_NUMBER as f64 => *number as i64,
        Json::Text(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    (number.unsigned_abs() <= MAX_NUMBER).then_some(number)
}

/// Why a value is no whole number: the rest of a sentence that begins with the key.
pub(crate) fn not_whole(value: &Json<'_>) -> Option<&'static str> {
    if whole(value).is_some() {
        return None;
    }
    let is_too_large = match value {
        Json::Text(text) => is_digits(text.trim()),
        Json::Array(_) | Json::Object(_) => false,
        number => number.has_too_large_number(),
    };
    Some(if is_too_large { TOO_LARGE } else { "must be a number" })
}

fn is_digits(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn bounds(least: u64, most: u64) -> (i64, i64) {
    (i64::try_from(least).unwrap_or(i64::MAX), i64::try_from(most).unwrap_or(i64::MAX))
}

impl<const LEAST: u64, const MOST: u64> Describe for Count<LEAST, MOST> {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        number(LEAST, Some(MOST).filter(|most| *most < MAX_ID)).into()
    }
}

impl<const LEAST: u64, const MOST: u64> Value for Count<LEAST, MOST> {
    fn read(value: &Json<'_>, place: Place<'_>, problems: &mut Problems) -> Option<Self> {
        let Some(number) = whole(value) else {
            place.wrong(not_whole(value).unwrap_or("must be a number"), value, problems);
            return None;
        };
        let read = Self::of(number);
        if read.is_none() {
            let (least, most) = bounds(LEAST, MOST);
            place.wrong(range("", least, most).trim_start(), value, problems);
        }
        read
    }
}

impl<const LEAST: u64, const MOST: u64> Parameter for Count<LEAST, MOST> {
    fn parse(text: &str, name: &str, problems: &mut Problems) -> Option<Self> {
        let text = text.trim();
        let number = text.parse().ok().filter(|number: &i64| number.unsigned_abs() <= MAX_NUMBER);
        let read = number.and_then(Self::of);
        if read.is_none() {
            let (least, most) = bounds(LEAST, MOST);
            let is_too_large = number.is_none() && is_digits(text) && most >= MAX_ID as i64;
            let sentence =
                if is_too_large { format!("{name} {TOO_LARGE}") } else { range(name, least, most) };
            problems.wrong(name, sentence, &text);
        }
        read
    }
}

impl<const LEAST: u64, const MOST: u64> Shown for Count<LEAST, MOST> {
    fn shown(&self) -> serde_json::Value {
        self.0.into()
    }
}

impl<const LEAST: u64, const MOST: u64> Put for Count<LEAST, MOST> {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }
}

/// Reads a boolean as people write it in a query.
pub(crate) fn truth(text: &str) -> Option<bool> {
    match text {
        "1" => Some(true),
        "0" => Some(false),
        text if text.eq_ignore_ascii_case("true") => Some(true),
        text if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

impl Describe for bool {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        plain(Type::Boolean).into()
    }
}

impl Value for bool {
    fn read(value: &Json<'_>, place: Place<'_>, problems: &mut Problems) -> Option<Self> {
        let read = match value {
            Json::Bool(value) => Some(*value),
            Json::Int(0) => Some(false),
            Json::Int(1) => Some(true),
            Json::Text(text) => truth(text),
            _ => None,
        };
        if read.is_none() {
            place.wrong("must be a boolean", value, problems);
        }
        read
    }
}

impl Parameter for bool {
    fn parse(text: &str, name: &str, problems: &mut Problems) -> Option<Self> {
        let read = truth(text);
        if read.is_none() {
            problems.wrong(name, format!("{name} must be true or false"), &text);
        }
        read
    }
}

impl Shown for bool {
    fn shown(&self) -> serde_json::Value {
        (*self).into()
    }
}

macro_rules! numbers {
    ($($number:ident)*) => {$(
        impl Describe for $number {
            fn schema(_: &mut Components) -> RefOr<Schema> {
                number(0, None).into()
            }
        }
    )*};
}

numbers! { u32 u64 usize }

impl Describe for i64 {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        plain(Type::Integer).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_is_not_exact_is_refused_and_not_rounded() {
        for (text, read, sentence) in [
            ("9007199254740991", Some(9_007_199_254_740_991), None),
            ("\"-9007199254740991\"", Some(-9_007_199_254_740_991), None),
            ("3.0", Some(3), None),
            ("9007199254740992", None, Some(TOO_LARGE)),
            ("9007199254740993.0", None, Some(TOO_LARGE)),
            ("1e300", None, Some(TOO_LARGE)),
            ("\"99999999999999999999\"", None, Some(TOO_LARGE)),
            ("1.5", None, Some("must be a number")),
            ("\"1x\"", None, Some("must be a number")),
            ("[99999999999999999999]", None, Some("must be a number")),
        ] {
            let value = Json::read(text.as_bytes()).unwrap();
            assert_eq!((whole(&value), not_whole(&value)), (read, sentence), "{text}");
        }
    }

    #[test]
    fn a_parameter_follows_the_same_rule() {
        let read = |text: &str| {
            let mut problems = Problems::default();
            let read = FromZero::parse(text, "offset", &mut problems).map(|count| count.0);
            (read, problems.finish().err().map(|all| all[0].text.clone()))
        };
        assert_eq!(read("9007199254740991"), (Some(9_007_199_254_740_991), None));
        assert_eq!(read("9007199254740992"), (None, Some(format!("offset {TOO_LARGE}"))));
        assert_eq!(read("-1"), (None, Some("offset must be a number of at least 0".to_owned())));
    }
}
