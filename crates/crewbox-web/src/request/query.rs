//! The query string: looked up by name, decoded, read leniently.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::object::nearest;
use crate::problem::{Problems, Provided};

/// The parameter that every call may have.
const KEY: &str = "api_key";

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

    /// Refuses parameters that are not among `known`, with the likely right one.
    pub(crate) fn only(self, known: &[&str], problems: &mut Problems) {
        let names = self.0.split('&').map(|pair| pair.split_once('=').map_or(pair, |(name, _)| name));
        for name in names.filter(|name| !name.is_empty() && *name != KEY && !known.contains(name)) {
            if problems.is_full() {
                problems.count(1);
                continue;
            }
            let shown: String = decode(name).chars().take(SHOWN_OF_NAME).collect();
            let meant = nearest(&shown, known).map(|near| format!(", did you mean {near}?"));
            let text = format!("Unknown key {shown}{}", meant.unwrap_or_default());
            problems.note(&shown, text, Provided::Nothing);
        }
    }
}

/// Characters of a name that are repeated in an error.
const SHOWN_OF_NAME: usize = 60;

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
        let query = QueryString("a=&a=1%2B1+x&b=%zz");
        assert_eq!(query.get("a").as_deref(), Some("1+1 x"));
        assert_eq!(query.get("b").as_deref(), Some("%zz"));
        assert_eq!(query.get("c"), None);
    }

    #[test]
    fn unknown_parameters_are_named_with_what_was_meant() {
        let unknown = |query: &'static str| {
            let mut problems = Problems::default();
            QueryString(query).only(&["limit", "emailStatus"], &mut problems);
            let all = problems.finish().err().unwrap_or_default();
            all.into_iter().map(|problem| problem.text).collect::<Vec<_>>()
        };
        assert_eq!(unknown("api_key=x&limit=5&&emailStatus=a"), Vec::<String>::new());
        assert_eq!(
            unknown("limits=5&email_status&x%20y=1"),
            [
                "Unknown key limits, did you mean limit?",
                "Unknown key email_status, did you mean emailStatus?",
                "Unknown key x y"
            ]
        );
    }
}
