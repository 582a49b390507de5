//! The query string: looked up by name, decoded, read leniently.

use std::borrow::Cow;

use crewbox_core::time::Timestamp;
use percent_encoding::percent_decode_str;

use crate::problem::Problems;
use crate::value::{Parameter as _, range};
use crate::wire::{Bound, read_time};

/// A query string as it came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QueryString<'a>(pub(crate) &'a str);

impl<'a> QueryString<'a> {
    /// The first value of this name that is not empty.
    pub(crate) fn get(self, name: &str) -> Option<Cow<'a, str>> {
        self.0
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, value)| *key == name && !value.is_empty())
            .map(|(_, value)| decode(value))
    }

    /// `true`, `1` and their opposites, in any case.
    pub(crate) fn boolean(self, name: &str, problems: &mut Problems) -> Option<bool> {
        bool::parse(&self.get(name)?, name, problems)
    }

    /// A whole number within a range.
    pub(crate) fn number(self, name: &str, least: i64, most: i64, problems: &mut Problems) -> Option<i64> {
        let value = self.get(name)?;
        let read = value.trim().parse().ok().filter(|value| (least..=most).contains(value));
        if read.is_none() {
            problems.wrong(name, range(name, least, most), &value.as_ref());
        }
        read
    }

    pub(crate) fn time(self, name: &str, bound: Bound, problems: &mut Problems) -> Option<Timestamp> {
        // A plus of an offset that was not encoded arrives as a space.
        let value = self.get(name)?;
        let read = read_time(&value, bound).or_else(|| read_time(&value.replace(' ', "+"), bound));
        if read.is_none() {
            problems.wrong(name, format!("{name} must be an ISO 8601 time"), &value.as_ref());
        }
        read
    }
}

/// Undoes percent-encoding, and `+` for a space; what is not valid UTF-8 is replaced.
pub(crate) fn decode(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|byte| byte == b'%' || byte == b'+') {
        return Cow::Borrowed(text);
    }
    let spaced = text.replace('+', " ");
    Cow::Owned(percent_decode_str(&spaced).decode_utf8_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_and_decoded() {
        let query = QueryString("a=&a=1%2B1+x&b=%zz&flag=TRUE");
        assert_eq!(query.get("a").as_deref(), Some("1+1 x"));
        assert_eq!(query.get("b").as_deref(), Some("%zz"));
        assert_eq!(query.get("c"), None);
        assert_eq!(query.boolean("flag", &mut Problems::default()), Some(true));
        let mut problems = Problems::default();
        assert_eq!(query.number("a", 1, 9, &mut problems), None);
        assert!(problems.finish().is_err());
    }
}
